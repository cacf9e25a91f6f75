r"""Conserved offsets: the part of a point that never grows, and what it does to residuals and metrics.

If the classifiers tend to a limit of rank r, spanning S, then every direction orthogonal to S keeps what the conserved
quantities fix there: the mean classifier, and the scatter

.. math:: \mathrm{tr}\, P_\perp (H H') P_\perp
          \to \mathrm{tr}\, P_\perp \Bigl(\frac{s s'}{K} - (W'W - HH')\Bigr) P_\perp, \qquad s = W'1

of the features. Against rho these offsets fade like 1/rho, that is like 1/sqrt(log t): they are the slowest part of the
approach to the limit. Inside S the conserved balance changes squared norms by a constant, against rho^2: like 1/log t.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ncverify.arguments import Classes
from ncverify.flow.invariants import Conserved
from ncverify.numbers import to_numpy
from ncverify.point import Point


class Offsets(NamedTuple):
    """Squared lengths that stay: of the mean classifier (times K), and of the features outside the limit's span."""

    classifiers: float
    features: float


def predicted_offsets(start: Conserved, K: Classes, complement: Annotated[NDArray[np.float64], "m m"]) -> Offsets:
    """The offsets that the conserved quantities of the start leave at the end.

    Args:
        start: the conserved quantities, NumPy.
        K: classes.
        complement: the projection to the orthogonal complement of the span of the limit's classifiers, shape (d, d).

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> from ncverify.flow import conserved, gradient_flow
        >>> start = Point(np.array([[1.0, 0.3], [-1.0, 0.1]]), np.array([[1.0, -0.5], [0.2, 0.0]]))
        >>> end = gradient_flow(start, until_log_t=1e8, record=[]).end
        >>> predicted = predicted_offsets(conserved(start), 2, complement_of(end))
        >>> measured = measured_offsets(end, complement_of(end))
        >>> bool(abs(measured.features / predicted.features - 1) < 1e-3)
        True
    """
    s, balance = np.asarray(start.classifier_sum), np.asarray(start.balance)
    kept = complement @ (np.outer(s, s) / K - balance) @ complement
    return Offsets(float(s @ s) / K, float(np.trace(kept)))


def measured_offsets(p: Point, complement: Annotated[NDArray[np.float64], "m m"]) -> Offsets:
    """The same squared lengths, read off a late point.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> p = Point(np.array([[2.0, 0.0], [-1.0, 0.0]]), np.array([[3.0, -3.0], [0.5, 0.5]]))
        >>> measured_offsets(p, complement_of(p))
        Offsets(classifiers=0.5, features=0.5)
    """
    s = to_numpy(p.W).sum(axis=0)
    outside = complement @ to_numpy(p.H)
    return Offsets(float(s @ s) / p.K, float((outside**2).sum()))


def complement_of(limit: Point) -> NDArray[np.float64]:
    """The projection to the complement of the span of a limit point's centred classifiers, shape (d, d).

    Directions with a singular value below 1e-6 of the largest count as outside.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> complement_of(Point(np.array([[2.0, 0.0], [-1.0, 0.0]]), np.zeros((2, 2)))).round(9).tolist()
        [[0.0, 0.0], [0.0, 1.0]]
    """
    centred = to_numpy(limit.centred_classifiers)
    _, values, rows = np.linalg.svd(centred, full_matrices=False)
    span = rows[values > 1e-6 * values[0]]
    complement: NDArray[np.float64] = np.eye(limit.d) - span.T @ span
    return complement
