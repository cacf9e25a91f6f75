"""Section 4: the six metrics."""

from ncverify.statements import section_4
from properties.checks import checks

test_drawn, test_verdict = checks(section_4.CLAIMS)
