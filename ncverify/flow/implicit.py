r"""Variable-order backward differences with Newton-Krylov steps, for the stiff gradient flow of log L.

The flow is stiff: differences between margins relax at a rate that grows with rho^2, while the direction moves on the
scale of log rho. The numerical differentiation formulas of order 1 to 5 (Shampine and Reichelt, The MATLAB ODE suite,
SIAM J. Sci. Comput. 18, 1997) are stable there; each implicit equation is solved by Newton's method with the exact
Hessian, applied and never formed: the matrix is symmetric, so conjugate gradients solve its systems, at any size.

Error control: the local error of each step, estimated by backward differences, is at most rtol * rho in the Euclidean
norm. What Newton's method and conjugate gradients leave is a stated fraction of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncverify.flow.field import Field, Local, Vector
from ncverify.flow.krylov import NotPositiveDefiniteError, conjugate_gradients

_HIGHEST_ORDER = 5
# the free parameters of the formulas of orders 0 to 5, as in the paper named above
_KAPPA = np.array([0.0, -0.1850, -1 / 9, -0.0823, -0.0415, 0.0])
_GAMMA = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, _HIGHEST_ORDER + 1))])
_ALPHA = (1 - _KAPPA) * _GAMMA
_ERROR = _KAPPA * _GAMMA + 1 / np.arange(1, _HIGHEST_ORDER + 2)
_NEWTON_SHARE = 0.02  # of the tolerated local error that Newton's method may leave
_KRYLOV_SHARE = 0.1  # of that, what conjugate gradients may leave
_NEWTON_LIMIT = 6
_SAFETY = 0.9


class StepTooSmallError(ArithmeticError):
    """The integrator cannot go on: the step fell below the resolution of sigma."""


@dataclass
class Effort:
    """The cost of an integration: accepted and rejected steps, evaluations of the field, Hessian products."""

    steps: int = 0
    rejected: int = 0
    evaluations: int = 0
    products: int = 0


class BackwardDifferences:
    """An integration in progress; `step` advances it, `dense` evaluates the last step at any sigma in it.

    Args:
        field: the gradient field.
        x: start.
        rtol: tolerated local error, relative to rho.
        sigma: rescaled time of the start.

    Raises:
        ValueError: rtol is not between 1e-13 and 0.1, or the start is a critical point.
    """

    def __init__(self, field: Field, x: Vector, *, rtol: float, sigma: float = 0.0) -> None:
        if not 1e-13 <= rtol <= 0.1:
            raise ValueError(f"rtol: expected between 1e-13 and 0.1, got {rtol}")
        self.field, self.rtol, self.sigma, self.order = field, rtol, sigma, 1
        self.local = field.at(x)
        if not self.local.squared_speed > 0:
            raise ValueError("start: the gradient is zero there, so the flow does not move")
        self.x = x
        speed = np.sqrt(self.local.squared_speed)
        # the first step changes theta by a share sqrt(rtol) of its norm: the error of order one is about rtol
        self.h = np.sqrt(rtol) * max(float(np.linalg.norm(x)), 1e-3 * float(speed)) / float(speed)
        self.differences: NDArray[np.float64] = np.zeros((_HIGHEST_ORDER + 3, x.size))
        self.differences[0], self.differences[1] = x, -self.h * self.local.gradient
        self.equal_steps = 0
        self.effort = Effort(evaluations=1)
        self.previous, self.previous_sigma = self.local, sigma

    def step(self) -> None:
        """One accepted step.

        Raises:
            StepTooSmallError: no step above rounding level is accepted.
        """
        while True:
            if self.h <= 1e-14 * max(1.0, abs(self.sigma)):
                raise StepTooSmallError(
                    f"step {self.h:.1e} at sigma = {self.sigma:.6g}, log L = {self.local.log_loss:.6g}"
                )
            solved = self._solve()
            if solved is None:
                self._resize(0.5)
                self.effort.rejected += 1
                continue
            x, correction, tolerance = solved
            error = _ERROR[self.order] * float(np.linalg.norm(correction)) / tolerance
            if error <= 1:
                break
            self._resize(max(0.2, _SAFETY * error ** (-1 / (self.order + 1))))
            self.effort.rejected += 1
        self._accept(x, correction)
        if self.equal_steps > self.order:
            self._choose(error, tolerance)

    def _solve(self) -> tuple[Vector, Vector, float] | None:
        """The solution of the implicit equation, its distance from the prediction, the tolerance; or None."""
        k = self.order
        predicted = self.differences[: k + 1].sum(axis=0)
        known = self.differences[1 : k + 1].T @ _GAMMA[1 : k + 1] / _ALPHA[k]
        shift = self.h / _ALPHA[k]
        tolerance = self.rtol * float(np.linalg.norm(predicted))
        allowed = _NEWTON_SHARE * tolerance
        x, correction, before = predicted, np.zeros_like(predicted), np.inf
        for _ in range(_NEWTON_LIMIT):
            local = self._evaluate(x)
            residual = -shift * local.gradient - known - correction
            try:
                change, spent = conjugate_gradients(local.hessian_product, shift, residual, _KRYLOV_SHARE * allowed)
            except NotPositiveDefiniteError:
                return None
            self.effort.products += spent
            x, correction = x + change, correction + change
            size = float(np.linalg.norm(change))
            rate = size / before if np.isfinite(before) else 1.0
            if size <= _KRYLOV_SHARE * allowed or (rate < 1 and rate / (1 - rate) * size <= allowed):
                return x, correction, tolerance
            if rate > 1 or not np.isfinite(size):
                return None
            before = size
        return None

    def _evaluate(self, x: Vector) -> Local:
        self.effort.evaluations += 1
        return self.field.at(x)

    def _accept(self, x: Vector, correction: Vector) -> None:
        k, D = self.order, self.differences
        D[k + 2] = correction - D[k + 1]
        D[k + 1] = correction
        for i in range(k, -1, -1):
            D[i] += D[i + 1]
        self.previous, self.previous_sigma = self.local, self.sigma
        self.x, self.sigma = x, float(self.sigma + self.h)
        self.local = self._evaluate(x)
        self.dense_step, self.dense_differences = self.h, D[: k + 1].copy()
        self.equal_steps += 1
        self.effort.steps += 1

    def _choose(self, error: float, tolerance: float) -> None:
        """Order and step of the next steps: those that promise the longest step."""
        k, D = self.order, self.differences
        errors = {k: error}
        if k > 1:
            errors[k - 1] = _ERROR[k - 1] * float(np.linalg.norm(D[k])) / tolerance
        if k < _HIGHEST_ORDER:
            errors[k + 1] = _ERROR[k + 1] * float(np.linalg.norm(D[k + 2])) / tolerance
        factors = {m: max(e, 1e-12) ** (-1 / (m + 1)) for m, e in errors.items()}
        self.order = max(factors, key=lambda m: factors[m])
        self._resize(min(10.0, _SAFETY * factors[self.order]))

    def _resize(self, factor: float) -> None:
        """Differences on the grid of the old step turned into differences on that of the new one."""
        k = self.order
        change = (_transfer(k, factor) @ _transfer(k, 1.0)).T
        self.differences[: k + 1] = change @ self.differences[: k + 1]
        self.h *= factor
        self.equal_steps = 0

    def dense(self, sigma: float) -> Vector:
        """The interpolating polynomial of the last step at a sigma between its ends."""
        k = len(self.dense_differences) - 1
        place = (sigma - self.sigma) / self.dense_step
        factors = np.cumprod((place + np.arange(k)) / np.arange(1, k + 1))
        value: Vector = self.dense_differences[0] + factors @ self.dense_differences[1:]
        return value


def _transfer(order: int, factor: float) -> NDArray[np.float64]:
    """The matrix from backward differences to values on a grid scaled by `factor`; its own inverse for factor one."""
    i, j = np.arange(1, order + 1)[:, None], np.arange(1, order + 1)
    matrix = np.zeros((order + 1, order + 1))
    matrix[0], matrix[1:, 1:] = 1.0, (i - 1 - factor * j) / i
    product: NDArray[np.float64] = np.asarray(np.cumprod(matrix, axis=0), dtype=np.float64)
    return product
