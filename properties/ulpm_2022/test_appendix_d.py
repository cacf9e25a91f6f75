"""Appendix D: the run of gradient descent and the rates of Figure 2."""

from ncverify.literature.ulpm_2022 import appendix_d
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_d.CLAIMS)
