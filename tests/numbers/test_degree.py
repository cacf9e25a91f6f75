"""Degrees of known polynomials and rational functions, and what is not one."""

import numpy as np
import pytest

from ncverify import Point
from ncverify.errors import NotPolynomialError
from ncverify.numbers.degree import DEGREE, Degree
from ncverify.numbers.exact import ExactArray

X = Degree(1, 0)


def filled(*shape):
    return ExactArray(np.full(shape, X, dtype=object), DEGREE.field)


def point(K=3, n=2, d=2):
    return Point(filled(K, d), filled(d, K * n))


def degree(value):
    """The largest degrees of numerator and denominator."""
    scalars = DEGREE.asarray(value).data.ravel()
    return max(s.top for s in scalars), max(s.bottom for s in scalars)


def test_the_degree_of_one_variable_expressions_is_exact():
    x = filled()
    assert degree(x) == (1, 0)
    assert degree(3 * x + 1) == (1, 0)
    assert degree(x * x - x) == (2, 0)
    assert degree((x + 1) ** 5) == (5, 0)
    assert degree(x**0) == (0, 0)
    assert degree(1 / x) == (0, 1)
    assert degree(1 / (x * x + 1)) == (0, 2)
    assert degree(x + 1 / x) == (2, 1)
    assert degree((x + 1) / (x - 1) - x / (x + 2)) == (2, 2)
    assert degree(x**-2) == (0, 2)
    assert degree(-x / 2) == (1, 0)


def test_quantities_of_a_point_have_the_degree_of_their_formulas():
    p = point()
    assert degree(p.logits) == (2, 0)
    assert degree(p.logit_differences) == (2, 0)
    assert degree(p.squared_norm) == (2, 0)
    assert degree(p.centred_classifiers) == (1, 0)
    assert degree(p.class_means) == (1, 0)
    assert degree(p.xp.trace(p.W @ p.W.T) ** 2) == (4, 0)
    assert degree(p.squared_norm / p.xp.sqrt(p.n)) == (2, 0)
    assert degree(p.xp.sqrt(2) * p.global_mean + p.xp.exp(1)) == (1, 0)


def test_the_degree_is_a_bound_where_leading_terms_cancel():
    x = filled()
    assert degree((x + 1) * (x - 1) - x * x) == (2, 0)


@pytest.mark.parametrize("seed", range(20))
def test_random_expressions_stay_below_their_bound(seed):
    """The growth of a rational function of one variable: log |f(10^k)| rises by at most degree k digits."""
    rng = np.random.default_rng(seed)
    operations = [int(rng.integers(4)) for _ in range(6)]
    constants = rng.integers(1, 5, size=6)

    def build(x):
        value = x
        for operation, c in zip(operations, constants, strict=True):
            value = [value + c * x, value * x - c, value * value + c, c / (value + x)][operation]
        return value

    top, bottom = degree(build(filled()))
    numbers = [build(float(10.0**k)) for k in (3, 4)]
    growth = np.log10(abs(numbers[1] / numbers[0]))
    assert -bottom - 0.5 <= growth <= top + 0.5


@pytest.mark.parametrize(
    "formula",
    [
        lambda p: p.xp.exp(p.W),
        lambda p: p.xp.log(p.squared_norm),
        lambda p: p.xp.sqrt(p.squared_norm),
        lambda p: p.squared_norm**0.5,
        lambda p: p.xp.abs(p.W),
        lambda p: p.xp.sign(p.W),
        lambda p: p.xp.floor(p.W),
        lambda p: p.q_min,
        lambda p: p.margins,
        lambda p: p.loss,
        lambda p: p.xp.maximum(p.W, 0),
        lambda p: p.xp.where(p.W > 0, 1, 0),
        lambda p: p.xp.linalg.vector_norm(p.W),
    ],
)
def test_what_is_not_polynomial_is_refused(formula):
    with pytest.raises(NotPolynomialError):
        formula(point())


@pytest.mark.parametrize("op", ["__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"])
def test_comparisons_are_refused_even_of_constants(op):
    for scalar in (filled(), DEGREE.asarray(1)):
        with pytest.raises(NotPolynomialError, match="comparison"):
            getattr(scalar, op)(0)


def test_functions_of_constants_are_constants():
    for name in ("sqrt", "exp", "log", "abs", "floor", "sin"):
        assert degree(getattr(DEGREE, name)(2)) == (0, 0)
    assert degree(DEGREE.maximum(1, 2)) == (0, 0)
    assert Degree().is_constant
    assert not X.is_constant


def test_degrees_alone_divide_like_arrays_of_them():
    quotients = [1 / X, 3 / (X * X)]
    assert quotients == [Degree(0, 1), Degree(0, 2)]
    assert DEGREE.field.convert(X) == X
    assert DEGREE.field.convert(2) == Degree()


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (lambda x: DEGREE.exp(x), "^exp of a quantity that depends on the point is not polynomial$"),
        (lambda x: DEGREE.maximum(x, 0), "^max or min is not polynomial$"),
        (lambda x: DEGREE.maximum(0, x), "^max or min is not polynomial$"),
        (lambda x: x > 0, "^a comparison is not polynomial$"),
        (lambda x: DEGREE.field.to_float(X), "^a degree has no numerical value$"),
    ],
)
def test_the_refusal_says_what_is_not_polynomial(formula, message):
    with pytest.raises(NotPolynomialError, match=message):
        formula(filled())
