"""How the flow leaves directions that are not collapsed: at what power of rho, and subspaces that it never leaves."""

import numpy as np
import pytest

from ncverify.domain import Shape
from ncverify.flow.escape import escape_exponent, measured_exponent
from ncverify.flow.field import Field
from ncverify.flow.integration import gradient_flow, log_time_grid
from ncverify.flow.invariants import conserved
from ncverify.flow.offsets import complement_of
from ncverify.flow.trajectory import Trajectory
from ncverify.landscape import collapsed, direct_sum
from ncverify.point import Point
from ncverify.separation import multipliers, weight_matrix
from tests.flow.starts import SHAPES, gaussian, separated


def _share(p: Point) -> float:
    """q_min/rho^2 over its largest possible value."""
    return float(p.q_min / p.squared_norm) * 2 * (p.K - 1) * p.n**0.5


def _room(p: Point) -> np.ndarray:
    """The projection to the directions that neither W nor H use."""
    both = np.concatenate([p.W, p.H.T])
    _, values, rows = np.linalg.svd(both)
    used = rows[: int((values > 1e-9 * values[0]).sum())]
    return np.eye(p.d) - used.T @ used


def _pushed(p: Point, outside: np.ndarray, size: float) -> Point:
    """The point with a disturbance along the directions of the classes and samples in which it grows fastest."""
    a = np.linalg.svd(outside)[0][:, 0]
    local = Field.of(p).at(Field.of(p).pack(p))
    left, _, right = np.linalg.svd(-local.logit_gradient)
    return Point(p.W + size * np.outer(left[:, 0], a), p.H + size * np.outer(a, right[0]))


@pytest.mark.parametrize(("K", "n", "d", "blocks"), [(4, 1, 3, 2), (6, 1, 4, 3), (6, 2, 5, 2), (8, 1, 6, 4)])
def test_a_disturbance_outside_the_span_grows_with_the_predicted_power(K, n, d, blocks):
    ray = direct_sum(K, n, d, blocks=blocks, rho=20.0).point
    outside = _room(ray)
    assert np.trace(outside) == pytest.approx(d - (K - blocks))
    start = _pushed(ray, outside, 1e-6)
    record = log_time_grid(1e6, per_decade=4, first=1e3)
    path = gradient_flow(start, until_log_t=1e6, record=record, rtol=1e-10)
    predicted = escape_exponent(path.end)
    assert predicted == pytest.approx(1 / (blocks - 1), abs=1e-4)
    assert measured_exponent(path, outside, 1e4) == pytest.approx(predicted, abs=0.01)


@pytest.mark.parametrize("blocks", [2, 3])
def test_it_is_the_norm_of_the_multipliers_minus_one(blocks):
    p = direct_sum(6, 1, 6, blocks=blocks, rho=60.0).point
    found = multipliers(p)
    A = weight_matrix(found.matrix, 1, found.point.xp)
    np.testing.assert_allclose(A @ found.point.H.T, found.point.W, atol=1e-5)
    assert escape_exponent(p) == pytest.approx(np.linalg.norm(A, 2) - 1, abs=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_never_negative_where_the_norm_grows_and_zero_at_collapse(shape):
    for seed in range(5):
        p = separated(shape, seed, scale=1.0)
        if p.q_min > 0:
            assert escape_exponent(p) >= -1e-12
    if shape.d >= shape.K - 1:
        assert escape_exponent(collapsed(*shape, rho=20.0).point) == pytest.approx(0.0, abs=1e-9)


def test_a_point_whose_norm_shrinks_is_refused():
    p = gaussian(Shape(3, 2, 2))
    opposed = Point(p.W, -10 * np.repeat(p.W.T, 2, axis=1))
    with pytest.raises(ValueError, match="norm that grows"):
        escape_exponent(opposed)


def test_the_linear_flow_outside_the_span_is_the_hessian_there():
    """For an unused direction a, the block of the exact Hessian along W a and H' a is minus P and its transpose."""
    p = separated(Shape(4, 2, 3))
    q = Point(np.pad(p.W, ((0, 0), (0, 1))), np.pad(p.H, ((0, 1), (0, 0))))
    field = Field.of(q)
    local = field.at(field.pack(q))
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal(4), rng.standard_normal(8)
    U, V = np.zeros_like(q.W), np.zeros_like(q.H)
    U[:, -1], V[-1] = u, v
    A, B = field.unpack(local.hessian_product(np.concatenate([U.ravel(), V.ravel()])))
    np.testing.assert_allclose(A[:, -1], local.logit_gradient @ v, rtol=1e-10)
    np.testing.assert_allclose(B[-1], local.logit_gradient.T @ u, rtol=1e-10)
    np.testing.assert_allclose(A[:, :-1], 0.0, atol=1e-14)


@pytest.mark.slow
def test_a_start_without_a_direction_never_finds_it():
    """Not only rays are invariant: random points that use three of four dimensions converge in those three."""
    p = gaussian(Shape(5, 2, 3))
    start = Point(np.pad(p.W, ((0, 0), (0, 1))), np.pad(p.H, ((0, 1), (0, 0))))
    path = gradient_flow(start, until_log_t=1e6, record=[])
    assert not path.W[:, :, -1].any()
    assert not path.H[:, -1].any()
    assert path["q_min"][-1] > 0
    assert _share(path.end) < 0.82
    touched = Point(start.W + 1e-3 * np.eye(5, 4, -1), start.H)
    later = gradient_flow(touched, until_log_t=1e8, record=[], rtol=1e-7)
    assert _share(later.end) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.slow
def test_a_random_start_may_wait_at_a_saddle_far_beyond_the_papers_time():
    """d = K-1: until log t = 10^5 the classifiers have rank three up to a seventh, at log t = 10^8 all is collapsed."""
    rng = np.random.default_rng((107, 5, 10, 4))
    start = Point(0.5 * rng.standard_normal((5, 4)), 0.5 * rng.standard_normal((4, 50)))
    path = gradient_flow(start, until_log_t=1e8, record=[1e2, 3e2, 1e4, 3e4, 1e5], rtol=1e-7)
    shares = [_share(path.point(row)) for row in range(1, len(path))]
    assert 0.79 < shares[0] < 0.80
    assert shares[-2] < 0.82
    assert shares[-1] == pytest.approx(1.0, abs=1e-6)
    rows = np.linalg.svd(path.W[3])[2]
    outside = np.outer(rows[-1], rows[-1])
    assert measured_exponent(path, outside, 1e4, 1e5) == pytest.approx(escape_exponent(path.point(3)), abs=0.05)


def test_an_empty_subspace_is_refused():
    path = gradient_flow(gaussian(Shape(3, 2, 4)), until_log_t=10.0, record=[])
    with pytest.raises(ValueError, match=r"part in the subspace of outside, got 0$"):
        measured_exponent(path, np.zeros((4, 4)))
    with pytest.raises(ValueError, match=r"part in the subspace of outside, got 1$"):
        measured_exponent(path, 1e-3 * np.eye(4), low=10.0)
    assert np.trace(complement_of(path.end)) == pytest.approx(2.0)


def test_the_power_is_that_between_two_moments_and_both_count():
    """A part that grows like rho up to log t = 10 and like its square beyond."""
    rho = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    share = np.array([1.0, 2.0, 4.0, 16.0, 64.0]) * 1e-3
    W = np.zeros((5, 2, 2))
    W[:, 0, 1] = rho * share
    columns = {"log_t": np.array([1.0, 3.0, 10.0, 30.0, 100.0]), "rho": rho}
    path = Trajectory(columns, W, np.zeros((5, 2, 2)), conserved(Point(np.ones((2, 2)), np.ones((2, 2)))))
    outside = np.diag([0.0, 1.0])
    assert measured_exponent(path, outside, 1.0, 10.0) == pytest.approx(1.0, rel=1e-12)
    assert measured_exponent(path, outside, 10.0, 100.0) == pytest.approx(2.0, rel=1e-12)
    assert measured_exponent(path, outside, 3.0, 10.0) == pytest.approx(1.0, rel=1e-12)
    assert 1 < measured_exponent(path, outside) < 2
    with pytest.raises(ValueError, match=r"got 1$"):
        measured_exponent(path, outside, 10.0, 20.0)
