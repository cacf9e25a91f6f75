"""Theorem 3.2: limits of the flow are along KKT points of (3.1)."""

from ncverify.literature.ulpm_2022 import theorem_3_2
from properties.checks import checks

test_drawn, test_verdict = checks(theorem_3_2.CLAIMS)
