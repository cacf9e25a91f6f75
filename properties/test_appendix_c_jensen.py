"""Appendix C: the Jensen steps (C.1), (C.2) and the equality case."""

from ncverify.statements import appendix_c_jensen
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_jensen.CLAIMS)
