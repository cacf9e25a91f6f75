"""Appendix C: (C.9) and the bound of lambda."""

from ncverify.literature.ulpm_2022 import appendix_c_balance
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_balance.CLAIMS)
