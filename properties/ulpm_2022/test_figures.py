"""Figures 1 and 3 to 8: real networks, judged by stored results."""

from ncverify.literature.ulpm_2022 import figures
from properties.checks import checks

_, test_verdict = checks(figures.CLAIMS)
