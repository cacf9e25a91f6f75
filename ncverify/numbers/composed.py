"""Functions that theorists use and the array API lacks, written once for floats, exact and tracked numbers.

Each is composed of functions that every namespace supplies, so that it means the same in all of them.
"""

from __future__ import annotations

import string
from functools import reduce
from typing import Any

import numpy as np

from ncverify.kinds import Array
from ncverify.numbers.axes import Axis, axes_of, count_along, lines, with_lengths_one

ALIASES = {
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "around": "round",
    "concatenate": "concat",
    "cumprod": "cumulative_prod",
    "cumsum": "cumulative_sum",
    "fabs": "abs",
    "float_power": "pow",
    "mod": "remainder",
    "power": "pow",
    "true_divide": "divide",
    "conjugate": "positive",
}


class Composed:
    """Activations, differences, joins, sums of products and statistics."""

    def sigmoid(self: Any, x: Array) -> Array:
        """1 / (1 + exp(-x)), without overflow."""
        x = self.asarray(x)
        small = self.exp(-self.abs(x))
        return self.where(x >= 0, 1 / (1 + small), small / (1 + small)) if not self.exact else 1 / (1 + self.exp(-x))

    def log_softmax(self: Any, x: Array, axis: int | None = None) -> Array:
        """x minus its logsumexp along an axis, which only a vector may leave out.

        Raises:
            ValueError: no axis for an array of several.
        """
        x = self.asarray(x)
        if axis is None and len(x.shape) != 1:
            raise ValueError(f"softmax: expected axis= for an array of shape {tuple(x.shape)}")
        axis = 0 if axis is None else axis
        return x - self.expand_dims(self.logsumexp(x, axis=axis), axis=axis)

    def softmax(self: Any, x: Array, axis: int | None = None) -> Array:
        """exp(x) divided by its sum along an axis; axis and errors as for `log_softmax`."""
        return self.exp(self.log_softmax(x, axis=axis))

    def round(self: Any, x: Array, decimals: int = 0) -> Array:
        """The nearest number with the given number of decimals, halves to even."""
        if decimals == 0:
            return self.rint(x)
        step = 10 ** abs(decimals)
        x = self.asarray(x)
        return self.rint(x * step) / step if decimals > 0 else self.rint(x / step) * step

    def diff(self: Any, x: Array, n: int = 1, axis: int = -1, prepend: Array = None, append: Array = None) -> Array:
        """The differences of neighbours along an axis, n times over."""
        x = self.asarray(x)
        (axis,) = axes_of(axis, len(x.shape))
        x = self.concat([self._beside(part, x, axis) for part in (prepend, x, append) if part is not None], axis=axis)
        for _ in range(n):
            before, after = (slice(None),) * axis + (slice(None, -1),), (slice(None),) * axis + (slice(1, None),)
            x = x[after] - x[before]
        return x

    def _beside(self: Any, part: Array, x: Array, axis: int) -> Array:
        part = self.asarray(part)
        if len(part.shape) == len(x.shape):
            return part
        return self.broadcast_to(part, tuple(1 if a == axis else length for a, length in enumerate(x.shape)))

    def vstack(self: Any, parts: Array) -> Array:
        """Arrays below one another; a vector is a row."""
        rows = [self.asarray(x) for x in parts]
        return self.concat([self.reshape(x, (1, -1)) if len(x.shape) < 2 else x for x in rows], axis=0)

    def hstack(self: Any, parts: Array) -> Array:
        """Arrays beside one another."""
        arrays = [self.asarray(x) for x in parts]
        arrays = [self.reshape(x, (1,)) if len(x.shape) == 0 else x for x in arrays]
        return self.concat(arrays, axis=0 if len(arrays[0].shape) == 1 else 1)

    def diag(self: Any, x: Array, k: int = 0) -> Array:
        """A matrix with a vector on its k-th diagonal, or the k-th diagonal of a matrix."""
        x = self.asarray(x)
        if len(x.shape) == 2:
            return self.diagonal(x, k)
        count = x.shape[0]
        square = self.where(np.eye(count, dtype=bool), self.expand_dims(x, axis=1), 0)
        beside, below = self.zeros((count, abs(k))), self.zeros((abs(k), count + abs(k)))
        wide = self.concat([beside, square] if k > 0 else [square, beside], axis=1)
        return self.concat([wide, below] if k > 0 else [below, wide], axis=0)

    def outer(self: Any, a: Array, b: Array) -> Array:
        """All products of an element of one array and one of the other."""
        left, right = self.reshape(self.asarray(a), (-1, 1)), self.reshape(self.asarray(b), (1, -1))
        return left * right

    def dot(self: Any, a: Array, b: Array) -> Array:
        """NumPy's product: of numbers, vectors, matrices, and of stacks over the last axis and the last but one."""
        a, b = self.asarray(a), self.asarray(b)
        if len(a.shape) == 0 or len(b.shape) == 0:
            return a * b
        if len(a.shape) <= 2 and len(b.shape) <= 2:
            return self.matmul(a, b)
        return self.tensordot(a, b, axes=([-1], [-2 if len(b.shape) > 1 else -1]))

    def inner(self: Any, a: Array, b: Array) -> Array:
        """Sums of products over the last axes."""
        a, b = self.asarray(a), self.asarray(b)
        return a * b if len(a.shape) == 0 or len(b.shape) == 0 else self.tensordot(a, b, axes=([-1], [-1]))

    def vdot(self: Any, a: Array, b: Array) -> Array:
        """The sum of the products of all elements."""
        return self.sum(self.reshape(self.asarray(a), (-1,)) * self.reshape(self.asarray(b), (-1,)))

    def tensordot(self: Any, a: Array, b: Array, axes: Any = 2) -> Array:
        """Sums of products over given axes of both."""
        a, b = self.asarray(a), self.asarray(b)
        rank, other = len(a.shape), len(b.shape)
        left, right = (range(rank - axes, rank), range(axes)) if isinstance(axes, int) else axes
        left = axes_of(left if isinstance(left, int) else tuple(left), rank)
        right = axes_of(right if isinstance(right, int) else tuple(right), other)
        names = iter(string.ascii_letters)
        of_a = [next(names) for _ in range(rank)]
        of_b = [next(names) for _ in range(other)]
        for i, j in zip(left, right, strict=True):
            of_b[j] = of_a[i]
        kept = [c for i, c in enumerate(of_a) if i not in left] + [c for j, c in enumerate(of_b) if j not in right]
        return self.einsum(f"{''.join(of_a)},{''.join(of_b)}->{''.join(kept)}", a, b)

    def kron(self: Any, a: Array, b: Array) -> Array:
        """The Kronecker product."""
        a, b = self.asarray(a), self.asarray(b)
        rank = max(len(a.shape), len(b.shape))
        left, right = ((1,) * (rank - len(x.shape)) + tuple(x.shape) for x in (a, b))
        spread = self.reshape(a, tuple(n for length in left for n in (length, 1)))
        product = spread * self.reshape(b, tuple(n for length in right for n in (1, length)))
        return self.reshape(product, tuple(i * j for i, j in zip(left, right, strict=True)))

    def einsum(self: Any, subscripts: str, *operands: Array) -> Array:
        """NumPy's sums of products by subscripts, 'ij,jk->ik'; without an ellipsis.

        Raises:
            ValueError: subscripts that do not fit the operands.
        """
        inputs, output = _parsed(subscripts, len(operands))
        terms = [self._without_repeats(self.asarray(x), names) for x, names in zip(operands, inputs, strict=True)]

        def multiplied(left: tuple[Any, str], right: tuple[Any, str]) -> tuple[Any, str]:
            names = left[1] + "".join(c for c in right[1] if c not in left[1])
            return self._aligned(*left, names) * self._aligned(*right, names), names

        product, names = reduce(multiplied, terms)
        gone = tuple(i for i, c in enumerate(names) if c not in output)
        total = self.sum(product, axis=gone) if gone else product
        left = [c for c in names if c in output]
        return self.permute_dims(total, tuple(left.index(c) for c in output)) if len(output) > 1 else total

    def _without_repeats(self: Any, x: Array, names: str) -> tuple[Any, str]:
        """x with one axis for each letter: a letter that stands twice is a diagonal."""
        if len(names) != len(x.shape):
            raise ValueError(f"einsum: {names!r} has {len(names)} letters for an array of shape {tuple(x.shape)}")
        for letter in dict.fromkeys(names):
            while names.count(letter) > 1:
                first, second = names.index(letter), names.rindex(letter)
                if x.shape[first] != x.shape[second]:
                    raise ValueError(f"einsum: {letter!r} stands for two lengths in shape {tuple(x.shape)}")
                picks = [_picked(len(names), {first: i, second: i}) for i in range(x.shape[first])]
                x = self.stack([x[pick] for pick in picks], axis=0)
                names = letter + "".join(c for i, c in enumerate(names) if i not in (first, second))
        return x, names

    def _aligned(self: Any, x: Array, names: str, wanted: str) -> Array:
        present = [c for c in wanted if c in names]
        if len(names) > 1:
            x = self.permute_dims(x, tuple(names.index(c) for c in present))
        lengths = dict(zip(present, x.shape, strict=True))
        return self.reshape(x, tuple(lengths.get(c, 1) for c in wanted))

    def cov(
        self: Any, m: Array, y: Array = None, rowvar: bool = True, bias: bool = False, ddof: float | None = None
    ) -> Array:
        """The covariance matrix of variables in rows (or columns), as NumPy's."""
        m = self._in_rows(m, rowvar)
        m = m if y is None else self.concat([m, self._in_rows(y, rowvar)], axis=0)
        centred = m - self.mean(m, axis=1, keepdims=True)
        count = max(m.shape[1] - ((0 if bias else 1) if ddof is None else ddof), 0)
        matrix = self.matmul(centred, self.matrix_transpose(centred)) / count
        return matrix[0, 0] if matrix.shape[0] == 1 else matrix

    def _in_rows(self: Any, x: Array, rowvar: bool) -> Array:
        x = self.asarray(x)
        if len(x.shape) < 2:
            return self.reshape(x, (1, -1))
        return x if rowvar or x.shape[0] == 1 else self.matrix_transpose(x)

    def corrcoef(self: Any, x: Array, y: Array = None, rowvar: bool = True) -> Array:
        """The matrix of correlations, as NumPy's."""
        covariance = self.cov(x, y, rowvar)
        if len(covariance.shape) == 0:
            return covariance / covariance
        deviations = self.sqrt(self.diagonal(covariance))
        return covariance / self.expand_dims(deviations, axis=1) / self.expand_dims(deviations, axis=0)

    def median(self: Any, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """The middle element in order along axes, or the mean of the two in the middle."""
        x = self.asarray(x)
        ordered, count = self.sort(lines(self, x, axis), axis=0), count_along(tuple(x.shape), axis)
        middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
        return with_lengths_one(self, middle, tuple(x.shape), axis) if keepdims else middle

    def average(self: Any, x: Array, axis: Axis = None, weights: Array = None) -> Array:
        """The mean, with weights of the shape of x or one for each element of the axis."""
        x = self.asarray(x)
        if weights is None:
            return self.mean(x, axis=axis)
        weights = self.asarray(weights)
        if len(weights.shape) < len(x.shape):
            place = axes_of(axis, len(x.shape))[0]
            weights = self.reshape(weights, tuple(n if a == place else 1 for a, n in enumerate(x.shape)))
            weights = self.broadcast_to(weights, tuple(x.shape))
        return self.sum(x * weights, axis=axis) / self.sum(weights, axis=axis)


def _picked(rank: int, fixed: dict[int, int]) -> tuple[Array, ...]:
    return tuple(fixed.get(a, slice(None)) for a in range(rank))


def _parsed(subscripts: str, count: int) -> tuple[list[str], str]:
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != count or not all(c.isalpha() for c in left.replace(",", "") + output):
        raise ValueError(
            f"einsum: expected letters for each of {count} arrays, such as 'ij,jk->ik', got {subscripts!r}"
        )
    if not arrow:
        output = "".join(sorted(c for c in set(left) - {","} if left.count(c) == 1))
    if any(c not in left for c in output) or len(set(output)) < len(output):
        raise ValueError(f"einsum: each letter of the result stands once, and among the arrays, in {subscripts!r}")
    return inputs, output
