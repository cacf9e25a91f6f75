"""Section 2: the simplex ETF, NC1 to NC4, and the model."""

from ncverify.statements import section_2
from properties.checks import checks

test_drawn, test_verdict = checks(section_2.CLAIMS)
