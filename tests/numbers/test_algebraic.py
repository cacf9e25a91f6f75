"""Algebraic numbers: their arithmetic against mpmath, equality across different roots, and their text."""

import itertools
import warnings
from fractions import Fraction

import mpmath
import pytest
from flint import fmpq, fmpq_poly

from ncverify.errors import NotRationalError
from ncverify.numbers.algebraic import Algebraic, minimal_polynomial, nth_root, root_of_number, roots_of
from ncverify.numbers.rational import RATIONAL, sign
from ncverify.numbers.reading import read_irrational
from ncverify.numbers.roots import real_roots
from ncverify.numbers.surd import square_root

CUBE, FOURTH = nth_root(fmpq(2), 3), nth_root(fmpq(3), 4)
ROOT_2, ROOT_5 = square_root(fmpq(2)), square_root(fmpq(5))
SINE = nth_root((ROOT_5 + 5) / 8, 2)  # of 72 degrees
NUMBERS = {
    "2^(1/3)": (CUBE, lambda: mpmath.root(2, 3)),
    "3^(1/4)": (FOURTH, lambda: mpmath.root(3, 4)),
    "sqrt 2": (ROOT_2, lambda: mpmath.sqrt(2)),
    "sin 72": (SINE, lambda: mpmath.sin(2 * mpmath.pi / 5)),
    "x^5 = x + 1": (roots_of(fmpq_poly([-1, -1, 0, 0, 0, 1]))[0], lambda: mpmath.findroot(lambda x: x**5 - x - 1, 1)),
    "-3/7": (fmpq(-3, 7), lambda: mpmath.mpf(-3) / 7),
}


@pytest.mark.parametrize("pair", list(itertools.combinations(NUMBERS, 2)), ids=" and ".join)
def test_sums_products_and_quotients_are_those_of_mpmath(pair):
    (a, x), (b, y) = (NUMBERS[name] for name in pair)
    for found, expected in (
        (lambda: a + b, lambda: x() + y()),
        (lambda: a - b, lambda: x() - y()),
        (lambda: a * b, lambda: x() * y()),
        (lambda: a / b, lambda: x() / y()),
        (lambda: b / a, lambda: y() / x()),
    ):
        try:
            value = found()
        except NotRationalError:  # the degrees 4 and 5 make 20
            assert {"3^(1/4)", "sin 72"} & set(pair)
            assert "x^5 = x + 1" in pair
            continue
        with mpmath.workdps(50):
            assert float(value) == pytest.approx(float(expected()), rel=1e-15)
            assert sign(value) == mpmath.sign(expected())


def test_a_number_is_equal_to_itself_in_another_root():
    cosine = (ROOT_5 - 1) / 4
    assert SINE * SINE + cosine * cosine == 1
    assert nth_root(fmpq(4), 3) == CUBE * CUBE
    assert nth_root(nth_root(fmpq(4), 3), 2) == CUBE
    assert root_of_number(ROOT_2 + 3 - ROOT_2 - 1) == ROOT_2
    assert nth_root(5 + 2 * square_root(fmpq(6)), 2) == ROOT_2 + square_root(fmpq(3))
    assert CUBE + fmpq(1, 10**40) != CUBE
    assert sign(CUBE + fmpq(1, 10**40) - CUBE) == 1
    assert sign(CUBE - nth_root(2 + fmpq(1, 2**100), 3)) == -1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (nth_root(fmpq(2), 3) * nth_root(fmpq(2), 3), nth_root(fmpq(4), 3)),
        (1 + nth_root(nth_root(fmpq(5), 3), 2), nth_root(fmpq(5), 6) + fmpq(1)),
        (square_root(fmpq(2)) + fmpq(1, 3), nth_root(fmpq(2), 4) * nth_root(fmpq(2), 4) + fmpq(1, 3)),
        (square_root(fmpq(2)) + square_root(fmpq(3)), roots_of(fmpq_poly([1, 0, -10, 0, 1]))[-1]),
    ],
)
def test_equal_numbers_are_one_member_of_a_set(one, other):
    assert one == other
    assert other == one
    assert hash(one) == hash(other)
    assert len({one, other}) == 1


def test_different_numbers_mostly_have_different_hashes():
    r = nth_root(fmpq(2), 3)
    numbers = [a + b * r + c * r * r for a, b, c in itertools.product(range(-3, 4), range(1, 6), range(1, 6))]
    assert len({hash(number) for number in numbers}) > len(numbers) / 2


def test_what_is_rational_is_a_rational():
    assert fmpq(2) == CUBE * CUBE * CUBE
    assert isinstance(CUBE * CUBE * CUBE, fmpq)
    assert isinstance(CUBE - CUBE, fmpq)
    assert nth_root(fmpq(27, 8), 3) == fmpq(3, 2)
    assert isinstance(CUBE * CUBE, Algebraic)


def test_roots_that_floats_do_not_tell_apart_are_in_order():
    polynomial = fmpq_poly([-2, 0, 1]) * fmpq_poly([-2 - fmpq(1, 10**30), 0, 1])
    balls = real_roots(polynomial)
    assert len(balls) == 4
    assert all(bool(a < b) for a, b in itertools.pairwise(balls))


def test_the_irreducible_polynomial_has_the_number_for_a_root():
    assert minimal_polynomial(CUBE + 1) == fmpq_poly([-3, 3, -3, 1])
    assert minimal_polynomial(ROOT_2 + square_root(fmpq(3))) == fmpq_poly([1, 0, -10, 0, 1])
    assert minimal_polynomial(fmpq(2, 3)) == fmpq_poly([fmpq(-2, 3), 1])


@pytest.mark.parametrize("number", [CUBE, FOURTH * 7 - 3, SINE / 9, roots_of(fmpq_poly([1, 0, -10, 0, 1]))[2], ROOT_2])
def test_a_number_is_read_from_its_text(number):
    assert read_irrational(str(number)) == number
    assert read_irrational(str(number)) != number + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 r where r is root 1 of -2 + 1 r^3", "root 1: .* has 1 real roots"),
        ("1 r where r is root 0 of -4 + 1 r^2", "irreducible"),
        ("1 r where r is root 0 of -2 + 2 r^3", "ends in 1 r"),
        ("1 r where r is root 0 of -2 + 1 r^90", "each power up to"),
        ("x where r is root 0 of -2 + 1 r^3", "a term such as"),
        ("1/0 r where r is root 0 of -2 + 1 r^3", "a fraction"),
        ("roots", "not enough values|sum of square roots|invalid"),
    ],
)
def test_other_texts_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_irrational(text)


def test_what_is_beyond_reach_is_left_to_balls():
    for refused in (
        lambda: nth_root(fmpq(-2), 3),
        lambda: nth_root(fmpq(2**200 + 1), 3),
        lambda: nth_root(nth_root(fmpq(2), 5), 5),
        lambda: nth_root(fmpq(2), 5) + nth_root(fmpq(3), 7),
    ):
        with pytest.raises(NotRationalError):
            refused()


def test_rational_powers_and_roots_of_roots_stay_exact():
    x = RATIONAL.asarray(fmpq(2))
    assert bool(x ** Fraction(2, 3) == RATIONAL.asarray(CUBE * CUBE))
    assert bool(x ** Fraction(-1, 3) * x ** Fraction(1, 3) == 1)
    assert bool(RATIONAL.sqrt(RATIONAL.sqrt(x)) ** 4 == 2)
    assert not bool(x ** Fraction(1, 3) == RATIONAL.asarray(Fraction(1.259921)))


def test_root_finding_leaves_no_trace_that_numpy_warns_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = RATIONAL.asarray(Fraction(51, 16))
        assert bool(x ** Fraction(1, 3) + RATIONAL.sqrt(x * x + 1) > 4)


def test_a_root_meets_numbers_of_its_own_field():
    q, s = nth_root(fmpq(2), 4), nth_root(1 + square_root(fmpq(2)), 2)
    together = 3 * q + s  # of degree 8, as the field of both
    assert together.root.degree == 8
    assert together - 3 * q == s
    assert (together * (3 * q - s)) == 9 * square_root(fmpq(2)) - 1 - square_root(fmpq(2))
    assert together - 3 * q != s + fmpq(1, 10**9)
