"""E and Wojtowytsch: the flow of one logit vector, and shallow networks."""

from ncverify.literature.wojtowytsch_e_2020 import dynamics
from properties.checks import checks

_, test_verdict = checks(dynamics.CLAIMS)
