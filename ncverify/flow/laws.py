"""Closed forms of flows of the squared loss: on the central path, on Mixon's invariant subspace, linearised.

Along the central path w are the nonzero singular values of SW^{-1/2} Mc, for K classes of n samples, lambda = 0 and a
free bias, with the loss |V X - Y|^2/(2N). Two flows are meant by "renormalised features", and they have two laws:

    projected onto {SW = I}:    n K^2 log w + n K w^2 + (n/4) w^4 = a + t,    w' = w/(n (K + w^2)^2)
    a step, then SW^{-1/2} X:   n K^2 log w + (n K/2) w^2         = a + t,    w' = w/(n K (K + w^2))

The other flows are those of R = |W H + b 1' - Y|^2/2 without weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ncverify.arguments import Classes, Count, NotNegative, Real

Floats = NDArray[np.float64]
_ROUNDING = 4 * np.finfo(np.float64).eps
_MOST = 200  # Newton's method on a convex function from the right of its zero: ten are enough


def projected_singular_values(w: Sequence[float], t: Real, K: Classes, n: Count) -> Floats:
    """Singular values of Mc at time t of the projected flow on {SW = I}.

    Args:
        w: those at time 0, >= 0; zeros stay zero.
        t: the time, which may be negative.
        K: classes.
        n: samples per class.

    Returns:
        One for each of w, float64, to a relative error of 1e-12.

    Raises:
        ValueError: a singular value that is negative or not finite.

    Example:
        >>> [float(v) for v in projected_singular_values([0.0, 1.0], 200.0, 3, 5).round(6)]
        [0.0, 2.678286]
    """
    return _on_central_path(w, t, (n * K * K, n * K, n / 4))


def renormalised_singular_values(w: Sequence[float], t: Real, K: Classes, n: Count) -> Floats:
    """Singular values of Mc at time t, where each small step against the gradient is followed by X <- SW(X)^{-1/2} X.

    Args:
        w: those at time 0, >= 0; zeros stay zero.
        t: the sum of the step sizes, in the limit of small ones; it may be negative.
        K: classes.
        n: samples per class.

    Returns:
        One for each of w, float64, to a relative error of 1e-12.

    Raises:
        ValueError: a singular value that is negative or not finite.

    Example:
        >>> [float(v) for v in renormalised_singular_values([0.0, 1.0], 200.0, 3, 5).round(6)]
        [0.0, 4.342367]
    """
    return _on_central_path(w, t, (n * K * K, n * K / 2, 0.0))


def _on_central_path(w: Sequence[float], t: float, constants: tuple[float, float, float]) -> Floats:
    return np.array([_grown_by(v, _growth(v, t, constants)) if v > 0 else 0.0 for v in _checked("w", w)])


def _grown_by(v: float, x: float) -> float:
    """v exp(x), where exp(x) alone may be too large."""
    return v * math.exp(x) if x < 700 else math.exp(math.log(v) + x)


def _checked(name: str, values: Sequence[float]) -> list[float]:
    numbers = [float(value) for value in values]
    if not all(0 <= value < math.inf for value in numbers):
        raise ValueError(f"{name}: expected finite numbers >= 0, got {numbers}")
    return numbers


def _growth(w: float, t: float, constants: tuple[float, float, float]) -> float:
    """log(w(t)/w(0)): the zero x of c1 x + c2 w^2 (e^(2x) - 1) + c3 w^4 (e^(4x) - 1) - t, which is convex.

    Everything is divided by the largest coefficient, so that tiny and huge w do not leave the range of floats.
    """
    logs = [(power, math.log(c) + power * math.log(w)) for power, c in zip((0, 2, 4), constants, strict=True) if c > 0]
    top = max(log for _, log in logs)
    time, linear = t * math.exp(-top), math.exp(logs[0][1] - top)
    others = [(power, log - top) for power, log in logs[1:]]
    x = 0.0
    if time > 0:  # no term alone exceeds t
        x = time / linear if linear > 0 else math.inf
        x = min([x, *(float(np.logaddexp(0.0, math.log(time) - log)) / power for power, log in others)])
    for _ in range(_MOST):
        value = linear * x + sum(_grown(power, log, x) for power, log in others) - time
        slope = linear + sum(power * math.exp(log + power * x) for power, log in others)
        step = value / slope
        x -= step
        if abs(step) <= _ROUNDING * abs(x):
            break
    return x


def _grown(power: int, log: float, x: float) -> float:
    """exp(log) (exp(power x) - 1), without overflow where the product has none."""
    if power * x < 1:
        return math.exp(log) * math.expm1(power * x)
    return math.exp(log + power * x) - math.exp(log)


def mse_singular_values(s: Sequence[float], t: NotNegative, n: Count) -> Floats:
    """Singular values of W at time t of the gradient flow of R, from a point of the invariant subspace.

    There 1'W = 0, H = n^(-1/2) (W kron 1_n)' and b in span(1), and s' = sqrt(n) s - s^3, so that s^2 = sqrt(n)/(1 +
    (sqrt(n)/s(0)^2 - 1) exp(-2 sqrt(n) t)).

    Args:
        s: those at time 0, >= 0; zeros stay zero.
        t: the time.
        n: samples per class.

    Returns:
        One for each of s, float64.

    Raises:
        ValueError: a singular value that is negative or not finite.

    Example:
        >>> [float(v) for v in mse_singular_values([0.0, 1e-3, 3.0], 2.0, 4).round(6)]
        [0.0, 0.054558, 1.414398]
    """
    root, evolved = math.sqrt(n), []
    for value in _checked("s", s):
        if value == 0:
            evolved.append(0.0)
            continue
        decayed = -2 * root * t
        saturated = (
            2 * math.log(value) - math.log(root) + (math.log(-math.expm1(decayed)) if decayed < 0 else -math.inf)
        )
        evolved.append(math.exp(math.log(value) - float(np.logaddexp(decayed, saturated)) / 2))
    return np.array(evolved)


def mse_bias(beta: Real, t: NotNegative, K: Classes, n: Count) -> float:
    """The entry beta of b = beta 1 at time t of the gradient flow of R on the invariant subspace.

    Args:
        beta: that at time 0.
        t: the time.
        K: classes.
        n: samples per class.

    Example:
        >>> mse_bias(0.0, 100.0, 4, 5)
        0.25
    """
    return 1 / K + (beta - 1 / K) * math.exp(-n * K * t)


def linearised_mse_flow(
    W: Annotated[np.ndarray, "K d"], H: Annotated[np.ndarray, "d N"], b: Annotated[np.ndarray, "K"], t: Real
) -> tuple[Floats, Floats, Floats]:
    """W, H and b at time t of the flow linearised at zero: W' = Yc H', H' = W'Yc, b' = -K n (b - 1/K).

    With A+- = (P W +- n^(-1/2) Yc H')/2 the first parts grow like exp(+-sqrt(n) t), the rest of W and H does not move.

    Args:
        W: classifiers at time 0.
        H: features at time 0, for classes of one size.
        b: bias at time 0.
        t: the time.

    Raises:
        ValueError: the number of samples is no multiple of K.

    Example:
        >>> import numpy as np
        >>> W, H, b = linearised_mse_flow(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]), np.zeros(2), 1.0)
        >>> [float(w) for w in W.ravel().round(6)]
        [2.718282, -2.718282]
    """
    W, H, b = (np.asarray(a, dtype=np.float64) for a in (W, H, b))
    K, n = len(W), samples_per_class(H, len(W))
    root, Yc = math.sqrt(n), np.repeat(np.eye(K) - 1 / K, n, axis=1)
    moving, paired = W - W.mean(axis=0), Yc @ H.T / root
    up, down = (moving + paired) / 2 * math.exp(root * t), (moving - paired) / 2 * math.exp(-root * t)
    features = H + ((up - down - paired).T @ Yc) / root
    return W - moving + up + down, features, 1 / K + (b - 1 / K) * math.exp(-K * n * t)


def samples_per_class(H: Floats, K: int) -> int:
    """The samples of each class where the columns of H are sorted by classes of one size.

    Raises:
        ValueError: the number of columns is no multiple of K.
    """
    n, rest = divmod(int(H.shape[1]), K)
    if rest or not n:
        raise ValueError(
            f"H: expected the same number of samples for each of K = {K} classes, got {H.shape[1]} columns"
        )
    return n
