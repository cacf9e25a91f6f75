"""Corollary 3.1: the global optima of the minimum-norm separation problem."""

from ncverify.literature.ulpm_2022 import corollary_3_1
from properties.checks import checks

test_drawn, test_verdict = checks(corollary_3_1.CLAIMS)
