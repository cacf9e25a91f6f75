"""The equality hypotheses of a goal as polynomials, read off by running them on symbols instead of numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from flint import Ordering, fmpq, fmpq_mpoly_ctx

from ncverify.errors import NotPolynomialError, NotRationalError
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.one_unknown import terms_at
from ncverify.numbers.algebraic import IRRATIONAL, Algebraic
from ncverify.numbers.exact import ExactArray, ExactNamespace
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.surd import Surd

_LARGEST, _MOST_TERMS = 80, 4000  # coordinates, and terms of all polynomials together
_MOST_WORK = 50_000  # products of terms in one product of polynomials; beyond, the result would be too long
_LARGEST_POWER = 8
_MOST_SLOPES, _MOST_MINORS = 3, 40
_ROOTS = 6  # square roots of what depends on the point
_MOST_PRODUCTS = 400  # terms of a polynomial from which a root is eliminated
_STRICT = (operator.ne, operator.gt, operator.lt)


def _product(a: Any, b: Any) -> Any:
    """The product of two polynomials.

    Raises:
        NotPolynomialError: more work than is worth it.
    """
    if len(a) * len(b) > _MOST_WORK:
        raise NotPolynomialError("the polynomials of the hypotheses are too long")
    return a * b


class Quotient:
    """A quotient of two polynomials, not reduced."""

    __slots__ = ("bottom", "top")

    def __init__(self, top: Any, bottom: Any) -> None:
        self.top, self.bottom = top, bottom

    def __add__(self, other: Any) -> Quotient:
        right = self._lift(other)
        if self.bottom == right.bottom:
            return Quotient(self.top + right.top, self.bottom)
        top = _product(self.top, right.bottom) + _product(right.top, self.bottom)
        return Quotient(top, _product(self.bottom, right.bottom))

    def __neg__(self) -> Quotient:
        return Quotient(-self.top, self.bottom)

    def __sub__(self, other: Any) -> Quotient:
        return self + (-self._lift(other))

    def __rsub__(self, other: Any) -> Quotient:
        return self._lift(other) - self

    def __mul__(self, other: Any) -> Quotient:
        right = self._lift(other)
        return Quotient(_product(self.top, right.top), _product(self.bottom, right.bottom))

    def __truediv__(self, other: Any) -> Quotient:
        right = self._lift(other)
        return Quotient(_product(self.top, right.bottom), _product(self.bottom, right.top))

    def __rtruediv__(self, other: Any) -> Quotient:
        return self._lift(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def _lift(self, other: Any) -> Quotient:
        return other if isinstance(other, Quotient) else Quotient(0 * self.top + other, 0 * self.bottom + 1)

    @property
    def constant(self) -> Any:
        """The number that it is, None where it depends on the coordinates."""
        if not (self.top.is_constant() and self.bottom.is_constant()):
            return None
        return _number(self.top) / _number(self.bottom)


def _number(polynomial: Any) -> Any:
    return next(iter(polynomial.to_dict().values()), fmpq(0))


class Root(NamedTuple):
    """An unknown that stands for the root of a quotient of two polynomials."""

    power: int
    top: Any
    bottom: Any


class SymbolicField:
    """Scalars are quotients of polynomials; an equality is assumed and noted, every other comparison assumed.

    Args:
        context: the polynomial ring.
        width: number of coordinates; the unknowns after them stand for square roots.
    """

    name = "symbolic"

    def __init__(self, context: Any, width: int) -> None:
        self.context, self.width = context, width
        self.noted: list[Any] = []
        self.roots: list[tuple[int, Quotient]] = []
        self.edges = False
        self.row: Any = None  # where the parts of a set are told apart by signs

    def convert(self, value: Any) -> Quotient:
        """Every rational number is a constant."""
        if isinstance(value, Quotient):
            return value
        known = RATIONAL.field.convert(value)
        if isinstance(known, Algebraic):
            raise NotPolynomialError("a root is no polynomial with rational coefficients")
        if isinstance(known, Surd):
            roots = {m: self._root_of(self.convert(fmpq(m))) for m in known.roots if m != 1}
            return sum((roots[m] * c if m != 1 else self.convert(c) for m, c in known.roots.items()), self.convert(0))
        return Quotient(self.context.constant(known), self.context.constant(1))

    def function(self, name: str) -> Callable[[Any], Any]:
        """Elementary functions of constants; square roots and absolute values, which are unknowns of their own."""

        def apply(x: Quotient) -> Quotient:
            if x.constant is None and name in ("sqrt", "abs"):
                return self._root_of(x * x if name == "abs" else x)
            if x.constant is None:
                raise NotPolynomialError(f"{name} is not polynomial")
            return self.convert(RATIONAL.field.function(name)(x.constant))

        return apply

    def _root_of(self, square: Quotient, power: int = 2) -> Quotient:
        root = (power, square.top, square.bottom)
        known = next((i for i, (n, s) in enumerate(self.roots) if (n, s.top, s.bottom) == root), None)
        if known is not None:
            return Quotient(self.context.gens()[self.width + known], self.context.constant(1))
        if len(self.roots) == _ROOTS:
            raise NotPolynomialError(f"more than {_ROOTS} square roots")
        self.roots.append((power, square))
        return Quotient(self.context.gens()[self.width + len(self.roots) - 1], self.context.constant(1))

    def polynomials(self) -> list[Any]:
        """What was noted, without the unknowns that stand for roots, and without squares."""
        polynomials = self.noted
        for i, (power, square) in reversed(list(enumerate(self.roots))):
            name = self.context.names()[self.width + i]
            own = self.context.gens()[self.width + i] ** power * square.bottom - square.top
            polynomials = [_eliminated(e, own, name, self.width + i) for e in polynomials]
        cut = [_in_ring(e, self.width) for e in polynomials]
        return list({str(e): e for e in map(_without_squares, cut) if not e.is_zero()}.values())

    def with_roots(self) -> tuple[list[Any], list[Root]]:
        """What was noted, and what the roots are: unknowns of their own, after the coordinates."""
        size = self.width + len(self.roots)
        roots = [Root(power, _in_ring(of.top, size), _in_ring(of.bottom, size)) for power, of in self.roots]
        gens = fmpq_mpoly_ctx.get(("x", size), Ordering.lex).gens()[self.width :]
        own = [gen**root.power * root.bottom - root.top for gen, root in zip(gens, roots, strict=True)]
        noted = [e for e in (_in_ring(e, size) for e in self.noted) if not e.is_zero()]
        return list({str(e): e for e in [*noted, *own]}.values()), roots

    def compare(self, op: Callable[[Any, Any], Any], a: Any, b: Any) -> bool:
        """Assumed to be true unless both sides are constants; equations are noted, or the edges of what is strict."""
        gap = a - b
        if gap.constant is not None:
            return bool(op(gap.constant, 0))
        if self.row is not None:
            return bool(op(self._at_the_row(gap.top) / self._at_the_row(gap.bottom), 0))
        if op in _STRICT if self.edges else op is operator.eq:
            self.noted.append(gap.top)
        return True

    def _at_the_row(self, polynomial: Any) -> float:
        if any(polynomial.degrees()[self.width :]):
            raise NotPolynomialError("a sign that depends on a root")
        return sum(terms_at(polynomial, [*self.row, *[0.0] * _ROOTS]))

    def power(self, base: Any, exponent: Any) -> Any:
        """A power with a rational exponent, whose root is an unknown of its own."""
        known = exponent.constant
        if known is None or isinstance(known, IRRATIONAL) or max(abs(int(known.p)), int(known.q)) > _LARGEST_POWER:
            raise NotPolynomialError("a power with such an exponent is not polynomial")
        raised = math.prod([base] * abs(int(known.p)), start=self.convert(1))
        power = raised if known.q == 1 else self._root_of(raised, int(known.q))
        return power if known > 0 else 1 / power

    def maximum(self, a: Any, b: Any) -> Any:
        """One of them: where several extremes are equal, which is as good as any."""
        return a

    def to_float(self, value: Any) -> float:
        """A symbol has no value."""
        raise NotPolynomialError("a symbol has no value")


def _in_ring(e: Any, size: int) -> Any:
    """A polynomial in the first so many unknowns, of the ring that has no others."""
    ring = fmpq_mpoly_ctx.get(("x", size), Ordering.lex)
    return ring.from_dict({powers[:size]: c for powers, c in e.to_dict().items()})


def _eliminated(e: Any, own: Any, name: str, index: int) -> Any:
    if not e.degrees()[index]:
        return e
    if len(e) * len(own) > _MOST_PRODUCTS:
        raise NotPolynomialError("a square root in a long equation")
    return e.resultant(own, name)


def _without_squares(e: Any) -> Any:
    """The product of the different factors of a polynomial, itself where it is long."""
    if len(e) > _MOST_PRODUCTS:
        return e
    return math.prod((factor for factor, _ in e.factor_squarefree()[1]), start=0 * e + 1)


def deflated(polynomials: list[Any], singular: list[bool]) -> list[Any]:
    """Polynomials with the derivatives of those that vanish where they are extreme, as a sum of squares does."""
    parts: list[Any] = []
    for e, replaced in zip(polynomials, singular, strict=True):
        own = [e.derivative(i) for i, d in enumerate(e.degrees()) if d] if replaced else [e]
        parts += [part for part in map(_without_squares, own) if not part.is_constant()]
    return list({str(e): e for e in parts}.values())


def tangent(polynomials: list[Any]) -> list[Any] | None:
    """The polynomials with the maximal minors of their slopes, which vanish where one is extreme on the others.

    None where these are many.
    """
    columns = [i for i, degrees in enumerate(zip(*(e.degrees() for e in polynomials), strict=True)) if any(degrees)]
    if len(polynomials) > _MOST_SLOPES or math.comb(len(columns), len(polynomials)) > _MOST_MINORS:
        return None
    slopes = [[e.derivative(i) for i in columns] for e in polynomials]
    minors = [
        _determinant([[row[i] for i in chosen] for row in slopes])
        for chosen in combinations(range(len(columns)), len(polynomials))
    ]
    system = [*polynomials, *(_without_squares(e) for e in minors if not e.is_zero())]
    return None if any(e.is_constant() for e in system) else list({str(e): e for e in system}.values())


def _determinant(rows: list[list[Any]]) -> Any:
    if len(rows) == 1:
        return rows[0][0]
    first, *others = rows
    minors = [_determinant([[*row[:i], *row[i + 1 :]] for row in others]) for i in range(len(first))]
    return sum((-e * m if i % 2 else e * m for i, (e, m) in enumerate(zip(first, minors, strict=True))), 0 * first[0])


def equations(goal: BatchedGoal, width: int, *, edge: bool = False, at: Any = None) -> list[Any] | None:
    """Polynomials in x0, x1, ... whose common zeros meet the equality hypotheses; None where there are none.

    It is a guess by which the search finds its way: every point it leads to is judged by the hypotheses themselves.

    Args:
        goal: what is attacked.
        width: number of coordinates of a packed row.
        at: a row on that part of sets that the signs of coordinates pick; None where no set has parts.
        edge: whether the conclusion is at the edge of failing, too: equality where it says that there is none.
    """
    return without_roots(noted(goal, width, edge=edge, at=at))


def without_roots(field: SymbolicField | None) -> list[Any] | None:
    """What was noted as polynomials in the coordinates alone; None where there are none."""
    try:
        polynomials = [] if field is None else field.polynomials()
    except (NotPolynomialError, ArithmeticError, ValueError):
        return None
    return polynomials if polynomials and sum(map(len, polynomials)) <= _MOST_TERMS else None


def with_roots(field: SymbolicField | None) -> tuple[list[Any], list[Root]] | None:
    """The same with square roots as unknowns of their own, and what these are; None where there are no roots.

    Where a value such as 2 sqrt(a b) is attained at rational numbers, one with a root that is rational is found so:
    without the root the equation says nothing of it.
    """
    if field is None or not field.roots or not field.noted:
        return None
    polynomials, roots = field.with_roots()
    return (polynomials, roots) if sum(map(len, polynomials)) <= _MOST_TERMS else None


def noted(goal: BatchedGoal, width: int, *, edge: bool = False, at: Any = None) -> SymbolicField | None:
    """The field in which the hypotheses have noted their equalities; None where they are no polynomials.

    Arguments as for `equations`.
    """
    if width > _LARGEST:
        return None
    field = SymbolicField(fmpq_mpoly_ctx.get(("x", width + _ROOTS), Ordering.lex), width)
    xp = ExactNamespace(field)
    one = field.context.constant(1)
    row = np.empty(width, dtype=object)
    row[:] = [Quotient(x, one) for x in field.context.gens()[:width]]
    try:
        free = goal.layout.split(row)
        field.row = at
        arrays = {b.name: b.value(ExactArray(free[b.name], field), xp) for b in goal.layout.blocks}
        field.row = None
        point = goal.layout.trusted(arrays, like=ExactArray(np.full((), Quotient(one, one)), field))
        for hypothesis in goal.goal.hypotheses:
            hypothesis(point)
        if edge:
            field.edges = True
            goal.goal.conclusion(point)
    except (NotPolynomialError, NotRationalError, ArithmeticError, TypeError, ValueError, AttributeError):
        return None
    return field
