r"""Certificates of optima that are re-checked without a solver: a dual point and a feasible point, in ball arithmetic.

logsumexp is the largest <p, z> + entropy(p) over probability vectors p. So for every P (K, K) whose columns are such
vectors, with weights pi_k = n_k/N and G = (P - I) diag(pi), the mean loss is at least

    sum_k pi_k entropy(p_k) + <G, W H + b 1'>

In the layer-peeled model <G, W H> >= -K sqrt(E_W E_H) |G|_2. In the regularised one the sum of <G, W H> and the
penalties of W and H is at least 0 where |G diag(n)^(-1/2)|_2 <= sqrt(lambda_W lambda_H), and b costs |G 1|^2/(2
lambda_b), or G 1 = 0 for lambda_b = 0. Every P gives a lower bound and (1-c) P + c I has (1-c) G, so that any P can be
made admissible. The bound of a spectral norm is confirmed by the pivots of s^2 I - G G'. The upper bound is the
objective at a point whose floats are taken exactly, scaled into the constraints. Where the two bounds meet the point
is optimal up to their gap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, fmpq

from ncverify.arguments import InFunction
from ncverify.errors import UndecidedError
from ncverify.kinds import Array
from ncverify.numbers.ball import precision
from ncverify.optima.classes import check_point, probabilities, sizes
from ncverify.optima.reals import NotNegative, Positive, exact, root

_BITS = 192
_ABOVE = fmpq(1, 2**44)  # how far above the largest singular value in floats its bound is tried first


@dataclass(frozen=True)
class Certificate:
    """Bounds of an optimal value, both confirmed without a solver; outward rounded.

    Attributes:
        lower: no feasible point has a smaller objective: from the dual point.
        upper: the objective of the given point, scaled into the constraints.
    """

    lower: float
    upper: float

    @property
    def gap(self) -> float:
        """upper - lower, rounded up: how far the point may be from the optimum at most."""
        return math.nextafter(self.upper - self.lower, math.inf)


def certify_layer_peeled(
    class_sizes: Sequence[int], E_W: Positive, E_H: Positive, W: InFunction, H: InFunction, P: InFunction | None = None
) -> Certificate:
    """Certified bounds of the layer-peeled optimum from any point; tight at the optimum.

    Args:
        class_sizes: n_1..n_K.
        E_W: bound of the mean of |w_k|^2, positive.
        E_H: bound of the mean over classes of the mean of |h_{k,i}|^2, positive.
        W: shape (K, d), floats.
        H: class means, shape (d, K), floats.
        P: the dual point, shape (K, K), columns that sum to 1 up to rounding; by default the softmax of W H.

    Raises:
        TypeError: an argument of another kind.
        ValueError: an argument of another shape, or out of range.
        UndecidedError: the spectral norm could not be bounded.

    Example:
        >>> from ncverify.optima.descent import minimise_layer_peeled
        >>> best = minimise_layer_peeled([3, 1, 1], 1.0, 1.0)
        >>> certify_layer_peeled([3, 1, 1], 1.0, 1.0, best.W, best.H).gap < 1e-9
        True
    """
    n, w, h = sizes(class_sizes), exact("E_W", E_W), exact("E_H", E_H)
    check_point(class_sizes, W, H)
    K, N = len(n), int(n.sum())
    with precision(_BITS):
        Z = _product(_shrunk(W, K * w), _shrunk(H, K * h))
        dual = _columns(_softmax(Z) if P is None else P, n, balanced=False)
        lower = _entropy(dual, n) - K * root(w * h) * arb(_spectral_bound(_gradient(dual, n)))
        upper = _loss(Z, n) / N
    return Certificate(_down(lower), _up(upper))


def certify_regularised(
    class_sizes: Sequence[int],
    lambda_W: Positive,
    lambda_H: Positive,
    lambda_b: NotNegative,
    W: InFunction,
    H: InFunction,
    bias: InFunction | None = None,
    P: InFunction | None = None,
) -> Certificate:
    """Certified bounds of the regularised optimum from any point; tight at the optimum.

    Args:
        class_sizes: n_1..n_K.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        lambda_b: weight of |b|^2 / 2, at least 0.
        W: shape (K, d), floats.
        H: class means, shape (d, K), floats.
        bias: b, shape (K,), floats; by default 0.
        P: the dual point, shape (K, K), columns that sum to 1 up to rounding; by default the softmax of W H + b 1'.

    Raises:
        TypeError: an argument of another kind.
        ValueError: an argument of another shape, or out of range.
        UndecidedError: the spectral norm could not be bounded.

    Example:
        >>> from ncverify.optima.descent import minimise_regularised
        >>> best = minimise_regularised([3, 1], 0.1, 0.1, 0.5)
        >>> certify_regularised([3, 1], 0.1, 0.1, 0.5, best.W, best.H, best.b).gap < 1e-9
        True
    """
    n, w, h = sizes(class_sizes), exact("lambda_W", lambda_W), exact("lambda_H", lambda_H)
    beta = exact("lambda_b", lambda_b, least=0)
    b = np.zeros(len(n)) if bias is None else bias
    check_point(class_sizes, W, H, b)
    with precision(_BITS):
        rows, columns, shift = _balls(W), _balls(H), _balls(b)
        Z = _product(rows, columns) + shift[:, None]
        dual = _columns(_softmax(Z) if P is None else P, n, balanced=beta == 0)
        lower = _entropy(_admissible(dual, n, w * h), n, beta)
        squares = ((rows * rows).sum(), ((columns * columns).sum(axis=0) * n).sum(), (shift * shift).sum())
        upper = _loss(Z, n) / int(n.sum()) + (w * squares[0] + h * squares[1] + beta * squares[2]) / 2
    return Certificate(_down(lower), _up(upper))


def _softmax(Z: Array) -> Any:
    """The softmax of the columns of logits in balls, as floats."""
    return probabilities(np.array([[float(z - top) for z, top in zip(row, Z[0], strict=True)] for row in Z]))


def _rationals(a: Array) -> Any:
    return np.vectorize(lambda x: fmpq(*float(x).as_integer_ratio()), otypes=[object])(a)


def _balls(a: Array) -> Any:
    return np.vectorize(lambda x: arb(fmpq(*float(x).as_integer_ratio())), otypes=[object])(a)


def _product(A: Array, B: Array) -> Any:
    """A matrix product of objects: NumPy's own may crash."""
    return np.array([[sum((x * y for x, y in zip(row, col, strict=True)), start=0) for col in B.T] for row in A])


def _shrunk(A: Array, bound: fmpq) -> Any:
    """A as balls, divided by max(1, |A|/sqrt(bound)), so that |A|^2 <= bound."""
    balls = _balls(A)
    square = (_rationals(A) ** 2).sum()
    return balls * root(bound / square) if square > bound else balls


def _loss(Z: Array, n: Any) -> Any:
    """sum_k n_k CE(Z_k, k)."""
    total = arb(0)
    for k, size in enumerate(n):
        rest = sum(((Z[j, k] - Z[k, k]).exp() for j in range(len(n)) if j != k), start=arb(0))
        total += int(size) * rest.log1p()
    return total


def _columns(P: Array, n: Any, balanced: bool) -> Any:
    """Rational probability vectors near the columns of P; with P n = n as well where the bias is free.

    Raises:
        TypeError: no NumPy array of floats.
        ValueError: another shape, negative entries, or columns that do not sum to 1.
    """
    K, N = len(n), int(n.sum())
    if type(P) is not np.ndarray or P.dtype.char not in "df":
        raise TypeError(f"P: expected a NumPy array of floats, got {type(P).__name__}")
    if P.shape != (K, K) or not (P >= 0).all() or not np.allclose(P.sum(axis=0), 1.0, rtol=0, atol=1e-6):
        raise ValueError(f"P: expected shape ({K}, {K}), entries >= 0 and columns that sum to 1, got shape {P.shape}")
    exactly: Any = _rationals(P)
    exactly = exactly / exactly.sum(axis=0)
    if not balanced:
        return exactly
    counts = np.array([fmpq(int(size)) for size in n], dtype=object)
    drift = (exactly * counts).sum(axis=1) - counts
    exactly = exactly - drift[:, None] / N  # columns still sum to 1: the drift sums to 0
    mixed = np.repeat(counts[:, None] / N, K, axis=1)  # it has P n = n too, and no zero
    pairs = zip(exactly.ravel(), mixed.ravel(), strict=True)
    share: Any = max(-x / (y - x) if x < 0 else fmpq(0) for x, y in pairs)
    return (1 - share) * exactly + share * mixed


def _gradient(P: Array, n: Any) -> Any:
    """G = (P - I) diag(n)/N, rational."""
    K, N = len(n), int(n.sum())
    return np.array([[(P[j, k] - int(j == k)) * int(n[k]) / N for k in range(K)] for j in range(K)], dtype=object)


def _entropy(P: Array, n: Any, beta: fmpq | None = None) -> Any:
    """sum_k (n_k/N) entropy(p_k), less |G 1|^2/(2 beta) for beta > 0."""
    total, N = arb(0), int(n.sum())
    for k, size in enumerate(n):
        total -= sum((x * arb(x).log() for x in P[:, k] if x != 0), start=arb(0)) * int(size) / N
    if beta:
        rows = _gradient(P, n).sum(axis=1)
        total -= arb((rows * rows).sum() / (2 * beta))
    return total


def _admissible(P: Array, n: Any, product: fmpq) -> Any:
    """c I + (1-c) P with the least c, up to rounding, for which |G diag(n)^(-1/2)|_2^2 <= lambda_W lambda_H."""
    K = len(n)
    square = _largest_eigenvalue(_products(_gradient(P, n), [fmpq(1, int(size)) for size in n]))
    if square <= product:
        return P
    keep: fmpq = arb(product / square).sqrt().lower().fmpq()
    identity = np.array([[fmpq(int(j == k)) for k in range(K)] for j in range(K)], dtype=object)
    return keep * P + (1 - keep) * identity


def _products(G: Array, weights: Array) -> Any:
    """G diag(weights) G'."""
    return _product(G * np.array(weights, dtype=object), G.T)


def _spectral_bound(G: Array) -> fmpq:
    """A rational s >= |G|_2, confirmed."""
    square = _largest_eigenvalue(_products(G, [fmpq(1)] * len(G)))
    bound: fmpq = arb(square).sqrt().upper().fmpq()
    return bound


def _largest_eigenvalue(M: Array) -> fmpq:
    """A rational bound of the eigenvalues of a symmetric rational matrix: bound I - M has positive pivots.

    Raises:
        UndecidedError: no bound was confirmed.
    """
    scale = max(abs(x) for x in M.ravel())
    if scale == 0:
        return fmpq(0)
    floats = np.array([[float(arb(x / scale)) for x in row] for row in M])
    near = fmpq(*float(np.linalg.eigvalsh(floats)[-1]).as_integer_ratio())
    for power in range(5):
        bound: fmpq = near * scale * (1 + _ABOVE * 2 ** (8 * power))
        if _is_positive(bound, M):
            return bound
    raise UndecidedError(f"P: the spectral norm of its gradient was not confirmed to be near {float(arb(near)):.6g}")


def _is_positive(bound: fmpq, M: Array) -> bool:
    """Whether the elimination of bound I - M, in balls, meets positive pivots only."""
    K = len(M)
    form = [[arb(bound * int(j == k) - M[j][k]) for k in range(K)] for j in range(K)]
    for i in range(K):
        if not form[i][i] > 0:
            return False
        for j in range(i + 1, K):
            factor = form[j][i] / form[i][i]
            form[j] = [x - factor * y for x, y in zip(form[j], form[i], strict=True)]
    return True


def _down(x: Array) -> float:
    return math.nextafter(float(x.lower()), -math.inf)


def _up(x: Array) -> float:
    return math.nextafter(float(x.upper()), math.inf)
