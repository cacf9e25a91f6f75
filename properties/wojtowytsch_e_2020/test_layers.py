"""E and Wojtowytsch: outputs in a ball, features in a ball with |A|_2 <= 1, a flow, shallow networks."""

from ncverify.literature.wojtowytsch_e_2020 import layers
from properties.checks import checks

_, test_verdict = checks(layers.CLAIMS)
