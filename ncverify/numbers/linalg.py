"""The part of the array API's `linalg` that formulas use, for namespaces without a linear algebra of their own."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from ncverify.kinds import Array, Functions, Number

_INSTEAD = {
    "eig": "for symmetric matrices there is eigvalsh",
    "eigvals": "for symmetric matrices there is eigvalsh",
    "eigh": "eigenvectors are not unique; eigvalsh has the eigenvalues",
    "qr": "state what Q and R have to fulfil, or use solve or pinv",
    "cholesky": "state what the factor has to fulfil; for definiteness compare eigvalsh with 0",
    "lstsq": "use pinv(a) @ b",
    "multi_dot": "use @",
}


class Linalg:
    """Norms, products, inverses, determinants, ranks, eigenvalues of symmetric matrices and singular values.

    Args:
        xp: the namespace.
        matrices: what has inv, solve, det, matrix_rank, pinv, eigvalsh, svdvals, spectral and nuclear of its matrices.
    """

    def __init__(self, xp: Functions, matrices: Any) -> None:
        self._xp, self._matrices = xp, matrices

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        known = ", ".join(sorted(key for key in vars(Linalg) if not key.startswith("_")))
        instead = f"{_INSTEAD[name]}; " if name in _INSTEAD else ""
        raise AttributeError(
            f"p.xp.linalg.{name} is not available where verdicts are reached; {instead}there are {known}"
        )

    def _of_matrix(self, name: str, x: Array, *others: Any, square: bool = False) -> Array:
        """A function of a matrix in the arithmetic of the namespace."""
        x = self._xp.asarray(x)
        if x.ndim != 2 or 0 in x.shape or (square and x.shape[0] != x.shape[1]):
            raise ValueError(f"{name}: expected a {'square ' if square else ''}matrix, got shape {x.shape}")
        return getattr(self._matrices, name)(x, *others)

    # --- inverses, determinants, ranks -----------------------------------------------------------------------------

    def inv(self, x: Array) -> Array:
        """The inverse of a square matrix; of a singular one it has no value."""
        return self._of_matrix("inv", x, square=True)

    def solve(self, a: Array, b: Array) -> Array:
        """The x with a x = b, for b a vector or a matrix of columns; without a value where a is singular."""
        a, b = self._xp.asarray(a), self._xp.asarray(b)
        if b.ndim not in (1, 2) or a.shape[:1] != b.shape[:1]:
            raise ValueError(f"solve: expected {a.shape[0]} rows on the right-hand side, got shape {b.shape}")
        return self._of_matrix("solve", a, b, square=True)

    def det(self, x: Array) -> Number:
        """The determinant of a square matrix."""
        return self._of_matrix("det", x, square=True)

    def slogdet(self, x: Array) -> tuple[Array, Array]:
        """The sign of the determinant and the logarithm of its absolute value."""
        det = self.det(x)
        return self._xp.sign(det), self._xp.log(self._xp.abs(det))

    def matrix_rank(self, x: Array) -> Array:
        """The rank: exact in rational arithmetic; balls decide it only where no pivot may vanish."""
        return self._of_matrix("matrix_rank", x)

    def pinv(self, x: Array) -> Array:
        """The Moore-Penrose inverse."""
        return self._of_matrix("pinv", x)

    def matrix_power(self, x: Array, n: int) -> Array:
        """The n-th power of a square matrix; a negative one is that of its inverse."""
        x = self._xp.asarray(x)
        if x.ndim != 2 or x.shape[0] != x.shape[1]:
            raise ValueError(f"matrix_power: expected a square matrix, got shape {x.shape}")
        base = self.inv(x) if n < 0 else x
        return reduce(self._xp.matmul, [base] * abs(n)) if n else self._xp.eye(x.shape[0])

    # --- spectra ---------------------------------------------------------------------------------------------------

    def eigvalsh(self, x: Array) -> Array:
        """The eigenvalues of a symmetric matrix in ascending order."""
        return self._of_matrix("eigvalsh", x, square=True)

    def svdvals(self, x: Array) -> Array:
        """The singular values in descending order."""
        return self._of_matrix("svdvals", x)

    def svd(self, x: Array, full_matrices: bool = True, compute_uv: bool = True) -> Array:
        """The singular values where `compute_uv=False`; singular vectors are refused."""
        if compute_uv:
            raise AttributeError(
                "p.xp.linalg.svd: singular vectors are not unique, and no arithmetic of verdicts has them; svdvals has "
                "the singular values, matrix_norm the nuclear and the spectral norm, pinv the pseudo-inverse"
            )
        return self.svdvals(x)

    def cond(self, x: Array) -> Array:
        """The largest singular value over the smallest."""
        values = self.svdvals(x)
        return values[0] / values[-1]

    # --- norms -----------------------------------------------------------------------------------------------------

    def vector_norm(self, x: Array, *, axis: int | None = None, keepdims: bool = False, ord: Any = 2) -> Array:
        """The p-norm along an axis, or of all elements; `ord` is p > 0, inf or -inf.

        Raises:
            ValueError: for another order.
        """
        xp, x = self._xp, self._xp.asarray(x)
        if ord == 2:
            return xp.sqrt(xp.sum(x * x, axis=axis, keepdims=keepdims))
        if isinstance(ord, bool) or not isinstance(ord, int | float | Fraction) or not (ord > 0 or ord == -np.inf):
            raise ValueError(f"norm: expected p > 0, inf or -inf for the p-norm of vectors, got ord={ord!r}")
        if abs(ord) == np.inf:
            return (xp.max if ord > 0 else xp.min)(xp.abs(x), axis=axis, keepdims=keepdims)
        total = xp.sum(self._power(xp.abs(x), ord), axis=axis, keepdims=keepdims)
        return total if ord == 1 else self._power(total, 1 / Fraction(ord))

    def _power(self, a: Array, exponent: Number) -> Number:
        """Numbers >= 0 to a power > 0, zero where they are zero."""
        if exponent == int(exponent):
            return a ** int(exponent)
        xp, inside = self._xp, a > 0
        exponent = xp.asarray(exponent.numerator) / exponent.denominator if isinstance(exponent, Fraction) else exponent
        return xp.where(inside, xp.exp(xp.log(xp.where(inside, a, 1)) * exponent), 0 * a)

    def matrix_norm(self, x: Array, *, ord: str | float | None = "fro") -> Array:
        """The Frobenius norm; the nuclear ("nuc"), the spectral (2), the largest column (1) or row (inf) sum.

        Raises:
            ValueError: for another norm, or what is no matrix.
        """
        x = self._xp.asarray(x)
        if ord in (None, "fro"):
            return self.vector_norm(x)
        if ord in ("nuc", 2):
            return self._of_matrix("nuclear" if ord == "nuc" else "spectral", x)
        if ord in (1, np.inf) and x.ndim == 2:
            return self._xp.max(self._xp.sum(self._xp.abs(x), axis=0 if ord == 1 else 1))
        raise ValueError(f"norm: expected None, 'fro', 'nuc', 1, 2 or inf for a matrix, got ord={ord!r}")

    def norm(self, x: Array, ord: str | float | None = None, axis: int | None = None, keepdims: bool = False) -> Array:
        """The Euclidean norm along an axis, or of all elements; of a matrix any norm of `matrix_norm`.

        Raises:
            ValueError: for another norm.
        """
        x = self._xp.asarray(x)
        if axis is None and x.ndim == 2 and not keepdims:
            return self.matrix_norm(x, ord=ord)
        order = 2 if ord is None or (ord == "fro" and axis is None) else ord
        return self.vector_norm(x, axis=axis, keepdims=keepdims, ord=order)

    # --- products --------------------------------------------------------------------------------------------------

    def trace(self, x: Array) -> Array:
        """The sum of the diagonal."""
        return self._xp.trace(x)

    def matmul(self, a: Array, b: Array) -> Array:
        """The matrix product."""
        return self._xp.matmul(a, b)

    def matrix_transpose(self, x: Array) -> Array:
        """The transpose."""
        return self._xp.matrix_transpose(x)

    def diagonal(self, x: Array, *, offset: int = 0) -> Array:
        """The diagonal of a matrix, or the one that begins `offset` columns to the right."""
        x = self._xp.asarray(x)
        rows, columns = x.shape
        first, count = max(0, -offset), min(rows - max(0, -offset), columns - max(0, offset))
        return self._xp.stack([x[first + i, first + i + offset] for i in range(count)])

    def outer(self, a: Array, b: Array) -> Array:
        """The matrix of all products of an element of one vector and one of the other."""
        return self._xp.expand_dims(a, axis=1) * self._xp.expand_dims(b, axis=0)

    def vecdot(self, a: Array, b: Array, *, axis: int = -1) -> Array:
        """The inner product along an axis."""
        return self._xp.vecdot(a, b, axis=axis)
