"""Negative curvature certified by directions in closed form."""

import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import collapsed_point
from ncverify.landscape import (
    collapsed,
    curvature,
    direct_sum,
    find_critical_point,
    merged_classes,
    negative_curvature,
    polygon,
    random_point,
    rayleigh_quotient,
    spectral_lower_bound,
    vanishing_gradient,
)
from ncverify.landscape.curvature import blockwise_residual, flat_direction, squared_norm_by_blocks
from ncverify.landscape.singular import Factors, factored_quotient, largest_singular_triple, null_vector
from ncverify.landscape.sphere import project
from tests.landscape.oracle import cases, rounding, tangent_spectrum


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_the_factored_quotient_is_that_of_the_full_direction(p):
    rng = np.random.default_rng(0)
    factors = Factors(*(rng.standard_normal(size) for size in (p.K, p.d, p.K * p.n)))
    direct = float(rayleigh_quotient(p, factors.direction(p.xp)))
    assert factored_quotient(p, factors) == pytest.approx(direct, abs=16 * rounding(p))


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_no_eigenvalue_lies_below_the_spectral_bound(p):
    assert spectral_lower_bound(p) <= tangent_spectrum(p)[0] + rounding(p)


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_the_singular_triple_is_that_of_the_logit_gradient(p):
    s, u, v = largest_singular_triple(p)
    assert s == pytest.approx(np.linalg.svd(p.logit_gradient)[1][0], rel=1e-12)
    assert np.abs(p.logit_gradient @ v - s * u).max() <= 64 * np.finfo(float).eps * s


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        (direct_sum(4, 1, 4, blocks=2, rho=2.0), "singular vectors"),
        (merged_classes(4, 2, 3, blocks=2, rho=2.0), "singular vectors"),
        (collapsed(3, 2, 2, 2.0, opposed=True), "opposition"),
        (vanishing_gradient(2, 3, 1, 2.0, share=0.0), "flat"),
        (merged_classes(4, 1, 1, blocks=2, rho=2.0), "flat"),
    ],
)
def test_the_certificate_is_of_the_kind_that_the_multiplier_calls_for(family, kind):
    found = negative_curvature(family.point)
    assert found.kind == kind
    assert found.residual <= rounding(family.point)
    direct = float(rayleigh_quotient(family.point, found.direction(family.point.xp)))
    assert found.quotient == pytest.approx(direct, abs=rounding(family.point))
    assert found.lower_bound - rounding(family.point) <= found.quotient < 0
    if family.smallest is not None:
        assert found.quotient == pytest.approx(family.smallest, abs=rounding(family.point))


def test_where_no_closed_form_is_negative_the_eigenpair_is_the_certificate(monkeypatch):
    from ncverify.landscape import curvature

    monkeypatch.setattr(curvature, "flat_direction", lambda p, u, v: (p.W, -p.H))
    family = merged_classes(4, 1, 1, blocks=2, rho=2.0)
    found = negative_curvature(family.point)
    assert found.kind == "eigenvector"
    assert found.quotient == pytest.approx(tangent_spectrum(family.point)[0], abs=rounding(family.point))


def test_local_minima_have_no_certificate():
    assert negative_curvature(collapsed_point(3, 2, 2, squared_norm=4.0)) is None
    assert negative_curvature(polygon(4, 1, 2, 2.0).point) is None


def test_a_null_vector_is_orthogonal_to_all_classifiers_and_missing_where_they_span():
    p = random_point(3, 1, 5, 1.0, np.random.default_rng(0))
    a = null_vector(p)
    assert np.abs(p.W @ a).max() <= 8 * np.finfo(float).eps
    assert np.linalg.norm(a) == pytest.approx(1.0)
    assert null_vector(random_point(3, 1, 2, 1.0, np.random.default_rng(0))) is None


@pytest.mark.parametrize("seed", range(6))
def test_critical_points_from_random_starts_are_saddles_where_collapse_is_possible(seed):
    critical = find_critical_point(4, 1, 3, 2.5, seed=seed, opposed=seed % 2 == 1)
    if critical is None or critical.kind == "collapsed":
        pytest.skip("this start does not end at a saddle")
    found = negative_curvature(critical.point)
    assert found.quotient < 0
    assert critical.smallest <= found.quotient + rounding(critical.point)


def test_the_certificate_is_the_same_on_torch():
    import torch

    p = direct_sum(4, 3, 6, blocks=2, rho=3.0).point
    found = negative_curvature(p.map(torch.tensor))
    assert found.quotient == pytest.approx(negative_curvature(p).quotient, abs=rounding(p))


@pytest.mark.parametrize("block", [1, 2, 3, 4096])
@pytest.mark.parametrize("p", cases(), ids=repr)
def test_sums_over_blocks_are_those_over_all_samples(p, block, monkeypatch):
    monkeypatch.setattr(curvature, "_BLOCK", block)
    G, lam = p.logit_gradient, 0.7
    parts = G @ p.H.T - lam * p.W, p.W.T @ G - lam * p.H
    expected = np.sqrt(sum((part**2).sum() for part in parts))
    assert blockwise_residual(p, lam) == pytest.approx(expected, rel=1e-13)
    assert float(squared_norm_by_blocks(p)) == pytest.approx((p.W**2).sum() + (p.H**2).sum(), rel=1e-13)


@pytest.mark.parametrize("p", cases()[1:], ids=repr)
def test_no_combination_of_the_two_halves_is_lower_than_the_flat_direction(p):
    _, u, v = largest_singular_triple(p)
    lowest = float(rayleigh_quotient(p, flat_direction(p, u, v)))
    b = np.linalg.eigh(p.W.T @ p.W + p.H @ p.H.T)[1][:, 0]
    whole = Factors(u, b, v).direction(p.xp)
    quotients = [
        float(rayleigh_quotient(p, project(p, (np.cos(angle) * whole.W, np.sin(angle) * whole.H))))
        for angle in np.linspace(0, np.pi, 181)
    ]
    assert lowest <= min(quotients) + rounding(p)
    # the grid is half a degree from the best angle at most
    assert lowest >= min(quotients) - (np.pi / 360) ** 2 * (max(quotients) - min(quotients)) * 10


def test_singular_vectors_and_null_vectors_keep_the_dtype_of_the_point():
    import torch

    p = random_point(3, 2, 5, 2.0, np.random.default_rng(1)).map(lambda a: torch.tensor(a, dtype=torch.float32))
    _, u, v = largest_singular_triple(p)
    assert {u.dtype, v.dtype, null_vector(p).dtype} == {torch.float32}


def test_where_all_classifiers_vanish_every_direction_is_a_null_vector():
    p = Point(np.zeros((3, 1)), np.ones((1, 3)))
    assert np.abs(null_vector(p)) == pytest.approx([1.0])
    assert null_vector(Point(np.full((3, 1), 1e-3), np.ones((1, 3)))) is None
