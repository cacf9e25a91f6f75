"""Appendix A: KKT points and the constraint qualification."""

from ncverify.literature.ulpm_2022 import appendix_a
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_a.CLAIMS)
