"""Statements about sizes alone: every shape of a domain judged exactly, one after the other."""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.falsification.exact import judge
from ncverify.falsification.layouts import AnyShape, Over
from ncverify.falsification.tasks import Outcome
from ncverify.numbers.rational import READABLE
from ncverify.space import Sizes, SpacePoint
from ncverify.statements.types import OverShapes


def sizes_only(over: Over, shape: AnyShape) -> SpacePoint:
    """A point without variables: the sizes of a shape, N among them."""
    if isinstance(shape, Sizes):
        return SpacePoint(shape, {}, like=READABLE.ones(()))
    assert isinstance(over, Domain)
    sizes = Sizes(shape._asdict() | {"N": shape.K * shape.n}, (shape.n,) * shape.K)
    return SpacePoint(sizes, {}, like=READABLE.ones(()))


def is_finite(over: Over) -> bool:
    """Whether `every_shape` has all shapes in it."""
    return isinstance(over, Domain) or over.is_enumerated


def enumerate_shapes(statement: OverShapes, over: Over) -> Outcome:
    """The outcome of judging every shape, up to the first violation."""
    outcome = Outcome(lowest=float("nan"))
    for shape in over.shapes() if isinstance(over, Domain) else over.all_sizes():
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
    return outcome
