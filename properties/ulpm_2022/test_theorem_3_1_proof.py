"""The displays of the proof of Theorem 3.1."""

from ncverify.literature.ulpm_2022 import theorem_3_1_proof
from properties.checks import checks

test_drawn, test_verdict = checks(theorem_3_1_proof.CLAIMS)
