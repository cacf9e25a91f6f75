"""Points: what is refused and with which words, what is kept, and what a point is used for."""

import copy
import pickle

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify import Point, Tangent, on_sphere
from ncverify.numbers import backend_namespace
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.tracked import TrackedNamespace
from tests.cases import CASE, host, native

W, H = np.ones((2, 3)), np.ones((3, 4))


def with_entry(array, value, at=(0, 1)):
    changed = array.copy()
    changed[at] = value
    return changed


TYPE_ERRORS = {
    "a list for W": ([[1.0, 2.0]], H, "W: expected an array of shape (K, d) of NumPy, PyTorch or JAX, got list"),
    "a list for H": (W, [[1.0, 2.0]], "H: expected an array of shape (d, K*n) of NumPy, PyTorch or JAX, got list"),
    "None": (None, H, "W: expected an array of shape (K, d) of NumPy, PyTorch or JAX, got NoneType"),
    "a number": (1.0, H, "W: expected an array of shape (K, d) of NumPy, PyTorch or JAX, got float"),
    "a matrix": (W.view(np.matrix), H, "W: expected an array of shape (K, d) of NumPy, PyTorch or JAX, got matrix"),
    "integers": (W.astype(int), H, "W: expected dtype float32 or float64, got int64 (shape (2, 3)); convert it first"),
    "booleans": (W, H > 0, "H: expected dtype float32 or float64, got bool (shape (3, 4)); convert it first"),
    "complex numbers": (W, H + 0j, "H: expected dtype float32 or float64, got complex128 (shape (3, 4))"),
    "float16": (W.astype(np.float16), H, "W: expected dtype float32 or float64, got float16 (shape (2, 3))"),
    "bfloat16": (
        torch.ones(2, 3, dtype=torch.bfloat16),
        torch.ones(3, 4),
        "W: expected dtype float32 or float64, got bfloat16 (shape (2, 3)); convert it first",
    ),
    "long double": (W.astype(np.longdouble), H, "W: expected dtype float32 or float64, got float128 (shape (2, 3))"),
    "objects": (W.astype(object), H, "W: expected dtype float32 or float64, got object (shape (2, 3))"),
    "a masked array": (
        np.ma.masked_invalid(with_entry(W, np.nan)),
        H,
        "W: expected a dense array without a mask, got MaskedArray of shape (2, 3), float64 on cpu",
    ),
    "a sparse tensor": (
        torch.ones(2, 3).to_sparse(),
        torch.ones(3, 4),
        "W: expected a dense array without a mask, got Tensor of shape (2, 3), float32 on cpu",
    ),
    "two libraries": (
        W,
        torch.ones(3, 4, dtype=torch.float64),
        "W and H: expected two arrays of one library, dtype and device, "
        "got W: ndarray of shape (2, 3), float64 on cpu; H: Tensor of shape (3, 4), float64 on cpu",
    ),
    "NumPy and array-api-strict": (
        W,
        array_api_strict.ones((3, 4)),
        "got W: ndarray of shape (2, 3), float64 on cpu; H: Array of shape (3, 4), float64 on ",
    ),
    "two dtypes": (
        W,
        H.astype(np.float32),
        "got W: ndarray of shape (2, 3), float64 on cpu; H: ndarray of shape (3, 4), float32 on cpu",
    ),
    "two devices": (
        torch.ones(2, 3),
        torch.ones(3, 4, device="meta"),
        "got W: Tensor of shape (2, 3), float32 on cpu; H: Tensor of shape (3, 4), float32 on meta",
    ),
    "floats and rationals": (
        W,
        RATIONAL.ones((3, 4)),
        "H: ExactArray of shape (3, 4), ExactNamespace(rational)",
    ),
    "rationals and balls": (
        RATIONAL.ones((2, 3)),
        BALL.ones((3, 4)),
        "got W: ExactArray of shape (2, 3), ExactNamespace(rational); H: ExactArray of shape (3, 4), ",
    ),
}
VALUE_ERRORS = {
    "a vector for W": (np.ones(3), H, "W: expected a matrix of shape (K, d), got shape (3,)"),
    "a stack for H": (W, np.ones((2, 3, 4)), "H: expected a matrix of shape (d, K*n), got shape (2, 3, 4)"),
    "one class": (np.ones((1, 3)), H, "W: expected shape (K, d) with K >= 2 classes and d >= 1, got (1, 3)"),
    "no features": (np.ones((2, 0)), np.ones((0, 4)), "W: expected shape (K, d) with K >= 2 classes and d >= 1, got"),
    "another dimension": (
        W,
        np.ones((5, 4)),
        "H: expected shape (d, K*n) with d = 3 rows as W (2, 3) has columns, got (5, 4)",
    ),
    "transposed features": (
        W,
        np.ones((4, 3)),
        "H: expected shape (d, K*n) with d = 3 rows as W (2, 3) has columns, got (4, 3); H looks transposed",
    ),
    "unequal class sizes": (
        W,
        np.ones((3, 5)),
        "H: expected K*n columns, n >= 1 samples for each of the K = 2 classes in class-major order, "
        "got 5 (shape (3, 5)): unequal class sizes are not a point of this model",
    ),
    "no samples": (W, np.ones((3, 0)), "got 0 (shape (3, 0)): unequal class sizes"),
    "NaN": (W, with_entry(H, np.nan), "H: expected finite numbers, got nan at [0, 1] (1 of 12 entries, shape (3, 4))"),
    "an infinity": (
        with_entry(with_entry(W, np.inf), -np.inf, (1, 2)),
        H,
        "W: expected finite numbers, got inf at [0, 1] (2 of 6 entries, shape (2, 3))",
    ),
    "no values": (
        torch.ones(2, 3, device="meta"),
        torch.ones(3, 4, device="meta"),
        "W and H: expected arrays with values, got W: Tensor of shape (2, 3), float32 on meta",
    ),
}


@pytest.mark.parametrize("what", TYPE_ERRORS)
def test_arrays_of_the_wrong_kind_are_refused_by_name_shape_and_expectation(what):
    left, right, message = TYPE_ERRORS[what]
    with pytest.raises(TypeError) as caught:
        Point(left, right)
    assert message in str(caught.value)


@pytest.mark.parametrize("what", VALUE_ERRORS)
def test_arrays_of_wrong_shapes_or_values_are_refused_by_name_shape_and_expectation(what):
    left, right, message = VALUE_ERRORS[what]
    with pytest.raises(ValueError, match=r".*") as caught:
        Point(left, right)
    assert message in str(caught.value)


def test_every_backend_refuses_nan_and_shapes_alike(xp):
    for left, right in ((W, with_entry(H, np.nan)), (W, np.ones((3, 5))), (np.ones((1, 3)), H)):
        with pytest.raises(ValueError, match=r"^[WH]: expected "):
            Point(native(left, xp), native(right, xp))
    with pytest.raises(TypeError, match=r"^W: expected dtype float32 or float64, got int"):
        Point(xp.integers([[1, 2], [3, 4]]), native(np.ones((2, 4)), xp))


def test_one_bad_entry_among_millions_is_found_and_named():
    features = np.zeros((64, 40_000))
    features[63, 39_999] = np.nan
    with pytest.raises(ValueError, match=r"nan at \[63, 39999\] \(1 of 2560000 entries"):
        Point(np.zeros((10, 64)), features)


@pytest.mark.parametrize(("K", "n", "d"), [(2, 1, 1), (3, 4, 2), (5, 1, 7)])
def test_dimensions_are_read_off_the_shapes(xp, K, n, d):
    p = Point(xp.zeros((K, d)), xp.zeros((d, K * n)))
    assert (p.K, p.n, p.d) == (K, n, d)
    assert p.xp == xp
    assert repr(p).startswith(f"Point(K={K}, n={n}, d={d}, W=[[0.0")
    assert repr(p).endswith(f", {xp!r})")


def test_tracked_coordinates_are_a_point_too():
    xp = TrackedNamespace(backend_namespace("numpy"))
    p = Point(xp.track(W), xp.track(H))
    assert float(p.squared_norm.value) == 18.0


DIRECTION_ERRORS = {
    "one row": (ValueError, np.ones((1, 3)), H, "U: expected a direction of shape (..., 2, 3), got shape (1, 3)"),
    "one column": (ValueError, W, np.ones((3, 1)), "V: expected a direction of shape (..., 3, 4), got shape (3, 1)"),
    "a number": (ValueError, 1.0, H, "U: expected a direction of shape (..., 2, 3), got shape ()"),
    "another dtype": (
        TypeError,
        W,
        H.astype(np.float32),
        "V: expected an array like the ndarray of shape (3, 4), float64 on cpu, "
        "got ndarray of shape (3, 4), float32 on cpu",
    ),
    "another library": (TypeError, torch.ones(2, 3, dtype=torch.float64), H, "U: expected an array like the ndarray"),
}


@pytest.mark.parametrize("what", DIRECTION_ERRORS)
def test_directions_that_do_not_fit_the_point_are_refused(what):
    kind, U, V, message = DIRECTION_ERRORS[what]
    with pytest.raises(kind) as caught:
        Point(W, H).hessian_vector_product((U, V))
    assert message in str(caught.value)


def test_map_converts_both_arrays():
    p = CASE["gaussian"].point(backend_namespace("numpy"))
    torch_point = p.map(lambda array: torch.tensor(array, dtype=torch.float32))
    assert torch_point.xp == backend_namespace("torch", dtype="float32")
    assert p.map(RATIONAL.asarray).xp == RATIONAL
    assert np.array_equal(host(torch_point.W), p.W.astype(np.float32))


def test_a_tangent_is_a_pair_that_unpacks():
    dW, dH = Point(W, H).gradient
    assert isinstance(Point(W, H).gradient, Tangent)
    assert dW.shape == W.shape
    assert dH.shape == H.shape


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda p: pickle.loads(pickle.dumps(p))])
def test_points_survive_copying_and_pickling_used_or_not(used, again):
    for convert in (np.asarray, torch.tensor, RATIONAL.asarray):
        p = Point(W, H).map(convert)
        if used:
            assert p.xp is p.xp
            assert p.q_min is p.q_min
        q = again(p)
        assert q.xp == p.xp
        assert bool(p.xp.all(q.W == p.W))
        assert bool(q.squared_norm == p.squared_norm)


def test_quantities_are_computed_once():
    p = Point(W, H)
    for name in ("logits", "margins", "loss", "gradient", "xp"):
        assert getattr(p, name) is getattr(p, name)


@pytest.mark.parametrize("squared_norm", [1, 2.5, 1e-12])
def test_a_point_rescaled_to_a_sphere_lies_on_it(xp, squared_norm):
    p = on_sphere(CASE["gaussian"].point(xp), squared_norm)
    eps = float(xp.library.finfo(xp.dtype).eps)
    recomputed = float((host(p.W) ** 2).sum() + (host(p.H) ** 2).sum())
    # a square root, a quotient and a product, squared, and as many terms as coordinates
    assert abs(recomputed - squared_norm) <= (10 + p.K * p.d * (1 + p.n)) * eps * squared_norm
    assert float(p.squared_norm) == pytest.approx(squared_norm, rel=eps, abs=0)
    assert p.xp == xp


def test_the_squared_norm_of_a_rescaled_point_is_exact_in_exact_arithmetic():
    p = CASE["the smallest point"].point(backend_namespace("numpy")).map(RATIONAL.asarray)
    assert bool(on_sphere(p, 3).squared_norm == 3)
    assert bool(RATIONAL.sum(on_sphere(p, 3).W ** 2) + RATIONAL.sum(on_sphere(p, 3).H ** 2) == 3)
    with precision(100):
        ball = on_sphere(p.map(BALL.asarray), 3)
        assert bool(ball.squared_norm == 3)
        assert (BALL.sum(ball.W**2) + BALL.sum(ball.H**2) == 3).values.item() is None
        assert bool(copy.copy(ball).squared_norm == 3)
