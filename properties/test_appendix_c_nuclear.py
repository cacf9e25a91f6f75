"""Appendix C: the subdifferential of the nuclear norm and the singular vectors."""

from ncverify.statements import appendix_c_nuclear
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_nuclear.CLAIMS)
