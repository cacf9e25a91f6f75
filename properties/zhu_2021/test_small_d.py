"""Zhu et al. in small dimensions: a local minimiser that is not global."""

from ncverify.literature.zhu_2021 import small_d
from properties.checks import checks

_, test_verdict = checks(small_d.CLAIMS)
