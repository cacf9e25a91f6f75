"""Example 3.1: its gradient and the derivatives of the loss along the curve."""

from ncverify.statements import example_3_1_loss
from properties.checks import checks

test_drawn, test_verdict = checks(example_3_1_loss.CLAIMS)
