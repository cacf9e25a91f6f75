"""Residuals: zero at collapse, growing in proportion to the defect, and each blind to the defects of the others."""

import math

import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import collapsed_point, integer_collapsed_point, nearest_mean_disagreement, residuals
from ncverify.numbers.rational import RATIONAL
from tests.cases import dtype_name, host, native

BASE = collapsed_point(3, 4, 3, squared_norm=6.0)
NAMES = ("nc1", "nc2", "nc3")


def defects():
    """Directions in (W, H) that disturb one condition each, of Frobenius norm one."""
    rng = np.random.default_rng(0)
    zero_W, zero_H = np.zeros_like(BASE.W), np.zeros_like(BASE.H)
    within = rng.standard_normal((3, 3, 4))
    within -= within.mean(axis=2, keepdims=True)
    stretch = np.diag([1.0, -1.0, 0.0]) @ BASE.W
    ratio = np.sqrt((BASE.H**2).sum() / (BASE.W**2).sum() / 4)
    across = rng.standard_normal(BASE.W.shape)
    found = {
        "nc1": (zero_W, within.reshape(3, 12)),
        "nc2": (stretch, ratio * np.repeat(stretch.T, 4, axis=1)),
        "nc3": (across, zero_H),
    }
    return {name: [part / np.sqrt((U**2).sum() + (V**2).sum()) for part in (U, V)] for name, (U, V) in found.items()}


def at(name, size, xp=BASE.xp):
    U, V = defects()[name]
    return Point(native(BASE.W + size * U, xp), native(BASE.H + size * V, xp))


@pytest.mark.parametrize("name", NAMES)
def test_a_residual_grows_in_proportion_to_its_defect(name):
    """Halving the defect halves the residual, up to a relative error of the order of the defect."""
    sizes = [2.0**-k for k in range(4, 12)]
    values = [float(getattr(residuals(at(name, size)), name)) for size in sizes]
    for size, large, small in zip(sizes, values[:-1], values[1:], strict=False):
        assert abs(large / small / 2 - 1) <= 4 * size
    assert values[-1] > sizes[-1] / 100


@pytest.mark.parametrize("name", NAMES)
def test_a_defect_of_one_condition_leaves_the_other_residuals_at_rounding(name):
    r = residuals(at(name, 0.01))
    for other in set(NAMES) - {name}:
        assert float(getattr(r, other)) <= 64 * np.finfo(float).eps
    assert float(getattr(r, name)) > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_residuals_are_blind_to_scale(name):
    reference = getattr(residuals(at(name, 0.01)), name)
    p = at(name, 0.01)
    for a, b in ((2.0, 2.0), (1e-60, 1e-60), (1e60, 1e60), (2.0, 0.25)):
        assert float(getattr(residuals(Point(a * p.W, b * p.H)), name)) == pytest.approx(reference, rel=1e-13)


def test_every_backend_gives_the_residuals_of_numpy(xp):
    for name in NAMES:
        expected = residuals(at(name, 0.25))
        found = residuals(at(name, 0.25, xp))
        assert all(Point.trusted(value, value).xp == xp for value in found)
        for value, reference in zip(found, expected, strict=True):
            # coordinates of size one, rounded, then sums over up to twelve of them
            assert abs(float(host(value)) - float(reference)) <= 256 * float(np.finfo(dtype_name(xp)).eps)


def test_the_first_residual_by_hand():
    """Two classes, means +-1, each with deviations +-1/2: r_1 = sqrt(4/4 / (2 * 2)) = 1/2."""
    p = Point(RATIONAL.asarray([[1], [-1]]), RATIONAL.asarray([[1.5, 0.5, -0.5, -1.5]]))
    r = residuals(p)
    assert r.nc1.item() == RATIONAL.asarray(0.5).item()
    assert r.nc2.item() == 0
    assert r.nc3.item() == 0
    assert r.nc4.item() == 0


def test_centred_residuals_ignore_a_common_shift_and_uncentred_ones_see_it():
    shifted = Point(BASE.W, BASE.H + np.array([[1.0], [2.0], [-1.0]]))
    assert max(residuals(shifted, centred=True)[:3]) <= 64 * np.finfo(float).eps
    assert min(residuals(shifted)[1:3]) > 0.1


def test_where_means_vanish_residuals_are_infinite_or_nan_without_a_warning(xp):
    zero = Point(xp.zeros((2, 1)), xp.zeros((1, 4)))
    assert all(math.isnan(float(value)) for value in residuals(zero)[:3])
    spread = Point(native([[1.0], [-1.0]], xp), native([[1.0, -1.0, 1.0, -1.0]], xp))
    r = residuals(spread)
    assert float(r.nc1) == math.inf
    assert not math.isfinite(float(r.nc3))


def test_where_means_vanish_exact_arithmetic_raises():
    with pytest.raises(ZeroDivisionError):
        residuals(Point(RATIONAL.zeros((2, 1)), RATIONAL.zeros((1, 4))))


def test_nc4_counts_the_samples_whose_largest_logit_is_not_the_nearest_mean():
    """Swapping two classifiers moves the largest logit of two classes in three; the nearest mean stays."""
    p = integer_collapsed_point(3, 4, 3)
    assert nearest_mean_disagreement(p).item() == 0
    swapped = Point(RATIONAL.take(p.W, RATIONAL.integers([1, 0, 2]), axis=0), p.H)
    assert nearest_mean_disagreement(swapped).item() == RATIONAL.asarray(2).item() / 3
    assert nearest_mean_disagreement(Point(-p.W, p.H)).item() == 1


def test_ties_count_as_agreement_when_one_class_attains_both():
    """All logits are equal at W = 0: whatever mean is nearest, its class attains the largest logit."""
    p = integer_collapsed_point(3, 1, 3)
    assert nearest_mean_disagreement(Point(0 * p.W, p.H)).item() == 0


def test_features_far_from_the_origin_do_not_drown_the_distances(xp):
    """Without centring first, |m|^2 would swallow distances of order one: 2^41 in float32, 2^99 in float64."""
    offset = 2.0**20 if dtype_name(xp) == "float32" else 2.0**49
    H = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 2.0]]) + offset
    W = np.array([[1.0, -1.0], [-1.0, -1.0], [0.0, 2.0]])
    W = W - W.mean(axis=0)
    near = Point(W, H - offset)
    assert float(nearest_mean_disagreement(near)) == 0
    p = Point(native(W, xp), native(H, xp))
    expected = nearest_mean_disagreement(p.map(lambda a: RATIONAL.asarray(host(a)))).nearest_float()
    assert float(nearest_mean_disagreement(p)) == pytest.approx(expected, rel=float(np.finfo(dtype_name(xp)).eps))


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_mean_is_that_of_plain_distances_wherever_the_features_lie(seed):
    rng = np.random.default_rng(seed)
    W, H = rng.standard_normal((4, 3)), rng.standard_normal((3, 12)) + 5 * rng.standard_normal((3, 1))
    means = H.reshape(3, 4, 3).mean(axis=2).T
    nearest = [int(np.argmin([np.linalg.norm(h - m) for m in means])) for h in H.T]
    expected = np.mean(np.array(nearest) != np.argmax(W @ H, axis=0))
    assert 0 < expected < 1
    assert float(residuals(Point(W, H)).nc4) == expected
