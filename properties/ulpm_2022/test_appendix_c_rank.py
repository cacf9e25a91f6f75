"""Appendix C: (C.3), rank and left null space of the logit gradient."""

from ncverify.literature.ulpm_2022 import appendix_c_rank
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_rank.CLAIMS)
