"""Derivatives of any formula in any arithmetic: along a direction, gradients, Hessians, and fields that points follow.

A formula that is written with `p` and `p.xp` is run on numbers that carry their first two derivatives; in rational
arithmetic these are exact, in balls enclosed, and in the search they have sizes like everything else.

from ncverify import calculus

Identity("Euler", lambda p: calculus.directional(loss, p, {"W": p.W}), lambda p: 2 * loss(p))
"""

from ncverify.calculus.derivatives import directional, gradient, hessian, replaced, second_directional
from ncverify.calculus.existence import CriticalBox, critical_box
from ncverify.calculus.fields import GradientField, LinearisedField, RetractedField, SphereField

__all__ = [
    "CriticalBox",
    "GradientField",
    "LinearisedField",
    "RetractedField",
    "SphereField",
    "critical_box",
    "directional",
    "gradient",
    "hessian",
    "replaced",
    "second_directional",
]
