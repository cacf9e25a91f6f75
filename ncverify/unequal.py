"""A point (W, H) whose classes may have different sizes, with the quantities of `Point`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from ncverify.kinds import Array
from ncverify.model import validation
from ncverify.point import Point
from ncverify.space.sizes import Sizes


class UnequalPoint(Point):
    """Classifiers W (K, d) and features H (d, N) with n_1, ..., n_K samples of the classes, in class order.

    Logits, margins, loss, gradient, Hessian products, class means, `collapse.residuals`, the metrics of Section 4
    and the landscape (projections, multiplier, Riemannian gradient and Hessian, spectra, certificates) are those of
    the loss summed over all samples. What is proved for equal classes only, as the bound of Theorem 3.3, is refused.

    Args:
        W: classifiers, shape (K, d) with K >= 2 and d >= 1.
        H: features, shape (d, N).
        class_sizes: n_1, ..., n_K, each >= 1, with sum N.

    Raises:
        TypeError: W or H is no array of real floats, they differ in kind, or a class size is no integer.
        ValueError: wrong shapes, a class without samples, NaN or infinite entries.

    Example:
        >>> import numpy as np
        >>> p = UnequalPoint(np.array([[1.0], [-1.0]]), np.array([[1.0, 2.0, -1.0]]), (2, 1))
        >>> p.class_sizes, p.margins, p.class_means.tolist()
        ((2, 1), array([2., 4., 2.]), [[1.5], [-1.0]])
    """

    _class_sizes: tuple[int, ...]

    def __init__(self, W: Array, H: Array, class_sizes: Iterable[int]) -> None:
        validation.check_arrays(W, H)
        sizes = _checked(class_sizes)
        validation.check_class_sizes(W, H, sizes)
        validation.check_finite(W, H)
        self.W, self.H, self._class_sizes = W, H, sizes

    @classmethod
    def of_classes(cls, W: Array, H: Array, class_sizes: tuple[int, ...]) -> UnequalPoint:
        """A point whose arrays and sizes are known to be well formed: no checks."""
        point = cls.__new__(cls)
        point.W, point.H, point._class_sizes = W, H, class_sizes
        return point

    @property
    def n(self) -> int:
        """Samples per class, where all classes have the same number.

        Raises:
            AttributeError: they do not.
        """
        if len(set(self._class_sizes)) == 1:
            return self._class_sizes[0]
        raise AttributeError(f"n: the classes have different sizes, {self._class_sizes}; use class_sizes or N")

    @property
    def samples_per_class(self) -> int | tuple[int, ...]:
        """n_1, ..., n_K."""
        return self._class_sizes

    @property
    def N(self) -> int:  # noqa: N802
        """Number of samples."""
        return int(self.H.shape[1])

    @property
    def class_sizes(self) -> tuple[int, ...]:
        """n_1, ..., n_K."""
        return self._class_sizes

    @property
    def sizes(self) -> Sizes:
        """K, d and the class sizes."""
        return Sizes({"K": self.K, "d": self.d}, self._class_sizes)

    @cached_property
    def class_means(self) -> Array:
        """The class means of the features as rows, shape (K, d)."""
        rows, first = [], 0
        for size in self._class_sizes:
            rows.append(self.xp.mean(self.H[:, first : first + size], axis=1))
            first += size
        return self.xp.stack(rows)

    def map(self, convert: Callable[[Any], Any]) -> UnequalPoint:
        """The point with both arrays converted: to another library, device, dtype or arithmetic."""
        return UnequalPoint(convert(self.W), convert(self.H), self._class_sizes)

    def moved(self, W: Array, H: Array) -> UnequalPoint:
        """The point of the same classes at other arrays, which are known to be well formed: no checks."""
        return UnequalPoint.of_classes(W, H, self._class_sizes)

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_class_sizes": self._class_sizes}

    def __repr__(self) -> str:
        return f"UnequalPoint(K={self.K}, d={self.d}, class_sizes={self._class_sizes}, {self.xp!r})"


def _checked(class_sizes: Any) -> tuple[int, ...]:
    try:
        return tuple(operator.index(size) for size in class_sizes)
    except TypeError as error:
        raise TypeError(f"class_sizes: expected integers n_1, ..., n_K, got {class_sizes!r}") from error
