"""False neighbours that are made from the statement itself: another factor on one side, or a strict sign."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ncverify.domain import Domain
from ncverify.kinds import Number
from ncverify.papers.claim import SMALL, Neighbour
from ncverify.space import Space
from ncverify.statements.types import Function, Identity, Inequality, Optimum


def scaled(
    bound: Callable[[Any, Number], Number],
    factors: Iterable[str],
    what: str,
    domain: Domain | Space = SMALL,
    *,
    given: Iterable[Function] = (),
) -> tuple[Neighbour, ...]:
    """A bound with other factors in it.

    Args:
        bound: its slack as a function of a point and of a factor; with the factor 1 it is >= 0 everywhere.
        factors: with which it fails somewhere: "9/10", "2".
        what: what the factor multiplies, for the name.
        domain: the points over which the bound holds.
        given: its hypotheses.

    Raises:
        ValueError: a factor that is not written as a number.

    Example:
        >>> (below,) = scaled(lambda p, c: c * p.xp.mean(p.margins) - p.q_min, ["9/10"], "the mean margin", Domain())
        >>> below.statement.name
        '9/10 times the mean margin'
    """
    hypotheses = tuple(given)
    return tuple(
        Neighbour(Inequality(f"{factor} times {what}", slack=_with(bound, Fraction(factor)), given=hypotheses), domain)
        for factor in factors
    )


def _with(bound: Callable[[Any, Number], Number], factor: Fraction) -> Function:
    return lambda p: bound(p, p.xp.asarray(factor))


def raised(optimum: Optimum, factors: Iterable[str], domain: Domain | Space) -> tuple[Neighbour, ...]:
    """A minimum that is claimed to be larger by some factors, over points where it is positive."""
    objective, value = optimum.objective, optimum.value
    return scaled(
        lambda p, factor: objective(p) - factor * value(p), factors, "the minimum", domain, given=optimum.given
    )


def strict(inequality: Inequality) -> Inequality:
    """The inequality with < for <=: false where equality is attained."""
    return replace(inequality, name=f"{inequality.name}, strictly", strict=True)


def unequal(identity: Identity, factor: str) -> Identity:
    """The identity with a factor on its right side: false wherever the sides are not zero."""
    number, right = Fraction(factor), identity.right
    name = f"{identity.name}, {factor} times the right side"
    return replace(identity, name=name, right=lambda p: p.xp.asarray(number) * p.xp.asarray(right(p)))
