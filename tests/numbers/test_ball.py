"""Balls contain the values that mpmath computes, and a comparison is decided only where it is certain."""

import math
import operator
from fractions import Fraction
from itertools import pairwise

import flint
import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import assume, given
from hypothesis import strategies as st

from ncverify.errors import NotRationalError, UndecidedError
from ncverify.numbers.ball import _FUNCTIONS, BALL, DOUBTFUL, ball, meanings, precision
from ncverify.numbers.rational import RATIONAL
from tests.cases import repeatable

COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
FUNCTIONS = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "expm1": mpmath.expm1,
    "sqrt": mpmath.sqrt,
    "abs": abs,
    "sign": mpmath.sign,
    "tanh": mpmath.tanh,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "floor": mpmath.floor,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "log_softplus": lambda x: mpmath.log(mpmath.log1p(mpmath.exp(x))),
}
POSITIVE = {"log", "sqrt"}
floats = st.floats(-1e6, 1e6, allow_subnormal=False)
DIGITS = 120  # more than any precision that a test uses


def around(value):
    """A ball around a value that mpmath knows to DIGITS digits, give or take twenty."""
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    with precision(20 * DIGITS):
        exact = arb(-int(mantissa) if sign else int(mantissa)) * arb(2) ** exponent
        return exact * arb(1, arb(10) ** (20 - DIGITS))


def contains(enclosure, value):
    return enclosure.overlaps(around(value))


@repeatable
@given(st.sampled_from(sorted(FUNCTIONS)), floats, st.sampled_from([53, 128, 256]))
def test_functions_enclose_the_values_of_mpmath(name, x, bits):
    assume(not (name in POSITIVE and x <= 0) and not (name == "log1p" and x <= -1))
    assume(not (name in ("exp", "expm1") and x > 1e4))
    with precision(bits), mpmath.mp.workdps(DIGITS):
        enclosure = getattr(BALL, name)(x).item()
        value = FUNCTIONS[name](mpmath.mpf(x))
        assert contains(enclosure, value)
        if name not in ("sign", "floor", "sin", "cos", "tanh", "softplus", "exp"):
            assert enclosure.rad() <= (abs(around(value)) + 1) * arb(2) ** (8 - bits)


@repeatable
@given(floats, floats, st.sampled_from([operator.add, operator.sub, operator.mul, operator.truediv]))
def test_operations_enclose_the_exact_result(x, y, op):
    assume(op is not operator.truediv or abs(y) > 1e-3)
    exact = op(Fraction(x), Fraction(y))
    with precision(53):
        enclosure = op(BALL.asarray(x), y).item()
    assert enclosure.contains(flint.fmpq(exact.numerator, exact.denominator))


@repeatable
@given(floats, floats, st.sampled_from(COMPARISONS))
def test_a_decided_comparison_is_the_true_one(x, y, op):
    """x + y - y is x for numbers, and a ball of some radius around x for balls."""
    with precision(60):
        truth = op(BALL.asarray(x) + y - y, x + 0.0).values.item()
        assert truth in (op(x, x), None)
        assert op(BALL.asarray(x), y).values.item() is op(x, y)


def test_a_comparison_that_precision_cannot_decide_is_undecided_until_it_can():
    """log(2) against a rational that agrees with it in 40 digits."""
    with mpmath.mp.workdps(45):
        near = Fraction(int(mpmath.floor(mpmath.log(2) * mpmath.mpf(10) ** 40)), 10**40)
    for op, truth in ((operator.gt, True), (operator.ge, True), (operator.lt, False), (operator.eq, False)):
        with precision(100):
            assert op(BALL.log(2), near).values.item() is None
            with pytest.raises(UndecidedError):
                bool(op(BALL.log(2), near))
        with precision(200):
            assert op(BALL.log(2), near).values.item() is truth


def test_equality_of_irrationals_stays_undecided_at_every_precision():
    for bits in (64, 256, 1024):
        with precision(bits):
            square = BALL.sqrt(2) * BALL.sqrt(2)
            assert [op(square, 2).values.item() for op in COMPARISONS] == [None] * 6


def test_exact_balls_decide_equality():
    assert bool(BALL.asarray(0.5) == Fraction(1, 2))
    assert bool(BALL.asarray(0.5) >= 0.5)
    assert not bool(BALL.asarray(0.5) != 0.5)
    assert not bool(BALL.asarray(0.5) < 0.5)


@pytest.mark.parametrize(
    ("side", "expected"),
    [(1, {"ge": True, "lt": False, "gt": None, "le": None}), (-1, {"le": True, "gt": False, "lt": None, "ge": None})],
)
def test_a_ball_that_touches_zero_decides_the_weak_sign_only(side, expected):
    above = BALL.field.function("abs")(arb(0, 1))
    touching = above if side > 0 else -above
    for name, truth in expected.items():
        assert BALL.field.compare(getattr(operator, name), touching, arb(0)) is truth, name
    assert BALL.field.compare(operator.eq, touching, arb(0)) is None


def test_what_has_no_value_decides_nothing():
    for value in (BALL.log(0), BALL.log(-1), BALL.sqrt(-1), BALL.asarray(float("nan"))):
        assert [op(value, 0).values.item() for op in COMPARISONS] == [None] * 6
    assert str(BALL.log(-1).nearest_float()) == "nan"


@pytest.mark.parametrize("kind", [float, np.float32, np.longdouble])
def test_the_sign_of_an_infinity_is_known(kind):
    for infinity, above in ((kind("inf"), True), (kind("-inf"), False)):
        value = BALL.asarray(infinity)
        assert [bool(op(value, 5)) for op in COMPARISONS] == [not above, not above, above, above, False, True]
        assert (value - value == 0).values.item() is None


def test_a_ball_without_bounds_decides_nothing():
    overflow = BALL.exp(1e300)
    assert [op(overflow, 5).values.item() for op in COMPARISONS] == [None] * 6


def test_the_nearest_float_is_that_of_the_midpoint_and_an_unbounded_ball_has_none():
    assert BALL.field.to_float(arb(0.375, 0.25)) == 0.375
    assert BALL.asarray(0.1).nearest_float() == 0.1
    assert math.isnan(BALL.exp(1e300).nearest_float())


@pytest.mark.parametrize("value", [0.5, 3.0, 2.0**-10, -12345.0, 1e10, 7, Fraction(1, 3)])
def test_a_constant_that_somebody_meant_is_taken_as_it_is(value):
    with precision(200):
        assert (DOUBTFUL.asarray(value) - value).item().contains(0)
        assert DOUBTFUL.asarray(value).item().rad() <= arb(2) ** -190


@pytest.mark.parametrize(("value", "meant"), [(0.1, Fraction(1, 10)), (math.sqrt(2), None), (math.log(3), None)])
def test_a_constant_that_was_rounded_is_taken_with_its_doubt(value, meant):
    with precision(200):
        enclosure = DOUBTFUL.asarray(value).item()
        exact = {math.sqrt(2): arb(2).sqrt(), math.log(3): arb(3).log()}.get(value, meant and ball(meant))
        assert enclosure.overlaps(exact)
        assert not BALL.asarray(value).item().overlaps(exact)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (1 - 0.9 - 0.1, 0),
        (0.1**20, Fraction(1, 10**20)),
        (1.1**100, Fraction(11**100, 10**100)),
        (math.sin(math.pi), 0),
        (np.float32(0.1), Fraction(1, 10)),
        (float(np.float32(0.1)), Fraction(1, 10)),
        (math.exp(-1000), Fraction(1, 10**434)),
        (0.1 * 7e16, 7 * 10**15),
        (sum([0.001] * 1000), 1),
    ],
)
def test_a_float_that_was_computed_may_be_what_its_computation_would_be_without_rounding(value, meant):
    with precision(500):
        assert (
            DOUBTFUL.asarray(value).item().contains(flint.fmpq(Fraction(meant).numerator, Fraction(meant).denominator))
        )


def test_a_constant_that_is_written_means_what_is_written_and_functions_of_floats_put_every_other_in_doubt():
    with precision(200):
        with meanings({2.0**-60: frozenset({Fraction(1, 2**60)})}, computes=True):
            assert DOUBTFUL.asarray(2.0**-60).item().rad() == 0
            assert DOUBTFUL.asarray(1.0).item().rad() > 0
        with meanings({1 - 0.9 - 0.1: frozenset({Fraction(0)})}, computes=False):
            assert DOUBTFUL.asarray(1 - 0.9 - 0.1).item().contains(0)
            assert DOUBTFUL.asarray(1.0).item().rad() == 0


@pytest.mark.parametrize("x", [-1e2, -1e3, -1e6, -1e300])
@pytest.mark.parametrize("bits", [64, 512])
def test_log_softplus_far_left_encloses_the_value_tightly(x, bits):
    with precision(bits):
        enclosure = BALL.log_softplus(x).item()
        assert enclosure.rad() <= abs(enclosure) * arb(2) ** (4 - bits) + arb(2) ** (1 - bits)
        # x - exp(x)/2 < log log(1 + exp(x)) < x
        assert not enclosure > arb(x)
    if x > -1e4:
        with mpmath.mp.workdps(DIGITS):
            assert contains(enclosure, mpmath.log(mpmath.log1p(mpmath.exp(mpmath.mpf(x)))))


def test_log_softplus_is_continuous_where_its_two_formulas_meet():
    for bits in (53, 128):
        with precision(bits):
            near = [BALL.log_softplus(-2 * bits + shift).item() for shift in (-1, 0, 1)]
            assert all(abs(b - a - 1) < arb(2) ** (8 - bits) * 2 * bits for a, b in pairwise(near))


def test_a_ball_as_argument_gives_a_ball_around_all_values():
    wide = arb(0, 1)
    for name, function in (("exp", mpmath.exp), ("log_softplus", FUNCTIONS["log_softplus"]), ("abs", abs)):
        enclosure = BALL.field.function(name)(wide)
        for x in (-1, -0.5, 0, 0.5, 1):
            with mpmath.mp.workdps(DIGITS):
                assert contains(enclosure, function(mpmath.mpf(x)))


def test_maximum_and_where_keep_the_enclosure():
    with precision(64):
        root = BALL.sqrt(2)
        assert BALL.maximum(root, 1).item().overlaps(root.item())
        assert BALL.minimum(root, 1).item() == 1
        assert bool(BALL.max(BALL.asarray([1, 3, 2])) == 3)
        with pytest.raises(UndecidedError):
            BALL.where(root * root > 2, 1, 0)
        assert bool(BALL.where(root > 1, 1, 0) == 1)


def test_precision_is_restored_even_after_an_error():
    before = flint.ctx.prec
    with precision(333):
        assert flint.ctx.prec == 333
    with pytest.raises(TypeError), precision(333):
        ball("1")
    assert flint.ctx.prec == before


def test_balls_refuse_what_is_no_real_number():
    for value in ("1", 1j, None):
        with pytest.raises(TypeError, match=f"expected a real number, got {type(value).__name__}"):
            ball(value)
    with pytest.raises(NotRationalError, match="gamma"):
        BALL.field.function("gamma")


def test_surds_become_balls_around_them():
    with precision(200):
        value = BALL.asarray(3 - RATIONAL.sqrt(5)).item()
        assert value.overlaps(3 - arb(5).sqrt())
        assert value.rad() < arb(2) ** -190


def test_pi_is_enclosed():
    with precision(80), mpmath.mp.workdps(DIGITS):
        assert contains(BALL.pi.item(), mpmath.pi + 0)
    with pytest.raises(NotRationalError):
        RATIONAL.pi  # noqa: B018


UNBOUNDED = (arb.nan(), arb(1) / arb(0, 1), arb(-1).log())


@pytest.mark.parametrize("name", sorted(set(_FUNCTIONS) - {"pi", "atan2"}))
def test_functions_of_what_has_no_value_have_none(name):
    for value in UNBOUNDED:
        assert BALL.field.function(name)(value).is_nan()


@pytest.mark.parametrize("value", UNBOUNDED)
@pytest.mark.parametrize("other", [arb(0), arb(1), arb(-1), arb(0, 1), arb.pos_inf(), arb.neg_inf()])
def test_functions_of_two_numbers_have_no_value_where_one_has_none(value, other):
    for f in (
        BALL.field.maximum,
        BALL.field.power,
        BALL.field.function("atan2"),
        arb.__add__,
        arb.__mul__,
        arb.__truediv__,
    ):
        assert f(value, other).is_nan()
        assert f(other, value).is_nan()
