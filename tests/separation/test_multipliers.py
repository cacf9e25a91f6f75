import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import collapsed_point
from ncverify.errors import NotSeparableError, SolverFailedError
from ncverify.separation import kkt_residuals, multipliers, scaled_to_unit_margin
from ncverify.separation.multipliers import stationarity_bound
from ncverify.separation.program import classifier_map, entries_within, feature_form, feature_map
from tests.separation.textbook import (
    EXAMPLE_3_1,
    EXAMPLE_MULTIPLIERS,
    SHAPES,
    constraint_gradients,
    near_collapse,
    nnls_multipliers,
    perturbed,
    separating_point,
    textbook_multipliers,
)

UNIQUE = [(2, 1, 1), (3, 2, 2), (4, 1, 3), (4, 2, 5), (5, 3, 6)]  # d >= K-1 near collapse


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("within", [0.3, np.inf])
def test_the_two_sparse_maps_and_the_block_form_are_the_stacked_gradients(shape, within):
    p = separating_point(*shape, seed=3)
    entries = entries_within(p, within)
    G, positions = constraint_gradients(p)
    columns = [positions.index((j, c)) for j, c in zip(entries.j, entries.column, strict=True)]
    top, bottom = G[: p.W.size, columns], G[p.W.size :, columns]
    by_sample = bottom.reshape(p.d, p.K * p.n, len(columns)).transpose(1, 0, 2).reshape(bottom.shape)
    assert np.allclose(classifier_map(p, entries).toarray(), top)
    assert np.allclose(feature_map(p, entries).toarray(), by_sample)
    assert np.allclose(feature_form(p, entries).toarray(), bottom.T @ bottom)


@pytest.mark.parametrize("shape", UNIQUE, ids=str)
@pytest.mark.parametrize("size", [0.0, 1e-3, 0.1])
def test_unique_multipliers_equal_those_of_the_textbook_program(shape, size):
    p = near_collapse(*shape, size)
    found = multipliers(p, active_within=np.inf).matrix
    assert np.abs(found - textbook_multipliers(p)).max() < 1e-6


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("within", [0.0, 0.1, np.inf])
def test_the_residual_is_that_of_non_negative_least_squares_by_active_sets(shape, within):
    p = separating_point(*shape, seed=5)
    found = multipliers(p, active_within=within)
    _, residual = nnls_multipliers(p, within)
    scale = np.sqrt(float(found.point.squared_norm))
    assert found.stationarity == pytest.approx(residual, abs=1e-6 * scale)
    assert found.stationarity_bound <= residual + 1e-12 * scale
    assert found.stationarity_bound >= residual - 1e-3 * scale


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_only_near_active_constraints_carry_a_multiplier(shape):
    found = multipliers(separating_point(*shape, seed=6), active_within=0.2)
    S = found.point.logit_differences
    assert (found.matrix[S > 1.2 + 1e-12] == 0).all()
    assert (found.matrix >= 0).all()
    assert found.complementarity <= 0.2 * found.matrix.max() + 1e-12


@pytest.mark.parametrize("shape", UNIQUE, ids=str)
def test_collapse_is_a_kkt_point_with_constant_multipliers_and_no_duality_gap(shape):
    K, n, d = shape
    found = multipliers(collapsed_point(K, n, d, rotation=4))
    assert found.is_kkt
    assert found.matrix[found.matrix > 0] == pytest.approx(1 / (K * n**0.5), abs=1e-6)
    assert abs(found.duality_gap) < 1e-6
    assert found.objective == pytest.approx((K - 1) * n**0.5)


def test_the_multipliers_of_example_3_1_are_the_printed_ones_and_leave_a_duality_gap():
    found = multipliers(EXAMPLE_3_1)
    assert found.is_kkt
    assert np.abs(found.matrix - EXAMPLE_MULTIPLIERS).max() < 1e-6
    assert found.duality_gap == pytest.approx(2.0, abs=1e-6)


def test_unbalanced_collapse_is_no_kkt_point():
    found = multipliers(collapsed_point(3, 1, 2, norm_ratio=2.0))
    assert not found.is_kkt
    assert found.stationarity_bound > 0.1


@pytest.mark.parametrize("shape", SHAPES[2:], ids=str)
def test_random_separating_points_are_no_kkt_points(shape):
    found = multipliers(separating_point(*shape, seed=7))
    assert not found.is_kkt
    assert found.stationarity_bound > 10 * found.epsilon


def test_the_residual_of_a_perturbed_kkt_point_grows_linearly():
    p = collapsed_point(4, 2, 4, squared_norm=6 * 2**0.5, rotation=2)
    sizes = np.array([1e-2, 1e-3, 1e-4, 1e-5])
    residuals = [multipliers(perturbed(p, size), active_within=np.inf).stationarity for size in sizes]
    ratios = residuals / sizes
    assert ratios.max() / ratios.min() < 1.2
    assert ratios.min() > 1.0


def test_the_answer_does_not_depend_on_the_scale_of_the_point():
    p = near_collapse(3, 2, 4, 0.05)
    one, other = multipliers(p), multipliers(Point(1e4 * p.W, 1e4 * p.H))
    assert other.stationarity == pytest.approx(one.stationarity, rel=1e-6)


def test_the_reported_residuals_are_recomputed_from_the_matrix():
    found = multipliers(near_collapse(3, 2, 4, 0.05), active_within=np.inf)
    again = kkt_residuals(found.point, found.matrix)
    assert float(again.stationarity) == found.stationarity
    assert float(again.complementarity) == found.complementarity
    assert float(again.sign) == 0.0


def test_wrong_multipliers_have_a_residual_above_the_certified_bound():
    found = multipliers(near_collapse(4, 1, 3, 0.1), active_within=np.inf)
    worse = kkt_residuals(found.point, 1.05 * found.matrix)
    assert float(worse.stationarity) > found.stationarity >= found.stationarity_bound > 0


def test_the_bounds_decide_the_answer():
    p = near_collapse(3, 1, 2, 1e-3)
    loose = multipliers(p, epsilon=1.0, delta=1.0, active_within=np.inf)
    assert loose.is_kkt
    assert not multipliers(p, epsilon=1e-9, delta=1.0, active_within=np.inf).is_kkt
    assert not multipliers(p, epsilon=1.0, delta=1e-9, active_within=np.inf).is_kkt
    assert "a KKT point" in str(loose)


@pytest.mark.parametrize("solver", ["CLARABEL", "OSQP", "SCS", "clarabel"])
def test_every_solver_of_quadratic_programs_gives_the_same_residual(solver):
    p = near_collapse(3, 2, 4, 0.05)
    reference = multipliers(p, active_within=np.inf).stationarity
    assert multipliers(p, active_within=np.inf, solver=solver).stationarity == pytest.approx(reference, rel=1e-5)


def test_an_unknown_solver_is_refused_with_the_installed_ones():
    with pytest.raises(ValueError, match=r"expected an installed cvxpy solver .*CLARABEL.*'ABACUS'"):
        multipliers(EXAMPLE_3_1, solver="ABACUS")


def test_a_solver_that_cannot_do_it_fails_by_name():
    with pytest.raises(SolverFailedError, match="SCIPY failed"):
        multipliers(EXAMPLE_3_1, solver="SCIPY")


def test_a_solver_that_stops_early_fails_with_its_status(monkeypatch):
    monkeypatch.setitem(
        __import__("ncverify.separation.solvers", fromlist=["_OPTIONS"])._OPTIONS, "SCS", {"max_iters": 1}
    )
    try:
        found = multipliers(near_collapse(3, 2, 4, 0.05), active_within=np.inf, solver="SCS")
    except SolverFailedError as error:
        assert "SCS" in str(error)  # noqa: PT017 - either a failure with its status, or an honest status
    else:
        assert found.status == "optimal_inaccurate"


@pytest.mark.parametrize("name", ["epsilon", "delta", "active_within"])
def test_a_negative_bound_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}: expected a number >= 0, got -1"):
        multipliers(EXAMPLE_3_1, **{name: -1.0})


@pytest.mark.parametrize("point", [Point(np.zeros((2, 1)), np.zeros((1, 2))), Point(-EXAMPLE_3_1.W, EXAMPLE_3_1.H)])
def test_zero_and_wrong_points_are_refused(point):
    with pytest.raises(NotSeparableError, match="no multiple of this point is feasible"):
        multipliers(point)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_no_multipliers_prove_a_bound_above_the_least_residual(shape):
    """The bound is a certificate: however bad the multipliers, it stays below what active sets find."""
    p = scaled_to_unit_margin(separating_point(*shape, seed=14))
    entries = entries_within(p, np.inf)
    _, residual = nnls_multipliers(p, np.inf)
    rng = np.random.default_rng(15)
    for size in (0.0, 0.1, 1.0, 10.0):
        matrix = entries.spread(size * rng.random(len(entries)))
        assert stationarity_bound(p, matrix, entries) <= residual + 1e-12 * np.sqrt(float(p.squared_norm))


def test_the_answer_names_the_solver_its_status_and_the_bounds():
    found = multipliers(near_collapse(3, 1, 2, 0.1), epsilon=0.5, delta=0.25, active_within=2.0)
    assert (found.solver, found.status) == ("CLARABEL", "optimal")
    assert (found.epsilon, found.delta, found.active_within) == (0.5, 0.25, 2.0)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_bound_moves_the_residual_just_into_the_dual_cone(shape):
    """By stacked gradients G: the least t >= 0 with G'(r - t (W, H)) <= 0, and the distance along that direction."""
    p = scaled_to_unit_margin(separating_point(*shape, seed=16))
    entries = entries_within(p, np.inf)
    G, positions = constraint_gradients(p)
    theta = np.concatenate([np.ravel(p.W), np.ravel(p.H)])
    best = multipliers(p, active_within=np.inf).matrix
    for share in (0.3, 0.9, 1.5):
        r = theta - G @ np.array([share * best[j, c] for j, c in positions])
        y = r - max(0.0, float((G.T @ r / (G.T @ theta)).max())) * theta
        expected = max(0.0, float(y @ theta) / np.linalg.norm(y))
        assert stationarity_bound(p, share * best, entries) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_bound_of_complementarity_is_that_of_the_constraints_that_count_as_active():
    p = near_collapse(3, 1, 2, 0.1)
    found = multipliers(p, active_within=2.0)
    assert found.delta == 2.0 * found.objective
    assert multipliers(p, active_within=np.inf).delta == np.inf
