"""Section 2.1: NC1 to NC4."""

from ncverify.literature.ulpm_2022 import neural_collapse
from properties.checks import checks

test_drawn, test_verdict = checks(neural_collapse.CLAIMS)
