"""Rational arithmetic with square roots against Python's fractions and mpmath."""

import operator
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import assume, given
from hypothesis import strategies as st

from ncverify.errors import NotRationalError
from ncverify.numbers.degree import Degree
from ncverify.numbers.rational import RATIONAL, rational, sign
from ncverify.numbers.surd import Surd, read_surd, square_root, surd
from tests.cases import repeatable

OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv)
COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
SQUARE_FREE = (2, 3, 5, 6, 7, 10, 11, 13, 30)

fractions = st.fractions(max_denominator=50).filter(lambda q: abs(q) < 10**6)
nonzero = fractions.filter(bool)


def fraction(value):
    return Fraction(int(value.p), int(value.q))


def decimal(value):
    """A rational or surd at mpmath's precision."""
    if isinstance(value, Surd):
        return mpmath.fsum(decimal(c) * mpmath.sqrt(m) for m, c in value.roots.items())
    return mpmath.mpf(int(value.p)) / int(value.q)


def surds(m):
    return st.builds(lambda a, b: surd(rational(a), rational(b), m), fractions, fractions)


@repeatable
@given(fractions, nonzero, st.sampled_from(OPERATORS))
def test_operations_on_rationals_are_those_of_fractions(a, b, op):
    assert fraction(op(RATIONAL.asarray(a), b).item()) == op(a, b)
    assert fraction(op(a, RATIONAL.asarray(b)).item()) == op(a, b)


@repeatable
@given(fractions, fractions, st.sampled_from(COMPARISONS))
def test_comparisons_of_rationals_are_those_of_fractions(a, b, op):
    assert bool(op(RATIONAL.asarray(a), RATIONAL.asarray(b))) is op(a, b)


@pytest.mark.slow
@repeatable
@given(st.sampled_from(SQUARE_FREE), st.data())
def test_surds_are_the_numbers_that_mpmath_says_they_are(m, data):
    x, y = data.draw(surds(m)), data.draw(surds(m))
    with mpmath.mp.workdps(60):
        for op in OPERATORS:
            if op is operator.truediv and sign(y) == 0:
                continue
            expected = op(decimal(x), decimal(y))
            assert abs(decimal(op(x, y)) - expected) <= abs(expected) * mpmath.mpf(10) ** -25
        assert sign(x) == mpmath.sign(decimal(x))
        for op in COMPARISONS:
            assert RATIONAL.field.compare(op, x, y) == op(sign(x - y), 0)


@repeatable
@given(st.sampled_from(SQUARE_FREE), st.integers(1, 10**12))
def test_the_sign_of_a_surd_is_right_where_it_almost_cancels(m, scale):
    """The two integers beside scale * sqrt(m): their distance from it is about 1 / scale."""
    near = int(mpmath.floor(mpmath.sqrt(m * scale * scale)))
    for integer in (near - 1, near, near + 1, near + 2):
        exact = 1 if integer > 0 and integer * integer > m * scale * scale else -1
        assert sign(surd(rational(integer), rational(-scale), m)) == exact
        assert sign(surd(rational(-integer), rational(scale), m)) == -exact


@pytest.mark.slow
@repeatable
@given(st.sampled_from(SQUARE_FREE), st.data())
def test_surds_form_a_field(m, data):
    x, y, z = (data.draw(surds(m)) for _ in range(3))
    assert sign((x + y) * z - (x * z + y * z)) == 0
    assert sign((x + y) - y - x) == 0
    assume(sign(y) != 0)
    assert sign(x / y * y - x) == 0
    assert sign((1 / y) * y - 1) == 0


@pytest.mark.slow
@repeatable
@given(st.fractions(min_value=0, max_value=10**4, max_denominator=60))
def test_square_roots_square_back(q):
    root = square_root(rational(q))
    assert sign(root) == (q > 0)
    assert sign(root * root - rational(q)) == 0
    if isinstance(root, Surd):
        assert all(m % (p * p) for m in root.roots for p in range(2, m))


def test_the_square_root_of_a_huge_square_is_rational():
    assert square_root(rational(10**60)) == 10**30
    assert square_root(rational(Fraction(9, 4 * 10**80))) == rational(Fraction(3, 2 * 10**40))
    assert square_root(rational(0)) == 0


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (rational(-1), "square root of a negative number: -1"),
        (rational(2**41 + 1), "irrational square root"),
        (square_root(rational(2)), "square root of a surd"),
    ],
)
def test_square_roots_beyond_the_field_are_refused(value, complaint):
    with pytest.raises(NotRationalError, match=complaint):
        square_root(value)


def sums():
    """Sums of square roots of a few square-free integers that share primes."""
    roots = st.dictionaries(st.sampled_from((2, 3, 5, 6, 10, 15, 7, 30)), fractions, max_size=4)
    return st.builds(
        lambda a, r: sum((surd(rational(0), rational(c), m) for m, c in r.items()), rational(a)), fractions, roots
    )


@pytest.mark.slow
@repeatable
@given(sums(), sums())
def test_sums_of_different_square_roots_are_the_numbers_that_mpmath_says_they_are(x, y):
    with mpmath.mp.workdps(400):
        for op in OPERATORS:
            if op is operator.truediv and sign(y) == 0:
                continue
            expected = op(decimal(x), decimal(y))
            assert abs(decimal(op(x, y)) - expected) <= abs(expected) * mpmath.mpf(10) ** -100
        for op in COMPARISONS:
            assert RATIONAL.field.compare(op, x, y) == op(decimal(x) - decimal(y), 0)


@pytest.mark.slow
@repeatable
@given(sums(), sums(), sums())
def test_sums_of_different_square_roots_form_a_field(x, y, z):
    assert sign((x + y) * z - (x * z + y * z)) == 0
    assert sign((x * y) * z - x * (y * z)) == 0
    assume(sign(y) != 0)
    assert sign(x / y * y - x) == 0
    assert sign((1 / y) * y - 1) == 0


def test_equalities_of_several_square_roots_are_decided():
    two, three = RATIONAL.sqrt(2), RATIONAL.sqrt(3)
    assert bool(RATIONAL.sqrt(8) == 2 * two)
    assert bool(RATIONAL.sqrt(Fraction(1, 2)) == two / 2)
    assert bool(two * three == RATIONAL.sqrt(6))
    assert bool((two + three) * (three - two) == 1)
    assert bool((two + three) ** 2 == 5 + 2 * RATIONAL.sqrt(6))
    assert bool(1 / (1 + two + three) == (2 + two - RATIONAL.sqrt(6)) / 4)
    assert not bool(two + three > Fraction(31463, 10000))
    assert bool(two + three > Fraction(31462, 10000))


def test_sums_of_too_many_square_roots_leave_the_field():
    with pytest.raises(NotRationalError, match="square roots"):
        sum((RATIONAL.sqrt(m) for m in range(2, 200)), RATIONAL.asarray(0))


@repeatable
@given(sums())
def test_what_is_written_is_read_again(x):
    again = read_surd(repr(x))
    assert sign(again - x) == 0
    assert isinstance(again, type(x))


@pytest.mark.parametrize(
    "text",
    ["", "sqrt(2)", "1 + sqrt(2)", "1/0 + 1 sqrt(2)", "1 + 1 sqrt(-2)", "1+1 sqrt(2)", "0 + 1 sqrt(2199023255579)"],
)
def test_what_is_no_sum_of_square_roots_is_refused(text):
    with pytest.raises(ValueError, match=r"expected|invalid literal"):
        read_surd(text)


def test_division_by_zero_raises():
    for numerator in (RATIONAL.asarray(1), RATIONAL.sqrt(2)):
        with pytest.raises(ZeroDivisionError):
            numerator / 0


def test_exponentials_leave_the_field_except_where_they_are_trivial():
    assert RATIONAL.exp(0).item() == 1
    assert RATIONAL.log(1).item() == 0
    assert RATIONAL.expm1(0).item() == 0
    assert RATIONAL.log1p(0).item() == 0
    for function, argument in (("exp", 1), ("log", 2), ("log1p", 1), ("expm1", -1), ("tanh", 0), ("log_softplus", 0)):
        with pytest.raises(NotRationalError):
            getattr(RATIONAL, function)(argument)
    for function in ("exp", "log"):
        with pytest.raises(NotRationalError):
            getattr(RATIONAL, function)(RATIONAL.sqrt(2))


def test_absolute_value_and_sign_of_surds():
    negative = 1 - RATIONAL.sqrt(2)
    assert bool(RATIONAL.abs(negative) == RATIONAL.sqrt(2) - 1)
    assert RATIONAL.sign(negative).item() == -1
    assert RATIONAL.sign(0).item() == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (True, 1),
        (0.1, Fraction(0.1)),
        (Fraction(1, 3), Fraction(1, 3)),
        (fmpq(2, 7), Fraction(2, 7)),
        (np.float64(0.1), Fraction(0.1)),
        (np.float32(0.1), Fraction(float(np.float32(0.1)))),
        (np.float16(0.1), Fraction(float(np.float16(0.1)))),
        (np.longdouble("0.1"), Fraction(*np.longdouble("0.1").as_integer_ratio())),
        (np.int64(-5), -5),
        (np.bool_(True), 1),
        (np.array(0.5), Fraction(1, 2)),
        (np.array([2.5]), Fraction(5, 2)),
    ],
)
def test_every_kind_of_real_number_becomes_the_rational_that_it_is(value, expected):
    assert fraction(rational(value)) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -np.inf, np.float32("nan"), np.longdouble("inf")])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(NotRationalError, match="not a finite number"):
        rational(value)


@pytest.mark.parametrize("value", ["1/2", 1j, np.complex128(1), np.clongdouble(1), None, arb(1), Degree(), [1]])
def test_what_is_no_real_number_is_refused_by_its_type(value):
    with pytest.raises(TypeError, match=f"expected a real number, got {type(value).__name__}"):
        rational(value)


@repeatable
@given(st.sampled_from(SQUARE_FREE), st.data())
def test_the_float_of_a_surd_is_near_it_even_where_it_cancels(m, data):
    x = data.draw(surds(m))
    assume(isinstance(x, Surd))
    with mpmath.mp.workdps(60):
        exact = decimal(x)
        # a quotient of two sums at 53 bits
        assert abs(mpmath.mpf(float(x)) - exact) <= abs(exact) * 8 * np.finfo(float).eps


@pytest.mark.parametrize("m", SQUARE_FREE)
def test_the_float_of_a_surd_keeps_its_digits_however_the_cancelling_parts_are_scaled(m):
    """near / scale and sqrt(m) agree in twelve digits: a sum of floats would leave four."""
    scale = 10**12
    near = int(mpmath.floor(mpmath.sqrt(m * scale * scale)))
    for a, b in ((Fraction(near, scale), Fraction(-1)), (Fraction(1), Fraction(-scale, near))):
        for x in (surd(rational(a), rational(b), m), surd(rational(-a), rational(-b), m)):
            with mpmath.mp.workdps(60):
                exact = decimal(x)
                assert abs(mpmath.mpf(float(x)) - exact) <= abs(exact) * 8 * np.finfo(float).eps


def test_the_float_of_a_number_beyond_the_range_of_floats_is_infinite():
    huge = RATIONAL.asarray(10) ** 400
    assert huge.nearest_float() == np.inf
    assert (-huge).nearest_float() == -np.inf
    assert (RATIONAL.sqrt(2) * huge).nearest_float() == np.inf
    assert (1 / huge).nearest_float() == 0.0


@pytest.mark.parametrize("a", [Fraction(1, 2), Fraction(1, 10**9), 0, Fraction(-1, 10**9)])
def test_the_sign_of_a_small_rational_beside_a_root_is_that_of_the_larger(a):
    root = Fraction(1, 10)
    for b in (root, -root):
        expected = 1 if float(a) + float(b) * 2**0.5 > 0 else -1
        assert sign(surd(rational(a), rational(b), 2)) == expected
