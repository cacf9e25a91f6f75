"""Fang et al.: the convex relaxation, and the dimension that it needs."""

from ncverify.literature.fang_2021 import relaxation
from properties.checks import checks

_, test_verdict = checks(relaxation.CLAIMS)
