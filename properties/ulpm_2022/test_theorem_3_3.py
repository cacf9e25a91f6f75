"""Theorem 3.3 and Remark 3.3: collapse is optimal on spheres."""

from ncverify.literature.ulpm_2022 import theorem_3_3
from properties.checks import checks

test_drawn, test_verdict = checks(theorem_3_3.CLAIMS)
