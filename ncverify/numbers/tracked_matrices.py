"""Linear algebra of tracked floats: the values of the library, and the size of the terms to first order.

A perturbation S of a matrix moves its inverse by at most |A^-1| S |A^-1| entry by entry, and its eigenvalues and
singular values by at most the norm of S.
"""

from __future__ import annotations

from ncverify.kinds import Array, Number
from ncverify.numbers.elimination import expanded
from ncverify.numbers.tracked_truth import TrackedTruth

_EXPANDED = 6  # the largest determinant that is expanded: with a slope at singular matrices, and the size of its terms


def _tracked(x: Array, value: Array, size: Array) -> Array:
    xp = x.namespace
    return type(x)(value, xp.larger(xp.native.abs(value), size), xp)


def inv(x: Array) -> Array:
    """The inverse; NaN where there is none."""
    native = x.namespace.native
    value = native.linalg.inv(x.value)
    size = native.abs(value)
    return _tracked(x, value, size @ x.size_of_terms @ size)


def solve(a: Array, b: Array) -> Array:
    """The x with a x = b."""
    native = a.namespace.native
    value = native.linalg.solve(a.value, b.value)
    size = native.abs(native.linalg.inv(a.value))
    return _tracked(a, value, size @ (b.size_of_terms + a.size_of_terms @ native.abs(value)))


def det(x: Array) -> Number:
    """The determinant."""
    xp, n = x.namespace, x.shape[0]
    if n <= _EXPANDED:
        return expanded(lambda i, j: x[i, j], n, 1)
    native = xp.native
    norms = native.sqrt(native.sum(x.size_of_terms * x.size_of_terms, axis=1))  # Hadamard
    return _tracked(x, native.library.linalg.det(x.value), native.prod(norms))


def matrix_rank(x: Array) -> Array:
    """The number of singular values above rounding; with a slope, since each is somewhere near changing."""
    native = x.namespace.native
    values = native.linalg.svdvals(x.value)
    largest = native.max(x.size_of_terms)
    bound = native.library.finfo(native.dtype).eps * max(x.shape) * native.max(values)
    distance = native.where(largest > 0, (values - bound) / native.where(largest > 0, largest, 1.0), -1.0)
    return x.namespace.sum(TrackedTruth(values > bound, distance, x.namespace))


def pinv(x: Array) -> Array:
    """The Moore-Penrose inverse."""
    native = x.namespace.native
    value = native.linalg.pinv(x.value)
    size = native.abs(value)
    return _tracked(x, value, size @ x.size_of_terms @ size)


def eigvalsh(x: Array) -> Array:
    """The eigenvalues of a symmetric matrix."""
    native = x.namespace.native
    value = native.linalg.eigvalsh(x.value)
    return _tracked(x, value, native.sqrt(native.sum(x.size_of_terms * x.size_of_terms)) + 0 * value)


def svdvals(x: Array) -> Array:
    """The singular values."""
    native = x.namespace.native
    value = native.linalg.svdvals(x.value)
    return _tracked(x, value, native.sqrt(native.sum(x.size_of_terms * x.size_of_terms)) + 0 * value)


def spectral(x: Array) -> Number:
    """The largest singular value."""
    return svdvals(x)[0]


def nuclear(x: Array) -> Number:
    """The sum of the singular values."""
    return x.namespace.sum(svdvals(x))
