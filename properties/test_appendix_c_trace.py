"""Appendix C: the trace line and the variational formula of the nuclear norm."""

from ncverify.statements import appendix_c_trace
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_trace.CLAIMS)
