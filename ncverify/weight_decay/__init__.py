"""The landscape with weight decay on W, H and the bias: Hessian products, critical points, inertia, strict saddles.

The sphere's landscape of the unregularised loss is in `ncverify.landscape`, optimal values are in `ncverify.optima`.
"""

from ncverify.arguments import check_package as _check_package
from ncverify.weight_decay.critical import (
    DecayCell,
    DecayCriticalPoint,
    classify_decay,
    decay_phases,
    minimise_decay,
    newton_decay,
    random_decay_point,
)
from ncverify.weight_decay.curvature import (
    DecayEigenPair,
    Inertia,
    decay_ball_quotient,
    dense_decay_hessian,
    inertia,
    null_direction,
    smallest_decay_eigenpair,
)
from ncverify.weight_decay.families import DecayLevel, merged_decay_point, spectrum_at_origin
from ncverify.weight_decay.model import (
    DecayProblem,
    Triple,
    decay_gradient,
    decay_hessian_product,
    decay_value,
    least_curvature,
)

__all__ = [
    "DecayCell",
    "DecayCriticalPoint",
    "DecayEigenPair",
    "DecayLevel",
    "DecayProblem",
    "Inertia",
    "Triple",
    "classify_decay",
    "decay_ball_quotient",
    "decay_gradient",
    "decay_hessian_product",
    "decay_phases",
    "decay_value",
    "dense_decay_hessian",
    "inertia",
    "least_curvature",
    "merged_decay_point",
    "minimise_decay",
    "newton_decay",
    "null_direction",
    "random_decay_point",
    "smallest_decay_eigenpair",
    "spectrum_at_origin",
]

_check_package(globals())
