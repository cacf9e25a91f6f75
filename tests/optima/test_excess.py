"""What a point costs beyond the optimum: the sum of the terms is the difference, in floats and in balls."""

from fractions import Fraction

import numpy as np
import pytest

from ncverify.numbers.ball import BALL, precision
from ncverify.optima import (
    layer_peeled_excess,
    layer_peeled_optimum,
    regularised_excess,
    regularised_optimum,
)
from ncverify.optima.excess import LayerPeeledExcess, RegularisedExcess


def mean_loss(Z, K, n):
    labels = np.repeat(np.arange(K), n)
    return float(np.mean(np.logaddexp.reduce(Z, axis=0) - Z[labels, np.arange(K * n)]))


def cases(count=60, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        K, n, d = (int(x) for x in (rng.integers(2, 5), rng.integers(1, 4), rng.integers(1, 5)))
        size = 10 ** rng.uniform(-1.5, 0.7)
        W, H, b = (size * rng.standard_normal(shape) for shape in ((K, d), (d, K * n), (K,)))
        yield K, n, W, H, b, *(float(10**x) for x in rng.uniform(-3, 0.5, 3))


def regularised_difference(K, n, W, H, b, w, h, beta):
    f = mean_loss(W @ H + b[:, None], K, n) + (w * np.sum(W**2) + h * np.sum(H**2) + beta * b @ b) / 2
    return f - regularised_optimum(K, n, w, h).value, 1e-13 * (1 + abs(f))


def test_the_terms_of_the_regularised_model_sum_to_the_excess_and_none_is_negative():
    for case in cases():
        _, _, W, H, b, w, h, beta = case
        terms, (difference, rounding) = regularised_excess(W, H, b, w, h, beta), regularised_difference(*case)
        assert abs(sum(terms) - difference) < rounding
        assert min(terms) >= -rounding
        assert difference >= -rounding


def test_the_terms_of_the_layer_peeled_model_too_the_slacks_negative_where_it_is_not_feasible():
    for K, n, W, H, _, E_W, E_H, _ in cases(seed=1):
        terms = layer_peeled_excess(W, H, E_W, E_H)
        loss = mean_loss(W @ H, K, n)
        assert abs(sum(terms) - (loss - layer_peeled_optimum(K, n, E_W, E_H).value)) < 1e-12 * (
            1 + sum(map(abs, terms))
        )
        assert min(terms[:3]) >= -1e-13 * (1 + loss)
        assert (terms.classifier_slack >= 0) == (np.sum(W**2) <= K * E_W)
        assert (terms.feature_slack >= 0) == (np.sum(H**2) <= K * n * E_H)


@pytest.mark.parametrize("field", RegularisedExcess._fields)
def test_no_term_of_the_regularised_model_can_be_left_out(field):
    seen = [(getattr(regularised_excess(*case[2:]), field), *regularised_difference(*case)) for case in cases()]
    terms = [float(term) > 10 * rounding for term, _, rounding in seen]
    assert any(terms)


@pytest.mark.parametrize("field", LayerPeeledExcess._fields)
def test_no_term_of_the_layer_peeled_model_can_be_left_out(field):
    assert any(abs(getattr(layer_peeled_excess(W, H, w, h), field)) > 1e-6 for _, _, W, H, _, w, h, _ in cases())


@pytest.mark.parametrize(("w", "h"), [(Fraction(1, 1000), Fraction(1, 300)), (Fraction(1, 5), Fraction(1, 7)), (3, 4)])
def test_in_balls_the_excess_vanishes_at_the_minimiser_and_not_beside_it(w, h):
    K, n = 3, 2
    with precision(200):
        xp = BALL
        C, Y = xp.eye(K) - xp.ones((K, K)) / K, xp.asarray(np.kron(np.eye(K), np.ones((1, n))))
        s = xp.sqrt(xp.asarray(n * Fraction(w) * h))
        gap = xp.log(xp.maximum(1 / s - (K - 1), xp.asarray(1)))
        a = xp.sqrt(xp.sqrt(xp.asarray(Fraction(n * h) / w)) * gap)
        W, H = a * C, xp.sqrt(xp.asarray(Fraction(w) / (n * h))) * a * (C @ Y)
        b = xp.ones((K,))
        at = [term.item() for term in regularised_excess(W, H, b, w, h)]
        assert all(term.contains(0) and term.rad() < 1e-50 for term in at)
        beside = regularised_excess(W + xp.ones((K, K)) / 10, H, b, w, h)
        assert sum(term.item() for term in beside) > 1e-8
        heavier = regularised_excess(W, H, b, w, h, 1)
        assert heavier.bias.item() == 1.5


def test_what_does_not_fit_is_refused_by_name():
    W, H, b = np.ones((3, 2)), np.ones((2, 6)), np.ones(3)
    with pytest.raises(ValueError, match="H: expected shape"):
        regularised_excess(W, np.ones((2, 5)), b, 1.0, 1.0)
    with pytest.raises(ValueError, match="bias: expected shape"):
        regularised_excess(W, H, np.ones(2), 1.0, 1.0)
    with pytest.raises(ValueError, match="lambda_b: expected a finite number >= 0"):
        regularised_excess(W, H, b, 1.0, 1.0, -1.0)
    with pytest.raises(ValueError, match="E_H: expected"):
        layer_peeled_excess(W, H, 1.0, 0.0)


def test_the_terms_are_those_of_numpy_on_an_array_library_that_has_the_standard_alone():
    strict = pytest.importorskip("array_api_strict")
    rng = np.random.default_rng(5)
    arrays = rng.standard_normal((3, 2)), rng.standard_normal((2, 6)), rng.standard_normal(3)
    found = regularised_excess(*(strict.asarray(array) for array in arrays), 0.1, 0.2, 0.3)
    assert [float(term) for term in found] == pytest.approx(
        [float(t) for t in regularised_excess(*arrays, 0.1, 0.2, 0.3)]
    )
