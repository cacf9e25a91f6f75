"""Arrays of exact scalars: conversion, mixing, shapes, powers, and what they refuse."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch

from ncverify import Point
from ncverify.errors import NotPolynomialError, NotRationalError, UndecidedError
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.degree import DEGREE
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.truth import Truth

EXACT = pytest.mark.parametrize("xp", [RATIONAL, BALL], ids=["rational", "ball"])


@EXACT
def test_floats_are_taken_as_the_rationals_that_they_are(xp):
    for array in (np.array([0.1, -2.5]), torch.tensor([0.1, -2.5], dtype=torch.float64), [0.1, -2.5], (0.1, -2.5)):
        exact = xp.asarray(array)
        assert bool(xp.all(exact == xp.asarray([Fraction(0.1), Fraction(-5, 2)])))
    assert bool(xp.asarray(np.float32(0.1)) == Fraction(float(np.float32(0.1))))


@EXACT
def test_nested_lists_may_hold_numbers_and_exact_arrays(xp):
    nested = xp.asarray([[1, Fraction(1, 2)], [xp.asarray(3), xp.sqrt(4)], xp.asarray([5, 6])])
    assert nested.shape == (3, 2)
    assert bool(xp.all(nested == xp.asarray([[1, 0.5], [3, 2], [5, 6]])))


def test_a_rational_that_meets_a_ball_becomes_a_ball_and_never_the_other_way_round():
    with precision(100):
        root, half = BALL.sqrt(2), RATIONAL.asarray(Fraction(1, 2))
        assert BALL.asarray(half).namespace == BALL
        assert (root + half).namespace == BALL
        assert bool(root + half > 1.9)
        with pytest.raises(TypeError, match="expected a real number, got arb"):
            half + root
        with pytest.raises(TypeError):
            half < root  # noqa: B015
        with pytest.raises(TypeError):
            RATIONAL.asarray(root)


def test_a_comparison_of_rational_and_ball_never_claims_certainty():
    """sqrt(2)^2 as a ball straddles 2: neither order may come out as decided."""
    square = BALL.sqrt(2) * BALL.sqrt(2)
    assert (square >= RATIONAL.asarray(2)).values.item() is None
    with pytest.raises(UndecidedError):
        bool(square == RATIONAL.asarray(2))


@EXACT
def test_float_is_refused_with_the_reason(xp):
    with pytest.raises(TypeError, match=f"leaves {xp.field.name} arithmetic"):
        float(xp.asarray(1))


@EXACT
def test_an_unknown_function_is_refused_by_name(xp):
    with pytest.raises(AttributeError, match=f"p.xp.bessel is not available in {xp.field.name} arithmetic"):
        xp.bessel(1)


@EXACT
def test_what_is_not_finite_or_no_number_is_refused(xp):
    for value in ("1", None, 1j, {1}):
        with pytest.raises(TypeError, match="expected a real number"):
            xp.asarray(value)


@EXACT
def test_the_maximum_of_nothing_is_refused(xp):
    for function in (xp.max, xp.min):
        with pytest.raises(ValueError, match=r"expected at least one element, got shape \(0, 2\)"):
            function(xp.zeros((0, 2)))
    assert bool(xp.sum(xp.zeros((0, 2))) == 0)
    assert bool(xp.all(xp.zeros((0, 2)) == 1))


@EXACT
def test_powers_of_every_kind_of_exponent(xp):
    x = xp.asarray([4, Fraction(9, 4)])
    for exponent, expected in (
        (0, [1, 1]),
        (np.int64(2), [16, Fraction(81, 16)]),
        (Fraction(1, 2), [2, Fraction(3, 2)]),
        (np.float64(-1.5), [Fraction(1, 8), Fraction(8, 27)]),
        (True, [4, Fraction(9, 4)]),
    ):
        power = x**exponent
        assert power.shape == (2,)
        assert bool(xp.all(abs(power - xp.asarray(expected)) < 1e-12))
    with pytest.raises(ZeroDivisionError) if xp is RATIONAL else pytest.raises(UndecidedError):
        assert bool(xp.asarray(0) ** -1 > 0)


def test_an_irrational_power_leaves_the_rationals():
    with pytest.raises(NotRationalError):
        RATIONAL.asarray(2) ** 0.3


@EXACT
def test_shapes_iteration_and_indexing_are_those_of_numpy(xp):
    data = np.arange(24).reshape(2, 3, 4)
    exact = xp.asarray(data)
    assert (exact.shape, exact.ndim, exact.size, len(exact)) == (data.shape, 3, 24, 2)
    assert [row.shape for row in exact] == [(3, 4), (3, 4)]
    assert exact[1, ..., 2].shape == (3,)
    assert exact.mT.shape == (2, 4, 3)
    assert bool(exact[1, 2, 3] == 23)
    assert bool(xp.all(exact.mT == np.swapaxes(data, 1, 2)))
    assert xp.asarray([[1, 2]]).T.shape == (2, 1)
    assert exact[0, 0, 0].item() == 0


@EXACT
def test_numpy_scalars_and_functions_hand_over_to_exact_arithmetic(xp):
    x = xp.asarray([1, 4])
    for result in (np.float64(2) * x, np.int64(2) * x, 2 * x, np.add(x, x), np.sqrt(x) * np.float64(2) + 0):
        assert result.namespace == xp
    assert bool(xp.all(np.float64(0.1) * x == Fraction(0.1) * x))
    assert bool(xp.all(np.sqrt(x) == xp.asarray([1, 2])))
    assert (np.float64(2) > x).values.tolist() == [True, False]


def test_where_refuses_a_condition_that_is_not_decided():
    square = BALL.sqrt(2) * BALL.sqrt(2)
    with pytest.raises(UndecidedError):
        BALL.where(square > 2, 1, 0)
    assert RATIONAL.where(np.array([True, False]), 1, [3, 4]).data.tolist() == [1, 4]
    assert RATIONAL.where(Truth([False, True]), 1, 0).data.tolist() == [0, 1]


def test_namespaces_are_equal_by_arithmetic_and_usable_as_keys():
    assert RATIONAL != BALL
    assert RATIONAL.asarray(1).namespace == RATIONAL
    assert len({RATIONAL, BALL, RATIONAL.asarray(1).namespace, DEGREE}) == 3
    assert repr(RATIONAL) == "ExactNamespace(rational)"
    assert repr(RATIONAL.asarray([1])) == "ExactArray(rational, [1])"


def test_rational_arrays_survive_pickling_and_copying():
    x = RATIONAL.asarray([Fraction(1, 3), 2])
    for again in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert again.namespace == RATIONAL
        assert bool(RATIONAL.all(again == x))


@pytest.mark.parametrize(("K", "n", "d"), [(2, 1, 1), (3, 2, 2), (4, 3, 5)])
def test_the_model_at_integer_points_is_exact(K, n, d):
    rng = np.random.default_rng(K)
    W, H = rng.integers(-9, 10, (K, d)), rng.integers(-9, 10, (d, K * n))
    p = Point(RATIONAL.asarray(W), RATIONAL.asarray(H))
    Z = W @ H
    S = Z[np.repeat(np.arange(K), n), np.arange(K * n)] - Z
    assert p.logits.data.tolist() == Z.tolist()
    assert p.logit_differences.data.tolist() == S.tolist()
    others = np.arange(K)[:, None] != np.repeat(np.arange(K), n)
    assert p.margins.data.tolist() == np.where(others, S, S.max() + 1).min(axis=0).tolist()
    assert p.q_min.item() == np.where(others, S, S.max() + 1).min()
    assert p.squared_norm.item() == (W * W).sum() + (H * H).sum()
    with pytest.raises(NotRationalError):
        p.loss  # noqa: B018


def test_the_loss_at_the_origin_is_enclosed_and_its_gradient_is_zero():
    p = Point(BALL.zeros((3, 2)), BALL.zeros((2, 6)))
    with precision(100):
        assert bool(abs(p.loss - 6 * BALL.log(3)) < 1e-28)
        assert bool(abs(p.log_loss - BALL.log(6 * BALL.log(3))) < 1e-28)
        assert bool(BALL.all(p.gradient.W == 0))
        assert bool(BALL.all(abs(BALL.sum(p.logit_gradient, axis=0)) < 1e-28))


def test_degrees_refuse_to_be_numbers():
    with pytest.raises(NotPolynomialError):
        DEGREE.asarray(1).nearest_float()
