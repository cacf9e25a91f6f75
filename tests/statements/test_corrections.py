"""Corrections where they would be false without a hypothesis: the hypothesis is needed, and it is there."""

from __future__ import annotations

import numpy as np
import pytest

from ncverify.collapse import is_collapsed
from ncverify.domain import Domain
from ncverify.falsification.exact import judge
from ncverify.falsification.polynomial import prove_identity
from ncverify.landscape import multiplier
from ncverify.landscape.sphere import inner
from ncverify.literature.ulpm_2022 import (
    _landscape,
    _late_points,
    _saddles,
    appendix_c_chain,
    appendix_c_rank,
    equation_1_1,
    lemma_b_4,
)
from ncverify.literature.ulpm_2022._matrices import CRITICAL, MOVES, at, pair, zero
from ncverify.point import Point, Tangent
from ncverify.space import Sizes, SpacePoint
from ncverify.statements.types import Inequality
from tests.ulpm import claims


def correction(id_):
    return claims()[id_].correction.latex


def origin(K=2, n=1, d=1):
    return Point(np.zeros((K, d)), np.zeros((d, K * n)))


def test_every_correction_is_examined():
    for claim in claims().values():
        assert claim.correction is None or claim.correction.parts, claim.id


@pytest.mark.parametrize(("K", "n", "d"), [(2, 1, 1), (3, 2, 2)])
def test_the_bound_of_the_layer_peeled_model_is_attained_without_collapse_where_a_norm_is_zero(K, n, d):
    rng = np.random.default_rng(0)
    p = Point(np.zeros((K, d)), rng.standard_normal((d, K * n)))
    gap = float(p.loss - equation_1_1.best_loss(p, equation_1_1.norm_product(p)))
    assert gap == pytest.approx(0, abs=1e-12)
    assert not bool(is_collapsed(p))
    assert not equation_1_1.is_non_zero(p)
    assert r"W,H\ne0" in correction("eq-1.1")


def test_the_line_of_three_needs_the_multiplier_to_be_the_norm_of_the_gradient():
    p = _landscape.LINE_OF_THREE.point().map(lambda a: np.array(a.data, dtype=float))
    lam, largest = abs(float(multiplier(p))), np.linalg.norm(p.logit_gradient, 2)
    assert lam == pytest.approx(0.114, abs=5e-4)
    assert largest == pytest.approx(0.816, abs=0.02)
    assert appendix_c_chain.SMALL_MULTIPLIER.run(0).holds
    assert appendix_c_chain.SMALL_MULTIPLIER.control(0).holds is False
    assert r"|\lambda|=\|\nabla L(WH)\|_2" in correction("c-subgradient")


@pytest.mark.parametrize(("K", "n", "d"), [(2, 1, 1), (3, 1, 1), (2, 2, 2)])
def test_at_the_origin_the_second_order_condition_fails_with_lambda_zero(K, n, d):
    """Alone on its sphere, hence a minimum on it, but the form takes negative values."""
    p = origin(K, n, d)
    assert float(_landscape.hessian_form(p, _landscape.flat(p))) < -0.1
    for id_ in ("eq-c.8", "c-subgradient"):
        assert correction(id_).startswith(r"(W,H)\ne0"), id_


def test_the_sign_of_c_3_needs_the_largest_entry():
    def terms(p):
        return appendix_c_rank._differences(p, appendix_c_rank._weights(p))

    anywhere = Inequality("for every p", slack=lambda p: p.xp.min(-terms(p)))
    rng = np.random.default_rng(0)
    drawn = [[rng.standard_normal(shape).tolist() for shape in ((3, 2), (2, 3), 3)] for _ in range(20)]
    points = [appendix_c_rank.WITH_U.point(W=W, H=H, u=u) for W, H, u in drawn]
    assert all(judge(appendix_c_rank.MEANT_SIGN, p).holds for p in points)
    assert any(judge(anywhere, p).violated for p in points)
    assert r"u_p=\max_qu_q" in correction("eq-c.3")


@pytest.mark.parametrize(("last", "constant"), [(1.0, True), (0.5, False)])
def test_equality_in_c_3_is_that_of_constant_entries(last, constant):
    values = {"W": np.ones((3, 2)), "H": np.ones((2, 3)), "u": np.array([1.0, 1.0, last])}
    p = SpacePoint(Sizes({"K": 3, "N": 3, "d": 2}), values)
    assert not judge(appendix_c_rank.EQUALITY, p).violated
    assert bool(appendix_c_rank.EQUALITY.left(p)) == bool(appendix_c_rank.EQUALITY.right(p)) == constant


# --- the repaired proof: each identity with one constant changed ------------------------------------------------------


def _isometry_without_square(p):
    W, H, G, lam = p.W, p.H, p.G, p.lam
    return G @ (G.T @ W) - lam * W - G @ (G.T @ W - lam * H.T) - lam * (G @ H.T - lam * W)


def _sums_of_a_free_gradient(p):
    return p.xp.sum(p.G @ p.H.T - p.lam * p.W, axis=0) + p.lam * p.xp.sum(p.W, axis=0)


def _half_the_curvature(p):
    _, v = _saddles.null_direction(p)
    return inner(v, v, p.xp) - at(p).squared_norm


def _radial_form(p):
    return inner(pair(p), pair(p), p.xp) - inner(Tangent(p.W, p.H), pair(p), p.xp)


CHANGED = {
    "the curve bends by a half": (lambda p: _landscape._expansion_gap(p, bend=1), _landscape.CURVES),
    "lambda for lambda^2": (_isometry_without_square, CRITICAL),
    "column sums that are not zero": (_sums_of_a_free_gradient, CRITICAL),
    "u and v as long as the point": (_half_the_curvature, _saddles.DIRECTIONS),
    "a direction as long as its radial part": (_radial_form, MOVES),
    "the flat form without its constant": (
        lambda p: _landscape._flat_gap(p) - 4 * p.n * p.xp.asarray(1),
        Domain(K=(2, 3), n=(1, 2), d=1),
    ),
}


def _product_without_sum(p):
    product = p.xp.asarray(1)
    for i in range(p.N):
        product = product * (1 + p.x[i])
    return product - 1 - p.xp.sum(p.x)


def _defects_with_equality(p):
    product = p.xp.asarray(1)
    for i in range(p.N):
        product = product * p.x[i]
    return p.xp.sum(1 - p.x) - (1 - product)


CHANGED |= {
    "a product is one plus its sum": (_product_without_sum, _late_points.TERMS),
    "defects add up to that of the product": (_defects_with_equality, _late_points.TERMS),
    "twice the differences": (
        lambda p: _late_points._free_growth(p) - 2 * _late_points._free_differences(p),
        _late_points.FLOW,
    ),
    "another square in |grad s|^2": (
        lambda p: lemma_b_4._sum_of_squares_gap(p) - p.W[0, 0] ** 2,
        _late_points.SHAPES,
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_step_is_refused(name):
    function, domain = CHANGED[name]
    assert not prove_identity(zero(name, function), domain).holds


@pytest.mark.slow
def test_the_steps_themselves_are_proved():
    for part in (*_saddles.REPAIRED_STEPS, _landscape.SECOND_DERIVATIVE):
        assert part.proof
        for identity, over in part.identities:
            assert prove_identity(identity, over).holds, identity.name
