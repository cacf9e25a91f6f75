"""Riemannian gradient and both Hessians, against automatic differentiation and finite differences."""

import numpy as np
import pytest

from ncverify import Point
from ncverify.landscape import (
    dense_hessian,
    linear_operator,
    multiplier,
    random_point,
    rayleigh_quotient,
    riemannian_gradient,
    riemannian_hessian,
    stationarity_residual,
    tangent_hessian,
)
from ncverify.landscape.riemannian import rounding_bound
from ncverify.landscape.sphere import flatten, project, unflatten
from ncverify.numbers import to_numpy
from tests.landscape.oracle import (
    cases,
    euclidean_gradient,
    euclidean_hessian,
    on_sphere_curve,
    rounding,
    tangent_basis,
    vector,
)


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_both_dense_hessians_are_those_of_autograd_projected(p):
    x = vector(p)
    P = np.eye(len(x)) - np.outer(x, x) / (x @ x)
    tangent = P @ euclidean_hessian(p) @ P
    lam = euclidean_gradient(p) @ x / (x @ x)
    assert np.abs(dense_hessian(p, tangent_hessian) - tangent).max() <= rounding(p)
    assert np.abs(dense_hessian(p, riemannian_hessian) - (tangent - lam * P)).max() <= rounding(p)
    assert float(multiplier(p)) == pytest.approx(lam, abs=rounding(p))


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_the_riemannian_gradient_is_the_projected_gradient(p):
    x, g = vector(p), euclidean_gradient(p)
    expected = g - (g @ x) / (x @ x) * x
    assert np.abs(flatten(riemannian_gradient(p), p.xp) - expected).max() <= rounding(p)
    assert float(stationarity_residual(p)) == pytest.approx(np.linalg.norm(expected), abs=rounding(p))


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_the_forms_are_second_derivatives_along_geodesics_and_along_straight_lines(p):
    v = tangent_basis(p)[:, 0]
    h = 2.0**-12
    pair = unflatten(v, p)

    def second(at):
        return (float(at(h).loss) - 2 * float(p.loss) + float(at(-h).loss)) / h**2

    geodesic = second(lambda t: on_sphere_curve(p, v, t))
    straight = second(lambda t: type(p)(p.W + t * pair.W, p.H + t * pair.H))
    # differences of the loss carry its rounding over h^2, and the fourth derivative over 12 times h^2
    allowed = 64 * np.finfo(float).eps * float(p.loss) / h**2 + h**2 * (1 + float(p.squared_norm)) ** 2
    assert float(rayleigh_quotient(p, pair, riemannian_hessian)) == pytest.approx(geodesic, abs=allowed)
    assert float(rayleigh_quotient(p, pair, tangent_hessian)) == pytest.approx(straight, abs=allowed)
    assert abs(geodesic - straight) > 2 * allowed  # the two Hessians differ, by the multiplier


def test_every_backend_gives_the_same_matrix(xp):
    p = random_point(3, 2, 4, 2.5, np.random.default_rng(1))
    q = p.map(lambda a: xp.asarray(a.tolist()))
    eps = float(xp.library.finfo(xp.dtype).eps)
    assert np.abs(dense_hessian(q) - dense_hessian(p)).max() <= rounding(p) * eps / np.finfo(float).eps


def test_the_linear_operator_is_symmetric_and_maps_the_radial_direction_to_zero():
    p = cases()[3]
    A = linear_operator(p)
    dense = A.matmat(np.eye(A.shape[0]))
    assert np.abs(dense - dense.T).max() <= rounding(p)
    assert np.abs(A @ vector(p)).max() <= rounding(p)
    x = np.arange(A.shape[0], dtype=float)
    assert np.abs(A.matvec(x) - dense @ x).max() <= rounding(p) * np.linalg.norm(x)
    assert np.abs(A.rmatvec(x) - dense @ x).max() <= rounding(p) * np.linalg.norm(x)


def test_several_directions_at_once_are_those_one_by_one():
    p = cases()[4]
    rng = np.random.default_rng(5)
    U, V = rng.standard_normal((3, *p.W.shape)), rng.standard_normal((3, *p.H.shape))
    stacked = riemannian_hessian(p, (U, V))
    for i in range(3):
        single = riemannian_hessian(p, (U[i], V[i]))
        assert np.abs(stacked.W[i] - single.W).max() <= 8 * rounding(p)
        assert np.abs(stacked.H[i] - single.H).max() <= 8 * rounding(p)


def test_a_wrong_shift_is_noticed():
    p = cases()[3]
    v = project(p, (np.ones(p.W.shape), np.ones(p.H.shape)))
    wrong = float(rayleigh_quotient(p, v, tangent_hessian)) + float(multiplier(p))
    assert abs(wrong - float(rayleigh_quotient(p, v))) > 100 * rounding(p)


def test_a_dense_matrix_of_more_than_two_thousand_coordinates_is_refused():
    p = random_point(5, 50, 8, 1.0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="2040 coordinates"):
        dense_hessian(p)
    assert to_numpy(linear_operator(p) @ np.ones(2040)).shape == (2040,)


EPS = float(np.finfo(np.float64).eps)
OPPOSITE = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))
WRONG = Point(np.array([[1.0], [-1.0]]), np.array([[-1.0, 1.0]]))


def test_the_multiplier_is_zero_at_the_origin_and_right_within_the_unit_sphere():
    assert float(multiplier(Point(np.zeros((2, 1)), np.zeros((1, 2))))) == 0.0
    p = Point(OPPOSITE.W / 4, OPPOSITE.H / 4)
    x, g = vector(p), euclidean_gradient(p)
    assert float(multiplier(p)) == pytest.approx((g @ x) / (x @ x), rel=1e-14)


def test_the_quotient_does_not_depend_on_the_length_of_the_direction():
    p = cases()[3]
    v = unflatten(tangent_basis(p)[:, 0], p)
    once, thrice = (float(rayleigh_quotient(p, (c * v.W, c * v.H))) for c in (1.0, 3.0))
    assert thrice == pytest.approx(once, rel=1e-12)


def test_the_rounding_bound_is_that_of_its_terms():
    """|G| is 1 / (1 + exp(2)) in all four entries at the first point, and one minus that, above 1/2, at the second."""
    g = 1 / (1 + np.exp(2.0))
    root = 4 * EPS * np.sqrt(2)
    assert rounding_bound(OPPOSITE) == pytest.approx(root * (2 * g * 4 + 2 * 2 * g + 2 * g), rel=1e-12, abs=0)
    assert rounding_bound(OPPOSITE, squared_norm=8.0) == pytest.approx(
        root * (2 * g * 8 + 2 * 2 * g + g), rel=1e-12, abs=0
    )
    g = 1 - g
    assert rounding_bound(WRONG) == pytest.approx(root * (2 * 0.5 * 4 + 2 * 2 * g + 2 * g), rel=1e-12, abs=0)


def test_the_rounding_bound_grows_with_the_longest_sum():
    def padded(n, d):
        """More coordinates or more samples, all zero: G is 1/2 in every entry, and lambda 0."""
        return Point(np.zeros((2, d)), np.zeros((d, 2 * n)))

    for n, d, longest in ((3, 1, 6), (1, 7, 7), (1, 1, 2)):
        terms = 2 * np.sqrt(2 * 2 * n * 0.25) + 2 * 0.5 * 3.0
        assert rounding_bound(padded(n, d), squared_norm=3.0) == pytest.approx(4 * EPS * longest**0.5 * terms, abs=0)


def test_a_matrix_is_formed_up_to_its_limit(monkeypatch):
    monkeypatch.setattr("ncverify.landscape.riemannian.LARGEST_DENSE", 4)
    assert dense_hessian(OPPOSITE).shape == (4, 4)
    with pytest.raises(ValueError, match="6 coordinates"):
        dense_hessian(Point(np.ones((2, 1)), np.ones((1, 4))))
