"""Certificates hold at every point and every dual point, and a certificate that is made wrong is found out."""

import math

import numpy as np
import pytest
from flint import arb, fmpq

import ncverify.optima.duality as duality
from ncverify.errors import UndecidedError
from ncverify.optima import (
    certify_layer_peeled,
    certify_regularised,
    layer_peeled_optimum,
    minimise_layer_peeled,
    minimise_regularised,
    regularised_optimum,
)


def random_case(rng):
    K, d = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    sizes = [int(n) for n in rng.integers(1, 20, K)]
    W, H, b = (10 ** rng.uniform(-2, 1) * rng.standard_normal(shape) for shape in ((K, d), (d, K), (K,)))
    P = rng.dirichlet(np.ones(K) * 10 ** rng.uniform(-1, 1), K).T
    return sizes, W, H, b, P


def broken_bounds(seed, count=60):
    """How often a lower bound of one random pair of points lies above the optimum of the same problem."""
    rng, wrong = np.random.default_rng(seed), 0
    for _ in range(count):
        sizes, W, H, b, P = random_case(rng)
        w, h, beta = (float(10**x) for x in rng.uniform(-3, 0, 3))
        best = minimise_regularised(sizes, w, h, beta).value
        wrong += certify_regularised(sizes, w, h, beta, W, H, b, P).lower > best + 1e-9
        wrong += (
            certify_regularised(sizes, w, h, 0.0, W, H, b, P).lower > minimise_regularised(sizes, w, h).value + 1e-9
        )
        wrong += (
            certify_layer_peeled(sizes, 1 / w, h, W, H, P).lower > minimise_layer_peeled(sizes, 1 / w, h).value + 1e-9
        )
    return wrong


@pytest.mark.slow
def test_no_dual_point_bounds_above_the_optimum_and_no_point_below_it():
    assert broken_bounds(0) == 0
    rng = np.random.default_rng(1)
    for _ in range(60):
        sizes, W, H, b, P = random_case(rng)
        bounds = certify_regularised(sizes, 0.1, 0.2, 0.3, W, H, b, P)
        assert bounds.lower <= minimise_regularised(sizes, 0.1, 0.2, 0.3).value + 1e-9 <= bounds.upper + 2e-9
        bounds = certify_layer_peeled(sizes, 0.7, 2.0, W, H, P)
        assert bounds.lower <= minimise_layer_peeled(sizes, 0.7, 2.0).value + 1e-9 <= bounds.upper + 2e-9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("_entropy", lambda right: lambda P, n, beta=None: right(P, n, beta) + arb(1) / 10),
        ("_spectral_bound", lambda right: lambda G: right(G) * fmpq(7, 10)),
        ("_admissible", lambda right: lambda P, n, product: P),
        ("_entropy", lambda right: lambda P, n, beta=None: right(P, n)),
    ],
)
def test_a_wrong_certificate_is_found_out(monkeypatch, name, wrong):
    monkeypatch.setattr(duality, name, wrong(getattr(duality, name)))
    assert broken_bounds(0, 25) > 0


@pytest.mark.parametrize("sizes", [[1, 1], [5, 1, 1], [40, 20, 3, 3]])
@pytest.mark.parametrize("beta", [0.0, 1e-3, 10.0])
def test_bounds_meet_at_the_optimum(sizes, beta):
    for w, h in ((0.01, 0.01), (1e-4, 0.1), (1.0, 1.0)):
        found = minimise_regularised(sizes, w, h, beta)
        assert certify_regularised(sizes, w, h, beta, found.W, found.H, found.b).gap < 1e-6
    found = minimise_layer_peeled(sizes, 2.0, 0.5)
    assert certify_layer_peeled(sizes, 2.0, 0.5, found.W, found.H).gap < 1e-6
    elsewhere = certify_layer_peeled(sizes, 2.0, 0.5, found.W + 0.3, found.H)
    assert elsewhere.gap > 1e-3


def test_a_bound_of_the_spectrum_that_is_too_small_has_a_negative_pivot():
    M = duality._rationals(np.array([[2.0, 1.0], [1.0, 2.0]]))
    assert duality._is_positive(fmpq(3) + fmpq(1, 10**9), M)
    assert not duality._is_positive(fmpq(3) - fmpq(1, 10**9), M)
    assert not duality._is_positive(fmpq(3), M)
    assert 3 < duality._largest_eigenvalue(M) < 3 + fmpq(1, 10**12)


def test_a_spectrum_that_cannot_be_confirmed_is_said(monkeypatch):
    monkeypatch.setattr(duality, "_is_positive", lambda bound, M: False)
    with pytest.raises(UndecidedError, match="P: the spectral norm"):
        certify_layer_peeled([2, 1], 1.0, 1.0, np.eye(2), np.eye(2))


def test_the_free_bias_needs_balanced_columns_and_gets_them():
    rng = np.random.default_rng(3)
    for _ in range(40):
        sizes, *_, P = random_case(rng)
        n = np.array(sizes)
        columns = duality._columns(P, n, balanced=True)
        assert all(x >= 0 for x in columns.ravel())
        assert all(x == 1 for x in columns.sum(axis=0))
        assert list(columns @ n) == list(n)
        assert list(duality._columns(P, n, balanced=False) @ n) != list(n)


@pytest.mark.parametrize("P", [np.ones((2, 2)), np.eye(3), -np.eye(2), [[1, 0], [0, 1]], np.full((2, 2), np.nan)])
def test_what_is_no_dual_point_is_refused_by_name(P):
    with pytest.raises((ValueError, TypeError), match="P: expected"):
        certify_layer_peeled([2, 1], 1.0, 1.0, np.eye(2), np.eye(2), P)


@pytest.mark.parametrize(
    ("W", "H", "b", "name"),
    [
        (np.eye(3), np.eye(3), None, "W"),
        (np.ones((2, 3)), np.ones((2, 2)), None, "H"),
        (np.eye(2), np.full((2, 2), np.inf), None, "H"),
        (np.eye(2), np.eye(2), np.ones(3), "bias"),
    ],
)
def test_points_of_other_shapes_are_refused_by_name(W, H, b, name):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        certify_regularised([2, 1], 1.0, 1.0, 0.0, W, H, b)


def test_the_closed_forms_lie_within_the_bounds_at_the_origin():
    zero = np.zeros((3, 1)), np.zeros((1, 3))
    bounds = certify_regularised([2] * 3, 1.0, 1.0, 0.0, *zero)
    assert bounds.lower <= regularised_optimum(3, 2, 1.0, 1.0).value <= bounds.upper == math.nextafter(math.log(3), 2)
    bounds = certify_layer_peeled([2] * 3, 1.0, 1.0, *zero)
    assert bounds.lower < layer_peeled_optimum(3, 2, 1.0, 1.0).value < bounds.upper
