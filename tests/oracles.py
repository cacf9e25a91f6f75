"""The model of the paper at 50 digits, from its definitions, with bounds for the rounding of any float evaluation.

The values are those of the coordinates as they are, floats being rationals. The bounds are a forward error analysis:
each says how far a careful evaluation in floats with precision `eps` may be from the value, given that

* a sum or product of m terms is wrong by at most m eps times the sum of the terms' absolute values,
* an elementary function is wrong by at most `FUNCTION` eps (vendors' libraries promise 4 units in the last place),
* a result below `tiny`, the smallest normal number, may be lost.

Nothing here is fitted to what the library returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

DIGITS = 50
FUNCTION = 4

exp, log, log1p, expm1 = (np.frompyfunc(getattr(mpmath, name), 1, 1) for name in ("exp", "log", "log1p", "expm1"))
maximum = np.frompyfunc(max, 2, 1)
_mpf = np.frompyfunc(mpmath.mpf, 1, 1)


def multiprecision(array: Any) -> np.ndarray:
    """Floats as multiprecision numbers, without rounding."""
    return _mpf(np.asarray(array, dtype=np.float64).astype(object))


@dataclass(frozen=True)
class Known:
    """The value of a quantity, and how far a float may be from it."""

    value: Any
    error: Any


class ExactModel:
    """Every quantity of a point at 50 digits.

    Args:
        W: classifiers (K, d), floats.
        H: features (d, K*n), floats.
        dtype: whose rounding the bounds are for.
        absolute: bounds for evaluations that know softmax probabilities to `eps` in absolute terms only (autograd).
        exact_logits: bounds for coordinates whose logits and logit differences need no rounding.
    """

    def __init__(
        self, W: Any, H: Any, dtype: str = "float64", *, absolute: bool = False, exact_logits: bool = False
    ) -> None:
        with mp.workdps(DIGITS):
            self.W, self.H = multiprecision(W), multiprecision(H)
            self.eps, self.tiny = (mp.mpf(float(v)) for v in (np.finfo(dtype).eps, np.finfo(dtype).smallest_normal))
            self.K, self.d = self.W.shape
            self.columns = self.H.shape[1]
            self.labels = np.repeat(np.arange(self.K), self.columns // self.K)
            self.own = np.arange(self.K)[:, None] == self.labels
            self._logits(0 if exact_logits else 1)
            self._probabilities(absolute)

    def _logits(self, wrong: int) -> None:
        self.Z = self.W @ self.H
        self.Z_error = wrong * self.d * (self.eps * (abs(self.W) @ abs(self.H)) + self.tiny)
        at = (self.labels, np.arange(self.columns))
        self.S = self.Z[at] - self.Z
        self.S_error = wrong * np.where(self.own, 0, self.Z_error[at] + self.Z_error + self.eps * abs(self.S))
        self.worst = self.S_error.max(axis=0)

    def _probabilities(self, absolute: bool) -> None:
        odds = np.where(self.own, 0, exp(-self.S))
        total = odds.sum(axis=0)
        self.x = log(total)
        self.x_error = self.worst + self.eps * FUNCTION * (2 * self.K + abs(self.x))
        self.P = odds / (1 + total)
        self.sigma = total / (1 + total)
        relative = 2 * self.worst + self.eps * (self.S + log1p(total) + FUNCTION * (self.K + 2))
        self.P_error = self.P * expm1(relative) + np.where(self.own, 0, self.tiny)
        if absolute:
            self.P_error = self.P_error + 2 * self.worst + self.eps * FUNCTION * (self.K + 2)
        self.G = np.where(self.own, -self.P.sum(axis=0), self.P)
        sums = self.P_error.sum(axis=0) + self.eps * self.K * self.P.sum(axis=0)
        self.G_error = np.where(self.own, sums, self.P_error)

    def logits(self) -> Known:
        return Known(self.Z, self.Z_error)

    def logit_differences(self) -> Known:
        return Known(self.S, self.S_error)

    def margins(self) -> Known:
        far = abs(self.S).max() + 1
        return Known(np.where(self.own, far, self.S).min(axis=0), self.worst)

    def q_min(self) -> Known:
        return Known(self.margins().value.min(), self.worst.max())

    def squared_norm(self) -> Known:
        with mp.workdps(DIGITS):
            value = (self.W * self.W).sum() + (self.H * self.H).sum()
            count = self.W.size + self.H.size
            return Known(value, count * (self.eps * value + self.tiny))

    def loss(self) -> Known:
        with mp.workdps(DIGITS):
            terms = log1p(exp(self.x))
            errors = self.sigma * expm1(self.x_error) + self.eps * 3 * FUNCTION * terms + self.tiny
            return Known(terms.sum(), errors.sum() + self.eps * self.columns * terms.sum())

    def log_loss(self) -> Known:
        with mp.workdps(DIGITS):
            terms = log(log1p(exp(self.x)))
            errors = self.x_error + self.eps * FUNCTION * (4 + abs(terms))
            value = log(log1p(exp(self.x)).sum())
            return Known(value, errors.max() + self.eps * FUNCTION * (2 * self.columns + abs(value)))

    def logit_gradient(self) -> Known:
        return Known(self.G, self.G_error)

    def gradient(self) -> tuple[Known, Known]:
        with mp.workdps(DIGITS):
            return self._times_features(self.G, self.G_error), self._times_classifiers(self.G, self.G_error)

    def hessian_vector_product(self, U: Any, V: Any) -> tuple[Known, Known]:
        with mp.workdps(DIGITS):
            U, V = multiprecision(U), multiprecision(V)
            R, R_error = self._response(U, V)
            by_W, by_H = self._times_features(R, R_error), self._times_classifiers(R, R_error)
            more_W = self.G_error @ abs(V).T + self.eps * (self.columns + 1) * (abs(self.G) @ abs(V).T)
            more_H = abs(U).T @ self.G_error + self.eps * (self.K + 1) * (abs(U).T @ abs(self.G))
            return (
                Known(by_W.value + self.G @ V.T, by_W.error + more_W),
                Known(by_H.value + U.T @ self.G, by_H.error + more_H),
            )

    def _response(self, U: Any, V: Any) -> tuple[Any, Any]:
        """(diag p - pp') D as p_j sum_l p_l (D_j - D_l): nothing cancels but what cancels in D."""
        D = U @ self.H + self.W @ V
        full = np.where(self.own, 1 - self.sigma, self.P)
        R = np.stack([full[j] * (full * (D[j] - D)).sum(axis=0) for j in range(self.K)])
        at = (self.labels, np.arange(self.columns))
        size = abs(U) @ abs(self.H) + abs(self.W) @ abs(V)
        E, E_error = abs(D[at] - D), self.eps * (self.d + 2) * (size + size[at])
        mean = (self.P * E).sum(axis=0)
        mean_error = (self.P_error * E + self.P * (E_error + self.eps * self.K * E)).sum(axis=0)
        off = self.P_error * (E + mean) + self.P * (E_error + mean_error + 2 * self.eps * (E + mean))
        off = np.where(self.own, 0, off)
        own = off.sum(axis=0) + self.eps * self.K * (self.P * (E + mean)).sum(axis=0)
        return R, np.where(self.own, own, off)

    def _times_features(self, G: Any, error: Any) -> Known:
        more = self.eps * (self.columns + 1) * (abs(G) @ abs(self.H).T) + self.columns * self.tiny
        return Known(G @ self.H.T, error @ abs(self.H).T + more)

    def _times_classifiers(self, G: Any, error: Any) -> Known:
        more = self.eps * (self.K + 1) * (abs(self.W).T @ abs(G)) + self.K * self.tiny
        return Known(self.W.T @ G, abs(self.W).T @ error + more)


def distance_in_bounds(computed: Any, known: Known) -> float:
    """The largest |computed - value| / error: at most 1 where a float evaluation is as accurate as it can be."""
    with mp.workdps(DIGITS):
        gaps = np.atleast_1d(abs(multiprecision(computed) - known.value))
        errors = np.broadcast_to(np.atleast_1d(np.asarray(known.error, dtype=object)), gaps.shape)
        ratios = [
            float(g / e) if e else (0.0 if g == 0 else float("inf"))
            for g, e in zip(gaps.flat, errors.flat, strict=True)
        ]
        return max(ratios)
