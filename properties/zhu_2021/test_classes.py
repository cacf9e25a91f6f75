"""Zhu et al. with classes of unequal sizes: the bias, and minority collapse."""

from ncverify.literature.zhu_2021 import classes
from properties.checks import checks

_, test_verdict = checks(classes.CLAIMS)
