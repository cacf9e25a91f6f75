"""Tracked floats: the size of the terms bounds the rounding, and soft minima tend to minima."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ncverify import Point
from ncverify.numbers import backend_namespace
from ncverify.numbers.tracked import TrackedArray, TrackedNamespace
from tests.cases import CASE, CASES, host, repeatable

NUMPY, TORCH = backend_namespace("numpy"), backend_namespace("torch")
XP = TrackedNamespace(NUMPY)
EPS = Fraction(float(np.finfo(float).eps))


def tracked(value):
    return XP.track(np.asarray(value, dtype=np.float64))


def exact_error(result, exact):
    return abs(Fraction(float(result.value)) - exact)


leaves = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-6)


@repeatable
@given(st.lists(st.tuples(st.sampled_from("+-*/r"), leaves), min_size=1, max_size=8), leaves)
def test_the_size_of_the_terms_bounds_the_rounding_of_any_expression(steps, start):
    """After N operations |computed - exact| <= N eps size, to first order; the second order is below eps itself."""
    value, exact, count = tracked(start), Fraction(start), 0
    for op, leaf in steps:
        # a divisor must be known to many digits, or first order says nothing
        known = count * EPS * Fraction(float(value.size_of_terms)) < abs(exact) * Fraction(1, 2**20)
        if (op == "/" and leaf == 0) or (op == "r" and not (known and exact)):
            continue
        if op == "+":
            value, exact = value + leaf, exact + Fraction(leaf)
        elif op == "-":
            value, exact = leaf - value, Fraction(leaf) - exact
        elif op == "*":
            value, exact = value * leaf, exact * Fraction(leaf)
        elif op == "/":
            value, exact = value / leaf, exact / Fraction(leaf)
        else:
            value, exact = leaf / value, Fraction(leaf) / exact
        count += 1
        assert exact_error(value, exact) <= 2 * count * EPS * Fraction(float(value.size_of_terms))


@repeatable
@given(st.lists(leaves, min_size=1, max_size=6), st.lists(leaves, min_size=6, max_size=6))
def test_the_size_of_an_inner_product_bounds_its_rounding(left, right):
    right = right[: len(left)]
    exact = sum(Fraction(a) * Fraction(b) for a, b in zip(left, right, strict=True))
    for result in (tracked(left) @ tracked(right), XP.sum(tracked(left) * tracked(right))):
        assert exact_error(result, exact) <= len(left) * EPS * Fraction(float(result.size_of_terms))


@pytest.mark.parametrize(
    ("formula", "at"),
    [
        (lambda x: (x + 1) * (x + 1) - x * x - 2 * x - 1, 1e8),
        (lambda x: (x + 1e-9) - x - 1e-9, 1.0),
        (lambda x: (x**3 - 1) - (x - 1) * (x * x + x + 1), 1 + 2.0**-27),
        (lambda x: 1 / (x - 1) - x / (x - 1) + 1, 1 + 2.0**-40),
        (lambda x: XP.sqrt(x * x + 1) - x - 1 / (XP.sqrt(x * x + 1) + x), 1e7),
        (lambda x: XP.log(x * 3) - XP.log(x) - XP.log(3), 1e5),
    ],
)
def test_what_is_zero_but_for_rounding_is_seen_as_zero_beside_its_size(formula, at):
    result = formula(tracked(at))
    assert abs(float(result.value)) <= 16 * float(EPS) * float(result.size_of_terms)
    assert float(result.size_of_terms) > 0


def test_a_true_sign_stands_out_from_its_size():
    result = (tracked(1.0) + 1e-3) ** 2 - 1
    assert float(result.value) > 1e-4 * float(result.size_of_terms)


def test_a_huge_exponent_does_not_pass_for_cancellation():
    """In exp an argument counts with size at most one: exp(-700) is known to many digits, whatever it came from."""
    for name in ("exp", "expm1", "tanh", "softplus", "log_softplus"):
        result = getattr(XP, name)(tracked(700.0) * -1)
        assert float(result.size_of_terms) <= 2 * max(1e-300, abs(float(result.value))), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_size_never_falls_below_the_value(case):
    p = Point(tracked(case.W), tracked(case.H))
    quantities = [p.logits, p.logit_differences, p.margins, p.q_min, p.loss, p.log_loss, p.squared_norm]
    for quantity in (*quantities, *p.gradient, p.centred_classifiers, p.class_means):
        assert (quantity.size_of_terms >= abs(quantity.value) * (1 - 4 * float(EPS))).all()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_values_are_those_of_the_native_arithmetic_to_the_last_bit(case):
    plain, p = case.point(NUMPY), Point(tracked(case.W), tracked(case.H))
    for name in ("logits", "logit_differences", "margins", "q_min", "loss", "log_loss", "squared_norm"):
        assert np.array_equal(host(getattr(p, name).value), host(getattr(plain, name))), name


def test_a_change_of_units_changes_value_and_size_alike():
    case = CASE["gaussian"]
    for power in (-30, 30):
        small, large = (Point(tracked(case.W * 2.0**k), tracked(case.H * 2.0**k)) for k in (0, power))
        for name in ("q_min", "squared_norm"):
            one, other = getattr(small, name), getattr(large, name)
            assert float(other.value) == float(one.value) * 4.0**power
            assert float(other.size_of_terms) == float(one.size_of_terms) * 4.0**power


# --- soft minima -----------------------------------------------------------------------------------------------------

VALUES = np.array([[1.0, 3.0, 2.5], [0.5, 0.75, 4.0]])


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_soft_extrema_tend_to_the_extrema(axis):
    low, high = VALUES.min(axis=axis), VALUES.max(axis=axis)
    count = VALUES.size if axis is None else VALUES.shape[axis]
    for smoothing in (1e-1, 1e-3, 1e-6, 1e-12):
        xp = TrackedNamespace(NUMPY, smoothing)
        # the mean of exponentials is at least the largest one divided by their number
        room = smoothing * np.abs(VALUES).mean() * np.log(count) + 8 * float(EPS) * np.abs(VALUES).max()
        soft_max, soft_min = xp.max(xp.track(VALUES), axis=axis).value, xp.min(xp.track(VALUES), axis=axis).value
        assert (high - room <= soft_max).all()
        assert (soft_max <= high + 8 * float(EPS) * high).all()
        assert (low - 8 * float(EPS) * np.abs(VALUES).max() <= soft_min).all()
        assert (soft_min <= low + room).all()


def test_without_smoothing_extrema_are_exact():
    assert float(XP.max(tracked(VALUES)).value) == 4.0
    assert XP.min(tracked(VALUES), axis=1, keepdims=True).value.tolist() == [[1.0], [0.5]]


@pytest.mark.parametrize("value", [3.0, -3.0, 1e-100, 0.0])
def test_a_soft_minimum_of_equal_elements_is_that_element(value):
    xp = TrackedNamespace(NUMPY, 0.1)
    equal = xp.track(np.full((2, 5), value))
    for soft in (xp.min(equal), xp.max(equal), xp.min(equal, axis=1)):
        assert np.abs(host(soft.value) - value).max() <= 8 * float(EPS) * abs(value)
    assert tuple(xp.max(equal, axis=1, keepdims=True).shape) == (2, 1)
    assert tuple(xp.max(equal, keepdims=True).shape) == (1, 1)


def test_a_soft_minimum_has_a_slope_in_every_element():
    xp = TrackedNamespace(TORCH, 0.5)
    x = torch.tensor([1.0, 1.5, 2.0], dtype=torch.float64)
    slope = torch.func.grad(lambda v: xp.min(TrackedArray(v, torch.full_like(v, 4.0), xp)).value)(x)
    # by hand: weights exp(-x / heat) / sum, with heat = 0.5 times the mean size four
    weights = np.exp(-x.numpy() / 2)
    assert slope.numpy() == pytest.approx(weights / weights.sum(), rel=1e-14)


def test_derivatives_of_value_over_size_agree_with_differences():
    """What the adversary descends: q_min and its size, smoothed, as a function of all coordinates."""
    xp = TrackedNamespace(TORCH, 0.05)
    case = CASE["gaussian"]

    def ratio(W, H):
        q = Point.trusted(xp.track(W), xp.track(H)).q_min
        return q.value / q.size_of_terms

    arguments = [torch.tensor(a, requires_grad=True) for a in (case.W, case.H)]
    assert torch.autograd.gradcheck(ratio, arguments)


def test_many_points_at_once_give_the_values_one_by_one():
    xp = TrackedNamespace(TORCH)
    W, H = torch.randn(5, 3, 2, dtype=torch.float64), torch.randn(5, 2, 6, dtype=torch.float64)

    def quantities(W, H):
        p = Point.trusted(xp.track(W), xp.track(H))
        return torch.stack([p.q_min.value, p.log_loss.value, (p.q_min > 0).distance])

    together = torch.func.vmap(quantities)(W, H)
    alone = torch.stack([quantities(w, h) for w, h in zip(W, H, strict=True)])
    assert float((together - alone).abs().max()) <= 64 * float(EPS) * float(alone.abs().max())


def test_what_the_search_does_not_know_is_refused_by_name():
    with pytest.raises(AttributeError, match=r"p\.xp\.bessel is not available in the search"):
        XP.bessel(1)


def _sized(value, size):
    return TrackedArray(np.asarray(value, dtype=np.float64), np.asarray(size, dtype=np.float64), XP)


@pytest.mark.parametrize(
    ("exponent", "value", "size"),
    # the derivative times the size of the base, or the value itself where that is larger
    [
        (3, 8.0, 3 * 4.0 * 5.0),
        (2, 4.0, 2 * 2.0 * 5.0),
        (1, 2.0, 5.0),
        (0, 1.0, 1.0),
        (-1, 0.5, 5.0 / 4),
        (0.5, 2**0.5, 5 / 2**1.5),
    ],
)
def test_the_size_of_a_power_is_the_derivative_times_the_size_of_the_base(exponent, value, size):
    found = _sized(2.0, 5.0) ** exponent
    assert float(found.value) == pytest.approx(value, rel=1e-15)
    assert float(found.size_of_terms) == pytest.approx(size, rel=1e-15)


def test_the_size_of_a_power_of_a_cancelled_base_is_at_least_the_value():
    assert float((_sized(2.0, 1e-3) ** 3).size_of_terms) == 8.0


def test_the_size_of_an_argument_counts_up_to_one_for_exponentials_and_in_full_for_the_others():
    x = _sized(2.0, 50.0)
    assert float(XP.exp(x).size_of_terms) == pytest.approx(np.exp(2.0), rel=1e-15)
    assert float(XP.exp(_sized(2.0, 0.25)).size_of_terms) == pytest.approx(np.exp(2.0), rel=1e-15)
    assert float(XP.log(x).size_of_terms) == pytest.approx(50 / 2, rel=1e-15)
    assert float(XP.sqrt(x).size_of_terms) == pytest.approx(50 / 2**1.5, rel=1e-15)
    assert float(XP.sin(x).size_of_terms) == pytest.approx(50 * abs(np.cos(2.0)), rel=1e-15)


def test_comparisons_carry_the_smoothing_of_their_namespace_and_equalities_are_of_measure_zero():
    soft = TrackedNamespace(NUMPY, smoothing=0.25)
    x = soft.asarray(2.0)
    for found, measure_zero in ((x > 1, False), (x <= 1, False), (x == 1, True), (x != 1, False)):
        assert (found.smoothing, found.measure_zero) == (0.25, measure_zero)
    assert (tracked(2.0) > 1).smoothing == 0


def test_namespaces_are_equal_with_their_library_and_smoothing():
    soft = TrackedNamespace(NUMPY, smoothing=0.25)
    assert soft == TrackedNamespace(NUMPY, smoothing=0.25)
    assert hash(soft) == hash(TrackedNamespace(NUMPY, smoothing=0.25))
    assert soft != XP
    assert TrackedNamespace(backend_namespace("torch")) != XP


def test_truth_values_become_ones_and_zeros():
    for truth in (np.array([True, False]), [True, False], tracked([1.0, -1.0]) > 0):
        assert XP.asarray(truth).value.tolist() == [1.0, 0.0]
        assert XP.asarray(truth).size_of_terms.tolist() == [1.0, 0.0]


def test_lists_may_stand_on_the_left_of_a_product():
    found = [[1.0, 2.0]] @ tracked([[3.0], [-4.0]])
    assert found.value.tolist() == [[-5.0]]
    # the larger of what the sizes of either side make of it
    assert found.size_of_terms.tolist() == [[11.0]]


def test_results_go_on_in_the_same_arithmetic():
    x = tracked([1.0, 2.0])
    for found in (XP.logsumexp(x), XP.logsumexp(x, axis=0), XP.exp(x), XP.max(x), XP.maximum(x, 0), x @ x, x**2, -x):
        assert found.namespace is XP
        assert (found + 1).namespace is XP
    assert float(XP.logsumexp(x).value) == pytest.approx(np.log(np.exp(1) + np.exp(2)), rel=1e-15)
    assert float(XP.logsumexp(_sized([1.0, 2.0], [7.0, 3.0])).size_of_terms) == 7.0


def test_the_length_of_an_array_is_that_of_its_first_axis():
    assert len(tracked(np.ones((2, 3)))) == 2


def test_options_of_numpy_that_have_no_meaning_here_are_refused():
    with pytest.raises(TypeError):
        np.add(tracked([1.0]), 1.0, where=np.array([True]))
    with pytest.raises(TypeError):
        np.add.reduce(tracked([1.0, 2.0]))


def test_plain_truths_are_joined_along_an_axis():
    assert XP.all(np.array([[True, False], [True, True]]), axis=0).truth.tolist() == [True, False]


def test_finite_is_one_step_from_infinite():
    found = XP.isfinite(tracked([1.0, np.inf]))
    assert found.truth.tolist() == [True, False]
    assert found.distance.tolist() == [1.0, -1.0]


def test_truths_become_numbers():
    found = XP.asarray(np.array([True, False])).value
    assert (found.dtype, found.tolist()) == (np.float64, [1.0, 0.0])
