"""Definition 2.1: the simplex ETF."""

from ncverify.literature.ulpm_2022 import definition_2_1
from properties.checks import checks

test_drawn, test_verdict = checks(definition_2_1.CLAIMS)
