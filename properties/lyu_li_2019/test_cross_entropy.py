"""Lyu and Li for the sum C of the cross-entropies of W H (+ b): gtil = -log(exp(C) - 1)/rho^2, v = -grad C."""

from ncverify.literature.lyu_li_2019 import cross_entropy
from properties.checks import checks

_, test_verdict = checks(cross_entropy.CLAIMS)
