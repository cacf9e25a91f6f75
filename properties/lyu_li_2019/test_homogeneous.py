"""Lyu and Li: exponential loss of homogeneous q_i, E = sum exp(-q_i), gbar = q_min/rho^L, gtil = log(1/E)/rho^L."""

from ncverify.literature.lyu_li_2019 import homogeneous
from properties.checks import checks

_, test_verdict = checks(homogeneous.CLAIMS)
