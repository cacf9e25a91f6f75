"""Appendix C: the conditions (C.4) to (C.8), the null vector, the quadratic form."""

from ncverify.statements import appendix_c_second_order
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_second_order.CLAIMS)
