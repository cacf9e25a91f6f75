"""What statements derive from free variables is no more special than it says: false identities about it are refused.

The planted identities hold for matrices that are made of too few numbers (one reflection, one column, the logits for a
gradient), which is how a false identity passes.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import ncverify.literature
from ncverify.falsification.polynomial import prove_identity
from ncverify.literature.ulpm_2022 import (
    _landscape,
    _late_points,
    _matrices,
    _saddles,
    appendix_c_gradient,
    appendix_c_nuclear,
    appendix_c_rank,
    appendix_c_trace,
    appendix_d,
    theorem_a_1,
)
from ncverify.literature.ulpm_2022._matrices import CRITICAL, GRID, MOVES, WEIGHTED, at, determinant, inner, zero
from ncverify.papers.claim import SMALL
from ncverify.space import Space, Variable, charts
from ncverify.statements.types import Identity


def _minors(E):
    """Zero where E has rank one."""
    return E[0, 0] * E[1, 1] - E[0, 1] * E[1, 0]


def _commutator(A, B):
    return A @ B - B @ A


def _balanced(p):
    return (p.U * p.u) @ (p.V * p.u).T


def _free_tangent(p):
    q, v = _landscape.free_tangent(p)
    return inner(q.W, v.W, p.xp)


def _radial_speed(p):
    theta, v, _ = _late_points._position_velocity_number(p)
    return theta.W[0, 0] * v.W[1, 0] - theta.W[1, 0] * v.W[0, 0]


PLANTED = {
    "the orthogonal U is symmetric": (lambda p: p.U - p.U.T, appendix_c_trace.FACTORS),
    "the orthogonal U is a reflection": (lambda p: determinant(p.U) + 1, appendix_c_trace.FACTORS),
    "the orthogonal U is a rotation": (lambda p: determinant(p.U) - 1, appendix_c_trace.FACTORS),
    "U and the first rows of V commute": (lambda p: _commutator(p.U, p.V[: p.K, :]), appendix_c_trace.FACTORS),
    "U S V' with K singular values is symmetric": (
        lambda p: _balanced(p)[:, : p.K] - _balanced(p)[:, : p.K].T,
        appendix_c_trace.FACTORS,
    ),
    "W'W and HH' commute": (lambda p: _commutator(p.W.T @ p.W, p.H @ p.H.T), CRITICAL),
    "G is singular": (lambda p: determinant(p.G[:, : p.K]), CRITICAL),
    "the subgradient's W is zero": (appendix_c_nuclear.projected, appendix_c_nuclear.SINGULAR),
    "the subgradient's W has rank one": (
        lambda p: _minors(appendix_c_nuclear.projected(p)),
        appendix_c_nuclear.SINGULAR,
    ),
    "G of the chain rule is the logits": (
        lambda p: inner(p.G - p.W @ p.H, p.W @ p.H, p.xp),
        appendix_c_gradient.CHAINED,
    ),
    "the exponentials are singular": (lambda p: determinant(p.E[:, :: p.N // p.K]), appendix_c_rank.EXPONENTIALS),
    "u is a left null vector": (
        lambda p: p.u @ (appendix_c_rank._softmax(p) - appendix_c_rank._labels(p)),
        appendix_c_rank.EXPONENTIALS,
    ),
    "a centred G is the logits": (lambda p: appendix_d._centred(p) - p.W @ p.H, _late_points.FLOW),
    "the velocity of Appendix B is radial": (_radial_speed, _late_points.MOTION),
    "a tangent direction is tangent in each half": (_free_tangent, _landscape.CURVES),
    "the null vector a is in the range of W'": (
        lambda p: _saddles._null_gap(p) - p.xp.sum(p.W[:, :1] ** 2),
        _saddles.WITH_VECTOR,
    ),
    "weights that add up to one are alike": (
        lambda p: _matrices.weights_of_one(p) - _matrices.weights_of_one(p)[:1, :],
        WEIGHTED,
    ),
    "a variance is that of its bounds": (lambda p: _matrices._variance_gap(p) + (p.M - p.m) ** 2, WEIGHTED),
    "the multipliers are alike": (
        lambda p: theorem_a_1.multipliers(p)[0] - theorem_a_1.multipliers(p)[1],
        theorem_a_1.DATA,
    ),
    "v is the combination of the gradients": (lambda p: theorem_a_1._minors(p), theorem_a_1.DATA),
    "each half of a pair is orthogonal alone": (lambda p: inner(at(p).W, p.dW, p.xp), MOVES),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_identity_is_refused(name):
    function, space = PLANTED[name]
    assert not prove_identity(zero(name, function), space).holds


def test_one_reflection_would_let_the_planted_identity_pass():
    """What the planted identities are for: with a single reflection an orthogonal matrix is symmetric."""

    def reflection(p):
        return p.xp.eye(p.K) - 2 * p.xp.expand_dims(p.v, axis=1) * p.v / p.xp.sum(p.v * p.v)

    symmetric = zero("symmetric", lambda p: reflection(p) - reflection(p).T)
    assert prove_identity(symmetric, Space({"K": (2, 3)}, variables={"v": Variable("K")})).holds


# --- variables are honest ---------------------------------------------------------------------------------------------

SMUGGLED = re.compile(r"\b[WH]\[\d+, *\d+\]|\bW\[:, *[^\]]+\]|\bH\[[^\],]+, *:\]")
"""An entry, columns of W or rows of H: numbers that a statement needs beside (W, H) are variables of their own."""


def test_no_statement_cuts_its_variables_out_of_w_and_h():
    for path in Path(ncverify.literature.__file__).parent.rglob("*.py"):
        assert not SMUGGLED.findall(path.read_text()), path.name


@pytest.mark.parametrize("text", ["t = p.W[0, 0]", "u = p.W[:, 0]", "x = p.H[0, :]", "G = p.W[:, -2:]", "p.H[:-2, :]"])
def test_what_is_cut_out_would_be_found(text):
    assert SMUGGLED.search(text)


# --- the number of free parameters ------------------------------------------------------------------------------------


def _rank(function, size, seed=0, step=1e-6):
    """The rank of the derivative of a function of coordinates to an array: the dimension of its image."""
    x = np.random.default_rng(seed).standard_normal(size)
    columns = [(function(x + h) - function(x - h)).ravel() / (2 * step) for h in step * np.eye(size)]
    values = np.linalg.svd(np.stack(columns), compute_uv=False)
    return int(np.sum(values > 1e-6 * values[0]))


@pytest.mark.parametrize(("rows", "columns"), [(2, 1), (2, 2), (3, 2), (3, 3), (6, 2), (6, 3)])
def test_frames_fill_their_dimension(rows, columns):
    from ncverify.numbers.namespaces import namespace_of

    free = charts.free_shape("orthonormal columns", (rows, columns))

    def frame(x):
        return charts.apply("orthonormal columns", x.reshape(free), (rows, columns), namespace_of(x))

    assert _rank(frame, rows * (columns + 1)) == rows * columns - columns * (columns + 1) // 2


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_an_identity_for_small_numbers_of_classes_is_refused_by_the_grid():
    identity = Identity(
        "K is 2, 3 or 4", left=lambda p: (p.K - 2) * (p.K - 3) * (p.K - 4) * p.W[0, 0], right=lambda p: 0
    )
    assert prove_identity(identity, SMALL).holds
    assert not prove_identity(identity, GRID).holds
