r"""The gradient field of log L on flat NumPy vectors, with exact Hessian products; what the integrator evaluates.

.. math:: \frac{d\theta}{d\sigma} = -\nabla \log \mathcal{L}(\theta), \qquad d\sigma = \mathcal{L}\,dt

The formulas are those of `ncverify.model` and `ncverify.flow.rates`, written for one dtype and without the layers that
let them run in every arithmetic: a step of the flow on a small problem costs less than those layers. Tests hold the two
against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncverify.domain import Shape
from ncverify.point import Point

Vector = NDArray[np.float64]
_LEFT = -37.0  # left of it, log(log(1 + exp(x))) is x to the last bit


@dataclass(frozen=True)
class Local:
    """The field around one vector.

    Attributes:
        field: the field.
        W: classifiers, shape (K, d).
        H: features, shape (d, K*n).
        weights: the weights of (B.6) divided by the loss, shape (K, K*n), zero in the own class.
        logit_gradient: the derivative of log L by the logits, shape (K, K*n).
        log_loss: the logarithm of the loss (2.3).
        gradient: the gradient of log L, flat.
    """

    field: Field
    W: NDArray[np.float64]
    H: NDArray[np.float64]
    weights: NDArray[np.float64]
    logit_gradient: NDArray[np.float64]
    log_loss: float
    gradient: Vector

    @property
    def squared_speed(self) -> float:
        """|d theta / d sigma|^2, which is -d log L / d sigma."""
        return float(self.gradient @ self.gradient)

    def hessian_product(self, v: Vector) -> Vector:
        """The Hessian of log L times a flat vector, in O(d K^2 n) operations.

        It is the Hessian of L divided by L, minus the outer product of the gradient of log L with itself.
        """
        own, columns = self.field.own, self.field.columns
        U, V = self.field.unpack(v)
        D = U @ self.H
        D += self.W @ V
        D -= D[own, columns]
        D *= self.weights
        D -= self.weights * (D.sum(axis=0) * np.exp(self.log_loss))
        D[own, columns] = -D.sum(axis=0)
        out = np.empty_like(v)
        A, B = self.field.unpack(out)
        np.matmul(D, self.H.T, out=A)
        A += self.logit_gradient @ V.T
        np.matmul(self.W.T, D, out=B)
        B += U.T @ self.logit_gradient
        out -= self.gradient * (self.gradient @ v)
        return out


class Field:
    """The field for one shape.

    Args:
        shape: K, n, d.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> from ncverify.domain import Shape
        >>> field = Field(Shape(2, 1, 1))
        >>> local = field.at(field.pack(Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))))
        >>> round(local.log_loss, 6)
        -1.370988
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.columns = np.arange(shape.K * shape.n)
        self.own = self.columns // shape.n
        self.split = shape.K * shape.d
        self.size = self.split + shape.d * shape.K * shape.n

    @classmethod
    def of(cls, point: Point) -> Field:
        """The field for the shape of a point."""
        return cls(Shape(point.K, point.n, point.d))

    def pack(self, point: Point) -> Vector:
        """W and H of a NumPy point as one flat vector."""
        return np.concatenate([np.ravel(point.W), np.ravel(point.H)]).astype(np.float64)

    def unpack(self, x: Vector) -> tuple[Any, Any]:
        """(W, H) as views of a flat vector."""
        K, n, d = self.shape
        return x[: self.split].reshape(K, d), x[self.split :].reshape(d, K * n)

    def point(self, x: Vector) -> Point:
        """The point of a flat vector, its arrays copied."""
        W, H = self.unpack(x)
        return Point(W.copy(), H.copy())

    def at(self, x: Vector) -> Local:
        """Log-loss, gradient and the ingredients of the Hessian at x; nothing over- or underflows."""
        W, H = self.unpack(x)
        own, columns = self.own, self.columns
        exponents = W @ H
        exponents -= exponents[own, columns]
        exponents[own, columns] = -np.inf
        top = exponents.max(axis=0)
        odds = top + np.log(np.exp(exponents - top).sum(axis=0))
        sample_losses = np.maximum(odds, 0.0) + np.log1p(np.exp(-np.abs(odds)))
        log_losses = np.where(odds < _LEFT, odds, np.log(np.maximum(sample_losses, 1e-300)))
        largest = log_losses.max()
        log_loss = float(largest + np.log(np.exp(log_losses - largest).sum()))
        exponents -= sample_losses
        exponents -= log_loss  # not in one sum with the sample losses, which may be so large that they absorb it
        weights = np.exp(exponents, out=exponents)
        G = weights.copy()
        G[own, columns] = -weights.sum(axis=0)
        gradient = np.empty_like(x)
        A, B = self.unpack(gradient)
        np.matmul(G, H.T, out=A)
        np.matmul(W.T, G, out=B)
        return Local(self, W, H, weights, G, log_loss, gradient)
