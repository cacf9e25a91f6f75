"""Balls that know their expressions: equal where the rules say so, different where balls do, and open elsewhere."""

import operator
from fractions import Fraction

import pytest

from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.form import Form
from ncverify.numbers.forms import FORMS
from ncverify.numbers.rational import RATIONAL

X, Y, Z = Fraction(1, 3), Fraction(-5, 7), 2
EQUAL = {
    "a number": lambda xp, x, y, z: (x + y, Fraction(-8, 21) + 0 * x),
    "a square root": lambda xp, x, y, z: (xp.sqrt(8 * z / 2), 2 * xp.sqrt(z)),
    "sums of square roots": lambda xp, x, y, z: ((xp.sqrt(2) + xp.sqrt(3)) ** 2, 5 + 2 * xp.sqrt(6) + 0 * x),
    "logs of numbers": lambda xp, x, y, z: (xp.log(z**3 / 9), 3 * xp.log(2) - 2 * xp.log(3)),
    "log of a surd": lambda xp, x, y, z: (xp.log(3 * xp.sqrt(z)), xp.log(3) + xp.log(2) / 2),
    "exp of a sum": lambda xp, x, y, z: (xp.exp(x) * xp.exp(y), xp.exp(x + y)),
    "exp of a surd": lambda xp, x, y, z: (xp.exp(xp.sqrt(2)) ** 2, xp.exp(xp.sqrt(8))),
    "exp undoes log": lambda xp, x, y, z: (xp.exp(xp.log(1 + xp.exp(x))), 1 + xp.exp(x)),
    "log undoes exp": lambda xp, x, y, z: (xp.log(xp.exp(x) * 3), x + xp.log(3)),
    "log of a quotient": lambda xp, x, y, z: (
        xp.log((1 + xp.exp(x)) / (1 + xp.exp(y))),
        xp.log(1 + xp.exp(x)) - xp.log(1 + xp.exp(y)),
    ),
    "a shifted logsumexp": lambda xp, x, y, z: (
        xp.logsumexp(xp.stack([x, y, z])),
        z + xp.log(xp.exp(x - z) + xp.exp(y - z) + 1),
    ),
    "nested exponents": lambda xp, x, y, z: (
        xp.logaddexp(xp.exp(x), xp.exp(y)),
        xp.exp(y) + xp.log1p(xp.exp(xp.exp(x) - xp.exp(y))),
    ),
    "softplus": lambda xp, x, y, z: (xp.softplus(y) - xp.softplus(-y), y),
    "log_softplus": lambda xp, x, y, z: (xp.exp(xp.log_softplus(x)), xp.softplus(x)),
    "softmax": lambda xp, x, y, z: (xp.sum(xp.softmax(xp.stack([x, y, z]), axis=0)), 1 + 0 * x),
    "tanh": lambda xp, x, y, z: (xp.tanh(x), xp.sinh(x) / xp.cosh(x)),
    "expm1": lambda xp, x, y, z: (xp.expm1(x) + 1, xp.exp(x)),
    "quotients": lambda xp, x, y, z: (1 / (1 + xp.exp(x)) + 1 / (1 + xp.exp(-x)), 1 + 0 * x),
    "a negative denominator": lambda xp, x, y, z: (1 / (xp.exp(y) - 1), -1 / (1 - xp.exp(y))),
    "root of a power": lambda xp, x, y, z: (xp.sqrt(xp.exp(2 * x)), xp.exp(x)),
    "root of a sum": lambda xp, x, y, z: (xp.sqrt(1 + xp.exp(x)) ** 3, (1 + xp.exp(x)) * xp.sqrt(1 + xp.exp(x))),
    "root of a quotient": lambda xp, x, y, z: (
        xp.sqrt(1 / (1 + xp.exp(x))) * xp.sqrt(1 + xp.exp(x)),
        1 + 0 * x,
    ),
    "pi": lambda xp, x, y, z: (xp.pi * z - xp.pi, xp.pi),
    "functions without a rule": lambda xp, x, y, z: (xp.erf(x + y) * xp.sin(z), xp.sin(1 + z / 2) * xp.erf(y + x)),
    "absolute values": lambda xp, x, y, z: (xp.abs(xp.exp(y) - xp.exp(x)), xp.exp(x) - xp.exp(y)),
    "absolute value of zero": lambda xp, x, y, z: (xp.abs(xp.log(4 * z) - 3 * xp.log(2)), 0 * x),
    "sign of zero": lambda xp, x, y, z: (xp.sign(xp.log(4 * z) - 3 * xp.log(2)), 0 * x),
    "maximum": lambda xp, x, y, z: (xp.maximum(xp.exp(x), xp.exp(y)), xp.exp(x)),
    "maximum of equals": lambda xp, x, y, z: (xp.maximum(xp.log(4), 2 * xp.log(z)), xp.log(4)),
    "powers": lambda xp, x, y, z: (xp.exp(x) ** -2, xp.pow(xp.exp(-x), z)),
    "squares of sine and cosine": lambda xp, x, y, z: (xp.sin(x) ** 2 + xp.cos(x) ** 2, 1 + 0 * x),
    "opposite angles": lambda xp, x, y, z: (xp.sin(x - y) * xp.cos(y - x), -xp.sin(y - x) * xp.cos(x - y)),
    "sine of a quotient": lambda xp, x, y, z: (
        xp.sin(1 / (1 + xp.exp(x))) ** 3,
        xp.sin(1 / (1 + xp.exp(x))) * (1 - xp.cos(-1 / (1 + xp.exp(x))) ** 2),
    ),
    "many softmaxes": lambda xp, x, y, z: (sum(_softmaxes(xp, x, y, z)), 9 + 0 * x),
    "what is left of many softmaxes": lambda xp, x, y, z: (
        sum(_softmaxes(xp, x, y, z)[:20]),
        9 - sum(_softmaxes(xp, x, y, z)[20:]),
    ),
    "products of softmaxes": lambda xp, x, y, z: (
        sum(_softmaxes(xp, x, y, z)[:3]) * sum(_softmaxes(xp, x, y, z)[3:6]),
        sum(p * q for p in _softmaxes(xp, x, y, z)[:3] for q in _softmaxes(xp, x, y, z)[3:6]),
    ),
}


def _softmaxes(xp, x, y, z):
    """The 27 probabilities of nine samples with different denominators."""
    samples = ([xp.exp(k * x), xp.exp(y / k), xp.exp(k * z / 7)] for k in range(1, 10))
    return [e / sum(sample) for sample in samples for e in sample]


def at(xp):
    return xp, *(xp.asarray(v) for v in (X, Y, Z))


@pytest.mark.parametrize("what", EQUAL)
@pytest.mark.parametrize("bits", [53, 200])
def test_what_is_equal_by_the_rules_is_equal(what, bits):
    with precision(bits):
        left, right = EQUAL[what](*at(FORMS))
        assert bool(left == right)
        assert bool(left >= right)
        assert not bool(left > right)
        assert bits < 100 or not bool(left + Fraction(1, 10**30) == right)
        assert not bool(left * (1 + Fraction(1, 10**6)) + Fraction(1, 10**6) == right)


@pytest.mark.parametrize("what", sorted(set(EQUAL) - {"a number", "a square root", "absolute value of zero"}))
def test_balls_alone_do_not_decide_it(what):
    """The control: without the rules most of these are open; none is denied."""
    with precision(200):
        left, right = EQUAL[what](*at(BALL))
        assert (left == right).values.item() is not False


@pytest.mark.parametrize("what", EQUAL)
def test_expressions_have_the_balls_of_ball_arithmetic(what):
    with precision(100):
        for ours, balls in zip(EQUAL[what](*at(FORMS)), EQUAL[what](*at(BALL)), strict=True):
            form, expected = FORMS.asarray(ours).item(), BALL.asarray(balls).item()
            assert form.enclosure.overlaps(expected)
            assert FORMS.field.to_float(form) == pytest.approx(BALL.field.to_float(expected), abs=1e-12)


@pytest.mark.parametrize(
    "undefined",
    [
        lambda xp, x: xp.log(-x),
        lambda xp, x: 1 / (xp.log(4 * x) - xp.log(2 * x) - xp.log(2)),
        lambda xp, x: xp.sqrt(-x),
        lambda xp, x: xp.acos(x + 3),
        lambda xp, x: xp.atan2(xp.log(-x), x),
    ],
)
def test_what_has_no_value_is_equal_to_nothing(undefined):
    with precision(100):
        u = undefined(FORMS, FORMS.asarray(X))
        for op in (operator.eq, operator.ne, operator.lt, operator.ge):
            assert op(u, u).values.item() is None
            assert op(0 * u, 0).values.item() is None
        assert (FORMS.exp(u) > 0).values.item() is None


def test_sums_of_positive_terms_are_positive_however_small():
    with precision(53):
        x = FORMS.asarray(5000)
        assert bool((1 + FORMS.exp(-x)) - 1 > 0)
        assert bool((1 + FORMS.exp(-x) + FORMS.sqrt(2) * FORMS.exp(-2 * x)) - 1 > 0)
        assert bool(1 - (1 + FORMS.exp(-x)) < 0)
        assert ((1 + FORMS.exp(-x)) - (1 + FORMS.exp(-x - 1)) > 0).values.item() is None
        assert ((1 + FORMS.exp(-x) * FORMS.sin(x)) - 1 < 0).values.item() is None


def test_logarithms_above_one_are_positive_however_small():
    with precision(53):
        x = FORMS.asarray(5000)
        assert bool(FORMS.softplus(x) - x > 0)
        assert bool(FORMS.softplus(-x) > 0)
        assert bool(x - FORMS.log(1 + FORMS.exp(x)) < 0)
        assert bool(FORMS.logsumexp(FORMS.stack([x, -x, 0 * x])) > x)
        assert (x - FORMS.log(FORMS.exp(x) - FORMS.exp(-x)) < 0).values.item() is None
        assert bool(FORMS.log(FORMS.asarray(3)) > 0)
        assert bool(FORMS.log(FORMS.asarray(1) / 3) < 0)
        assert bool(FORMS.exp(FORMS.log_softplus(-x)) == FORMS.softplus(-x))


def test_what_grows_too_long_is_left_to_balls():
    with precision(100):
        x = FORMS.asarray(X)
        many = sum((FORMS.exp(x * k) for k in range(1, 40)), x)
        product = many * many
        assert product.item().top is None
        assert (product == many**2).values.item() is None
        assert bool(product > 1)


def test_numbers_without_bounds_have_no_expression():
    assert Form(BALL.asarray(float("inf")).item(), {}).top is None
    assert bool(FORMS.asarray(float("inf")) > 10**9)


def test_square_roots_of_the_rational_field_keep_their_expression():
    with precision(60):
        root = FORMS.asarray(RATIONAL.sqrt(2) / 3)
        assert bool(root * root == Fraction(2, 9))


def test_roots_of_zero_are_not_taken_for_positive():
    """sin(0) is an expression without a rule, and zero all the same."""
    with precision(60):
        zero = FORMS.sin(FORMS.asarray(0))
        assert bool(zero == 0)
        assert not bool(FORMS.sqrt(zero) > 0)
        assert bool(FORMS.sqrt(zero) * FORMS.exp(1) == 0)
        x = FORMS.asarray(X)
        hidden = FORMS.sin(x) ** 2 + FORMS.cos(x) ** 2 - 1  # zero, and no rule knows it
        for value in (hidden, FORMS.sqrt(hidden), FORMS.sqrt(FORMS.abs(hidden)), FORMS.sqrt(FORMS.maximum(hidden, 0))):
            assert (value > 0).values.item() is not True
            assert (value == 0).values.item() is not False


def test_the_sign_of_a_denominator_is_minded():
    with precision(60):
        x = FORMS.asarray(X)
        below = 1 - FORMS.exp(x) - FORMS.exp(2 * x)  # negative
        assert bool(1 / below < 0)
        assert bool(FORMS.sqrt(-1 / below) ** 2 == -1 / below)
        assert bool(FORMS.log(-1 / below) == -FORMS.log(-below))
        assert bool((1 / below) * below == 1)
        assert bool(below / (2 * below) == Fraction(1, 2))
