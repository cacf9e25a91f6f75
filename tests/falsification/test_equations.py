"""Formulas run on symbols: what is too long, and what has no sign at a row, is given up by name."""

import operator

import pytest
from flint import Ordering, fmpq_mpoly_ctx

from ncverify.errors import NotPolynomialError
from ncverify.falsification.equations import _ROOTS, Quotient, SymbolicField

WIDTH = 12
FIELD = SymbolicField(fmpq_mpoly_ctx.get(("x", WIDTH + _ROOTS), Ordering.lex), WIDTH)
X = FIELD.context.gens()
ONE = FIELD.convert(1)
SHORT = Quotient(X[0] + X[1], FIELD.context.constant(1))
LONG = Quotient(sum(X[:WIDTH]) ** 3, FIELD.context.constant(1))  # 364 terms


@pytest.mark.parametrize(
    "work", [lambda: LONG * LONG, lambda: LONG / (1 / LONG), lambda: 1 / LONG + 1 / (LONG + SHORT)]
)
def test_a_product_of_long_polynomials_is_given_up(work):
    with pytest.raises(NotPolynomialError, match="too long"):
        work()


def test_a_product_of_short_ones_is_not():
    assert (SHORT * LONG).top == SHORT.top * LONG.top
    assert (SHORT / LONG + ONE).top == SHORT.top + LONG.top


def test_signs_are_those_at_the_row_and_refused_where_they_depend_on_a_root():
    field = SymbolicField(FIELD.context, WIDTH)
    field.row = [-1.0, 2.0, *[0.0] * (WIDTH - 2)]
    zero = field.convert(0)
    assert field.compare(operator.gt, SHORT, zero)
    assert not field.compare(operator.gt, SHORT, field.convert(2))
    with pytest.raises(NotPolynomialError, match="depends on a root"):
        field.compare(operator.gt, field.function("sqrt")(SHORT) - 1, zero)
