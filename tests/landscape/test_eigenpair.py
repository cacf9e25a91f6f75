"""The smallest tangent eigenpair: every route against the dense spectrum, enclosure, sign."""

from dataclasses import replace

import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import collapsed_point
from ncverify.landscape import (
    direct_sum,
    merged_classes,
    polygon,
    random_point,
    riemannian_hessian,
    smallest_eigenpair,
    spectral_lower_bound,
)
from ncverify.landscape import eigenpair as routes
from ncverify.landscape.sphere import combine, norm
from tests.landscape.oracle import cases, rounding, tangent_spectrum


@pytest.mark.parametrize("route", ["dense", "reduction"])
@pytest.mark.parametrize("p", cases(), ids=repr)
def test_the_value_is_the_smallest_of_the_dense_spectrum(p, route, monkeypatch):
    if route == "reduction":
        monkeypatch.setattr(routes, "_SMALL", 0)
    truth = tangent_spectrum(p)[0]
    found = smallest_eigenpair(p, tolerance=1e-10, certify=True)
    low, high = found.enclosure
    assert found.value == pytest.approx(truth, abs=1e-9 + rounding(p))
    assert low - rounding(p) <= truth <= high + rounding(p)
    assert (found.sign == "negative") == (truth < 0)


def test_the_plain_route_agrees_with_the_dense_one(monkeypatch):
    p = random_point(5, 2, 9, 2.5, np.random.default_rng(0))
    truth = tangent_spectrum(p)[0]
    monkeypatch.setattr(routes, "_SMALL", 0)
    monkeypatch.setattr(routes, "LARGEST_CURVATURES", 0)
    found = smallest_eigenpair(p)
    assert found.route == "Lanczos"
    assert found.value == pytest.approx(truth, abs=1e-7)


def test_a_common_null_vector_gives_the_pair_in_closed_form():
    p = merged_classes(6, 3, 8, blocks=3, rho=3.0).point
    found = smallest_eigenpair(p)
    assert found.route == "closed form"
    assert found.value == pytest.approx(spectral_lower_bound(p), abs=rounding(p))
    assert found.value == pytest.approx(tangent_spectrum(p)[0], abs=rounding(p))
    assert found.sign == "negative"
    assert found.products == 1
    assert float(norm(found.direction, p.xp)) == pytest.approx(1.0, abs=rounding(p))
    assert found.residual <= rounding(p)


def test_the_route_and_its_products_are_reported(monkeypatch):
    p = random_point(4, 5, 6, 3.0, np.random.default_rng(5))
    dense = smallest_eigenpair(p)
    assert (dense.route, dense.products) == ("dense", 4 * 6 + 6 * 20)
    monkeypatch.setattr(routes, "_SMALL", 0)
    spent, original = [], routes.smallest_ritz_pair

    def counted(*arguments, **options):
        spent.append(original(*arguments, **options))
        return spent[-1]

    monkeypatch.setattr(routes, "smallest_ritz_pair", counted)
    reduced = smallest_eigenpair(p)
    assert reduced.route == "reduction"
    assert reduced.products == sum(ritz.products + 1 for ritz in spent) > 1


def test_the_residual_is_that_of_the_direction():
    p = cases()[4]
    found = smallest_eigenpair(p)
    image = riemannian_hessian(p, found.direction)
    assert float(norm(found.direction, p.xp)) == pytest.approx(1.0, abs=rounding(p))
    gap = norm(combine((1, image), (-found.value, found.direction)), p.xp)
    assert float(gap) == pytest.approx(found.residual, abs=rounding(p))


def test_an_eigenvalue_that_is_zero_is_undecided_and_a_positive_one_is_positive():
    assert smallest_eigenpair(collapsed_point(3, 2, 2, squared_norm=4.0)).sign == "undecided"
    assert smallest_eigenpair(polygon(4, 1, 2, 2.0).point).sign == "undecided"
    assert smallest_eigenpair(collapsed_point(2, 1, 1, squared_norm=4.0)).sign == "positive"


def test_inertia_certifies_the_lower_bound_and_a_wrong_one_is_not_certified(monkeypatch):
    monkeypatch.setattr(routes, "_SMALL", 0)
    p = random_point(5, 4, 6, 3.0, np.random.default_rng(4))
    found = smallest_eigenpair(p, certify=True)
    truth = tangent_spectrum(p)[0]
    assert spectral_lower_bound(p) < found.lower <= truth + rounding(p)
    second = tangent_spectrum(p)[1]
    impostor = routes.EigenPair(second, found.direction, found.residual, found.rounding, -9.0, "reduction")
    assert routes._certified(p, impostor).lower == -9.0


def test_torch_and_numpy_find_the_same_pair(monkeypatch):
    import torch

    monkeypatch.setattr(routes, "_SMALL", 0)
    p = random_point(4, 5, 6, 3.0, np.random.default_rng(5))
    found = smallest_eigenpair(p.map(torch.tensor))
    assert isinstance(found.direction.W, torch.Tensor)
    assert found.value == pytest.approx(smallest_eigenpair(p).value, abs=1e-9)


def test_float32_keeps_its_own_rounding():
    p = random_point(4, 5, 6, 3.0, np.random.default_rng(6))
    single = smallest_eigenpair(p.map(lambda a: a.astype(np.float32)))
    assert abs(single.value - smallest_eigenpair(p).value) <= single.rounding + single.residual


def test_the_direct_sum_of_example_3_1_has_its_known_eigenvalue_at_any_scale():
    for rho in (0.5, 2.0, 4.0):
        family = direct_sum(4, 1, 4, blocks=2, rho=rho)
        assert smallest_eigenpair(family.point).value == pytest.approx(family.smallest, abs=rounding(family.point))


def test_the_origin_is_refused():
    with pytest.raises(ValueError, match="origin"):
        smallest_eigenpair(Point(np.zeros((2, 1)), np.zeros((1, 2))))


def test_an_underflowing_gradient_is_refused():
    with pytest.raises(FloatingPointError, match="zero in this precision"):
        smallest_eigenpair(collapsed_point(3, 1, 2, squared_norm=1e5))


def test_the_least_used_direction_keeps_the_dtype_of_the_point_and_is_missing_where_all_are_used():
    import torch

    p = random_point(3, 2, 2, 1.0, np.random.default_rng(0))
    assert routes._least_used(p) is None
    padded = Point(np.pad(p.W, ((0, 0), (0, 1))), np.pad(p.H, ((0, 1), (0, 0))))
    a = routes._least_used(padded.map(lambda one: torch.tensor(one, dtype=torch.float32)))
    assert a.dtype == torch.float32
    assert np.abs(a.numpy()) == pytest.approx([0.0, 0.0, 1.0], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 1e-6])
def test_an_eigenvalue_near_zero_converges_on_the_lanczos_route(noise, monkeypatch):
    """ARPACK's own tolerance is relative to the eigenvalue; ours is relative to the scale of the operator."""
    p = polygon(40, 1, 2, 5.0).point
    rng = np.random.default_rng(0)
    p = Point(p.W + noise * rng.standard_normal(p.W.shape), p.H + noise * rng.standard_normal(p.H.shape))
    monkeypatch.setattr(routes, "_SMALL", 0)
    monkeypatch.setattr(routes, "LARGEST_CURVATURES", 0)
    found = smallest_eigenpair(p)
    assert found.converged
    assert found.route == "Lanczos" or noise  # a cluster of eigenvalues may need the dense matrix
    assert found.value == pytest.approx(tangent_spectrum(p)[0], abs=4e-8)


def test_what_does_not_converge_says_so_with_what_is_known(monkeypatch):
    from ncverify.errors import NotConvergedError
    from ncverify.landscape import curvature

    monkeypatch.setattr(routes, "_SMALL", 0)
    monkeypatch.setattr(routes, "LARGEST_CURVATURES", 0)
    monkeypatch.setattr(routes, "LARGEST_DENSE", 0)
    full = routes.lowest_vector
    monkeypatch.setattr(routes, "lowest_vector", lambda *a, **o: full(*a, **o, restarts=1))
    p = polygon(60, 1, 2, 30.0).point
    found = smallest_eigenpair(p, tolerance=1e-13)
    assert not found.converged
    assert found.residual > found.rounding
    low, high = found.enclosure
    assert low <= tangent_spectrum(p)[0] <= high
    unsure = replace(found, value=found.residual)
    monkeypatch.setattr(curvature, "smallest_eigenpair", lambda p, seed: unsure)
    with pytest.raises(NotConvergedError, match=r"did not converge .*residual"):
        curvature.negative_curvature(polygon(60, 1, 2, 5.0).point)
    monkeypatch.setattr(curvature, "smallest_eigenpair", lambda p, seed: replace(unsure, converged=True))
    assert curvature.negative_curvature(polygon(60, 1, 2, 5.0).point) is None


def test_a_reduction_that_ends_early_is_not_the_answer(monkeypatch):
    p = random_point(5, 2, 9, 2.5, np.random.default_rng(0))
    monkeypatch.setattr(routes, "_SMALL", 0)
    monkeypatch.setattr(routes, "_ROUNDS", 1)
    found = smallest_eigenpair(p)
    assert found.route == "Lanczos"
    assert found.value == pytest.approx(tangent_spectrum(p)[0], abs=1e-7)
