"""Theorem 3.4 and Remark 3.4: descent at points that are not optimal."""

from ncverify.literature.ulpm_2022 import theorem_3_4
from properties.checks import checks

test_drawn, test_verdict = checks(theorem_3_4.CLAIMS)
