"""Appendix C: the first- and second-order conditions (C.4), (C.7), (C.8)."""

from ncverify.literature.ulpm_2022 import appendix_c_second_order
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_second_order.CLAIMS)
