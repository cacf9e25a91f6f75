"""Proof of Lemma B.1: (B.4), (B.5), (B.8), (B.9), (B.11)."""

from ncverify.literature.ulpm_2022 import lemma_b_1_proof
from properties.checks import checks

test_drawn, test_verdict = checks(lemma_b_1_proof.CLAIMS)
