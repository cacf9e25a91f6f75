"""Gradient flow of the layer-peeled model to the end of time, gradient descent, and what both conserve.

And flows of the squared loss with their closed forms: on the central path, on an invariant subspace, linearised.
"""

from ncverify.arguments import check_package as _check_package
from ncverify.flow.descent import gradient_descent
from ncverify.flow.escape import escape_exponent, measured_exponent
from ncverify.flow.implicit import StepTooSmallError
from ncverify.flow.integration import (
    Event,
    Moment,
    gradient_flow,
    log_loss_reaches,
    log_time_grid,
    log_time_reaches,
    loss_reaches,
    margin_reaches,
    norm_reaches,
    resume,
)
from ncverify.flow.invariants import Conserved, conserved, relative_drift
from ncverify.flow.kkt import least_stationarity
from ncverify.flow.laws import (
    linearised_mse_flow,
    mse_bias,
    mse_singular_values,
    projected_singular_values,
    renormalised_singular_values,
)
from ncverify.flow.limits import Limit, Slope, limit_direction, mean_slope, slope
from ncverify.flow.offsets import Offsets, complement_of, measured_offsets, predicted_offsets
from ncverify.flow.rates import alignment, largest_possible_margin, smoothed_margin
from ncverify.flow.records import KKT, QUANTITIES, Occurrence
from ncverify.flow.squared_loss import (
    centred_class_means,
    integrated,
    least_squares_slope,
    linearised_mse_velocity,
    mse_velocity,
    projected_velocity,
    renormalised_step,
    renormalised_velocity,
    within_class_scatter,
)
from ncverify.flow.trajectory import Trajectory
from ncverify.flow.unconstrained import UnconstrainedState, linearised_limit_direction, subspace_flow
from ncverify.metrics import METRICS

__all__ = [
    "KKT",
    "METRICS",
    "QUANTITIES",
    "Conserved",
    "Event",
    "Limit",
    "Moment",
    "Occurrence",
    "Offsets",
    "Slope",
    "StepTooSmallError",
    "Trajectory",
    "UnconstrainedState",
    "alignment",
    "centred_class_means",
    "complement_of",
    "conserved",
    "escape_exponent",
    "gradient_descent",
    "gradient_flow",
    "integrated",
    "largest_possible_margin",
    "least_squares_slope",
    "least_stationarity",
    "limit_direction",
    "linearised_limit_direction",
    "linearised_mse_flow",
    "linearised_mse_velocity",
    "log_loss_reaches",
    "log_time_grid",
    "log_time_reaches",
    "loss_reaches",
    "margin_reaches",
    "mean_slope",
    "measured_exponent",
    "measured_offsets",
    "mse_bias",
    "mse_singular_values",
    "mse_velocity",
    "norm_reaches",
    "predicted_offsets",
    "projected_singular_values",
    "projected_velocity",
    "relative_drift",
    "renormalised_singular_values",
    "renormalised_step",
    "renormalised_velocity",
    "resume",
    "slope",
    "smoothed_margin",
    "subspace_flow",
    "within_class_scatter",
]

_check_package(globals())
