"""Zhu et al., Theorem 3.1 and the abstract: the global minimisers; where zero takes over; the optimal value."""

from ncverify.literature.zhu_2021 import theorem_3_1
from properties.checks import checks

_, test_verdict = checks(theorem_3_1.CLAIMS)
