"""Appendix C: the Jensen steps (C.1) and (C.2)."""

from ncverify.statements import appendix_c_jensen
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_jensen.CLAIMS)
