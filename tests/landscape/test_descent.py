"""Solvers on the sphere: convergence, its order, and where they end."""

import itertools

import numpy as np
import pytest

from ncverify import Point
from ncverify.landscape import descent, minimise_on_sphere, newton_on_gradient, random_point, riemannian_gradient
from ncverify.landscape.riemannian import dense_hessian
from ncverify.landscape.sphere import norm
from ncverify.slack.loss import sphere_bound


@pytest.mark.parametrize("shape", [(2, 1, 1), (3, 2, 2), (3, 1, 4), (4, 2, 3)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_descent_from_random_starts_reaches_the_bound_where_collapse_is_possible(shape, seed):
    start = random_point(*shape, 2.5, np.random.default_rng(seed))
    end = minimise_on_sphere(start)
    assert end.residual <= 1e-12
    assert end.reason == "converged"
    assert float(end.point.squared_norm) == pytest.approx(6.25, rel=1e-12)
    bound = float(sphere_bound(end.point))
    assert float(end.point.loss) == pytest.approx(bound, rel=1e-13)


@pytest.mark.parametrize("shape", [(3, 1, 1), (4, 1, 2), (5, 2, 3)], ids=str)
def test_descent_stays_above_the_bound_where_collapse_is_impossible(shape):
    end = minimise_on_sphere(random_point(*shape, 2.5, np.random.default_rng(0)))
    assert end.residual <= 1e-12
    assert float(end.point.loss) > float(sphere_bound(end.point)) * (1 + 1e-4)


def test_newton_steps_on_the_gradient_converge_quadratically():
    ends = [newton_on_gradient(random_point(4, 1, 2, 3.0, np.random.default_rng(seed))) for seed in range(4)]
    assert all(end.residual <= 1e-12 for end in ends)
    for end in ends:
        late = [r for r in end.history if 1e-13 < r < 1e-2]
        # the residual is at least squared, up to a constant, until rounding takes over
        assert all(after <= 100 * before**1.8 + 1e-14 for before, after in itertools.pairwise(late))


def test_descent_does_not_raise_the_loss_and_finds_other_radii():
    start = random_point(3, 2, 4, 1.0, np.random.default_rng(5))
    end = minimise_on_sphere(start)
    assert float(end.point.loss) <= float(start.loss)


def test_torch_points_stay_on_torch():
    import torch

    start = random_point(3, 1, 3, 2.0, np.random.default_rng(0)).map(torch.tensor)
    end = minimise_on_sphere(start)
    assert isinstance(end.point.W, torch.Tensor)
    assert end.residual <= 1e-12


@pytest.mark.parametrize("solver", [minimise_on_sphere, newton_on_gradient])
def test_the_origin_is_refused(solver):
    with pytest.raises(ValueError, match="origin"):
        solver(Point(np.zeros((2, 1)), np.zeros((1, 2))))


def test_the_matrix_free_steps_find_a_critical_point_too(monkeypatch):
    monkeypatch.setattr(descent, "LARGEST_DENSE", 0)
    end = newton_on_gradient(random_point(3, 2, 4, 2.0, np.random.default_rng(3)))
    assert end.residual <= 1e-12


@pytest.mark.parametrize("solver", [minimise_on_sphere, newton_on_gradient])
@pytest.mark.parametrize("steps", [1, 3])
def test_the_residual_is_that_of_the_point_where_the_steps_ran_out(solver, steps):
    start = random_point(4, 2, 3, 2.0, np.random.default_rng(7))
    end = solver(start, steps=steps)
    assert end.reason == "step limit"
    assert len(end.history) == steps + 1
    assert end.history[0] == pytest.approx(float(norm(riemannian_gradient(start), start.xp)))
    assert end.residual == end.history[-1] == pytest.approx(float(norm(riemannian_gradient(end.point), start.xp)))


def test_a_residual_below_rounding_is_not_reached_and_the_precision_is_the_reason():
    start = random_point(4, 2, 3, 2.0, np.random.default_rng(7))
    ends = minimise_on_sphere(start, tolerance=1e-300), newton_on_gradient(start, tolerance=1e-300)
    assert ends[0].reason == "no further descent in this precision"
    assert ends[1].reason == "no further progress in this precision"
    assert all(end.residual < 1e-12 for end in ends)
    assert all(end.residual == end.history[-1] for end in ends)


def upwards(self, damping):
    self.gave_up = ", with steps by LSMR that did not converge in 1 iterations"
    return 10 * self.g


@pytest.mark.slow
def test_steps_of_lsmr_that_did_not_converge_are_the_reason(monkeypatch):
    start = random_point(4, 2, 3, 2.0, np.random.default_rng(7))
    monkeypatch.setattr(descent, "LARGEST_DENSE", 0)
    enough = newton_on_gradient(start, tolerance=1e-300)
    assert enough.residual < 1e-12
    assert enough.reason == "no further progress in this precision"
    hard = random_point(3, 2, 4, 30.0, np.random.default_rng(7))
    assert newton_on_gradient(hard, steps=2).reason == "step limit"
    monkeypatch.setattr(descent._MatrixFreeSolver, "limit", 1)
    assert newton_on_gradient(start).reason == "converged"  # the residual decides, not how the steps were found
    doubt = ", with steps by LSMR that did not converge in 1 iterations"
    assert newton_on_gradient(hard, steps=2).reason == "step limit" + doubt
    monkeypatch.setattr(descent._MatrixFreeSolver, "__call__", upwards)
    assert newton_on_gradient(start).reason == "no further progress" + doubt


@pytest.mark.parametrize("solver", [minimise_on_sphere, newton_on_gradient])
@pytest.mark.parametrize("rho", [1e-3, 0.3, 1.0])
def test_spheres_of_any_radius_have_critical_points(solver, rho):
    end = solver(random_point(3, 1, 3, rho, np.random.default_rng(8)))
    assert end.reason == "converged"
    assert float(end.point.squared_norm) == pytest.approx(rho * rho, rel=1e-12)


@pytest.mark.parametrize("damping", [0.0, 1e-3, 1.0])
def test_both_solvers_give_the_smallest_minimiser_of_the_damped_model(damping):
    """|A s + g|^2 + c |s|^2 by singular values, with c = 0 the least solution across the rotations."""
    end = minimise_on_sphere(random_point(3, 2, 3, 2.0, np.random.default_rng(9)))
    p, A = end.point, dense_hessian(end.point)
    g = A @ np.random.default_rng(10).standard_normal(len(A))
    U, sizes, V = np.linalg.svd(A)
    kept = sizes > 1e-8 * sizes[0]
    expected = -(V[kept].T @ ((sizes[kept] / (sizes[kept] ** 2 + damping)) * (U[:, kept].T @ g)))
    for solver in (descent._dense_solver, descent._MatrixFreeSolver):
        # LSMR stops at 1e-10 of the norms of A and s, which its condition number may blow up
        room = 1e-8 * (sizes[0] / sizes[kept].min()) ** 2 * np.linalg.norm(expected)
        assert np.linalg.norm(solver(p, g)(damping) - expected) <= room
