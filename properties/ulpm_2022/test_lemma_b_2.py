"""Lemma B.2: the norm grows, (B.12) to (B.14), (B.17)."""

from ncverify.literature.ulpm_2022 import lemma_b_2
from properties.checks import checks

test_drawn, test_verdict = checks(lemma_b_2.CLAIMS)
