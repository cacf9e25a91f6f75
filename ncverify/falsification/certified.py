"""The certificate of an `Optimum`, tested before the search: exactly where polynomial, else at points in balls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.certificates import NonNegative
from ncverify.errors import NotPolynomialError, StatementError
from ncverify.falsification import layouts
from ncverify.falsification.exact import judge
from ncverify.falsification.polynomial import is_polynomial, prove_identity
from ncverify.numbers.ball import BALL, precision
from ncverify.space import Space, Variable
from ncverify.space.layout import Layout
from ncverify.statements._described import described
from ncverify.statements.reading import certified_sum
from ncverify.statements.types import Identity, Optimum

_POINTS, _BITS = 12, 320  # of a shape where the identity is no polynomial one, and their precision


@dataclass(frozen=True)
class Certified:
    """What was found about a certificate that is not wrong.

    Attributes:
        bound: "proved" (an identity of polynomials), "tested" (in balls at points), "open" (at no point).
        concluded: whether the conclusion is proved of every point at which the value is attained; None without one.
        points: at which an identity that is not polynomial was tested.
        error_probability: that a false identity of polynomials passed; NaN where there is none.
    """

    bound: str
    concluded: bool | None
    points: int = 0
    error_probability: float = math.nan

    @property
    def proved(self) -> bool:
        """Whether nothing is left to the search."""
        return self.bound == "proved" and self.concluded is not False

    def __str__(self) -> str:
        if self.bound == "open":
            return "its certificate was not tested: it agrees or has a value at no ordinary point"
        how = f"tested in balls at {self.points} points" if self.bound == "tested" else "proved as polynomials"
        then = (
            ""
            if self.concluded is None
            else f"; the conclusion is {'proved' if self.concluded else 'left to the search'}"
        )
        return f"objective - value is a sum of terms that are not negative, {how}{then}"


def certify(statement: Any, domain: layouts.Over, seed: int) -> Certified | None:
    """What the certificate of a statement proves; None without one.

    Raises:
        StatementError: it is wrong: a term that may be negative, or terms that do not add up.
    """
    if not isinstance(statement, Optimum) or statement.certificate is None:
        return None
    layout_list = [layouts.layout_of(domain, shape) for shape in domain.shapes()]
    for layout in layout_list:
        _check_forms(statement, domain, layout, seed)
    total = Identity(
        f"{statement.name}: objective - value is the sum of the terms",
        left=lambda p: p.xp.asarray(statement.objective(p)) - statement.value(p),
        right=lambda p: certified_sum(statement, p),
    )
    concluded, error = _conclusion(statement, domain, layout_list, seed)
    try:
        test = prove_identity(total, domain, seed=seed)
    except NotPolynomialError:
        return _tested(statement, total, layout_list, concluded, seed)
    if not test.holds:
        raise _wrong(total, test.counterexample)
    return Certified("proved", concluded, error_probability=test.error_probability + error)


def _check_forms(statement: Optimum, domain: layouts.Over, layout: Layout, seed: int) -> None:
    """That every variable which a term takes to be positive is declared so."""
    assert statement.certificate is not None
    p = _points(layout, 1, seed)[0].map(BALL.asarray)
    try:
        parts = statement.certificate.parts(p, statement.given)
        parts += [_factor(statement, p)]
    except (TypeError, ValueError, KeyError) as error:
        raise StatementError(f"{statement.name!r}: {error}") from error
    variables = domain.variables if isinstance(domain, Space) else {}
    for name, strict in sorted(set().union(*(part.names for part in parts))):
        if not _is_declared(variables[name] if name in variables else Variable(), strict):
            wanted = "positive=True" if strict else "low=0"
            raise StatementError(f"{statement.name!r}: certificate: {name} is not declared with {wanted} in its Space")


def _is_declared(variable: Variable, strict: bool) -> bool:
    low = variable.low
    above = low is not None and (low > 0 or (low == 0 and not strict))
    return not variable.shape and (variable.positive or above)


def _factor(statement: Optimum, p: Any) -> NonNegative:
    """What the conclusion is multiplied by.

    Raises:
        ValueError: it is not > 0 by its form.
    """
    assert statement.certificate is not None
    factor = NonNegative(1, True) if statement.certificate.factor is None else statement.certificate.factor(p)
    if not isinstance(factor, NonNegative) or not factor.strict:
        raise ValueError("certificate: factor: expected a number that is > 0 by its form")
    return factor


def _conclusion(
    statement: Optimum, domain: layouts.Over, layout_list: list[Layout], seed: int
) -> tuple[bool | None, float]:
    """Whether the conclusion is proved of all minimisers, None without one, and the error probability.

    Raises:
        StatementError: the multipliers are wrong, or are no polynomials.
    """
    certificate, conclusion = statement.certificate, statement.conclusion
    assert certificate is not None
    if conclusion is None or certificate.conclude is None:
        return (None if conclusion is None else False), 0.0

    def multipliers(p: Any) -> list[Any]:
        return [p.xp.asarray(m) for m in certificate.conclude(p)]  # type: ignore[misc]

    def combined(p: Any) -> Any:
        parts = certificate.parts(p, statement.given)
        return sum((m * part.value for m, part in zip(multipliers(p), parts, strict=True)), start=p.xp.asarray(0))

    identity = Identity(
        f"{statement.name}: the conclusion is the sum of multipliers times terms",
        left=lambda p: p.xp.asarray(_factor(statement, p).value) * conclusion(p),
        right=combined,
    )
    try:
        if not all(is_polynomial(multipliers, layout) for layout in layout_list):
            raise NotPolynomialError("a multiplier has a divisor: use factor=")
        test = prove_identity(identity, domain, seed=seed)
    except (NotPolynomialError, TypeError, ValueError) as error:
        raise StatementError(f"{statement.name!r}: certificate: conclude: {error}") from error
    if not test.holds:
        raise _wrong(identity, test.counterexample)
    return True, test.error_probability


def _tested(
    statement: Optimum, identity: Identity, layout_list: list[Layout], concluded: bool | None, seed: int
) -> Certified:
    """The identity at ordinary points of every shape; where it fails without its hypotheses, nothing is lost."""
    within = Identity(identity.name, identity.left, identity.right, given=statement.given)
    agreed = 0
    for layout in layout_list:
        for point in _points(layout, _POINTS, seed):
            if _agree(identity, point):
                agreed += 1
            elif judge(within, point, last_bits=_BITS).violated:
                raise _wrong(identity, point)
    return Certified("tested" if agreed else "open", concluded, agreed)


def _agree(identity: Identity, point: Any) -> bool:
    """Whether both sides are numbers at a point that cannot be told apart to 200 bits."""
    with precision(_BITS):
        left, right = _sides(identity, point)
        return bool((left - right).abs_upper() < (1 + left.abs_upper()) / 2**200)


def _sides(identity: Identity, point: Any) -> list[Any]:
    exact = point.map(BALL.asarray)
    return [BALL.asarray(side(exact)).data.item() for side in (identity.left, identity.right)]


def _points(layout: Layout, count: int, seed: int) -> list[Any]:
    rng = np.random.default_rng((seed, 11, layout.size))
    return [layout.point(row) for row in np.asarray(layouts.ordinary(layout, count, rng))]


def _wrong(identity: Identity, point: Any) -> StatementError:
    left, right = (float(side.mid()) for side in _sides(identity, point))
    return StatementError(f"certificate: {identity.name}: not so, {left:.6g} against {right:.6g} at {described(point)}")
