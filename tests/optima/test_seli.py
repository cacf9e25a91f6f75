"""The SELI geometry for any class sizes: bounds that meet, multipliers that are positive, and wrong ones found out."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import ncverify.optima.seli as seli
from ncverify.optima import certify_seli, seli_geometry


def cases(count, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield [int(10**x) for x in rng.uniform(0, 3, int(rng.integers(2, 7)))]


@pytest.mark.parametrize("sizes", list(cases(12)))
def test_closed_form_and_dual_point_meet(sizes):
    geometry = seli_geometry(sizes)
    certificate = certify_seli(sizes, *geometry.point())
    assert certificate.lower <= geometry.value * (1 + 1e-14)
    assert certificate.gap <= 1e-11 * geometry.value


@pytest.mark.parametrize("sizes", list(cases(6, seed=1)))
def test_the_multipliers_are_the_positive_integral(sizes):
    A, (j, k) = seli_geometry(sizes).feature_gram, (0, len(sizes) - 1)
    integral = quad(
        lambda s: 2 / ((1 + s * s * sizes[j]) * (1 + s * s * sizes[k]) * sum(1 / (1 + s * s * n) for n in sizes)),
        0,
        math.inf,
    )[0]
    assert A[j, k] == pytest.approx(-integral / math.pi, rel=1e-7)
    assert (A[~np.eye(len(sizes), dtype=bool)] < 0).all()


def step(KA, KB, R):
    """|w_maj|^2/|w_min|^2 and cos(w_min, w_min') for K/2 classes of R and K/2 of 1, in closed form."""
    K = KA + KB
    v = math.sqrt((R + 1) / 2) / K
    return ((1 - 2 / K) * math.sqrt(R) + v) / (1 - 2 / K + v), (v - 2 / K) / (1 - 2 / K + v)


@pytest.mark.parametrize("R", [1, 3, 100, 10**6, 10**9])
@pytest.mark.parametrize("half", [2, 5])
def test_two_groups_of_classes_have_the_closed_form_of_the_paper(half, R):
    gram = seli_geometry([R] * half + [1] * half).classifier_gram
    ratio, cosine = step(half, half, R)
    assert gram[0, 0] / gram[-1, -1] == pytest.approx(ratio, rel=1e-9)
    assert gram[-1, -2] / gram[-1, -1] == pytest.approx(cosine, rel=1e-9)
    assert ratio == 1 or abs(gram[0, 0] / gram[-1, -1] - math.sqrt(R)) > 0.01  # another formula would be noticed


def test_equal_classes_give_a_simplex():
    geometry = seli_geometry([5, 5, 5])
    assert geometry.value == pytest.approx(2 * math.sqrt(5))
    assert geometry.classifier_cosines == pytest.approx(1.5 * np.eye(3) - 0.5)


def test_unequal_classes_do_not():
    assert abs(seli_geometry([50, 50, 2, 2]).classifier_cosines[2, 3] + 1 / 3) > 0.1


def wrong_bounds(seed, count=80):
    """How often a lower bound of a random dual point, or an upper one of a random point, is on the wrong side."""
    rng, wrong = np.random.default_rng(seed), 0
    for sizes in cases(count, seed):
        K, geometry = len(sizes), seli_geometry(sizes)
        W, H = geometry.point()
        moved = W + 0.1 * rng.standard_normal(W.shape), H + 0.1 * rng.standard_normal(H.shape)
        found = certify_seli(sizes, W, H, geometry.feature_gram * np.exp(0.3 * rng.standard_normal((K, K))))
        wrong += found.lower > geometry.value * (1 + 1e-12)
        try:
            wrong += certify_seli(sizes, *moved).upper < geometry.value * (1 - 1e-12)
        except ValueError:
            continue
    return wrong


def test_bounds_of_random_points_are_bounds():
    assert wrong_bounds(2) == 0


def test_a_spectral_norm_that_is_too_small_would_be_found_out(monkeypatch):
    """Control: the bound of the dual point's norm is a fifth of its square too small."""
    real = seli._largest_eigenvalue
    monkeypatch.setattr(seli, "_largest_eigenvalue", lambda M: real(M) * 8 / 10)
    assert wrong_bounds(2) > 0


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"class_sizes": [3]}, "at least two classes"),
        ({"W": -np.eye(3)}, "positive margins"),
        ({"A": np.eye(3)}, "dual point is zero"),
        ({"A": np.eye(2)}, "A: expected shape"),
    ],
)
def test_refusals(change, error):
    good = {"class_sizes": [3, 2, 1], "W": np.eye(3), "H": np.eye(3), "A": np.eye(3) - 1}
    with pytest.raises(ValueError, match=error):
        certify_seli(**good | change)
