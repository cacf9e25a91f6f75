"""The shapes (K, n, d) over which a statement is claimed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ncverify.space.latex import Displayed, sizes_latex

Range = int | tuple[int, int]


class Shape(NamedTuple):
    """Number of classes, samples per class, dimension of the features."""

    K: int
    n: int
    d: int


@dataclass(frozen=True)
class Domain(Displayed):
    """All shapes with K, n and d in the given ranges (ends included), optionally restricted by `where`.

    Args:
        K: classes, an integer or a pair (lowest, highest); at least 2.
        n: samples per class, likewise; at least 1.
        d: dimension of the features, likewise; at least 1.
        where: keeps the shapes for which `where(K, n, d)` is true.

    Raises:
        TypeError: `where` is no function.
        ValueError: a range is empty or starts too low, or no shape is left.

    Example:
        >>> Domain(K=(2, 3), n=1, d=(1, 2), where=lambda K, n, d: d >= K - 1).shapes()
        [Shape(K=2, n=1, d=1), Shape(K=2, n=1, d=2), Shape(K=3, n=1, d=2)]
    """

    K: Range = (2, 5)
    n: Range = (1, 4)
    d: Range = (1, 8)
    where: Callable[[int, int, int], bool] | None = None

    def __post_init__(self) -> None:
        if self.where is not None and not callable(self.where):
            raise TypeError(f"where: expected a function of K, n, d, got {type(self.where).__name__}")
        for name, lowest in (("K", 2), ("n", 1), ("d", 1)):
            low, high = self._ends(name)
            if low < lowest or high < low:
                raise ValueError(
                    f"{name}: expected a range within {lowest}, {lowest + 1}, ..., got {getattr(self, name)}"
                )
        if not self.shapes():
            raise ValueError(f"where: no shape with K in {self.K}, n in {self.n}, d in {self.d} satisfies it")

    def _ends(self, name: str) -> tuple[int, int]:
        value = getattr(self, name)
        ends = (value, value) if isinstance(value, int) else value
        if isinstance(ends, tuple | list) and len(ends) == 2 and all(type(end) is int for end in ends):
            return ends[0], ends[1]
        raise ValueError(f"{name}: expected an integer or a pair (lowest, highest), got {value!r}")

    def shapes(self) -> list[Shape]:
        """All shapes, smallest first."""
        (K0, K1), (n0, n1), (d0, d1) = (self._ends(name) for name in ("K", "n", "d"))
        shapes = [
            Shape(K, n, d)
            for K in range(K0, K1 + 1)
            for n in range(n0, n1 + 1)
            for d in range(d0, d1 + 1)
            if self.admits(K, n, d)
        ]
        return sorted(shapes, key=lambda s: (s.K * s.d + s.d * s.K * s.n, s))

    def to_latex(self) -> str:
        r"""The ranges as LaTeX, with the number of shapes where a function restricts them.

        Example:
            >>> Domain(K=(2, 3), n=1, d=(1, 4)).to_latex()
            '2\\le K\\le3;\\quad n=1;\\quad 1\\le d\\le4'
        """
        words = sizes_latex({name: self._ends(name) for name in ("K", "n", "d")})
        words += [rf"{len(self.shapes())}\text{{ shapes}}"] if self.where is not None else []
        return r";\quad ".join(words)

    def in_words(self) -> str:
        """The shapes in words.

        Example:
            >>> Domain(K=(2, 4), n=1, d=(1, 3), where=lambda K, n, d: d >= K - 1).in_words()
            'K 2 to 4, n 1, d 1 to 3; 6 shapes (K, n, d)'
        """
        shapes = self.shapes()

        def span(index: int) -> str:
            values = sorted({shape[index] for shape in shapes})
            return str(values[0]) if len(values) == 1 else f"{values[0]} to {values[-1]}"

        count = f"{len(shapes)} shape" + "s" * (len(shapes) != 1)
        return f"K {span(0)}, n {span(1)}, d {span(2)}; {count} (K, n, d)"

    def admits(self, K: int, n: int, d: int) -> bool:
        """Whether the shape with K classes, n samples per class and dimension d belongs to the domain."""
        inside = all(low <= value <= high for value, (low, high) in zip((K, n, d), map(self._ends, "Knd"), strict=True))
        return inside and (self.where is None or bool(self.where(K, n, d)))
