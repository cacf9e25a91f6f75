"""The landscape of the loss on spheres: derivatives, eigenpairs, critical points, escape directions, certificates."""

from ncverify.arguments import check_package as _check_package
from ncverify.landscape.certificates import (
    ball_quotient,
    is_critical_by_symmetry,
    lower_point_on_sphere,
    tangent_form_is_positive,
)
from ncverify.landscape.critical import CriticalPoint, classify, find_critical_point, find_minimum, rotation_directions
from ncverify.landscape.curvature import NegativeCurvature, negative_curvature
from ncverify.landscape.descent import minimise_on_sphere, newton_on_gradient
from ncverify.landscape.eigenpair import EigenPair, smallest_eigenpair
from ncverify.landscape.families import (
    CriticalFamily,
    collapsed,
    direct_sum,
    merged_classes,
    partial_simplex,
    polygon,
    vanishing_gradient,
)
from ncverify.landscape.phases import Cell, Ending, phase_cell, phase_diagram, shares
from ncverify.landscape.reduction import Reduction, reduce_at
from ncverify.landscape.riemannian import (
    dense_hessian,
    linear_operator,
    multiplier,
    rayleigh_quotient,
    riemannian_gradient,
    riemannian_hessian,
    stationarity_residual,
    tangent_hessian,
)
from ncverify.landscape.singular import spectral_lower_bound
from ncverify.landscape.spectra import Level, collapsed_spectrum, kernel_dimension
from ncverify.landscape.sphere import inner, is_tangent, norm, position, project, random_point, rescale, retract

__all__ = [
    "Cell",
    "CriticalFamily",
    "CriticalPoint",
    "EigenPair",
    "Ending",
    "Level",
    "NegativeCurvature",
    "Reduction",
    "ball_quotient",
    "classify",
    "collapsed",
    "collapsed_spectrum",
    "dense_hessian",
    "direct_sum",
    "find_critical_point",
    "find_minimum",
    "inner",
    "is_critical_by_symmetry",
    "is_tangent",
    "kernel_dimension",
    "linear_operator",
    "lower_point_on_sphere",
    "merged_classes",
    "minimise_on_sphere",
    "multiplier",
    "negative_curvature",
    "newton_on_gradient",
    "norm",
    "partial_simplex",
    "phase_cell",
    "phase_diagram",
    "polygon",
    "position",
    "project",
    "random_point",
    "rayleigh_quotient",
    "reduce_at",
    "rescale",
    "retract",
    "riemannian_gradient",
    "riemannian_hessian",
    "rotation_directions",
    "shares",
    "smallest_eigenpair",
    "spectral_lower_bound",
    "stationarity_residual",
    "tangent_form_is_positive",
    "tangent_hessian",
    "vanishing_gradient",
]

_check_package(globals())
