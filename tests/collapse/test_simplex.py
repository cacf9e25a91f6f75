"""Simplex frames and collapsed points: their defining equations, and where none exist."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncverify import Point
from ncverify.collapse import (
    collapsed_point,
    integer_collapsed_point,
    is_collapsed,
    residuals,
    simplex,
    simplex_etf,
)
from ncverify.collapse.conditions import has_balanced_norms
from ncverify.numbers.rational import RATIONAL
from tests.cases import dtype_name, host, repeatable

EPS = float(np.finfo(float).eps)

classes = st.integers(2, 8)
spare = st.integers(0, 4)
rotations = st.one_of(st.none(), st.integers(0, 2**31 - 1))


def rounding(K, d):
    """Coordinates and inner products of d terms; a rotation adds d terms to each coordinate."""
    return 16 * EPS * (d + K)


@pytest.mark.slow
@repeatable
@given(classes, spare, rotations)
def test_a_simplex_has_unit_vectors_with_equal_cosines_and_sum_zero(K, more, rotation):
    d = K - 1 + more
    V = simplex_etf(K, d, rotation=rotation)
    gram = (K * np.eye(K) - 1) / (K - 1)
    assert V.shape == (K, d)
    assert np.abs(V @ V.T - gram).max() <= rounding(K, d)
    assert np.abs(V.sum(axis=0)).max() <= K * rounding(K, d)
    assert np.linalg.matrix_rank(V) == K - 1


@repeatable
@given(classes, st.integers(1, 5), spare, rotations, st.floats(1e-6, 1e6), st.floats(1e-3, 1e3))
def test_a_collapsed_point_has_no_residual_beyond_rounding(K, n, more, rotation, squared_norm, ratio):
    d = K - 1 + more
    p = collapsed_point(K, n, d, squared_norm=squared_norm, norm_ratio=ratio, rotation=rotation)
    r = residuals(p)
    assert max(r.nc1, r.nc2, r.nc3) <= rounding(K, d) * (K + n)
    assert r.nc4 == 0
    assert abs(p.squared_norm / squared_norm - 1) <= rounding(K, d) * K * n
    sizes = np.sqrt((p.W**2).sum()), np.sqrt((p.H**2).sum())
    assert abs(sizes[0] / sizes[1] / ratio - 1) <= rounding(K, d) * K * n
    if ratio == 1:
        assert abs(p.q_min - squared_norm / (2 * (K - 1) * np.sqrt(n))) <= rounding(K, d) * squared_norm


def test_a_collapsed_point_is_made_of_the_arrays_asked_for(xp):
    p = collapsed_point(4, 3, 5, like=xp)
    assert p.xp == xp
    r = residuals(p)
    bound = 16 * float(np.finfo(dtype_name(xp)).eps) * 9 * 7
    assert max(float(host(v)) for v in (r.nc1, r.nc2, r.nc3)) <= bound
    assert Point.trusted(r.nc1, r.nc2).xp == xp


def test_a_rotation_may_be_given_as_a_matrix_or_a_seed():
    Q = np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert np.array_equal(simplex_etf(3, 2, rotation=Q), simplex_etf(3, 2) @ Q)
    assert np.array_equal(simplex_etf(3, 2, rotation=5), simplex_etf(3, 2, rotation=np.int64(5)))
    assert not np.array_equal(simplex_etf(3, 2, rotation=5), simplex_etf(3, 2, rotation=6))


@pytest.mark.parametrize("norm_ratio", [1e-200, 1e200])
def test_an_extreme_ratio_of_norms_does_not_overflow(norm_ratio):
    p = collapsed_point(3, 2, 2, norm_ratio=norm_ratio)
    assert p.squared_norm == pytest.approx(1.0, rel=rounding(3, 2))


@pytest.mark.parametrize(("K", "d"), [(3, 1), (4, 2), (10, 8)])
@pytest.mark.parametrize("make", [lambda K, d: simplex_etf(K, d), lambda K, d: collapsed_point(K, 2, d)])
def test_below_k_minus_one_dimensions_no_collapsed_point_exists_and_the_error_says_why(K, d, make):
    message = f"d: expected d >= K-1 = {K - 1}, got {d}: a simplex of {K} vectors has rank {K - 1}, so no collapsed"
    with pytest.raises(ValueError, match=message):
        make(K, d)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"K": 1, "n": 1, "d": 3}, "K: expected K >= 2, got 1"),
        ({"K": 3, "n": 0, "d": 3}, "n: expected n >= 1, got 0"),
        ({"K": 3, "n": 1, "d": 3, "squared_norm": 0}, "squared_norm: expected a"),
        ({"K": 3, "n": 1, "d": 3, "squared_norm": float("inf")}, "squared_norm: expected a"),
        ({"K": 3, "n": 1, "d": 3, "norm_ratio": -1.0}, "norm_ratio: expected a finite number > 0, got -1.0"),
        ({"K": 3, "n": 1, "d": 3, "norm_ratio": float("nan")}, "norm_ratio: expected a finite number > 0"),
    ],
)
def test_what_is_no_collapsed_point_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        collapsed_point(**arguments)


@pytest.mark.parametrize(
    ("rotation", "message"),
    [
        (np.eye(3), r"^rotation: expected a seed or an orthogonal matrix of shape \(2, 2\), got shape \(3, 3\)$"),
        (2 * np.eye(2), r"^rotation: expected an orthogonal matrix of shape \(2, 2\), got one with \|Q Q' - I\| = 3$"),
        (np.full((2, 2), np.nan), r"got one with \|Q Q' - I\| = nan$"),
    ],
)
def test_a_rotation_that_is_no_orthogonal_matrix_is_refused(rotation, message):
    with pytest.raises(ValueError, match=message):
        collapsed_point(3, 1, 2, rotation=rotation)


@pytest.mark.parametrize("K", range(2, 9))
@pytest.mark.parametrize("n", [1, 2, 3, 4, 9])
def test_an_integer_collapsed_point_is_collapsed_exactly(K, n):
    p = integer_collapsed_point(K, n, K + 1)
    assert bool(is_collapsed(p))
    assert bool(has_balanced_norms(p))
    assert p.squared_norm.item() == (4 if K == 2 else 2 * K * K * (K - 1))
    r = residuals(p) if n in (1, 4, 9) else None
    if r is not None:
        assert [value.item() for value in r[:2]] == [0, 0]
        assert r.nc4.item() == 0


@pytest.mark.parametrize(("K", "n"), [(2, 1), (2, 4), (3, 1), (4, 4), (5, 9)])
def test_the_self_duality_residual_of_an_integer_collapsed_point_is_zero_exactly(K, n):
    """|W| and |M| have the same square root up to a rational factor, so that even r_3 stays exact."""
    assert residuals(integer_collapsed_point(K, n, K)).nc3.item() == 0


def test_two_classes_need_one_dimension_only():
    assert bool(is_collapsed(integer_collapsed_point(2, 3, 1)))


@pytest.mark.parametrize(
    ("K", "n", "d", "message"),
    [
        (3, 1, 2, "d: expected d >= 3 for a simplex of 3 vectors with rational coordinates, got 2"),
        (2, 1, 0, "d: expected d >= 1, got 0"),
        (1, 1, 3, "K: expected K >= 2, got 1"),
        (3, 0, 3, "n: expected n >= 1, got 0"),
    ],
)
def test_integer_collapsed_points_that_do_not_exist_are_refused(K, n, d, message):
    with pytest.raises(ValueError, match=message):
        integer_collapsed_point(K, n, d)


def test_float_coordinates_are_collapsed_to_rounding_only():
    """The exact predicates say no, and the residuals say how little is missing."""
    p = collapsed_point(3, 2, 2, rotation=1)
    assert not bool(is_collapsed(p.map(RATIONAL.asarray)))
    assert 0 < max(residuals(p)[:3]) <= rounding(3, 2)


@pytest.mark.parametrize("d", [30, 100])
def test_a_rotation_may_be_orthogonal_up_to_the_rounding_of_its_size(d):
    """A product of twenty rotations: each adds its rounding, together far less than d for each product."""
    rng = np.random.default_rng(d)
    Q = np.linalg.multi_dot([np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(20)])
    assert np.abs(Q @ Q.T - np.eye(d)).max() > 4 * np.finfo(float).eps
    V = simplex_etf(3, d, rotation=Q)
    assert np.allclose(V @ V.T, 1.5 * np.eye(3) - 0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"squared_norm": 0}, r"^squared_norm: expected a positive, finite number, got 0$"),
        ({"squared_norm": math.inf}, r"^squared_norm: expected a positive, finite number, got inf$"),
        ({"norm_ratio": -1.0}, r"^norm_ratio: expected a positive, finite number, got -1\.0$"),
        ({"K": 1}, r"^K: expected at least 2 classes, got 1$"),
        ({"n": 0}, r"^n: expected at least one sample per class, got 0$"),
    ],
)
def test_the_functions_themselves_refuse_what_the_package_refuses(options, message):
    exact = [] if "norm" in message else [simplex.integer_collapsed_point]
    for make in (simplex.collapsed_point, *exact):
        with pytest.raises(ValueError, match=message):
            make(**{"K": 3, "n": 1, "d": 3, **options})
