"""Fang et al.: minority collapse."""

from ncverify.literature.fang_2021 import minority
from properties.checks import checks

_, test_verdict = checks(minority.CLAIMS)
