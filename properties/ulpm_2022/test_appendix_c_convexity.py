"""Appendix C: the convexity of (C.10)."""

from ncverify.literature.ulpm_2022 import appendix_c_convexity
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_convexity.CLAIMS)
