"""Whatever statements cut out of a point is free: a false identity about it is refused, one of its kind for each.

The planted identities hold for matrices that are made of too few numbers (one reflection, one column, the logits
for a gradient), which is how a false identity passes.
"""

from __future__ import annotations

import numpy as np
import pytest

from ncverify.domain import Domain
from ncverify.falsification.polynomial import prove_identity
from ncverify.literature.ulpm_2022 import (
    _landscape,
    _late_points,
    _matrices,
    _saddles,
    appendix_c_chain,
    appendix_c_escape,
    appendix_c_gradient,
    appendix_c_jensen,
    appendix_c_nuclear,
    appendix_c_rank,
    appendix_c_trace,
    appendix_d,
    lemma_b_2_margin,
    theorem_a_1,
)
from ncverify.literature.ulpm_2022._matrices import (
    FREE,
    GRID,
    PAIRS,
    critical_data,
    cut,
    determinant,
    frames,
    halves,
    inner,
    outer,
    squares,
    zero,
)
from ncverify.papers.claim import SMALL
from ncverify.point import Point
from ncverify.statements.types import Identity


def _frame(p):
    return frames(cut(p, p.K, 1)[0], p.K - 1)


def _square_frame(p):
    return frames(cut(p, 2)[0], p.K)


def _commutator(A, B):
    return A @ B - B @ A


def _balanced(p):
    W, H, _ = appendix_c_trace._balanced_factors(p)
    return W @ H


def _minors(E):
    """Zero where E has rank one."""
    return E[0, 0] * E[1, 1] - E[0, 1] * E[1, 0]


PLANTED = {
    "a frame is the first columns of a symmetric matrix": (
        lambda p: _frame(p)[0][: p.K - 1, :] - _frame(p)[0][: p.K - 1, :].T,
        Domain(K=3, n=(1, 2), d=(6, 7)),
    ),
    "the orthogonal U is symmetric": (lambda p: _square_frame(p)[0] - _square_frame(p)[0].T, FREE),
    "the orthogonal U is a reflection": (lambda p: determinant(_square_frame(p)[0]) + 1, FREE),
    "the orthogonal U is a rotation": (lambda p: determinant(_square_frame(p)[0]) - 1, FREE),
    "U and the first rows of V commute": (
        lambda p: _commutator(_square_frame(p)[0], _square_frame(p)[1][: p.K, :]),
        FREE,
    ),
    "U and V are the same": (lambda p: _square_frame(p)[0] - _square_frame(p)[1][: p.K, :], FREE),
    "U S V' with K singular values is symmetric": (lambda p: _balanced(p)[:, : p.K] - _balanced(p)[:, : p.K].T, FREE),
    "W'GH' is symmetric": (lambda p: _wgh(p) - _wgh(p).T, FREE),
    "W'W and HH' commute": (
        lambda p: _commutator(critical_data(p).W.T @ critical_data(p).W, critical_data(p).H @ critical_data(p).H.T),
        FREE,
    ),
    "G has rank one": (lambda p: _minors(critical_data(p).G), FREE),
    "G is singular": (lambda p: determinant(critical_data(p).G[:, : p.K]), FREE),
    "lambda is an entry of W": (lambda p: critical_data(p).lam - critical_data(p).W[0, 0], FREE),
    "the subgradient's W is zero": (lambda p: appendix_c_nuclear._free_subgradient(p)[2], FREE),
    "the subgradient's W has rank one": (
        lambda p: _minors(appendix_c_nuclear._free_subgradient(p)[2]),
        Domain(K=3, n=2, d=(6, 7)),
    ),
    "each half of a pair is orthogonal alone": (lambda p: _halves_differ(p), PAIRS),
    "W'dW is symmetric": (lambda p: halves(p)[0].W.T @ halves(p)[1].W - halves(p)[1].W.T @ halves(p)[0].W, PAIRS),
    "G of the chain rule is the logits": (lambda p: _chain_gap(p), appendix_c_gradient.CHAINED),
    "G of the chain rule is singular": (
        lambda p: determinant(appendix_c_gradient._free_pairs(p)[2][:, : p.K]),
        appendix_c_gradient.CHAINED,
    ),
    "the exponentials are singular": (
        lambda p: determinant((appendix_c_rank.free_gradient(p) + appendix_c_gradient.labels(p))[:, :: p.n]),
        appendix_c_rank.FREE_EXPONENTIALS,
    ),
    "u is a left null vector": (
        lambda p: p.W[:, 0] @ appendix_c_rank.free_gradient(p),
        appendix_c_rank.FREE_EXPONENTIALS,
    ),
    "the free sample has a mean of x": (
        lambda p: p.xp.mean(p.q) - p.x,
        appendix_c_jensen.ONE_SAMPLE,
    ),
    "the free factor is an entry of W": (
        lambda p: appendix_c_chain._free_factor(p)[1] - appendix_c_chain._free_factor(p)[0].W[0, 0],
        Domain(K=(2, 3), n=(1, 2), d=(2, 3)),
    ),
    "u is in the range of W": (lambda p: _minors(p.W), appendix_c_escape.CUT),
    "a flow's G is that of (C.4)": (lambda p: _flow_gap(p), _late_points.RANK_TWO),
    "a centred G is the logits": (
        lambda p: appendix_d._centred(p)[2] - appendix_d._centred(p)[0] @ appendix_d._centred(p)[1],
        _late_points.RANK_TWO,
    ),
    "a free velocity is radial": (lambda p: _radial_gap(p), lemma_b_2_margin.TWO_HALVES),
    "the samples' numbers are alike": (lambda p: p.xp.stack(_late_points._terms(p)) - p.H[0, 0], _late_points.RANK_TWO),
    "the velocity of Appendix B is radial": (lambda p: _radial_speed(p), _late_points.RANK_TWO),
    "its number is an entry of the point": (lambda p: _entry_gap(p), _late_points.RANK_TWO),
    "the weights of Appendix B are alike": (
        lambda p: _late_points._free_weights(p)[1] - _late_points._free_weights(p)[1][0, 0],
        _late_points.RANK_TWO,
    ),
    "the step along the Cayley curve is an entry of the point": (
        lambda p: _landscape._free_curve(p)[2] - _landscape._free_curve(p)[0].W[0, 0],
        _landscape.CURVES,
    ),
    "a tangent direction is tangent in each half": (lambda p: _tangent_half(p), _landscape.CURVES),
    "the null vector a is in the range of W'": (
        lambda p: _saddles._null_gap(p) - squares(p.W[:, :1], p),
        Domain(K=(2, 3), n=(1, 2), d=(2, 4)),
    ),
    "weights that add up to one are alike": (lambda p: _weights(p) - _weights(p)[:1, :], FREE),
    "a variance is that of its bounds": (
        lambda p: _matrices._variance_gap(p) + (p.W[0, p.d - 1] - p.H[p.d - 1, 0]) ** 2,
        FREE,
    ),
    "the multipliers are alike": (
        lambda p: theorem_a_1.multipliers(p)[0] - theorem_a_1.multipliers(p)[1],
        theorem_a_1.DATA,
    ),
    "v is the combination of the gradients": (lambda p: theorem_a_1._minors(p), theorem_a_1.DATA),
}


def _wgh(p):
    W, H, G, _ = critical_data(p)
    return W.T @ G @ H.T


def _halves_differ(p):
    q, v = halves(p)
    return inner(q.W, v.W, p.xp) - inner(q.H, v.H, p.xp)


def _chain_gap(p):
    q, _, G = appendix_c_gradient._free_pairs(p)
    return inner(G, q.logits, p.xp) - inner(q.logits, q.logits, p.xp)


def _flow_gap(p):
    W, H, G = _late_points.free_flow(p)
    return W.T @ (G @ H.T) - (W.T @ G @ H.T).T if p.d > 3 else (W.T @ G - H) @ H.T


def _tangent_half(p):
    q, v = _landscape.free_tangent(cut(p, 1)[0])
    return inner(q.W, v.W, p.xp)


def _weights(p):
    return _matrices._weights_of_one(cut(p, p.K)[1].logits, p)


def _radial_speed(p):
    theta, v, _ = _late_points._position_velocity_number(p)
    return theta.W[0, 0] * v.W[1, 0] - theta.W[1, 0] * v.W[0, 0]


def _entry_gap(p):
    theta, _, number = _late_points._position_velocity_number(p)
    return number - theta.W[0, 0]


def _radial_gap(p):
    theta, velocity = lemma_b_2_margin.free_pair(p)
    return outer(theta.W[:, 0], velocity.W[:, 0], p.xp) - outer(velocity.W[:, 0], theta.W[:, 0], p.xp)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_identity_is_refused(name):
    function, domain = PLANTED[name]
    assert not prove_identity(zero(name, function), domain).holds


def test_one_reflection_would_let_the_planted_identity_pass():
    """What the planted identities are for: with a single reflection an orthogonal matrix is symmetric."""

    def reflection(p):
        v = p.W[:, :1]
        return p.xp.eye(p.K) - 2 * (v @ v.T) / p.xp.sum(v * v)

    symmetric = zero("symmetric", lambda p: reflection(p) - reflection(p).T)
    assert prove_identity(symmetric, FREE).holds


# --- the number of free parameters ------------------------------------------------------------------------------------


def _rank(function, shape, seed=0, step=1e-6):
    """The rank of the derivative of a function of a point to an array: the dimension of its image."""
    K, n, d = shape
    x = np.random.default_rng(seed).standard_normal(K * d * (n + 1))

    def value(x):
        p = Point(x[: K * d].reshape(K, d), x[K * d :].reshape(d, K * n))
        return np.concatenate([np.ravel(array) for array in function(p)])

    columns = [(value(x + h) - value(x - h)) / (2 * step) for h in step * np.eye(len(x))]
    values = np.linalg.svd(np.stack(columns), compute_uv=False)
    return int(np.sum(values > 1e-6 * values[0]))


def _stiefel(rows, columns):
    return rows * columns - columns * (columns + 1) // 2


@pytest.mark.parametrize("shape", FREE.shapes(), ids=str)
def test_frames_and_critical_data_fill_their_dimension(shape):
    K, n, d = shape
    N, r, c = K * n, d - K - 1, max(1, K - n)
    assert _rank(_square_frame, shape) == _stiefel(K, K) + _stiefel(N, K)
    assert _rank(_frame, shape) == _stiefel(K, K - 1) + _stiefel(N, K - 1)
    assert _rank(lambda p: critical_data(p), shape) == K * r + N * r + K * N + 1
    assert _rank(appendix_c_nuclear._free_subgradient, shape) == _stiefel(K, c) + _stiefel(N, c) + (K - c) * (N - c)


def test_a_single_reflection_does_not_fill_the_dimension():
    def reflection(p):
        v = p.W[:, :1]
        return (np.eye(p.K) - 2 * v @ v.T / np.sum(v * v),)

    assert _rank(reflection, (3, 1, 6)) == 2 < _stiefel(3, 3)


@pytest.mark.parametrize("shape", [(2, 1, 3), (3, 2, 4), (4, 1, 5)])
def test_free_exponentials_fill_their_dimension(shape):
    K, n, _ = shape
    found = _rank(lambda p: (appendix_c_rank._direction(p), cut(p, K)[1].logits), shape)
    assert found == K + K * K * n


# --- cutting ----------------------------------------------------------------------------------------------------------


def test_pieces_are_disjoint_and_whole():
    p = Point(np.arange(12.0).reshape(2, 6), np.arange(12.0, 24.0).reshape(6, 2))
    pieces = cut(p, 2, 1)
    assert [q.d for q in pieces] == [3, 2, 1]
    assert np.array_equal(np.concatenate([q.W for q in pieces], axis=1), p.W)
    assert np.array_equal(np.concatenate([q.H for q in pieces], axis=0), p.H)


def test_a_cut_that_leaves_nothing_is_refused():
    p = Point(np.ones((2, 2)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="sizes: expected a sum below d = 2"):
        cut(p, 1, 1)


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_an_identity_for_small_numbers_of_classes_is_refused_by_the_grid():
    identity = Identity(
        "K is 2, 3 or 4", left=lambda p: (p.K - 2) * (p.K - 3) * (p.K - 4) * p.W[0, 0], right=lambda p: 0
    )
    assert prove_identity(identity, SMALL).holds
    assert not prove_identity(identity, GRID).holds
