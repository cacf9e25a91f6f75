"""Example 3.1: a separating KKT point that is not optimal."""

from ncverify.literature.ulpm_2022 import example_3_1
from properties.checks import checks

test_drawn, test_verdict = checks(example_3_1.CLAIMS)
