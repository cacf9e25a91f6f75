"""Lemma B.2: the smoothed margin grows, (B.15), (B.16), (B.18), (B.19)."""

from ncverify.literature.ulpm_2022 import lemma_b_2_margin
from properties.checks import checks

test_drawn, test_verdict = checks(lemma_b_2_margin.CLAIMS)
