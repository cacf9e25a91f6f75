"""Appendix C: the Jensen steps (C.1) and (C.2)."""

from ncverify.literature.ulpm_2022 import appendix_c_jensen
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_jensen.CLAIMS)
