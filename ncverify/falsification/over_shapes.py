"""Statements about sizes alone: every shape of a domain judged exactly, one after the other."""

from __future__ import annotations

import time

from ncverify.domain import Domain
from ncverify.falsification.exact import judge
from ncverify.falsification.layouts import AnyShape, Over
from ncverify.falsification.tasks import Outcome
from ncverify.numbers.rational import READABLE
from ncverify.space import Sizes, SpacePoint
from ncverify.statements.types import OverShapes

_MOST = 100_000  # choices of the sizes that are all judged


def sizes_only(over: Over, shape: AnyShape) -> SpacePoint:
    """A point without variables: the sizes of a shape, N among them."""
    if isinstance(shape, Sizes):
        return SpacePoint(shape, {}, like=READABLE.ones(()))
    assert isinstance(over, Domain)
    sizes = Sizes(shape._asdict() | {"N": shape.K * shape.n}, (shape.n,) * shape.K)
    return SpacePoint(sizes, {}, like=READABLE.ones(()))


def is_enumerated(over: Over) -> bool:
    """Whether `enumerate_shapes` judges all shapes, time permitting."""
    return isinstance(over, Domain) or over.choices <= _MOST


def in_all(over: Over) -> int:
    """How many choices of the sizes there are; where they are many, those that a space leaves out are counted."""
    if isinstance(over, Domain):
        return len(over.shapes())
    return over.choices if over.choices > _MOST else sum(1 for _ in over.all_sizes(_MOST))


def enumerate_shapes(statement: OverShapes, over: Over, deadline: float) -> tuple[Outcome, bool]:
    """The outcome of judging every shape up to the first violation, and whether time ran out before.

    Of more than 100,000 choices of class sizes these are a selection.
    """
    outcome = Outcome(lowest=float("nan"))
    for shape in over.shapes() if isinstance(over, Domain) else over.all_sizes(_MOST):
        if outcome.tried and time.monotonic() > deadline:
            return outcome, True
        point = sizes_only(over, shape)
        result = judge(statement, point)
        outcome.tried += 1
        outcome.sampled += 1
        if result.violated:
            outcome.violation, outcome.arithmetic = point, result.arithmetic
            break
        outcome.undefined += not result.defined
        if result.applicable is False:
            continue
        outcome.applicable += 1
        outcome.met += 1
        outcome.undecided += result.holds is not True
    return outcome, False
