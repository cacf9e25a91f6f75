"""Zhu et al., the appendix: balance, lower bounds, nuclear norm, convex program; existence of minimisers."""

from ncverify.literature.zhu_2021 import lemmas
from properties.checks import checks

_, test_verdict = checks(lemmas.CLAIMS)
