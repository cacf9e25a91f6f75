"""Appendix C: the equality case of Theorem 3.3 as four conditions."""

from ncverify.literature.ulpm_2022 import appendix_c_equality
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_equality.CLAIMS)
