"""Section 4: the six metrics."""

from ncverify.literature.ulpm_2022 import section_4
from properties.checks import checks

test_drawn, test_verdict = checks(section_4.CLAIMS)
