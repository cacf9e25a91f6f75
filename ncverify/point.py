"""A point (W, H) of the unconstrained layer-peeled model, and every quantity that the paper reads off it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from ncverify.arguments import Interval, checked
from ncverify.kinds import Array, Functions, Number
from ncverify.model import validation
from ncverify.model.derivatives import gradient, hessian_vector_product, logit_gradient
from ncverify.model.logits import logit_differences, margins
from ncverify.model.loss import log_loss, loss
from ncverify.numbers.namespaces import namespace_of
from ncverify.space.latex import DisplayedPoint
from ncverify.space.point import unknown
from ncverify.space.sizes import Sizes, labels_of
from ncverify.space.text import shown


class Tangent(NamedTuple):
    """A pair with the shapes of (W, H): a gradient, a direction, a velocity."""

    W: Any
    H: Any


class Point(DisplayedPoint):
    """Classifiers W (K, d) and features H (d, K*n), class-major: column k*n + i is sample i of class k.

    Works on float32 and float64 arrays of NumPy, PyTorch (any device), JAX and array-api-strict, and on the exact
    arrays of `ncverify.numbers`. Quantities are computed on first use, in the arithmetic of the coordinates, and kept:
    W and H must not be changed in place afterwards.

    Args:
        W: classifiers, shape (K, d) with K >= 2 and d >= 1.
        H: features, shape (d, K*n) with n >= 1.

    Raises:
        TypeError: W or H is no array of real floats, or they differ in library, dtype or device.
        ValueError: wrong shapes, unequal class sizes, NaN or infinite entries.

    Example:
        >>> import numpy as np
        >>> p = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))
        >>> p.K, p.n, p.d, float(p.q_min), float(p.squared_norm)
        (2, 1, 1, 2.0, 4.0)
    """

    W: Any
    H: Any

    def __init__(self, W: Array, H: Array) -> None:
        validation.check_arrays(W, H)
        validation.check_shapes(W, H)
        validation.check_finite(W, H)
        self.W, self.H = W, H

    @classmethod
    def trusted(cls, W: Array, H: Array) -> Point:
        """A point whose arrays are known to be well formed: no checks, so that it can be built inside transforms."""
        point = cls.__new__(cls)
        point.W, point.H = W, H
        return point

    @property
    def K(self) -> int:  # noqa: N802
        """Number of classes."""
        return int(self.W.shape[0])

    @property
    def d(self) -> int:
        """Dimension of the features."""
        return int(self.W.shape[1])

    @property
    def n(self) -> int:
        """Samples per class."""
        return int(self.H.shape[1]) // self.K

    @property
    def samples_per_class(self) -> int | tuple[int, ...]:
        """n; the class sizes where they differ (`UnequalPoint`)."""
        return self.n

    @property
    def N(self) -> int:  # noqa: N802
        """Number of samples, K n."""
        return self.K * self.n

    @property
    def class_sizes(self) -> tuple[int, ...]:
        """n, K times."""
        return (self.n,) * self.K

    @cached_property
    def labels(self) -> Array:
        """The class of every sample, integers 0..K-1 in class order, shape (K*n,)."""
        return self.xp.integers(labels_of(self.class_sizes))

    @property
    def sizes(self) -> Sizes:
        """K, n and d by name."""
        return Sizes({"K": self.K, "n": self.n, "d": self.d})

    @property
    def variables(self) -> dict[str, Any]:
        """The arrays by name."""
        return {"W": self.W, "H": self.H}

    free = None  # the entries are the free coordinates of the search

    @cached_property
    def xp(self) -> Functions:
        """The namespace of the point's numbers: exp, log, sqrt, sum, max, min, abs, ...; takes Python numbers."""
        return namespace_of(self.W, self.H)

    @cached_property
    def logits(self) -> Array:
        """Z = W H, shape (K, K*n)."""
        return self.W @ self.H

    @cached_property
    def logit_differences(self) -> Array:
        """s_kij in row j and column k*n + i, shape (K, K*n); zero where j = k. *Source:* Appendix B."""
        return logit_differences(self.logits, self.samples_per_class, self.xp)

    @cached_property
    def margins(self) -> Array:
        """q_ki, the margin of every sample, shape (K*n,). *Source:* Section 3.1."""
        return margins(self.logit_differences, self.samples_per_class, self.xp)

    @cached_property
    def q_min(self) -> Number:
        """The margin of the entire dataset. *Source:* Section 3.1."""
        return self.xp.min(self.margins)

    @cached_property
    def loss(self) -> Number:
        """The cross-entropy loss (2.3) as printed: a sum over all samples, in nats."""
        return loss(self.logit_differences, self.samples_per_class, self.xp)

    @cached_property
    def log_loss(self) -> Number:
        """The logarithm of the loss (2.3), finite even where the loss underflows."""
        return log_loss(self.logit_differences, self.samples_per_class, self.xp)

    @cached_property
    def squared_norm(self) -> Number:
        """rho^2 = |W|_F^2 + |H|_F^2."""
        return self.xp.sum(self.W * self.W) + self.xp.sum(self.H * self.H)

    @cached_property
    def logit_gradient(self) -> Array:
        """The derivative of the loss by the logits, shape (K, K*n). *Source:* Appendix C, gradient of L(Z)."""
        return logit_gradient(self.logit_differences, self.samples_per_class, self.xp)

    @cached_property
    def gradient(self) -> Tangent:
        """(dL/dW, dL/dH) with the shapes of W and H."""
        return Tangent(*gradient(self.W, self.H, self.logit_gradient))

    def hessian_vector_product(self, direction: tuple[Array, Array]) -> Tangent:
        """The Hessian of the loss applied to a direction (U, V) with the shapes of W and H.

        Args:
            direction: a pair; several directions at once are stacked in front, shapes (..., K, d) and (..., d, K*n).

        Raises:
            TypeError: the direction is of another library, dtype or device than the point.
            ValueError: wrong shapes.
        """
        if not isinstance(direction, tuple | list) or len(direction) != 2:
            raise TypeError(f"direction: expected a pair (U, V), got {type(direction).__name__}")
        U, V = direction
        validation.check_direction(self.W, self.H, U, V)
        sizes = None if isinstance(self.samples_per_class, int) else self.samples_per_class
        return Tangent(*hessian_vector_product(self.W, self.H, self.logit_gradient, U, V, self.xp, sizes))

    @cached_property
    def centred_classifiers(self) -> Array:
        """W~, each row minus the mean row, shape (K, d). *Source:* proof of Theorem 3.1."""
        return self.W - self.xp.expand_dims(self.xp.mean(self.W, axis=0), axis=0)

    @cached_property
    def class_means(self) -> Array:
        """The class means of the features as rows, shape (K, d). *Source:* Section 2.1."""
        grouped = self.xp.reshape(self.H, (self.d * self.K, self.n))
        return self.xp.reshape(self.xp.mean(grouped, axis=1), (self.d, self.K)).T

    @cached_property
    def global_mean(self) -> Array:
        """The mean of all features, shape (d,). *Source:* Section 2.1."""
        return self.xp.mean(self.H, axis=1)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or hasattr(type(self), name):
            return object.__getattribute__(self, name)  # the error of its own
        raise unknown(name, [n for n in dir(type(self)) if not n.startswith("_")], "quantity")

    def map(self, convert: Callable[[Any], Any]) -> Point:
        """The point with both arrays converted: to another library, device, dtype or arithmetic."""
        return Point(convert(self.W), convert(self.H))

    def moved(self, W: Array, H: Array) -> Point:
        """The point of the same classes at other arrays, which are known to be well formed: no checks."""
        return Point.trusted(W, H)

    def __getstate__(self) -> dict[str, Any]:
        """Coordinates only: namespaces cannot be pickled, and the rest is computed anew; a given norm is kept."""
        return {name: vars(self)[name] for name in ("W", "H", "squared_norm") if name in vars(self)}

    def __repr__(self) -> str:
        return f"Point({shown(self)}, {self.xp!r})"


@checked
def on_sphere(point: Point, squared_norm: Annotated[Any, Interval(">= 0")]) -> Point:
    """The multiple of a point whose squared norm |W|^2 + |H|^2 is the given number, exactly.

    In rational arithmetic the factor is the exact square root where that is of the form a + b sqrt(m); in ball
    arithmetic it enters as a ball around it, so that whatever is confirmed holds for the true point on the sphere.
    The `squared_norm` of the result is the given number itself, in every arithmetic. *Source:* the sphere of (3.4).

    Args:
        point: any point but the origin, of any arithmetic.
        squared_norm: rho^2 >= 0, a Python number or a scalar of the point's arithmetic (another point's squared_norm).

    Example:
        >>> import numpy as np
        >>> p = on_sphere(Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]])), 2)
        >>> float(p.squared_norm), round(float(p.q_min), 3)
        (2.0, 1.0)
    """
    target = point.xp.asarray(squared_norm)
    factor = point.xp.sqrt(target / point.squared_norm)
    rescaled = Point.trusted(factor * point.W, factor * point.H)
    vars(rescaled)["squared_norm"] = target
    return rescaled
