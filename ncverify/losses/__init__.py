"""Losses of classification and contrast: one number for every sample, in the arithmetic of their arguments.

Sums, means and weights are the statement's. In floats every loss is accurate to rounding, in relative terms, at logits
of any size; in exact arithmetic the same functions give rationals (`squared`) or balls.

from ncverify import losses

ForAll("...", predicate=lambda p: p.xp.mean(losses.focal(p.W @ p.H, p.labels, p.xp, p.gamma)) >= 0)
"""

from ncverify.arguments import check_package as _check_package
from ncverify.losses.contrastive import supervised_contrastive
from ncverify.losses.gradients import (
    cross_entropy_gradient,
    cross_entropy_hessian_product,
    focal_gradient,
    label_smoothing_gradient,
    squared_gradient,
)
from ncverify.losses.logits import cross_entropy, focal, label_smoothing, squared

__all__ = [
    "cross_entropy",
    "cross_entropy_gradient",
    "cross_entropy_hessian_product",
    "focal",
    "focal_gradient",
    "label_smoothing",
    "label_smoothing_gradient",
    "squared",
    "squared_gradient",
    "supervised_contrastive",
]

_check_package(globals())
