"""Zhu et al., Theorem 3.2: critical points, strict saddles, the direction of descent."""

from ncverify.literature.zhu_2021 import theorem_3_2
from properties.checks import checks

_, test_verdict = checks(theorem_3_2.CLAIMS)
