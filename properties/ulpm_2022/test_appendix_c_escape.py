"""Appendix C: the null vector and the quadratic form along the singular vectors."""

from ncverify.literature.ulpm_2022 import appendix_c_escape
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_escape.CLAIMS)
