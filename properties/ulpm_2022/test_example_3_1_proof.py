"""Appendix C, Example 3.1: the product W'H' and the derivatives of f."""

from ncverify.literature.ulpm_2022 import example_3_1_proof
from properties.checks import checks

test_drawn, test_verdict = checks(example_3_1_proof.CLAIMS)
