"""Every closed form of the model against the definitions at 50 digits, on every backend."""

from fractions import Fraction
from functools import cache

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ncverify import Point
from ncverify.numbers.rational import RATIONAL
from tests.cases import CASE, CASES, WIDE_CASES, Case, dtype_name, gaussian, host, native, repeatable
from tests.oracles import ExactModel, distance_in_bounds

SCALARS = ("q_min", "squared_norm", "loss", "log_loss")
ARRAYS = ("logits", "logit_differences", "margins", "logit_gradient")
NAMES = [case.name for case in CASES]
WIDE_NAMES = [case.name for case in WIDE_CASES]


def rounded(array, dtype):
    return np.asarray(array, dtype=dtype).astype(np.float64)


@cache
def model_of(name, dtype):
    return ExactModel(rounded(CASE[name].W, dtype), rounded(CASE[name].H, dtype), dtype)


@cache
def product_of(name, dtype, seed):
    U, V = CASE[name].direction(np_namespace(), seed)
    return model_of(name, dtype).hessian_vector_product(rounded(U, dtype), rounded(V, dtype))


def np_namespace():
    return Point(np.eye(2), np.eye(2)).xp


def check_quantities(name, xp):
    p, model = CASE[name].point(xp), model_of(name, dtype_name(xp))
    for quantity in (*SCALARS, *ARRAYS):
        assert distance_in_bounds(host(getattr(p, quantity)), getattr(model, quantity)()) <= 1, quantity


def check_derivatives(name, xp, seed=7):
    p, dtype = CASE[name].point(xp), dtype_name(xp)
    product = p.hessian_vector_product(CASE[name].direction(xp, seed))
    for computed, known in (
        (p.gradient, model_of(name, dtype).gradient()),
        (product, product_of(name, dtype, seed)),
    ):
        assert distance_in_bounds(host(computed.W), known[0]) <= 1
        assert distance_in_bounds(host(computed.H), known[1]) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_every_quantity_is_right_to_the_rounding_of_its_dtype(xp, name):
    check_quantities(name, xp)


@pytest.mark.parametrize("name", WIDE_NAMES)
def test_every_quantity_of_a_badly_scaled_point_is_right_to_rounding(xp64, name):
    check_quantities(name, xp64)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_and_hessian_product_are_right_to_the_rounding_of_their_dtype(xp, name):
    check_derivatives(name, xp)


@pytest.mark.slow
@pytest.mark.parametrize("name", WIDE_NAMES)
def test_gradient_and_hessian_product_of_a_badly_scaled_point_are_right_to_rounding(xp64, name):
    check_derivatives(name, xp64)


@pytest.mark.parametrize("size", [1, 30, 700, 10_000, 1_000_000])
def test_exact_logits_of_any_size_cost_no_accuracy_in_loss_and_gradient(xp, size):
    """W = I and integer features: the logits need no rounding, so that only the closed forms' own rounding is left.

    Some classes lead by `size` or trail by it, and close to each leader there is another.
    """
    rng = np.random.default_rng(size)
    W, H = np.eye(4), size * rng.integers(-1, 2, size=(4, 8)) + rng.integers(-3, 4, size=(4, 8)).astype(np.float64)
    p, model = Point(native(W, xp), native(H, xp)), ExactModel(W, H, dtype_name(xp), exact_logits=True)
    for quantity in ("logits", "logit_differences", "margins", "loss", "log_loss", "logit_gradient"):
        assert distance_in_bounds(host(getattr(p, quantity)), getattr(model, quantity)()) <= 1, quantity
    assert distance_in_bounds(host(p.gradient.W), model.gradient()[0]) <= 1
    assert distance_in_bounds(host(p.gradient.H), model.gradient()[1]) <= 1


def test_probabilities_are_shifted_exactly_where_logits_are_large(xp):
    """Two wrong classes lead by 10000 and 10001: they share 1 : e, which a rounded shift spoils."""
    W, H = np.eye(3), np.array([[0.0, 1e4, 1e4], [1e4, 0.0, 1e4 + 1], [1e4 + 1, 1e4 + 1, 0.0]])
    G = host(Point(native(W, xp), native(H, xp)).logit_gradient)
    # an exponential wrong by 4 eps, above and below the fraction bar, and four operations
    assert abs(G[1, 0] * (1 + np.e) - 1) <= 12 * np.finfo(dtype_name(xp)).eps


def test_where_all_logits_agree_the_gradient_is_a_rational_number():
    """Equal rows of W: every probability is 1/K, and the gradient is (11'/K - Y) H' and W' (11'/K - Y) = 0."""
    H = np.array([[3.0, -1.0, 4.0, 1.0, -5.0, 9.0], [2.0, 6.0, -5.0, 3.0, 5.0, -8.0]])
    p = Point(np.array([[1.0, -2.0]] * 3), H).map(RATIONAL.asarray)
    own = [[Fraction(int(i // 2 == k)) for i in range(6)] for k in range(3)]
    expected = [[sum((Fraction(1, 3) - y) * int(h) for y, h in zip(row, h, strict=True)) for h in H] for row in own]
    known = RATIONAL.asarray(np.array(expected, dtype=object))
    assert bool(RATIONAL.all(known == p.gradient.W))
    assert bool(RATIONAL.all(p.gradient.H == 0))


@pytest.mark.slow
@repeatable
@given(
    st.integers(2, 4),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 2**32),
    st.integers(-20, 20),
    st.integers(-20, 20),
)
def test_any_point_of_any_scale_is_evaluated_to_rounding(K, n, d, seed, up, down):
    W, H = gaussian(K, n, d, seed)
    case = Case("drawn", W * 2.0**up, H * 2.0**down)
    p, model = case.point(np_namespace()), ExactModel(case.W, case.H)
    for quantity in (*SCALARS, *ARRAYS):
        assert distance_in_bounds(host(getattr(p, quantity)), getattr(model, quantity)()) <= 1, quantity


@pytest.mark.parametrize("name", ["gaussian", "the smallest point", "zero matrices"])
def test_library_dtype_device_and_shape_are_those_of_the_coordinates(xp, name):
    p = CASE[name].point(xp)
    K, n, d = p.K, p.n, p.d
    shapes = {
        "logits": (K, K * n),
        "logit_differences": (K, K * n),
        "margins": (K * n,),
        "logit_gradient": (K, K * n),
        "centred_classifiers": (K, d),
        "class_means": (K, d),
        "global_mean": (d,),
        **dict.fromkeys(SCALARS, ()),
    }
    results = [(getattr(p, quantity), shape) for quantity, shape in shapes.items()]
    for tangent in (p.gradient, p.hessian_vector_product(CASE[name].direction(xp))):
        results += [(tangent.W, (K, d)), (tangent.H, (d, K * n))]
    for array, shape in results:
        assert Point.trusted(array, array).xp == xp
        assert tuple(array.shape) == shape


def test_nothing_leaves_the_device_of_the_coordinates():
    """Torch's device "meta" has shapes and no values: whatever touched the host on the way would fail or end there."""
    W, H = (torch.ones(shape, dtype=torch.float32, device="meta") for shape in ((3, 4), (4, 6)))
    p = Point.trusted(W, H)
    results = [getattr(p, name) for name in (*SCALARS, *ARRAYS, "centred_classifiers", "class_means", "global_mean")]
    for array in (*results, *p.gradient, *p.hessian_vector_product((W, H))):
        assert array.device.type == "meta"
        assert array.dtype == torch.float32


def test_several_directions_at_once_give_the_products_one_by_one(xp):
    p, seeds = CASE["gaussian"].point(xp), range(3)
    U, V = zip(*(CASE["gaussian"].direction(xp, seed) for seed in seeds), strict=True)
    together = p.hessian_vector_product((xp.stack(U), xp.stack(V)))
    assert tuple(together.W.shape) == (3, *p.W.shape)
    assert tuple(together.H.shape) == (3, *p.H.shape)
    for seed in seeds:
        for computed, known in zip(together, product_of("gaussian", dtype_name(xp), seed), strict=True):
            assert distance_in_bounds(host(computed[seed, ...]), known) <= 1


@pytest.mark.parametrize("name", ["gaussian", "n = 1", "wrong by 1e4"])
def test_class_means_and_centred_classifiers_are_plain_averages(xp, name):
    p = CASE[name].point(xp)
    W, H = host(p.W), host(p.H)
    means = np.stack([H[:, k * p.n : (k + 1) * p.n].mean(axis=1) for k in range(p.K)])
    # an average of m numbers is wrong by m eps times their largest absolute value
    bound = np.finfo(dtype_name(xp)).eps * (H.shape[1] + 1)
    assert np.abs(host(p.class_means) - means).max() <= bound * np.abs(H).max()
    assert np.abs(host(p.global_mean) - H.mean(axis=1)).max() <= bound * np.abs(H).max()
    assert np.abs(host(p.centred_classifiers) - (W - W.mean(axis=0))).max() <= bound * np.abs(W).max()


def test_the_oracle_agrees_with_softmax_minus_one_hot_at_many_digits():
    """exp(-1e4) needs 4343 digits beside 1: at 5000 digits softmax minus one-hot is computed as it is defined."""
    model = model_of("separated by 1e4", "float64")
    with mpmath.mp.workdps(5000):
        column = [mpmath.exp(z) for z in model.Z[:, 0]]
        naive = [value / sum(column) - (j == 0) for j, value in enumerate(column)]
        for j in range(model.K):
            assert abs(naive[j] / model.G[j, 0] - 1) < mpmath.mpf(10) ** -45


@pytest.mark.parametrize("quantity", [*SCALARS, *ARRAYS])
def test_a_value_that_is_wrong_in_its_last_digits_is_noticed(quantity):
    """The bounds are not loose: at a benign point a relative error of 1e-12 breaks each of them."""
    known = getattr(model_of("gaussian", "float64"), quantity)()
    assert distance_in_bounds(np.asarray(known.value, dtype=np.float64) * (1 + 1e-12), known) > 1
