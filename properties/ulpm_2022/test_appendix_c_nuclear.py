"""Appendix C: the subdifferential of the nuclear norm and the singular vectors."""

from ncverify.literature.ulpm_2022 import appendix_c_nuclear
from properties.checks import checks

test_drawn, test_verdict = checks(appendix_c_nuclear.CLAIMS)
