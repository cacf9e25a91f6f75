"""Multipliers at any ratio of the norms, and the bounds of their errors, against active sets in 50 digits."""

from dataclasses import replace
from typing import NamedTuple

import mpmath
import numpy as np
import pytest
from scipy.optimize import nnls

from ncverify import Point
from ncverify.collapse import collapsed_point
from ncverify.separation import multipliers, refinement, softmax_multipliers
from ncverify.separation.error_bounds import distances
from ncverify.separation.program import balance, entries_within
from tests.separation.textbook import EXAMPLE_3_1, constraint_gradients, near_collapse, separating_point, vector

RATIOS = [1e-6, 1.0, 1e3, 1e4, 1e6]
PATHS = {"few": ("FEW_CONSTRAINTS", 128), "many": ("FEW_CONSTRAINTS", 0), "floats": ("LARGEST", 0)}
EPS = np.finfo(np.float64).eps


def unbalanced(p, ratio):
    return Point(p.W / ratio**0.5, p.H * ratio**0.5)


class _Exact(NamedTuple):
    W: np.ndarray
    H: np.ndarray
    K: int
    n: int


def exact(p):
    """(multipliers of all constraints by Lawson and Hanson's active sets, their Gram matrix, 2 s, positions)."""
    exactly = np.vectorize(mpmath.mpf, otypes=[object])
    with mpmath.workdps(50):
        gradients, positions = constraint_gradients(_Exact(exactly(p.W), exactly(p.H), p.K, p.n))
        G, x = mpmath.matrix(gradients.tolist()), mpmath.matrix(vector(p).tolist())
        gram, b = G.T * G, G.T * x
        guess, _ = nnls(gradients.astype(float), vector(p).astype(float))
        return _lawson_hanson(gram, b, np.flatnonzero(guess).tolist()), gram, b, positions


def _lawson_hanson(gram, b, active):
    """Begins with a guess of the active set; it ends only where no multiplier can grow, whatever the guess was."""
    size = len(b)
    values = mpmath.zeros(size, 1)
    while True:
        while active:
            part = mpmath.matrix([[gram[i, j] for j in active] for i in active])
            found = mpmath.lu_solve(part, mpmath.matrix([b[i] for i in active]))
            if min(found) > 0:
                for i, z in zip(active, found, strict=True):
                    values[i] = z
                break
            blocked = [values[i] / (values[i] - z) for i, z in zip(active, found, strict=True) if z <= 0]
            for i, z in zip(active, found, strict=True):
                values[i] += min(blocked) * (z - values[i])
            active = [i for i in active if values[i] > mpmath.mpf(10) ** -40]
            for i in set(range(size)) - set(active):
                values[i] = mpmath.mpf(0)
        descent = b - gram * values
        ready = [i for i in range(size) if i not in active and descent[i] > mpmath.mpf(10) ** -35 * abs(b[i])]
        if not ready:
            return values
        active.append(max(ready, key=lambda i: descent[i]))


def true_errors(matrix, reference, positions):
    found = np.zeros(matrix.shape)
    with mpmath.workdps(50):
        for value, (j, c) in zip(reference, positions, strict=True):
            found[j, c] = float(abs(mpmath.mpf(float(matrix[j, c])) - value))
    return found


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("size", [1e-8, 1e-3, 0.02])
def test_the_multipliers_are_exact_at_any_ratio_of_the_norms_and_their_bounds_hold(ratio, size):
    p = unbalanced(near_collapse(3, 4, 3, size), ratio)
    found = multipliers(p, active_within=np.inf)
    for point in (found.point, p):
        reference, _, _, positions = exact(point)
        assert (true_errors(found.matrix, reference, positions) <= found.errors).all()
    assert found.errors.max() < 1e-9 * found.matrix.max()


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("path", PATHS)
def test_the_bounds_grow_with_the_errors_of_wrong_multipliers(ratio, path, monkeypatch):
    p = unbalanced(near_collapse(3, 2, 3, 1e-3), ratio)
    found = multipliers(p, active_within=np.inf)
    reference, _, _, positions = exact(found.point)
    monkeypatch.setattr(refinement, *PATHS[path])
    rng = np.random.default_rng(5)
    for size in (1e-12, 1e-6, 1e-2, 1.0, 100.0):
        wrong = found.matrix * np.exp(size * rng.uniform(-1, 1, found.matrix.shape))
        errors = true_errors(wrong, reference, positions)
        assert (errors <= replace(found, matrix=wrong).errors).all()
    assert not (errors <= found.errors).all()  # the bounds of the right ones do not cover these


@pytest.mark.parametrize("shape", [(3, 2, 2), (4, 1, 5), (3, 2, 4)], ids=str)
def test_the_distance_bound_covers_the_true_distance_and_needs_its_shift(shape):
    p = separating_point(*shape, seed=5)
    entries = entries_within(p, np.inf)
    reference, G, b, positions = exact(p)
    order = [positions.index((j, c)) for j, c in zip(entries.j, entries.column, strict=True)]
    rng, too_small = np.random.default_rng(0), 0
    with refinement.precision(256):
        gram, s, squared_norm = refinement._program(p, entries)
        for trial in range(20):
            values = np.array([float(reference[i]) for i in order]) * rng.uniform(0, 2, len(order)) ** (trial % 3)
            values[trial % len(order)] *= 1.01
            bound = _bound(gram, s, squared_norm, values)
            with mpmath.workdps(50):
                difference = mpmath.matrix(values.tolist()) - mpmath.matrix([reference[i] for i in order])
                full = mpmath.zeros(len(order), 1)
                for row, i in enumerate(order):
                    full[i] = difference[row]
                true = float((full.T * G * full)[0])
                at = mpmath.zeros(len(order), 1)
                for row, i in enumerate(order):
                    at[i] = mpmath.mpf(values[row])
                unshifted = float(2 * (at.T * (G * at - b))[0])
            assert true <= bound * (1 + 8 * EPS)
            too_small += unshifted < true
    assert too_small  # without t the bound is wrong


def _bound(gram, s, squared_norm, values):
    balls = [refinement.arb(value) for value in values]
    return float(refinement.squared_distance(refinement.slopes_of(gram, s, balls), s, squared_norm, balls))


@pytest.mark.parametrize("few", [0, refinement.FEW_CONSTRAINTS])
@pytest.mark.parametrize("shape", [(3, 4, 3), (4, 2, 5), (5, 2, 5)], ids=str)
def test_the_exchanges_find_the_multipliers_from_any_start(shape, few, monkeypatch):
    monkeypatch.setattr(refinement, "FEW_CONSTRAINTS", few)
    p = near_collapse(*shape, 0.3)
    entries = entries_within(p, np.inf)
    rng = np.random.default_rng(1)
    starts = [np.zeros(len(entries), bool), np.ones(len(entries), bool), *(rng.random((5, len(entries))) < 0.5)]
    found = [refinement.refined(p, entries, start) for start in starts]
    assert 0 < np.count_nonzero(found[0].floats()) < len(entries)
    for other in found[1:]:
        assert np.array_equal(other.floats(), found[0].floats())


def test_the_exchanges_go_on_one_by_one_where_all_at_once_do_not_end(monkeypatch):
    p = near_collapse(4, 2, 5, 0.3, seed=2)
    entries = entries_within(p, np.inf)
    every = np.ones(len(entries), bool)
    usual = refinement.refined(p, entries, every)
    monkeypatch.setattr(refinement, "_PATIENCE", 0)
    assert np.array_equal(refinement.refined(p, entries, every).floats(), usual.floats())
    monkeypatch.setattr(refinement, "_STEPS", 1)
    assert refinement.refined(p, entries, every) is None


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [1e-6, 1e3, 1e6])
def test_many_multipliers_at_unbalanced_norms_are_those_of_few(ratio, monkeypatch):
    p = unbalanced(near_collapse(5, 8, 6, 1e-3), ratio)
    found = multipliers(p, active_within=np.inf)
    assert len(found.entries) == 160
    assert found.errors.max() < 1e-12 * found.matrix.max()
    wrong = replace(found, matrix=found.matrix * 1.5)
    monkeypatch.setattr(refinement, "FEW_CONSTRAINTS", 160)
    by_inverse = multipliers(p, active_within=np.inf)
    assert np.array_equal(found.matrix, by_inverse.matrix)
    assert (wrong.errors >= 0.5 * found.matrix * (1 - 4 * EPS)).all()
    monkeypatch.setattr(refinement, "LARGEST", 0)
    assert not np.array_equal(multipliers(p, active_within=np.inf).matrix, found.matrix)


def test_steps_in_floats_that_cannot_settle_leave_the_solver_s_answer(monkeypatch):
    monkeypatch.setattr(refinement, "FEW_CONSTRAINTS", 0)
    p = unbalanced(near_collapse(3, 2, 3, 1e-3), 1e12)
    entries = entries_within(p, np.inf)
    assert refinement.refined(p, entries, np.ones(len(entries), bool)) is None
    found = multipliers(p, active_within=np.inf)
    assert (found.matrix >= 0).all()
    assert np.isfinite(found.errors).all()
    p = separating_point(4, 3, 2, seed=3)
    entries = entries_within(p, np.inf)
    assert refinement.refined(p, entries, np.ones(len(entries), bool)) is None


def test_the_bounds_are_infinite_where_multipliers_are_not_unique():
    for p in (separating_point(4, 3, 2, seed=3), EXAMPLE_3_1):
        found = multipliers(unbalanced(p, 1e3), active_within=np.inf)
        assert np.isinf(found.errors[found.matrix > 0]).all()
        assert found.errors.shape == found.matrix.shape


def test_beyond_the_refined_sizes_the_bounds_come_from_floats(monkeypatch):
    p = near_collapse(4, 3, 5, 0.01)
    refined = multipliers(p, active_within=np.inf)
    assert refined.errors.max() < 1e-15
    monkeypatch.setattr(refinement, "LARGEST", 0)
    found = multipliers(p, active_within=np.inf)
    difference = np.abs(found.matrix - refined.matrix)
    assert difference.max() > 0
    assert (difference <= found.errors + refined.errors).all()
    assert 1e-9 < found.errors.max() < 1e-5
    flat = Point(p.W[:, :2], p.H[:2])
    assert np.isinf(distances(flat, found.matrix, found.entries)[found.matrix > 0]).all()


def test_the_solver_alone_has_five_digits_at_ratios_of_real_networks(monkeypatch):
    p = unbalanced(near_collapse(3, 4, 3, 1e-3), 1e3)
    exactly = multipliers(p, active_within=np.inf).matrix
    monkeypatch.setattr(refinement, "LARGEST", 0)
    solved = multipliers(p, active_within=np.inf).matrix
    assert 0 < np.abs(solved - exactly).max() < 1e-5 * exactly.max()


def test_the_bound_of_softmax_multipliers_covers_their_distance():
    p = near_collapse(3, 2, 3, 0.02)
    found, best = softmax_multipliers(p), multipliers(p, active_within=np.inf)
    difference = np.abs(found.matrix - best.matrix)
    assert (difference <= found.errors + best.errors).all()
    assert found.errors.max() == pytest.approx(difference.max(), rel=1e-9)


@pytest.mark.parametrize("exponent", [-400, -40, 40, 400])
def test_extreme_ratios_are_within_the_floats(exponent):
    p = collapsed_point(3, 2, 2, squared_norm=4 * 2**0.5)
    ratio = float(2.0**exponent)
    found = multipliers(Point(p.W / ratio, p.H * ratio), active_within=np.inf)
    assert found.errors.max() < 1e-9 * found.matrix.max()


def test_the_balance_is_a_power_of_two():
    p = collapsed_point(3, 2, 2)
    for exponent in (-600, -3, 0, 3, 600):
        assert balance(Point(p.W * 2.0**-exponent, p.H * 2.0**exponent)) == 2.0**exponent
    assert balance(Point(p.W, 1.9 * p.H)) == 1.0
    assert balance(Point(p.W, 2.1 * p.H)) == 2.0
