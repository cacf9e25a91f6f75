"""Appendix C: from the subgradient to global optimality."""

from ncverify.literature.ulpm_2022 import appendix_c_chain
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_chain.CLAIMS)
