r"""The SELI geometry (Thrampoulidis et al. 2022): the minimum-norm classifiers of margin one, for any class sizes.

.. math:: \min \tfrac12|W|^2 + \tfrac12|H|^2 \quad\text{subject to}\quad
          \langle w_{y_i} - w_j, h_i\rangle \ge 1,\ j \ne y_i

Let P = I - J/K, D = diag(n_1..n_K), Y the labels as columns, Z = P Y and S = (P D P)^(1/2), A its pseudo-inverse. For
d >= K-1 the minimisers are W H = Z, W W' = S, H'H = Y'A Y, and the minimum is the nuclear norm |Z|_* = tr S. Why, for
any class sizes: with G = A Y one has G G' = P and 1'G = 0, so that at every point

    (|W|^2 + |H|^2)/2 - |Z|_* = |H - W'G|^2/2 + |1'W|^2/(2K) + sum_i sum_{j != y_i} lambda_ij (margin_ij - 1),

lambda_ij = -A[j, y_i]. All lambda_ij are positive: (P D P)^+ = D^-1 - D^-1 J D^-1/sum_l n_l^-1 and

    A[j, k] = -(1/pi) int_0^inf t^(-1/2) dt / ((1 + t n_j)(1 + t n_k) sum_l 1/(1 + t n_l))     (j != k).

So every constraint is met with equality, and A is at once the dual point and the Gram matrix of the class means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, fmpq

from ncverify.arguments import InFunction
from ncverify.kinds import Array
from ncverify.numbers.ball import precision
from ncverify.optima.classes import check_point, sizes
from ncverify.optima.duality import (
    _BITS,
    Certificate,
    _down,
    _largest_eigenvalue,
    _product,
    _products,
    _rationals,
    _up,
)
from ncverify.optima.reals import root
from ncverify.optima.relaxation import _basis


@dataclass(frozen=True)
class SELIGeometry:
    """The geometry in floats; classes of one size give simplices.

    Attributes:
        value: |Z|_*, the least (|W|^2 + |H|^2)/2 of margin one.
        logits: W H for one sample of each class: I - J/K, shape (K, K), for any class sizes.
        classifier_gram: W W', shape (K, K).
        feature_gram: the Gram matrix of the class means, shape (K, K), and the dual point: a sample of class k against
            class j has the multiplier -feature_gram[j, k] > 0.
        singular_values: of Z, shape (K-1,), falling.
    """

    value: float
    logits: Any
    classifier_gram: Any
    feature_gram: Any
    singular_values: Any

    @property
    def classifier_cosines(self) -> Any:
        """Cosines between classifiers, shape (K, K)."""
        return _cosines(self.classifier_gram)

    @property
    def feature_cosines(self) -> Any:
        """Cosines between class means, shape (K, K)."""
        return _cosines(self.feature_gram)

    def point(self) -> tuple[Any, Any]:
        """W (K, K-1) and class means (K-1, K) that are optimal, in the least dimension."""
        values, V = np.linalg.eigh(self.classifier_gram)
        roots = np.sqrt(values[1:])
        return V[:, 1:] * roots, (V[:, 1:] / roots).T @ self.logits


def seli_geometry(class_sizes: Sequence[int]) -> SELIGeometry:
    """The SELI geometry of some class sizes.

    Args:
        class_sizes: n_1..n_K.

    Raises:
        TypeError: no sequence of integers.
        ValueError: fewer than two classes, or a class without samples.

    Example:
        >>> geometry = seli_geometry([8, 8, 2, 2])
        >>> round(geometry.value, 6), round(float(geometry.classifier_cosines[2, 3]), 6)
        (6.478709, -0.116963)
    """
    n = sizes(class_sizes)
    K = len(n)
    Q = _basis(K)
    V, values, _ = np.linalg.svd(Q.T * np.sqrt(n.astype(np.float64)), full_matrices=False)  # of sqrt(n), not of n
    V = Q @ V
    return SELIGeometry(
        value=float(values.sum()),
        logits=np.eye(K) - 1 / K,
        classifier_gram=V * values @ V.T,
        feature_gram=V / values @ V.T,
        singular_values=values,
    )


def certify_seli(class_sizes: Sequence[int], W: InFunction, H: InFunction, A: InFunction | None = None) -> Certificate:
    """Certified bounds of the minimum |Z|_* from a point and a dual point, confirmed without solver or eigenvectors.

    For every A whose columns sum to zero with entries <= 0 off the diagonal, G = A Y gives the lower bound
    <G, Z>/|G|_2 = sum_k n_k A[k, k]/|A D A'|_2^(1/2); a point with smallest margin q > 0 gives the upper one |W||H|/q.

    Args:
        class_sizes: n_1..n_K.
        W: shape (K, d), floats.
        H: class means, shape (d, K), floats.
        A: the dual point, shape (K, K), floats; positive entries off the diagonal count as zero, the diagonal is taken
            from the others. By default that of the closed form.

    Raises:
        TypeError: an argument of another kind.
        ValueError: an argument of another shape, a margin that is not positive, or a dual point that is zero.
        UndecidedError: the spectral norm could not be bounded.

    Example:
        >>> W, H = seli_geometry([7, 3, 1]).point()
        >>> certify_seli([7, 3, 1], W, H).gap < 1e-12
        True
    """
    n = sizes(class_sizes)
    check_point(class_sizes, W, H)
    dual = _dual(seli_geometry(class_sizes).feature_gram if A is None else A, n)
    counts = [fmpq(int(size)) for size in n]
    with precision(_BITS):
        square = arb(_largest_eigenvalue(_products(dual, counts)))
        lower = arb(sum(size * dual[k, k] for k, size in enumerate(counts))) / square.sqrt()
        rows, columns = _rationals(W), _rationals(H)
        Z = _product(rows, columns)
        margin = min(Z[k, k] - Z[j, k] for k in range(len(n)) for j in range(len(n)) if j != k)
        if margin <= 0:
            raise ValueError(f"W, H: expected a point with positive margins, got the margin {float(arb(margin)):.3g}")
        squares = (rows * rows).sum(), ((columns * columns).sum(axis=0) * counts).sum()
        upper = root(squares[0] * squares[1]) / margin
    return Certificate(_down(lower), _up(upper))


def _dual(A: Array, n: Any) -> Any:
    """A with entries <= 0 off the diagonal and columns that sum to zero, rational."""
    K = len(n)
    if type(A) is not np.ndarray or A.dtype.char not in "df":
        raise TypeError(f"A: expected a NumPy array of floats, got {type(A).__name__}")
    if A.shape != (K, K) or not np.isfinite(A).all():
        raise ValueError(f"A: expected shape ({K}, {K}) and finite entries, got shape {A.shape}")
    dual = _rationals(np.where(np.eye(K, dtype=bool), 0.0, np.minimum(A, 0.0)))
    dual[np.diag_indices(K)] = -dual.sum(axis=0)
    if not any(dual[np.diag_indices(K)]):
        raise ValueError("A: expected a negative entry off the diagonal: this dual point is zero")
    return dual


def _cosines(gram: Array) -> Any:
    lengths = np.sqrt(np.diag(gram))
    return gram / lengths[:, None] / lengths
