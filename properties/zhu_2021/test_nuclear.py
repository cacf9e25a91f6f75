"""Zhu et al., the appendix: the nuclear norm and the convex program."""

from ncverify.literature.zhu_2021 import nuclear
from properties.checks import checks

_, test_verdict = checks(nuclear.CLAIMS)
