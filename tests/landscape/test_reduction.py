"""The elimination of the feature directions: inertia, minimising features, one level after another."""

import numpy as np
import pytest

from ncverify.landscape import multiplier, random_point, rayleigh_quotient, reduce_at
from ncverify.landscape.sphere import inner, norm, position
from ncverify.numbers import to_numpy
from tests.landscape.oracle import cases, rounding, tangent_spectrum


def reduced_matrix(p, t):
    S = reduce_at(p, t)
    rows = np.asarray(S(np.eye(p.K * p.d).reshape(-1, p.K, p.d))).reshape(p.K * p.d, -1)
    return S, rows


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_the_reduction_has_as_many_negative_eigenvalues_as_the_hessian_below_the_level(p):
    spectrum = tangent_spectrum(p)
    lam = float(multiplier(p))
    for level in (spectrum[0] - 0.1, (spectrum[0] + spectrum[1]) / 2, (spectrum[0] - lam) / 2, -lam - 0.01):
        if -(lam + level) <= 0:
            continue
        _, M = reduced_matrix(p, -(lam + level))
        assert np.abs(M - M.T).max() <= 64 * rounding(p) / -((lam + level) ** 2) or np.allclose(M, M.T)
        assert np.sum(np.linalg.eigvalsh(0.5 * (M + M.T)) < 0) == np.sum(spectrum < level)


@pytest.mark.parametrize("p", [p for p in cases() if p.d > 1], ids=repr)
def test_at_the_smallest_eigenvalue_the_null_vector_gives_the_eigenvector(p):
    smallest = tangent_spectrum(p)[0]
    S, M = reduced_matrix(p, -(float(multiplier(p)) + smallest))
    values, vectors = np.linalg.eigh(0.5 * (M + M.T))
    assert abs(values[0]) <= 64 * rounding(p)
    direction = S.direction(vectors[:, 0].reshape(p.K, p.d))
    assert abs(float(inner(position(p), direction, p.xp))) <= rounding(p) * float(norm(direction, p.xp))
    assert float(rayleigh_quotient(p, direction)) == pytest.approx(smallest, abs=64 * rounding(p))


def test_the_features_minimise_the_form_among_tangent_directions():
    p = cases()[3]
    t = 2.0
    S = reduce_at(p, t)
    rng = np.random.default_rng(0)
    U = rng.standard_normal((p.K, p.d))
    best = S.direction(U)
    level = -(float(multiplier(p)) + t)

    def form(V):
        direction = (U, V)
        size = float(inner(direction, direction, p.xp))
        return (float(rayleigh_quotient(p, direction)) - level) * size

    assert form(best.H) == pytest.approx(float(np.sum(U * S(U))), rel=1e-12)
    change = rng.standard_normal(p.H.shape)
    change -= np.sum(change * p.H) / np.sum(p.H**2) * p.H  # stays tangent
    assert form(best.H + 1e-3 * change) > form(best.H)


def test_every_backend_gives_the_same_products(xp64):
    p = random_point(3, 2, 4, 2.5, np.random.default_rng(2))
    q = p.map(lambda a: xp64.asarray(a.tolist()))
    U = np.random.default_rng(3).standard_normal((2, 3, 4))
    ours = to_numpy(reduce_at(q, 1.5)(xp64.asarray(U.tolist())))
    assert np.abs(ours - reduce_at(p, 1.5)(U)).max() <= 64 * rounding(p) * np.abs(U).max()


def test_a_level_above_the_multiplier_is_refused():
    with pytest.raises(ValueError, match="positive"):
        reduce_at(cases()[2], 0.0)
