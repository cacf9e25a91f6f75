"""Appendix C: from the subgradient to global optimality."""

from ncverify.statements import appendix_c_chain
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_chain.CLAIMS)
