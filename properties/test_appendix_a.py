"""Appendix A: KKT points and the constraint qualification."""

from ncverify.statements import appendix_a
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_a.CLAIMS)
