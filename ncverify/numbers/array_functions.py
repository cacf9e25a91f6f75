"""Names of the array API that follow from a few others, written once for exact and for tracked numbers.

A formula of a user may use any of them; each is composed of functions that the namespace itself supplies, so that
enclosures stay enclosures and sizes stay sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from ncverify.kinds import Functions
from ncverify.numbers.composed import ALIASES, Composed
from ncverify.numbers.elementwise import Elementwise
from ncverify.numbers.numpy_names import call
from ncverify.numbers.reductions import Reductions
from ncverify.numbers.shapes import Shapes


class ArrayFunctions(Elementwise, Reductions, Shapes, Composed):
    """Composed functions of the array API; the namespace supplies asarray, sum, max, exp, take and their like."""

    exact: bool

    def numpy_call(self, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        """A function of NumPy by its own name and arguments; TypeError where there is none."""
        return call(self, function, arguments, options)


def lacking(xp: Functions, name: str, where: str) -> AttributeError:
    """The error for a function that a namespace does not have, with the nearest that it has."""
    known = {n for n in dir(type(xp)) if not n.startswith("_")} | set(ALIASES)
    near = get_close_matches(name, known, 1, 0.75)
    hint = f"; did you mean p.xp.{near[0]}?" if near else ""
    return AttributeError(f"p.xp.{name} is not available in {where}{hint}")


def axis_of_take(ndim: int, axis: int | None) -> int:
    """The axis that `take` goes along.

    Raises:
        ValueError: an array of several axes, and none is named; libraries differ in what they then take.
    """
    if axis is None and ndim != 1:
        raise ValueError(f"take: expected axis= for an array with {ndim} axes")
    return 0 if axis is None else axis
