"""What kind a critical point is, and the certificate of a local minimum."""

import numpy as np
import pytest

from ncverify import Point
from ncverify.landscape import (
    classify,
    collapsed,
    direct_sum,
    find_critical_point,
    find_minimum,
    kernel_dimension,
    merged_classes,
    partial_simplex,
    phase_cell,
    phase_diagram,
    polygon,
    random_point,
    rotation_directions,
    shares,
    vanishing_gradient,
)
from ncverify.landscape.critical import _is_nearly_collapsed, third_derivative_bound
from tests.landscape.oracle import on_sphere_curve, tangent_basis


@pytest.mark.parametrize(
    ("point", "kind", "rank"),
    [
        (collapsed(4, 2, 5, 2.0).point, "collapsed", 3),
        (collapsed(3, 1, 2, 2.0, opposed=True).point, "saddle", 2),
        (direct_sum(4, 1, 4, blocks=2, rho=2.0).point, "saddle", 2),
        (merged_classes(4, 1, 3, blocks=2, rho=2.0).point, "saddle", 1),
        (vanishing_gradient(3, 2, 2, 2.0).point, "saddle", 1),
        (polygon(4, 1, 2, 2.0).point, "local minimum", 2),
        (polygon(5, 2, 2, 3.0).point, "local minimum", 2),
        (partial_simplex(3, 1, 1, active=2, rho=3.0).point, "local minimum", 1),
        (partial_simplex(3, 1, 1, active=2, rho=4.0).point, "saddle", 1),
    ],
)
def test_known_critical_points_are_of_their_kind(point, kind, rank):
    found = classify(point)
    assert (found.kind, found.rank) == (kind, rank)
    assert (found.tube > 0) == (kind in ("collapsed", "local minimum"))


def test_the_kernel_at_collapse_is_that_of_the_rotations():
    found = classify(collapsed(4, 2, 5, 2.0).point)
    assert found.kernel == found.rotations == kernel_dimension(4, 2, 5)


def test_rotations_are_tangent_and_keep_the_loss():
    p = polygon(4, 1, 3, 2.0).point
    turns = rotation_directions(p)
    assert turns.W.shape == (3, 4, 3)
    assert np.abs(np.sum(turns.W * p.W, axis=(1, 2)) + np.sum(turns.H * p.H, axis=(1, 2))).max() < 1e-15
    angle = 1e-3
    for A in np.eye(3)[:, :, None] * np.eye(3)[:, None, :] * 0 + np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 0]]):
        c, s = np.cos(angle), np.sin(angle)
        R = np.eye(3) + s * A + (1 - c) * (A @ A)
        assert float(type(p)(p.W @ R, R.T @ p.H).loss) == pytest.approx(float(p.loss), rel=1e-14)


def test_the_third_derivative_stays_within_its_bound():
    rng = np.random.default_rng(0)
    for seed in range(4):
        p = random_point(3, 2, 2, 2.0, np.random.default_rng(seed))
        Q = tangent_basis(p)
        v = Q @ rng.standard_normal(Q.shape[1])
        v /= np.linalg.norm(v)
        h = 2.0**-9
        values = [float(on_sphere_curve(p, v, k * h).loss) for k in (-2, -1, 1, 2)]
        third = (values[3] - 2 * values[2] + 2 * values[1] - values[0]) / (2 * h**3)
        assert abs(third) <= third_derivative_bound(p)


def test_the_bound_of_the_third_derivative_has_its_three_terms():
    """|D|^3 with |D| = rho; curving logits, 3 (rho^2 / 2) 2 / rho; the gradient sqrt(2 n K) times 4 / rho."""
    p = random_point(4, 2, 3, 2.0, np.random.default_rng(0))
    assert third_derivative_bound(p) == pytest.approx(8 + 6 + 4 * 4 / 2, rel=1e-14)


def test_spurious_local_minima_exist_below_k_minus_one():
    found = [find_minimum(5, 1, 2, 3.0, seed=seed) for seed in range(8)]
    assert {one.kind for one in found} == {"local minimum"}
    losses = sorted({round(one.loss, 6) for one in found})
    assert len(losses) > 1  # two different certified minima on one sphere
    assert all(one.tube > 0 for one in found)


def test_every_start_collapses_from_k_minus_one_on():
    cells = phase_diagram(3, 1, [1, 2, 4], [1.0, 3.0], starts=4)
    assert np.array_equal(shares(cells), [[0, 0], [1, 1], [1, 1]])
    assert np.array_equal(shares(cells, "local minimum"), [[1, 1], [0, 0], [0, 0]])
    assert all(cell.starts == 4 for row in cells for cell in row)
    assert all(ending.excess > 1e-6 for ending in cells[0][0].endings)


def test_multipliers_of_both_signs_and_zero_are_found_from_random_starts():
    signs = set()
    for seed in range(16):
        found = find_critical_point(3, 1, 2, 2.0, seed=seed, opposed=seed >= 8)
        if found is not None:
            assert found.residual <= 1e-12
            signs.add(int(np.sign(round(found.multiplier, 9))))
    assert signs == {-1, 0, 1}


def test_a_phase_diagram_without_starts_is_refused():
    with pytest.raises(ValueError, match="starts"):
        phase_diagram(3, 1, [2], [1.0], starts=0)


def test_in_one_dimension_there_is_no_rotation():
    p = random_point(3, 2, 1, 1.0, np.random.default_rng(0))
    assert rotation_directions(p).W.shape == (0, 3, 1)
    assert rotation_directions(p).H.shape == (0, 1, 6)
    assert classify(p).rotations == 0


def test_a_point_that_breaks_any_one_condition_of_collapse_is_not_nearly_collapsed():
    p = collapsed(3, 2, 4, 2.0).point
    assert _is_nearly_collapsed(p)
    spread = np.zeros_like(p.H)
    spread[0, 0], spread[0, 1] = 1e-3, -1e-3
    turned = np.roll(np.eye(3), 1, axis=0)
    for W, H in (
        (p.W, p.H + spread),  # NC1
        (p.W * [[1.0], [1.0], [1.001]], p.H * [1, 1, 1, 1, 1.001, 1.001]),  # NC2
        (turned @ p.W, p.H),  # NC3
        (1.001 * p.W, p.H),  # |W| = |H|
    ):
        assert not _is_nearly_collapsed(Point(W, H))
    assert not _is_nearly_collapsed(Point(p.W, np.zeros_like(p.H)))


def test_a_point_near_a_minimum_but_not_near_enough_is_undecided():
    p = polygon(4, 1, 2, 2.0).point
    moved = Point(p.W + 1e-2 * np.eye(4, 2), p.H)
    found = classify(moved)
    assert (found.kind, found.tube) == ("undecided", 0.0)
    assert found.residual > 1e-3


@pytest.mark.slow
def test_a_cell_is_the_same_for_the_same_seed_and_has_the_lowest_loss_first():
    cell, again, other = (phase_cell(5, 1, 2, 3.0, starts=6, seed=seed) for seed in (3, 3, 4))
    losses = [ending.loss for ending in cell.endings]
    assert len(losses) > 1
    assert losses == sorted(losses)
    assert losses == [ending.loss for ending in again.endings]
    assert [ending.count for ending in cell.endings] == [ending.count for ending in again.endings]
    first, second = (np.asarray(one.endings[0].example.point.W) for one in (cell, other))
    assert np.array_equal(first, again.endings[0].example.point.W)
    assert not np.array_equal(first, second)


def test_a_cell_says_where_it_is_and_each_has_starts_of_its_own():
    cells = {(n, rho): phase_cell(3, n, 3, rho, starts=1) for n, rho in ((1, 1.0), (1, 2.0), (2, 1.0))}
    for (n, rho), cell in cells.items():
        assert (cell.K, cell.n, cell.d, cell.rho, cell.starts) == (3, n, 3, rho, 1)
        assert cell.endings[0].example.point.n == n
    one, other = (cells[1, rho].endings[0].example.point.W / rho for rho in (1.0, 2.0))
    assert np.abs(one - other).max() > 1e-3
