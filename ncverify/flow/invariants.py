r"""The quantities that the flow conserves, and what they say about its end.

Two families of quantities are constant along the gradient flow of any function of the logits W H that does not change
when a constant is added to a column (`d-rate` registers the proofs as exact identities):

- the sum of the classifiers, 1'W, because the columns of the logit gradient sum to zero;
- the balance W'W - HH', a symmetric d x d matrix, because its two terms change at the same rate.

So an offset that the start has in a direction which does not grow stays for ever, and fades only against rho.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.arguments import Classifier, Features
from ncverify.point import Point


class Conserved(NamedTuple):
    """The conserved quantities of a point: 1'W, shape (d,), and W'W - HH', shape (d, d)."""

    classifier_sum: Any
    balance: Any


def conserved(p: Point) -> Conserved:
    """1'W and W'W - HH'.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> conserved(Point(np.array([[2.0], [-1.0]]), np.array([[1.0, -1.0]]))).balance.tolist()
        [[3.0]]
    """
    return Conserved(p.xp.sum(p.W, axis=0), p.W.T @ p.W - p.H @ p.H.T)


def relative_drift(start: Conserved, W: Classifier, H: Features) -> float:
    """The change of the conserved quantities since the start, relative to the scale of (W, H): rho^2 and rho.

    It is zero for the exact flow; along an integration its largest value is of the order of magnitude of the error of
    theta / rho. NumPy only.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> p = Point(np.array([[2.0], [-1.0]]), np.array([[1.0, -1.0]]))
        >>> relative_drift(conserved(p), p.W, p.H), relative_drift(conserved(p), p.W, 2 * p.H)
        (0.0, 0.46153846153846156)
    """
    import numpy as np

    squared_norm = float(np.vdot(W, W) + np.vdot(H, H))
    balance = float(np.linalg.norm(W.T @ W - H @ H.T - start.balance))
    classifiers = float(np.linalg.norm(W.sum(axis=0) - start.classifier_sum))
    return float(max(balance / squared_norm, classifiers / squared_norm**0.5))
