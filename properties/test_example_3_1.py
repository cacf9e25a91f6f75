"""Example 3.1: a separating KKT point that is not optimal."""

from ncverify.statements import example_3_1
from properties.checks import checks

test_drawn, test_verdict = checks(example_3_1.CLAIMS)
