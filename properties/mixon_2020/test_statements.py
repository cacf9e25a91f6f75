"""Every statement of the paper: at drawn points, and its verdict against the declared one."""

from ncverify.literature.mixon_2020 import PAPER
from properties.checks import checks

test_drawn, test_verdict = checks(PAPER.claims)
