"""Appendix C: the trace line and the variational formula of the nuclear norm."""

from ncverify.literature.ulpm_2022 import appendix_c_trace
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_trace.CLAIMS)
