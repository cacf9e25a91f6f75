"""Lemma B.3: the loss tends to zero, (B.20) to (B.22)."""

from ncverify.literature.ulpm_2022 import lemma_b_3
from properties.checks import checks

test_drawn, test_verdict = checks(lemma_b_3.CLAIMS)
