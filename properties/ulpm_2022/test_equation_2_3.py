"""(2.3): the model."""

from ncverify.literature.ulpm_2022 import equation_2_3
from properties.checks import checks

test_drawn, test_verdict = checks(equation_2_3.CLAIMS)
