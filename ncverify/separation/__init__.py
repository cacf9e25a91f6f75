"""The minimum-norm separation problem (3.1): multipliers, (approximate) KKT points, MFCQ and global certificates.

The parts that solve a program need cvxpy, which is imported when it is used; residuals and certificates do not.
"""

from ncverify.arguments import check_package as _check_package
from ncverify.separation.approximate import ApproximateKKT, smallest_delta, smallest_epsilon
from ncverify.separation.certificate import (
    Certificate,
    collapse_multipliers,
    dual_objective_gap,
    optimal_value,
    verify_certificate,
)
from ncverify.separation.constraints import (
    scaled_to_unit_margin,
    slopes,
    stationarity,
    weight_matrix,
    weighted_gradient,
)
from ncverify.separation.gap import OptimalityGap, margin_gap, margin_rounding, optimality_gap
from ncverify.separation.multipliers import Multipliers, multipliers
from ncverify.separation.qualification import Qualification, constraint_qualification, mangasarian_fromovitz
from ncverify.separation.relaxation import Relaxation, nuclear_norm_dual, nuclear_norm_primal
from ncverify.separation.residuals import (
    KKTResiduals,
    is_approximate_kkt_point,
    is_feasible,
    is_kkt_point,
    kkt_residuals,
    squared_stationarity,
)
from ncverify.separation.softmax import softmax_multipliers

__all__ = [
    "ApproximateKKT",
    "Certificate",
    "KKTResiduals",
    "Multipliers",
    "OptimalityGap",
    "Qualification",
    "Relaxation",
    "collapse_multipliers",
    "constraint_qualification",
    "dual_objective_gap",
    "is_approximate_kkt_point",
    "is_feasible",
    "is_kkt_point",
    "kkt_residuals",
    "mangasarian_fromovitz",
    "margin_gap",
    "margin_rounding",
    "multipliers",
    "nuclear_norm_dual",
    "nuclear_norm_primal",
    "optimal_value",
    "optimality_gap",
    "scaled_to_unit_margin",
    "slopes",
    "smallest_delta",
    "smallest_epsilon",
    "softmax_multipliers",
    "squared_stationarity",
    "stationarity",
    "verify_certificate",
    "weight_matrix",
    "weighted_gradient",
]

_check_package(globals())
