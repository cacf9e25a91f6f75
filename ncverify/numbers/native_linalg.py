"""The linear algebra of an array library, without exceptions for the matrices that have no inverse or no numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy.linalg import LinAlgError

from ncverify.kinds import Array, Functions
from ncverify.numbers.linalg import Linalg


class NativeLinalg:
    """`linalg` of NumPy, PyTorch, JAX or array-api-strict; NaN where a matrix is singular or has entries that are NaN.

    Names that the library does not have are those of `Linalg`.

    Args:
        native: the namespace.
    """

    def __init__(self, native: Functions) -> None:
        self._xp, self._own = native, native.library.linalg

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._own, name, None) or getattr(Linalg(self._xp, self), name)

    def inv(self, x: Array) -> Array:
        """The inverse."""
        if hasattr(self._own, "inv_ex"):
            result = self._own.inv_ex(x)
            return self._xp.where((result.info == 0)[..., None, None], result.inverse, math.nan)
        return self._guarded(self._own.inv, x, x)

    def solve(self, a: Array, b: Array) -> Array:
        """The x with a x = b."""
        if hasattr(self._own, "solve_ex"):
            outcome = self._own.solve_ex(a, b)
            return self._xp.where(outcome.info == 0, outcome.result, math.nan)
        return self._guarded(lambda matrix: self._own.solve(matrix, b), a, b)

    def pinv(self, x: Array) -> Array:
        """The Moore-Penrose inverse."""
        return self._of_finite(self._own.pinv, x, 2)

    def svdvals(self, x: Array) -> Array:
        """The singular values in descending order."""
        return self._of_finite(self._own.svdvals, x, 1)

    def eigvalsh(self, x: Array) -> Array:
        """The eigenvalues of symmetric matrices in ascending order."""
        return self._of_finite(self._own.eigvalsh, x, 1)

    def matrix_rank(self, x: Array) -> Array:
        """The number of singular values above rounding."""
        return self._own.matrix_rank(self._xp.where(self._finite(x)[..., None, None], x, 1.0))

    def matrix_norm(self, x: Array, **options: Any) -> Array:
        """A norm of matrices; the nuclear and the spectral one from singular values."""
        ord = options.get("ord", "fro")
        if ord == "nuc":
            return self._xp.library.sum(self.svdvals(x), axis=-1)
        return self.svdvals(x)[..., 0] if ord == 2 else self._own.matrix_norm(x, **options)

    def _of_finite(self, function: Callable[..., Any], x: Array, axes: int) -> Array:
        xp, fine = self._xp, self._finite(x)
        values = function(xp.where(fine[..., None, None], x, 1.0))
        return xp.where(fine[(..., *(None,) * axes)], values, math.nan)

    def _finite(self, x: Array) -> Array:
        return self._xp.library.all(self._xp.library.isfinite(x), axis=(-2, -1))

    def _guarded(self, function: Callable[..., Any], x: Array, like: Array) -> Any:
        try:
            return function(x)
        except LinAlgError:
            if len(x.shape) == 2:
                return self._xp.library.full_like(like, math.nan)
            return self._xp.library.stack([self._guarded(function, x[i, ...], like[i, ...]) for i in range(x.shape[0])])
