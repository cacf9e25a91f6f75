"""Example 3.1: norms, distance and loss along the curve."""

from ncverify.literature.ulpm_2022 import example_3_1_norms
from properties.checks import checks

test_drawn, test_verdict = checks(example_3_1_norms.CLAIMS)
