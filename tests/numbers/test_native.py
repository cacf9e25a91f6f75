"""One namespace over every backend: Python numbers everywhere, foreign arrays, careful exponentials."""

import math

import mpmath
import numpy as np
import pytest
import torch

from ncverify.numbers import NativeNamespace, backend_namespace
from tests.cases import dtype_name, host, native
from tests.oracles import FUNCTION

FAR = [0.0, -0.0, 1e-300, 0.5, 0.541324854612918, 1.0, 39.0, 40.0, 41.0, 88.0, 700.0, 710.0, 1e4, 1e30]
LINE = sorted({sign * x for x in FAR for sign in (1, -1)} | {-40.0 + shift for shift in (-1e-3, -1e-6, 1e-6, 1e-3)})


def like(array, xp):
    """Whether an array is of the library, dtype and device of a namespace."""
    return NativeNamespace(array) == xp


@pytest.mark.parametrize("number", [2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), np.bool_(True)])
def test_numbers_of_every_kind_become_arrays_of_the_namespace(xp, number):
    made = xp.asarray(number)
    if isinstance(number, np.generic) and number.dtype.kind != "f" and xp.library is not np:
        assert tuple(made.shape) == ()
        assert float(xp.sqrt(number * 1.0)) == pytest.approx(math.sqrt(float(number)), rel=1e-6)
    elif not (isinstance(number, np.generic) and xp.library.__name__.endswith("numpy")):
        assert like(made, xp)
    assert float(made) == float(number)


def test_functions_take_numbers_and_keep_library_dtype_and_device(xp):
    x = native([1.0, 4.0], xp)
    results = [
        xp.sqrt(2),
        xp.sqrt(np.float64(2)),
        xp.log(3),
        xp.exp(-1),
        xp.sin(0.5),
        xp.cos(1),
        xp.abs(-2),
        xp.maximum(x, 0),
        xp.minimum(2, x),
        xp.where(x > 2, x, 0),
        xp.where(True, 1, x),
        xp.logaddexp(0, x),
        xp.softplus(-1),
        xp.log_softplus(-1000),
        xp.sum(x),
        xp.sign(-3),
        xp.zeros((2, 3)),
        xp.ones(2),
        xp.eye(3, 2),
        xp.arange(3),
        x * xp.pi,
        xp.asarray([[1, 2], [3, 4]]),
    ]
    for i, result in enumerate(results):
        assert like(result, xp), i
    assert host(xp.where(np.array([True, False]), x, -1)).tolist() == [1.0, -1.0]
    assert host(xp.arange(1, 7, 2)).tolist() == [1.0, 3.0, 5.0]
    assert host(xp.sign(native([-2.0, 0.0, -0.0, 5.0], xp))).tolist() == [-1.0, 0.0, 0.0, 1.0]


def test_arrays_of_another_library_are_converted_and_own_ones_pass_through(xp):
    own = native([1.5, 2.5], xp)
    assert xp.asarray(own) is own
    for foreign in (np.array([1.5, 2.5]), torch.tensor([1.5, 2.5]), np.array([1.5, 2.5], dtype=np.float32)):
        made = xp.asarray(foreign)
        same_library = type(foreign) is type(own)
        assert made is foreign if same_library else like(made, xp)
        assert host(made).tolist() == [1.5, 2.5]


def test_integers_and_booleans_of_another_library_keep_their_kind():
    for xp, foreign in ((backend_namespace("torch"), np), (backend_namespace("numpy"), torch)):
        assert "int64" in str(xp.asarray(foreign.asarray([1, 2])).dtype)
        assert "bool" in str(xp.asarray(foreign.asarray([True])).dtype)


def test_integers_are_indices(xp):
    picked = xp.take(native([5.0, 6.0, 7.0], xp), xp.integers([2, 0]), axis=0)
    assert host(picked).tolist() == [7.0, 5.0]
    assert host(xp.take(native([5.0, 6.0], xp), xp.integers(np.array([1])), axis=0)).tolist() == [6.0]


def reachable(x, xp):
    return abs(x) <= float(np.finfo(dtype_name(xp)).max) and (x == 0 or abs(x) >= 1e-30 or dtype_name(xp) == "float64")


def test_softplus_is_accurate_in_relative_terms_on_the_whole_line(xp):
    """An exponential, log1p and a sum: relative errors of FUNCTION eps each; what is below `tiny` may be lost."""
    eps, tiny = (float(v) for v in (np.finfo(dtype_name(xp)).eps, np.finfo(dtype_name(xp)).smallest_normal))
    for x in (float(host(native(v, xp))) for v in LINE if reachable(v, xp)):
        with mpmath.mp.workdps(50):
            exact = mpmath.log1p(mpmath.exp(mpmath.mpf(x)))
            assert abs(float(xp.softplus(x)) - exact) <= 3 * FUNCTION * eps * exact + tiny, x


def test_log_softplus_is_accurate_on_the_whole_line(xp):
    """softplus, its logarithm, or the series: 3 FUNCTION eps in absolute, FUNCTION eps in relative terms."""
    eps = float(np.finfo(dtype_name(xp)).eps)
    for x in (float(host(native(v, xp))) for v in LINE if reachable(v, xp)):
        with mpmath.mp.workdps(50):
            exact = mpmath.log(mpmath.log1p(mpmath.exp(mpmath.mpf(x))))
            assert abs(float(xp.log_softplus(x)) - exact) <= FUNCTION * eps * (4 + abs(exact)), x


def test_logsumexp_neither_overflows_nor_underflows(xp):
    huge = 1e30 if dtype_name(xp) == "float32" else 1e300
    eps = float(np.finfo(dtype_name(xp)).eps)
    for row in ([huge, huge], [-huge, -huge], [huge, -huge], [1e4, 1e4 - 1], [-1e4, -1e4 - 1], [3.0, 3.0]):
        with mpmath.mp.workdps(60):
            top = mpmath.mpf(max(row))
            exact = top + mpmath.log(sum(mpmath.exp(mpmath.mpf(v) - top) for v in row))
        for found in (xp.logsumexp(native(row, xp)), xp.logsumexp(native([row], xp), axis=1)[0]):
            assert abs(float(found) - exact) <= FUNCTION * eps * (3 + abs(exact)), row


def test_logsumexp_along_an_axis_has_the_shape_without_it(xp):
    x = native(np.arange(24.0).reshape(2, 3, 4), xp)
    assert tuple(xp.logsumexp(x, axis=1).shape) == (2, 4)
    assert tuple(xp.logsumexp(x).shape) == ()


@pytest.mark.parametrize("x", [-1e300, -1e4, -41.0, -40.0, -39.0, 0.0, 39.0, 1e4])
def test_exponentials_have_finite_slopes_everywhere(x):
    """Neither branch of a where may poison the other: d softplus = sigma(x), d log softplus = sigma / softplus."""
    xp = backend_namespace("torch")
    point = torch.tensor(x, dtype=torch.float64)
    slopes = [float(torch.func.grad(function)(point)) for function in (xp.softplus, xp.log_softplus)]
    with mpmath.mp.workdps(50):
        exponential = mpmath.exp(mpmath.mpf(x))
        sigma = exponential / (1 + exponential) if x < 0 else 1 / (1 + mpmath.exp(-mpmath.mpf(x)))
        expected = (sigma, sigma / mpmath.log1p(exponential) if x < 1e3 else 1 / mpmath.mpf(x))
    for slope, value in zip(slopes, expected, strict=True):
        assert slope == pytest.approx(float(value), rel=16 * np.finfo(float).eps, abs=1e-300)


def test_a_name_that_no_library_has_is_an_attribute_error(xp):
    with pytest.raises(AttributeError):
        xp.no_such_function(1)
    with pytest.raises(AttributeError, match="_no_such_function"):
        xp._no_such_function(1)


def test_namespaces_are_told_apart_by_library_dtype_and_device():
    names = [(b, d) for b in ("numpy", "torch", "strict") for d in ("float32", "float64")]
    spaces = [backend_namespace(b, dtype=d) for b, d in names]
    assert len(set(spaces)) == len(spaces)
    assert spaces == [backend_namespace(b, dtype=d) for b, d in names]
    meta = NativeNamespace(torch.ones(1, dtype=torch.float64, device="meta"))
    assert meta != backend_namespace("torch")
    assert meta != "torch"
    assert repr(backend_namespace("numpy")) == "NativeNamespace(array_api_compat.numpy, float64, cpu)"
