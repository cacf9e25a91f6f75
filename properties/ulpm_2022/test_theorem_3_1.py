"""Theorem 3.1: the margin bound and its equality case."""

from ncverify.literature.ulpm_2022 import theorem_3_1
from properties.checks import checks

test_drawn, test_verdict = checks(theorem_3_1.CLAIMS)
