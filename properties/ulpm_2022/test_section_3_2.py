"""Section 3.2, Definition 3.1 and the strict saddles of the abstract."""

from ncverify.literature.ulpm_2022 import section_3_2
from properties.checks import checks

test_drawn, test_verdict = checks(section_3_2.CLAIMS)
