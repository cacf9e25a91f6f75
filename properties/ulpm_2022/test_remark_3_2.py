"""Remark 3.2: the loss in terms of logit differences."""

from ncverify.literature.ulpm_2022 import remark_3_2
from properties.checks import checks

test_drawn, test_verdict = checks(remark_3_2.CLAIMS)
