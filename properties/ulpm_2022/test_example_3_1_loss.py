"""Example 3.1: its gradient and the derivatives of the loss along the curve."""

from ncverify.literature.ulpm_2022 import example_3_1_loss
from properties.checks import checks

test_drawn, test_verdict = checks(example_3_1_loss.CLAIMS)
