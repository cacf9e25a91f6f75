"""Laws of flows of the squared loss: against integrations of the flows themselves, and against laws that are wrong."""

import numpy as np
import pytest
from mpmath import mp

from ncverify.flow import (
    centred_class_means,
    integrated,
    least_squares_slope,
    linearised_mse_flow,
    linearised_mse_velocity,
    mse_bias,
    mse_singular_values,
    mse_velocity,
    projected_singular_values,
    projected_velocity,
    renormalised_singular_values,
    renormalised_step,
    renormalised_velocity,
    within_class_scatter,
)

FLOWS = {
    "projected": (projected_velocity, projected_singular_values),
    "renormalised": (renormalised_velocity, renormalised_singular_values),
}
BY_FLOW = pytest.mark.parametrize("flow", FLOWS)
SEVEN_DIGITS = 1e-7


def whitened(rng, K, n, d, means):
    """Features with SW = I and given class means (d, K)."""
    Z = rng.standard_normal((d, K, n))
    Z = (Z - Z.mean(axis=2, keepdims=True)).reshape(d, K * n)
    values, vectors = np.linalg.eigh(Z @ Z.T / (K * n))
    return vectors / np.sqrt(values) @ vectors.T @ Z + np.repeat(means, n, axis=1)


def spectrum(H, K):
    return np.linalg.svd(centred_class_means(H, K), compute_uv=False)[: min(K - 1, len(H))]


def means_of(kind, rng, K, d):
    if kind == "two classes":
        return rng.standard_normal((d, K))
    if kind == "equal":
        return np.linalg.qr(rng.standard_normal((d, d)))[0][:, : K - 1] @ np.linalg.svd(np.eye(K) - 1 / K)[2][: K - 1]
    if kind == "one zero":
        return np.outer(rng.standard_normal(d), rng.standard_normal(K))
    return {"tiny": 1e-4, "large": 10.0, "usual": 1.0}[kind] * rng.standard_normal((d, K))


@BY_FLOW
@pytest.mark.parametrize(
    ("kind", "K", "n", "d"),
    [("usual", 3, 4, 2), ("usual", 4, 2, 4), ("tiny", 3, 5, 5), ("large", 4, 3, 2), ("equal", 3, 3, 3),
     ("one zero", 4, 3, 3), ("two classes", 2, 3, 1), ("two classes", 2, 2, 2)],
)  # fmt: skip
def test_the_flow_follows_its_law_to_seven_digits_at_t_200(flow, kind, K, n, d):
    velocity, law = FLOWS[flow]
    rng = np.random.default_rng(K + n)
    H = whitened(rng, K, n, d, means_of(kind, rng, K, d))
    ((end,),) = integrated(lambda H: velocity(H, K), [H], [200.0])
    np.testing.assert_allclose(within_class_scatter(end, K), np.eye(d), atol=1e-12)
    np.testing.assert_allclose(spectrum(end, K), law(spectrum(H, K), 200.0, K, n), rtol=SEVEN_DIGITS, atol=1e-13)


@BY_FLOW
def test_singular_vectors_are_constant(flow):
    velocity, _ = FLOWS[flow]
    H = whitened(np.random.default_rng(1), 3, 4, 2, np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    ((end,),) = integrated(lambda H: velocity(H, 3), [H], [200.0])
    before, after = (np.linalg.svd(centred_class_means(x, 3), full_matrices=False) for x in (H, end))
    for a, b in ((before[0], after[0]), (before[2], after[2])):
        np.testing.assert_allclose(np.abs(np.sum(a * b, axis=int(a.shape == (2, 3)))), 1, atol=1e-9)


@BY_FLOW
def test_the_law_of_the_other_flow_is_wrong_by_far(flow):
    velocity, _ = FLOWS[flow]
    _, other = FLOWS["renormalised" if flow == "projected" else "projected"]
    H = whitened(np.random.default_rng(2), 3, 4, 2, np.random.default_rng(3).standard_normal((2, 3)))
    ((end,),) = integrated(lambda H: velocity(H, 3), [H], [200.0])
    assert np.abs(spectrum(end, 3) / other(spectrum(H, 3), 200.0, 3, 4) - 1).min() > 0.05


@pytest.mark.parametrize(
    ("factors", "seen"), [((1, 1, 1), False), ((1, 2, 1), True), ((1, 1, 1.01), True), ((2, 1, 1), True)]
)
def test_other_constants_are_told_from_the_right_ones(factors, seen):
    H = whitened(np.random.default_rng(4), 3, 4, 2, 2 * np.random.default_rng(5).standard_normal((2, 3)))
    ((end,),) = integrated(lambda H: projected_velocity(H, 3), [H], [200.0])
    c1, c2, c3 = (f * c for f, c in zip(factors, (4 * 9, 4 * 3, 4 / 4), strict=True))
    low, high = spectrum(H, 3), spectrum(end, 3)
    elapsed = c1 * np.log(high / low) + c2 * (high**2 - low**2) + c3 * (high**4 - low**4)
    assert (np.abs(elapsed / 200 - 1).max() > SEVEN_DIGITS) == seen


def test_small_steps_that_are_renormalised_tend_to_the_renormalised_flow():
    H = whitened(np.random.default_rng(6), 3, 4, 2, np.random.default_rng(7).standard_normal((2, 3)))
    expected, errors = renormalised_singular_values(spectrum(H, 3), 8.0, 3, 4), []
    for count in (20, 40):
        X = H
        for _ in range(count):
            X = renormalised_step(X, 3, 8.0 / count)
        errors.append(np.abs(spectrum(X, 3) - expected).max())
    assert errors[1] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)


def test_one_step_of_any_size_has_a_closed_form():
    K, n, step = 3, 4, 5.0
    H = whitened(np.random.default_rng(8), K, n, 2, np.random.default_rng(9).standard_normal((2, K)))
    w = spectrum(H, K)
    pull = step / (K + w**2) ** 2
    expected = w * (1 + pull / n) / (1 - pull * w**2 / (K * n))
    np.testing.assert_allclose(spectrum(renormalised_step(H, K, step), K), expected, rtol=1e-12)


@BY_FLOW
def test_the_equation_is_solved_to_twelve_digits(flow):
    law, K, n = FLOWS[flow][1], 3, 5
    c1, c2, c3 = (n * K * K, n * K, mp.mpf(n) / 4) if flow == "projected" else (n * K * K, mp.mpf(n * K) / 2, 0)
    with mp.workdps(40):
        for w in (1e-300, 1e-8, 0.3, 1.0, 50.0, 1e10, 1e120):
            for t in (-5.0, 0.0, 1e-9, 1.0, 200.0, 1e9, 1e300):
                y, start = mp.log(mp.mpf(float(law([w], t, K, n)[0]))), mp.log(mp.mpf(w))
                terms = [c1, c2 * mp.exp(2 * y), c3 * mp.exp(4 * y)]
                left = c1 * (y - start) + terms[1] - c2 * mp.exp(2 * start) + terms[2] - c3 * mp.exp(4 * start) - t
                assert abs(left / (terms[0] + 2 * terms[1] + 4 * terms[2])) < 1e-12, (w, t)


@BY_FLOW
def test_zero_stays_zero_and_equal_values_stay_equal(flow):
    found = FLOWS[flow][1]([0.0, 2.0, 2.0], 1e3, 2, 2)
    assert found[0] == 0
    assert found[1] == found[2] > 2


def test_asymptotics():
    n, t = 4, 1e16
    projected = projected_singular_values([1e-3, 1.0], t, 3, n)
    np.testing.assert_allclose(projected, (4 * t / n) ** 0.25, rtol=1e-6)
    renormalised = renormalised_singular_values([1e-3, 1.0], t, 3, n)
    np.testing.assert_allclose(renormalised, (2 * t / (3 * n)) ** 0.5, rtol=1e-6)


@pytest.mark.parametrize("law", [projected_singular_values, renormalised_singular_values])
@pytest.mark.parametrize("bad", [-1.0, float("inf")])
def test_a_singular_value_below_zero_is_refused_by_name(law, bad):
    with pytest.raises(ValueError, match=r"^w: expected finite numbers >= 0"):
        law([1.0, bad], 1.0, 2, 2)


def test_the_gradient_of_the_least_loss_is_that_of_finite_differences():
    H = np.random.default_rng(10).standard_normal((2, 6))

    def least(H):
        X, Y = np.vstack([H, np.ones(6)]), np.repeat(np.eye(3), 2, axis=1)
        return np.sum((Y @ np.linalg.pinv(X) @ X - Y) ** 2) / 12

    E = np.random.default_rng(11).standard_normal(H.shape)
    slope = (least(H + 1e-5 * E) - least(H - 1e-5 * E)) / 2e-5
    assert np.sum(least_squares_slope(H, 3) * E) == pytest.approx(slope, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "d", "n", "t"), [(1e-4, 5, 4, 12.0), (1.0, 3, 5, 200.0), (3.0, 2, 2, 1.0)])
def test_on_the_invariant_subspace_the_squared_loss_follows_its_law(scale, d, n, t):
    K, rng = 4, np.random.default_rng(12)
    W = scale * rng.standard_normal((K, d))
    W -= W.mean(axis=0)
    start = [W, np.repeat(W.T, n, axis=1) / np.sqrt(n), np.full(K, 0.7)]
    ((at, H, b),) = integrated(mse_velocity, start, [t])
    rank = min(K - 1, d)
    low, high = (np.linalg.svd(x, compute_uv=False)[:rank] for x in (W, at))
    np.testing.assert_allclose(high, mse_singular_values(low, t, n), rtol=SEVEN_DIGITS)
    np.testing.assert_allclose(b, mse_bias(0.7, t, K, n), rtol=SEVEN_DIGITS)
    np.testing.assert_allclose(H, np.repeat(at.T, n, axis=1) / np.sqrt(n), atol=1e-7 * np.abs(H).max())


def test_off_the_subspace_that_law_is_wrong():
    K, n, rng = 3, 2, np.random.default_rng(13)
    W = rng.standard_normal((K, 2))
    W -= W.mean(axis=0)
    start = [W, np.repeat(W.T, n, axis=1) / np.sqrt(n) + 0.3, np.full(K, 1 / 3)]
    ((at, _, _),) = integrated(mse_velocity, start, [0.5])
    low, high = (np.linalg.svd(x, compute_uv=False)[:2] for x in (W, at))
    assert np.abs(high / mse_singular_values(low, 0.5, n) - 1).max() > 1e-3


def test_extreme_singular_values_of_the_squared_loss_keep_their_digits():
    assert mse_singular_values([0.0, 1e-300, 1e300], 0.0, 5).tolist() == pytest.approx(
        [0.0, 1e-300, 1e300], rel=1e-12, abs=0
    )
    found = mse_singular_values([1e-200, 1e200], 1e3, 4)
    np.testing.assert_allclose(found, np.sqrt(2.0), rtol=1e-12)


def test_the_linearised_flow_has_its_closed_form_from_any_start():
    rng = np.random.default_rng(14)
    start = [rng.standard_normal((3, 4)), rng.standard_normal((4, 6)), rng.standard_normal(3)]
    (found,) = integrated(linearised_mse_velocity, start, [2.0])
    for a, b in zip(found, linearised_mse_flow(*start, 2.0), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    (full,) = integrated(mse_velocity, start, [2.0])
    assert np.abs(full[0] - found[0]).max() > 1


def test_classes_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="same number of samples for each of K = 3 classes, got 7"):
        projected_velocity(np.zeros((2, 7)), 3)


@pytest.mark.parametrize("times", [[], [-1.0], [1.0, 1.0]])
def test_times_that_do_not_increase_are_refused(times):
    with pytest.raises(ValueError, match="times"):
        integrated(lambda x: x, [np.ones(1)], times)
