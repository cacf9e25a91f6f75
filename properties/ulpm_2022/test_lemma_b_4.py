"""Lemma B.4: the speed of the direction, (B.23)."""

from ncverify.literature.ulpm_2022 import lemma_b_4
from properties.checks import checks

test_drawn, test_verdict = checks(lemma_b_4.CLAIMS)
