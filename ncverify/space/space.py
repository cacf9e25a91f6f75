"""`Space`: the points over which a statement is claimed, by named variables, sizes and class sizes."""

from __future__ import annotations

import itertools
import keyword
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ncverify.kinds import Array
from ncverify.space import read
from ncverify.space.latex import Displayed, sizes_latex, symbol, variable_latex
from ncverify.space.point import RESERVED, SpacePoint
from ncverify.space.sizes import Sizes, Where
from ncverify.space.variable import Variable

Range = int | tuple[int, int]
_CLASS_SIZES = 64  # of one number of classes that are all tried; beyond, extremes and random ones
_MANY = 120  # choices of sizes that are all tried; beyond, a selection with every extreme in it


class Space(Displayed):
    """All points whose variables have the given shapes and lie in their sets, over all choices of the sizes.

    Args:
        sizes: integers by name, each a number or a pair (lowest, highest), ends included.
        classes: (name of the number of classes, range of each class size): adds n_1..n_K, their sum "N", `p.labels`.
        variables: by name.
        where: keeps the sizes s for which `where(s)` is true; s has every size as an attribute, and `s.class_sizes`.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a name that cannot be used, an unknown size in a shape, or no sizes left.

    Example:
        >>> space = Space(sizes={"K": (2, 3)}, variables={"b": Variable("K"), "lam": Variable(positive=True)})
        >>> space.point(b=[1, "-1/2"], lam="1/8").K
        2
    """

    def __init__(
        self,
        sizes: Mapping[str, Range] | None = None,
        *,
        variables: Mapping[str, Variable] | None = None,
        classes: tuple[str, Range] | None = None,
        where: Where | None = None,
    ) -> None:
        if where is not None and not callable(where):
            raise TypeError(f"where: expected a function of the sizes, got {type(where).__name__}")
        self.ranges = {name: _ends(f"sizes[{name!r}]", value) for name, value in dict(sizes or {}).items()}
        self.variables = dict(variables or {})
        self.classes, self.class_range, self.where = None, (1, 1), where
        if classes is not None:
            self.classes, self.class_range = self._classes(classes)
        self._check_names()
        if next(self.all_sizes(), None) is None:
            raise ValueError(f"where: no sizes in {self.ranges} satisfy it{self._frames_hint()}")

    def _classes(self, classes: object) -> tuple[str, tuple[int, int]]:
        if not isinstance(classes, tuple | list) or len(classes) != 2 or classes[0] not in self.ranges:
            known = ", ".join(self.ranges) or "none"
            raise ValueError(
                f"classes: expected (name of the number of classes, range of class sizes), with a name among the sizes "
                f"({known}), got {classes!r}"
            )
        return classes[0], _ends("classes: class sizes", classes[1])

    def _check_names(self) -> None:
        names = [*self.ranges, *self.variables]
        for name in names:
            if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
                raise ValueError(f"{name!r}: expected a Python name that does not begin with an underscore")
            if name in RESERVED and not (name == "N" and self.classes is None):
                raise ValueError(f"{name!r}: a point has an attribute of this name already; choose another")
            if names.count(name) > 1:
                raise ValueError(f"{name!r}: names both a size and a variable")
        known = {*self.ranges, *(["N"] if self.classes else [])}
        for name, variable in self.variables.items():
            if not isinstance(variable, Variable):
                raise TypeError(f"variables[{name!r}]: expected a Variable, got {type(variable).__name__}")
            for size in variable.shape:
                if isinstance(size, str) and size not in known:
                    hint = "; N needs classes=" if size == "N" else ""
                    raise ValueError(f"variables[{name!r}]: no size is named {size!r}; there are {sorted(known)}{hint}")

    def _frames_hint(self) -> str:
        frames = [name for name, v in self.variables.items() if v.on == "orthonormal columns"]
        return f" with at least as many rows as columns in {', '.join(frames)}" if frames else ""

    def admits(self, sizes: Sizes) -> bool:
        """Whether sizes belong to the space."""
        inside = all(low <= sizes.values.get(name, low - 1) <= high for name, (low, high) in self.ranges.items())
        if not inside or (self.classes is None) != (sizes.class_sizes is None):
            return False
        if sizes.class_sizes is not None:
            low, high = self.class_range
            if len(sizes.class_sizes) != sizes.values[self.classes or ""]:
                return False
            if not all(low <= n <= high for n in sizes.class_sizes):
                return False
        for variable in self.variables.values():
            if variable.on == "orthonormal columns" and (shape := variable.resolved(sizes.values))[0] < shape[1]:
                return False
        return self.where is None or bool(self.where(sizes))

    def _choices(self) -> Iterator[dict[str, int]]:
        spans = [range(low, high + 1) for low, high in self.ranges.values()]
        for values in itertools.product(*spans):
            yield dict(zip(self.ranges, values, strict=True))

    def _class_sizes(self, K: int, most: int) -> Iterable[tuple[int, ...] | None]:
        """All class sizes of K classes; where there are too many, equal, increasing, lopsided and random ones."""
        if self.classes is None:
            return [None]
        low, high = self.class_range
        if (high - low + 1) ** K <= most:
            return itertools.product(range(low, high + 1), repeat=K)
        middle = {low, low + 1, (low + high) // 2, high}
        chosen = [(n,) * K for n in sorted(middle)]
        for n in sorted(middle - {low}):
            chosen += [(n, *(low,) * (K - 1)), (*(low,) * (K - 1), n), (low, *(n,) * (K - 1)), (*(n,) * (K - 1), low)]
        chosen.append(tuple(min(high, low + k) for k in range(K)))
        chosen.append(tuple(max(low, high - k) for k in range(K)))
        rng = np.random.default_rng((low, high, K))
        drawn = np.exp(rng.uniform(np.log(low), np.log(high + 1), (max(0, most - len(chosen)), K))).astype(int)
        return dict.fromkeys([*chosen, *map(tuple, drawn.clip(low, high).tolist())])

    @property
    def choices(self) -> int:
        """How many choices of the sizes there are, `where` left aside."""
        low, high = self.class_range
        if self.classes is not None:
            return sum((high - low + 1) ** values[self.classes] for values in self._choices())
        return math.prod(end - start + 1 for start, end in self.ranges.values())

    def all_sizes(self, most: int = _CLASS_SIZES) -> Iterator[Sizes]:
        """All sizes of the space; of more than `most` class sizes for one number of classes, a selection of so many."""
        for values in self._choices():
            for class_sizes in self._class_sizes(values[self.classes] if self.classes else 0, most):
                sizes = Sizes(values, class_sizes)
                if self.admits(sizes):
                    yield sizes

    def shapes(self) -> list[Sizes]:
        """The sizes that are tried, smallest first: all, or a selection with the extremes where there are many."""
        sizes = sorted(itertools.islice(self.all_sizes(), 20_000), key=self._order)
        if len(sizes) <= _MANY:
            return sizes
        step = (len(sizes) - 1) / (_MANY - 1)
        kept = {round(i * step) for i in range(_MANY)}
        lopsided = sorted(range(len(sizes)), key=lambda i: -_spread(sizes[i]))[: _MANY // 8]
        return [sizes[i] for i in sorted(kept | set(lopsided))]

    def _order(self, sizes: Sizes) -> tuple[int, ...]:
        entries = 0
        for variable in self.variables.values():
            count = 1
            for length in variable.resolved(sizes.values):
                count *= length
            entries += count
        return (entries, *sizes.key)

    def point(self, **values: Any) -> SpacePoint:
        """A point in rational arithmetic, from nested lists of integers, floats and texts such as "1/8".

        Args:
            values: every variable by name; `class_sizes` where the space has classes, and every size that no variable
                has as an axis.

        Raises:
            TypeError: a name that the space does not have, or one that is missing.
            ValueError: shapes that do not fit, sizes outside the space, or a value outside its set; by name.
        """
        return read.point(self, values)

    def without_variables(self) -> Space:
        """The sizes alone, over which a statement about sizes is claimed."""
        classes = None if self.classes is None else (self.classes, self.class_range)
        return Space(self.ranges, classes=classes, where=self.where)

    def to_latex(self) -> str:
        """Sizes, class sizes and variables as LaTeX; a restriction by `where` is not in it."""
        words = sizes_latex(self.ranges)
        if self.classes is not None:
            low, high = self.class_range
            words.append(rf"{low}\le n_k\le{high}\ (k\le {symbol(self.classes)})")
        return r";\quad ".join([*words, *(variable_latex(name, v) for name, v in self.variables.items())])

    def __repr__(self) -> str:
        words = [f"sizes={self.ranges}", f"variables={self.variables}"]
        words += [f"classes={(self.classes, self.class_range)}"] if self.classes else []
        return f"Space({', '.join(words)})"


def _spread(sizes: Sizes) -> int:
    return max(sizes.class_sizes) - min(sizes.class_sizes) if sizes.class_sizes else 0


def _ends(name: str, value: Array) -> tuple[int, int]:
    ends = (value, value) if isinstance(value, int) else value
    if isinstance(ends, tuple | list) and len(ends) == 2 and all(type(end) is int for end in ends):
        if 1 <= ends[0] <= ends[1]:
            return ends[0], ends[1]
        raise ValueError(f"{name}: expected a range within 1, 2, ..., got {value!r}")
    raise ValueError(f"{name}: expected an integer or a pair (lowest, highest), got {value!r}")
