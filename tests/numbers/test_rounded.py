"""The arithmetic of what floats may give: it contains what libraries return, and little else."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from flint import arb

from ncverify import Point
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.formats import FORMATS
from ncverify.numbers.rounded import ROUNDED, rounded_like
from tests.cases import CASES, dtype_name, host, native

QUANTITIES = ("logits", "margins", "q_min", "loss", "log_loss", "squared_norm", "logit_gradient", "class_means")


@pytest.fixture(autouse=True)
def _bits():
    with precision(128):
        yield


def enclosures(array):
    return array.data.reshape(-1).tolist()


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_right_library_stays_inside_and_so_does_the_exact_value(xp, case, quantity):
    p = case.point(xp)
    model = rounded_like(xp)
    allowed = getattr(Point(*(model.asarray(host(a)) for a in (p.W, p.H))), quantity)
    exact = getattr(Point(*(BALL.asarray(host(a)) for a in (p.W, p.H))), quantity)
    with np.errstate(all="ignore"):
        found = host(getattr(p, quantity)).reshape(-1)
    for ball, value, true in zip(enclosures(allowed), found, enclosures(exact), strict=True):
        if ball.is_finite():
            assert ball.contains(float(value))
            assert ball.ball.overlaps(true)


@pytest.mark.parametrize("dtype", FORMATS)
def test_at_ordinary_points_everything_is_known_to_a_few_hundred_roundings(dtype):
    """A ball that contains everything would pass the test above."""
    case = next(case for case in CASES if case.name == "gaussian")
    p = Point(*(ROUNDED[dtype].asarray(np.asarray(a, dtype=dtype)) for a in (case.W, case.H)))
    for quantity in QUANTITIES:
        for one in enclosures(getattr(p, quantity)):
            assert one.is_finite()
            assert float(one.ball.rad()) <= 1000 * 2.0 ** -FORMATS[dtype].digits * max(1.0, abs(float(one.ball.mid())))


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("size", [1e-2, 1e-6])
def test_what_is_off_by_more_than_rounding_is_outside(dtype, size):
    if size < 1e-5 and dtype == "float32":
        pytest.skip("within the rounding of float32")
    (one,) = enclosures(ROUNDED[dtype].exp(ROUNDED[dtype].asarray(0.75)))
    assert one.contains(float(np.exp(0.75)))
    assert not one.contains(float(np.exp(0.75)) * (1 + size))


def test_integers_are_exact_and_so_are_their_sums_and_products():
    xp = ROUNDED["float32"]
    a = xp.asarray(np.arange(12.0).reshape(3, 4))
    for array in (a @ a.T, xp.sum(a * a), a - 3, a / 4):
        assert all(one.ball.is_exact() for one in enclosures(array))
    assert bool(xp.all(xp.sum(a, axis=0) == xp.asarray([12, 15, 18, 21])))
    assert not all(one.ball.is_exact() for one in enclosures(a / 3))


def test_a_sum_allows_for_every_order():
    """1 + 2^-24 + ... + 2^-24 in float32 is 1 from the left and more from the right."""
    terms = np.array([1.0] + [2.0**-24] * 64, dtype=np.float32)
    (total,) = enclosures(ROUNDED["float32"].sum(ROUNDED["float32"].asarray(terms)))
    left = np.float32(0)
    for term in terms:
        left += term
    right = np.float32(0)
    for term in terms[::-1]:
        right += term
    assert left != right
    assert total.contains(float(left))
    assert total.contains(float(right))
    assert not total.contains(1.1)


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), None])
def test_sums_along_axes_are_those_of_numpy(axis):
    values = np.arange(24.0).reshape(2, 3, 4)
    xp = ROUNDED["float64"]
    for keepdims in (False, True):
        found = xp.sum(xp.asarray(values), axis=axis, keepdims=keepdims)
        wanted = np.sum(values, axis=axis, keepdims=keepdims)
        assert found.shape == wanted.shape
        assert [float(one.ball) for one in enclosures(found)] == wanted.reshape(-1).tolist()


def test_underflow_may_be_flushed_and_overflow_is_not_known():
    xp = ROUNDED["float32"]
    (small,) = enclosures(xp.asarray(2.0**-100) * 2.0**-100)
    assert small.contains(0.0)
    (large,) = enclosures(xp.asarray(2.0**100) * 2.0**100)
    assert not large.is_finite()
    (fine,) = enclosures(ROUNDED["float64"].asarray(2.0**100) * 2.0**100)
    assert fine.ball == arb(2) ** 200


def test_hypot_may_be_off_by_some_units_in_the_last_place_and_by_no_more():
    model = ROUNDED["float32"]
    (ball,) = enclosures(model.hypot(model.asarray(3), model.asarray(4)))
    assert ball.contains(5 * (1 + 3 * 2.0**-24))
    assert not ball.contains(5 * (1 + 1e-6))


def test_where_takes_both_branches_where_rounding_decides():
    xp = ROUNDED["float64"]
    third = xp.asarray(1) / 3
    (both,) = enclosures(xp.where(3 * third < 1, 5.0, 7.0))
    assert both.contains(5.0)
    assert both.contains(7.0)
    (one,) = enclosures(xp.where(2 * third < 1, 5.0, 7.0))
    assert not one.contains(7.0)
    assert (3 * third < 1).values.item() is None


def test_constants_are_rounded_to_the_format():
    (single,) = enclosures(ROUNDED["float32"].asarray(0.1))
    assert single.contains(0.1)
    assert single.contains(float(np.float32(0.1)))
    (double,) = enclosures(ROUNDED["float64"].asarray(0.1))
    assert not double.contains(float(np.float32(0.1)))


def test_native_arrays_of_the_format_are_taken_as_they_are(xp):
    values = native(np.array([0.1, 1 / 3]), xp)
    found = ROUNDED[dtype_name(xp)].asarray(host(values))
    assert all(one.ball.is_exact() for one in enclosures(found))


def _like(library, device, dtype="float64"):
    return SimpleNamespace(library=SimpleNamespace(__name__=library), device=device, dtype=dtype)


@pytest.mark.parametrize(("library", "device"), [("jax.numpy", "TFRT_CPU_0"), ("torch", "cuda:0")])
def test_a_quotient_may_be_a_product_with_the_rounded_reciprocal_on_jax_and_off_the_cpu(library, device):
    seven = np.float64(49) * (1 / np.float64(49))
    assert seven != 1
    model = rounded_like(_like(library, device))
    (free,) = enclosures(model.asarray(49) / 49)
    (half,) = enclosures(model.asarray(49) / 2)
    assert free.contains(float(seven))
    assert not free.contains(1 + 2.0**-50)
    assert half.ball == arb(49) / 2
    (huge,) = enclosures(model.asarray(2.0**1020) / (3 * 2.0**1021))
    assert not huge.is_finite()


@pytest.mark.parametrize("name", ["sinh", "cosh"])
def test_a_hyperbolic_function_may_have_a_rounded_argument_where_xla_computes_it(name):
    x = 20.70198201965213
    value = np.exp(x + np.log(0.5))  # the other exponential is below a rounding of this one
    (free,), (correct,) = (
        enclosures(getattr(model, name)(model.asarray(x)))
        for model in (rounded_like(_like("jax.numpy", "TFRT_CPU_0")), rounded_like(_like("numpy", "cpu")))
    )
    assert free.contains(float(value))
    assert not correct.contains(float(value))
    assert not free.contains(float(value) * (1 + 1e-14))


@pytest.mark.parametrize("library", ["numpy", "torch", "array_api_strict"])
def test_elsewhere_a_quotient_is_correctly_rounded(library):
    (one,) = enclosures(rounded_like(_like(library, "cpu")).asarray(49) / 49)
    assert one.ball == 1


def test_the_division_of_the_library_is_as_its_model_says(xp):
    a = np.random.default_rng(0).normal(size=300).astype(dtype_name(xp))
    model = rounded_like(xp)
    for divisor in (3, 49, 0.7):
        found = host(native(a, xp) / divisor)
        for ball, value in zip(
            enclosures(model.asarray(a) / model.asarray(np.asarray(divisor, a.dtype))), found, strict=True
        ):
            assert ball.contains(float(value))


def test_a_square_root_may_be_either_neighbour_and_nothing_beyond(xp):
    """PyTorch's on the CPU is not always correctly rounded."""
    dtype = dtype_name(xp)
    x = np.random.default_rng(0).uniform(1.0, 2.0, 400).astype(dtype)
    found, correct = host(xp.sqrt(native(x, xp))), np.sqrt(x)
    for ball, value, nearest in zip(enclosures(rounded_like(xp).sqrt(x)), found, correct, strict=True):
        assert ball.contains(float(value))
        assert not ball.contains(float(nearest + 3 * np.spacing(nearest)))
        assert not ball.contains(float(nearest - 3 * np.spacing(nearest)))


def test_a_library_takes_the_root_of_a_square_without_error(xp):
    """As the arithmetic says: powers of two have their next smaller neighbour at half a unit."""
    roots = np.arange(1.0, 2048) * 2.0 ** np.arange(-6, 6)[:, None]
    assert np.array_equal(host(xp.sqrt(native(roots**2, xp))), roots)
    assert all(one.ball.is_exact() for one in enclosures(rounded_like(xp).sqrt(roots[:, :30] ** 2)))
