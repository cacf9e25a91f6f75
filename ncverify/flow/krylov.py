"""Conjugate gradients for the linear systems of an implicit step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ncverify.flow.field import Vector

_LIMIT = 500


class NotPositiveDefiniteError(ArithmeticError):
    """The matrix has a direction of non-positive curvature: the step of the integrator was too long."""


def conjugate_gradients(
    product: Callable[[Vector], Vector], shift: float, right: Vector, tolerance: float
) -> tuple[Vector, int]:
    """The solution x of x + shift A x = right, and the number of products spent.

    Args:
        product: A times a vector, A symmetric.
        shift: positive; the identity plus shift A has to be positive definite.
        right: the right-hand side.
        tolerance: Euclidean norm of the residual at which to stop.

    Raises:
        NotPositiveDefiniteError: a direction of non-positive curvature was met, or there was no convergence.

    Example:
        >>> import numpy as np
        >>> x, products = conjugate_gradients(lambda v: 3 * v, 1.0, np.array([4.0, 8.0]), 1e-12)
        >>> x.tolist(), products
        ([1.0, 2.0], 1)
    """
    x, residual = np.zeros_like(right), right.copy()
    square = float(residual @ residual)
    step, spent = residual.copy(), 0
    while square > tolerance * tolerance:
        image = step + shift * product(step)
        curvature = float(step @ image)
        spent += 1
        if curvature <= 0 or spent > _LIMIT:
            raise NotPositiveDefiniteError
        length = square / curvature
        x += length * step
        residual -= length * image
        before, square = square, float(residual @ residual)
        step *= square / before
        step += residual
    return x, spent
