"""Appendix D, item (2): the within-class metric."""

from ncverify.literature.ulpm_2022 import appendix_d_metric
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_d_metric.CLAIMS)
