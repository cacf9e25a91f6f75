"""(1.1): the global optima of the layer-peeled model."""

from ncverify.literature.ulpm_2022 import equation_1_1
from properties.checks import checks

test_drawn, test_verdict = checks(equation_1_1.CLAIMS)
