"""Zhu et al.: whether f attains its infimum."""

from ncverify.literature.zhu_2021 import existence
from properties.checks import checks

_, test_verdict = checks(existence.CLAIMS)
