"""Lemma B.1, (B.6), (B.7), (B.10): approximate KKT points."""

from ncverify.literature.ulpm_2022 import lemma_b_1
from properties.checks import checks

test_drawn, test_verdict = checks(lemma_b_1.CLAIMS)
