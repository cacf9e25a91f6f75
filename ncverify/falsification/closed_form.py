"""The closed form of a minimiser: it attains the value, and what is claimed of minimisers is judged there first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ncverify.domain import Domain
from ncverify.errors import NotRationalError, StatementError
from ncverify.falsification import layouts
from ncverify.falsification.exact import Judgement, judge
from ncverify.falsification.tasks import Outcome
from ncverify.numbers.rational import RATIONAL, READABLE
from ncverify.point import Point
from ncverify.space import Space, read
from ncverify.space.layout import Layout
from ncverify.statements._described import described, raised_at
from ncverify.statements.types import Identity, Optimum

_SHAPES = 12  # at most, spread over all
_POINTS, _BITS = 3, 1024  # of each shape, and the precision of balls that tell the objective from the value


def at_minimisers(statement: Any, domain: layouts.Over, seed: int) -> Outcome:
    """What exact minimisers by the closed form of an `Optimum` show: a violation, or how many were judged.

    Args:
        statement: any statement; nothing is looked at but an `Optimum` with a closed form.
        domain: the points over which it is claimed.
        seed: of the values that the closed form leaves free.

    Raises:
        StatementError: the closed form raises, is no point of the domain, misses a hypothesis, or has another
            objective than the value.
    """
    outcome = Outcome()
    if not isinstance(statement, Optimum) or statement.minimiser is None:
        return outcome
    attained = Identity(
        f"{statement.name}: the closed form attains the value",
        left=lambda p: p.xp.asarray(statement.objective(p)),
        right=lambda p: p.xp.asarray(statement.value(p)),
        given=statement.given,
    )
    for point in _minimisers(statement, domain, seed):
        known = judge(attained, point, last_bits=_BITS)
        if wrong := _fault(known):
            raise StatementError(f"{statement.name!r}: minimiser: {wrong} at {described(point)}")
        judgement = judge(statement, point, last_bits=_BITS)
        outcome.tried += 1
        outcome.met += 1
        outcome.defined += judgement.defined
        if judgement.violated:
            outcome.violation, outcome.arithmetic = point, judgement.arithmetic
            break
    return outcome


def _fault(attained: Judgement) -> str:
    if attained.applicable is False:
        return "a hypothesis fails"
    if not attained.defined:
        return "the objective or the value is no number"
    return "another objective than the value" if attained.violated else ""


def _minimisers(statement: Optimum, domain: layouts.Over, seed: int) -> Iterator[Any]:
    shapes: list[Any] = list(domain.shapes())
    for shape in shapes[:: -(-len(shapes) // _SHAPES)]:
        layout = layouts.layout_of(domain, shape)
        rng = np.random.default_rng((seed, 13, layout.size))
        for row in np.asarray(layouts.ordinary(layout, _POINTS, rng)):
            yield _minimiser(statement, domain, layout, layout.point(row))


def _minimiser(statement: Optimum, domain: layouts.Over, layout: Layout, point: Any) -> Any:
    """The point of the domain with the arrays of the closed form in the place of its own."""
    assert statement.minimiser is not None
    exact = point.map(lambda array: RATIONAL.asarray(getattr(array, "data", array)))
    try:
        arrays = statement.minimiser(exact)
        if not isinstance(arrays, Mapping):
            raise TypeError(f"expected a dictionary of arrays by name, got {type(arrays).__name__}")
        values = dict(exact.variables) | {name: exact.xp.asarray(array) for name, array in arrays.items()}
        return _point(domain, layout, values)
    except NotRationalError as error:
        raise StatementError(f"{statement.name!r}: minimiser: expected an algebraic formula: {error}") from error
    except Exception as error:
        raise StatementError(
            f"{statement.name!r}: minimiser: {type(error).__name__}: {error}{raised_at(error)}"
        ) from error


def _point(domain: layouts.Over, layout: Layout, values: Mapping[str, Any]) -> Any:
    if isinstance(domain, Domain):
        unknown = sorted(set(values) - {"W", "H"})
        if unknown:
            raise TypeError(f"{unknown[0]}: expected W or H")
        return Point(READABLE.asarray(values["W"].data), READABLE.asarray(values["H"].data))
    assert isinstance(domain, Space)
    sizes = layout.sizes
    known = {name: sizes.values[name] for name in domain.ranges}
    classes = {"class_sizes": sizes.class_sizes} if domain.classes else {}
    return read.point(domain, {**values, **known, **classes})
