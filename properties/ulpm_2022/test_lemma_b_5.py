"""Lemma B.5: beta tends to one along a sequence, (B.24) to (B.27)."""

from ncverify.literature.ulpm_2022 import lemma_b_5
from properties.checks import checks

test_drawn, test_verdict = checks(lemma_b_5.CLAIMS)
