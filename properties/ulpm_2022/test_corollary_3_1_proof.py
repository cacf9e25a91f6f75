"""The displays of the proof of Corollary 3.1."""

from ncverify.literature.ulpm_2022 import corollary_3_1_proof
from properties.checks import checks

test_drawn, test_verdict = checks(corollary_3_1_proof.CLAIMS)
