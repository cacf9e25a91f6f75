"""Appendix C: the loss as a function of the logits, and its gradient."""

from ncverify.literature.ulpm_2022 import appendix_c_gradient
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_gradient.CLAIMS)
