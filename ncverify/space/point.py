"""A point of a space: named arrays of one arithmetic, with the sizes that their axes have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.numbers.namespaces import namespace_of
from ncverify.space.latex import DisplayedPoint
from ncverify.space.sizes import Sizes, labels_of

RESERVED = frozenset({"xp", "sizes", "class_sizes", "labels", "variables", "map", "free", "N"})


def unknown(name: str, known: list[str], kind: str = "variable or size") -> AttributeError:
    """The error for a quantity that a point does not have, with the nearest that it has."""
    lower = {n.lower().replace("_", ""): n for n in known}
    near = get_close_matches(name.lower().replace("_", ""), lower, 1, 0.7)
    hint = f"did you mean p.{lower[near[0]]}? " if near else ""
    return AttributeError(f"p.{name}: no {kind} has this name; {hint}there are {', '.join(known) or 'none'}")


class SpacePoint(DisplayedPoint):
    """Every variable and every size as an attribute: p.W, p.lam, p.K, p.N, p.class_sizes, p.labels, p.xp.

    Made by `Space.point`, by `falsify` and by readers of files; formulas read it as they read a `Point`.

    Args:
        sizes: of the axes.
        variables: arrays of one library, dtype and device, or of one exact arithmetic, by name.
        free: the free coordinates that the search moved, NumPy float64, where there are any.
    """

    def __init__(
        self, sizes: Sizes, variables: Mapping[str, Any], *, free: Mapping[str, Any] | None = None, like: Array = None
    ) -> None:
        self.sizes, self.variables, self.free = sizes, dict(variables), free
        self._like = like if like is not None else next(iter(variables.values()), np.ones(()))
        vars(self).update(sizes.values)
        vars(self).update(variables)

    @property
    def class_sizes(self) -> tuple[int, ...]:
        """n_1..n_K.

        Raises:
            AttributeError: the space has no classes.
        """
        if self.sizes.class_sizes is None:
            raise AttributeError("class_sizes: this space has no classes; give it classes=")
        return self.sizes.class_sizes

    @cached_property
    def labels(self) -> Array:
        """The class of every sample, integers 0..K-1 in class order, shape (N,)."""
        return self.xp.integers(labels_of(self.class_sizes))

    @cached_property
    def xp(self) -> Functions:
        """The namespace of the point's numbers: exp, log, sqrt, sum, max, min, abs, ...; takes Python numbers."""
        return namespace_of(self._like)

    def map(self, convert: Callable[[Any], Any]) -> SpacePoint:
        """The point with all arrays converted: to another library, device, dtype or arithmetic."""
        converted = {name: convert(value) for name, value in self.variables.items()}
        return SpacePoint(self.sizes, converted, free=self.free, like=convert(self._like))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        known = [*vars(self).get("variables", ()), *getattr(vars(self).get("sizes"), "values", ())]
        raise unknown(name, known)

    def __getstate__(self) -> dict[str, Any]:
        return {"sizes": self.sizes, "variables": self.variables, "free": self.free, "_like": self._like}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["sizes"], state["variables"], free=state["free"], like=state["_like"])  # type: ignore[misc]

    def __repr__(self) -> str:
        from ncverify.space.text import shown

        return f"SpacePoint({shown(self)})"
