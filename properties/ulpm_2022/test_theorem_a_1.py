"""Theorem A.1: limits of approximate KKT points."""

from ncverify.literature.ulpm_2022 import theorem_a_1
from properties.checks import checks

test_drawn, test_verdict = checks(theorem_a_1.CLAIMS)
