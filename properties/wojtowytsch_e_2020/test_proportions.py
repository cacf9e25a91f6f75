"""E and Wojtowytsch: unequal proportions, with a Frobenius constraint or with a bias."""

from ncverify.literature.wojtowytsch_e_2020 import proportions
from properties.checks import checks

_, test_verdict = checks(proportions.CLAIMS)
