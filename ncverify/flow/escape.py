r"""How fast the flow leaves a direction in which it may stay: the power of rho that a disturbance follows.

Let a be a unit vector that neither classifiers nor features use, W a = 0 and H' a = 0. The flow keeps both zero for
ever, so whole subspaces are invariant, not only rays. Near such a point the flow along a is linear,

.. math:: \frac{d}{d\sigma} W a = P\,H^\top a, \qquad \frac{d}{d\sigma} H^\top a = P^\top W a,
          \qquad P = -\frac{\partial \log \mathcal{L}}{\partial Z}

so a disturbance grows at the rate |P|_2 while rho grows at c = d log rho/d sigma <= |P|_2, and the direction moves away
like a power of rho. At a KKT point of (3.1) with multipliers A (A H' = W) the power is |A|_2 - 1; for m simplices in
orthogonal subspaces, Example 3.1 among them with m = 2, it is 1/(m-1). A disturbance of relative size e is therefore
felt when log t, which is like rho^2, has reached e to the power -2/(|A|_2 - 1).
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from ncverify.arguments import Extended
from ncverify.flow.rates import growth_of_log_norm, relative_logit_gradient
from ncverify.flow.trajectory import Trajectory
from ncverify.landscape.sphere import without_gradient
from ncverify.numbers import to_numpy
from ncverify.point import Point


def escape_exponent(p: Point) -> float:
    """|P|_2 / c - 1: at what power of rho a small part outside the span of (W, H) grows against the rest.

    Never negative where rho grows, by Cauchy's inequality, and zero at collapsed points with |W| = |H|.

    Raises:
        ValueError: rho does not grow at this point.

    Example:
        >>> from ncverify.landscape import direct_sum
        >>> [round(escape_exponent(direct_sum(K, 1, K, blocks=K // 2, rho=60.0).point), 6) for K in (4, 6, 8)]
        [1.0, 0.5, 0.333333]
    """
    p = without_gradient(p)
    growth = float(growth_of_log_norm(p))
    if not growth > 0:
        raise ValueError(f"point: expected a norm that grows along the flow, got d log rho/d sigma = {growth:.3g}")
    return float(np.linalg.norm(np.asarray(to_numpy(relative_logit_gradient(p))), 2)) / growth - 1


def measured_exponent(
    trajectory: Trajectory, outside: Annotated[np.ndarray, "m m"], low: Extended = 0.0, high: Extended = math.inf
) -> float:
    """d log(share of theta in a subspace) / d log rho over the rows with log t between two values, by least squares.

    Args:
        trajectory: a flow.
        outside: the projection to the subspace, shape (d, d), as `complement_of` gives it.
        low: first log t.
        high: last log t.

    Raises:
        ValueError: fewer than two rows, or nothing in the subspace.
    """
    rows = np.flatnonzero((trajectory["log_t"] >= low * (1 - 1e-9)) & (trajectory["log_t"] <= high * (1 + 1e-9)))
    rho = trajectory["rho"][rows]
    parts = np.hypot(
        np.linalg.norm(trajectory.W[rows] @ outside, axis=(1, 2)),
        np.linalg.norm(outside @ trajectory.H[rows], axis=(1, 2)),
    )
    if len(rows) < 2 or not (parts > 0).all():
        raise ValueError(
            f"trajectory: expected two rows with log t from low = {low} to high = {high} that have a "
            f"part in the subspace of outside, got {int((parts > 0).sum())}"
        )
    return float(np.polyfit(np.log(rho), np.log(parts / rho), 1)[0])
