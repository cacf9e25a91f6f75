"""The same formula means the same in every arithmetic: floats, rationals, balls, and floats that are tracked."""

import operator

import numpy as np
import pytest

from ncverify.errors import NotRationalError
from ncverify.numbers import NativeNamespace
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.tracked import TrackedNamespace
from tests.cases import dtype_name, host, native

X = np.array([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]])
Y = np.array([[0.5, 4.0, 1.0], [2.0, 0.25, 8.0]])
SQUARE = np.array([[2.0, 1.0, -3.0], [0.5, 4.0, 1.0], [-2.0, 0.0, 1.0]])

FORMULAS = {
    "+": lambda xp, x, y: x + y,
    "-": lambda xp, x, y: x - y,
    "*": lambda xp, x, y: x * y,
    "/": lambda xp, x, y: x / y,
    "a number on the left": lambda xp, x, y: 2 - x + 3 * y,
    "a number divided": lambda xp, x, y: 1 / y,
    "negative": lambda xp, x, y: -x,
    "positive": lambda xp, x, y: +x,
    "abs()": lambda xp, x, y: abs(x),
    "@": lambda xp, x, y: x @ y.T,
    "@ with stacked matrices": lambda xp, x, y: xp.stack([x, y]) @ xp.stack([x, y]).mT,
    "** 0": lambda xp, x, y: x**0,
    "** 3": lambda xp, x, y: x**3,
    "** -2": lambda xp, x, y: x**-2,
    "** 0.5": lambda xp, x, y: y**0.5,
    "** 1.5": lambda xp, x, y: y**1.5,
    "** -0.5": lambda xp, x, y: y**-0.5,
    "a number to a power": lambda xp, x, y: 2.0**x,
    "//": lambda xp, x, y: x // y,
    "%": lambda xp, x, y: y % 0.75,
    "** 2.0": lambda xp, x, y: x**2.0,
    "an index": lambda xp, x, y: x[1, 0] + y[0, 2],
    "a slice": lambda xp, x, y: x[:, 1:] + y[0, 1:],
    "matmul": lambda xp, x, y: xp.matmul(x, y.T),
    "matrix_transpose": lambda xp, x, y: xp.matrix_transpose(x),
    "permute_dims": lambda xp, x, y: xp.permute_dims(xp.stack([x, y]), (2, 0, 1)),
    "reshape": lambda xp, x, y: xp.reshape(x, (3, 2)),
    "take": lambda xp, x, y: xp.take(x, xp.integers([2, 0, 2]), axis=1),
    "expand_dims": lambda xp, x, y: xp.expand_dims(x, axis=1),
    "squeeze": lambda xp, x, y: xp.squeeze(xp.expand_dims(x, axis=1), axis=1),
    "concat": lambda xp, x, y: xp.concat([x, y], axis=1),
    "stack": lambda xp, x, y: xp.stack([x, y], axis=1),
    "unstack": lambda xp, x, y: xp.stack(xp.unstack(x, axis=1)),
    "flip": lambda xp, x, y: xp.flip(x, axis=1),
    "roll": lambda xp, x, y: xp.roll(x, 1, axis=1),
    "repeat": lambda xp, x, y: xp.repeat(x, 2, axis=1),
    "broadcast_to": lambda xp, x, y: xp.broadcast_to(x[0, :], (4, 3)),
    "tril": lambda xp, x, y: xp.tril(x),
    "triu": lambda xp, x, y: xp.triu(x, k=1),
    "zeros": lambda xp, x, y: x + xp.zeros((2, 3)),
    "ones": lambda xp, x, y: x + xp.ones((2, 3)),
    "eye": lambda xp, x, y: x @ xp.eye(3),
    "a corner of the identity": lambda xp, x, y: x @ xp.eye(3, 2),
    "zeros_like": lambda xp, x, y: x + xp.zeros_like(x),
    "ones_like": lambda xp, x, y: x + xp.ones_like(x),
    "full_like": lambda xp, x, y: x * xp.full_like(x, 3.0),
    "sum": lambda xp, x, y: xp.sum(x),
    "sum along an axis": lambda xp, x, y: xp.sum(x, axis=0),
    "sum along the last axis": lambda xp, x, y: xp.sum(x, axis=-1, keepdims=True),
    "mean": lambda xp, x, y: xp.mean(x),
    "mean along an axis": lambda xp, x, y: xp.mean(x, axis=0, keepdims=True),
    "max": lambda xp, x, y: xp.max(x),
    "max along an axis": lambda xp, x, y: xp.max(x, axis=0),
    "max along the last axis": lambda xp, x, y: xp.max(x, axis=-1, keepdims=True),
    "max that keeps all axes": lambda xp, x, y: xp.max(x, keepdims=True),
    "min": lambda xp, x, y: xp.min(x),
    "min along an axis": lambda xp, x, y: xp.min(x, axis=1, keepdims=True),
    "prod": lambda xp, x, y: xp.prod(x),
    "prod along an axis": lambda xp, x, y: xp.prod(x, axis=1),
    "cumulative_sum": lambda xp, x, y: xp.cumulative_sum(x, axis=1),
    "var": lambda xp, x, y: xp.var(x, axis=1),
    "unbiased var": lambda xp, x, y: xp.var(x, correction=1.0),
    "std": lambda xp, x, y: xp.std(x, axis=1),
    "vecdot": lambda xp, x, y: xp.vecdot(x, y),
    "sort": lambda xp, x, y: xp.sort(x, axis=1),
    "sort in descending order": lambda xp, x, y: xp.sort(x, axis=0, descending=True),
    "trace": lambda xp, x, y: xp.trace(x @ y.T),
    "linalg.inv": lambda xp, x, y: xp.linalg.inv(x @ y.T),
    "linalg.det": lambda xp, x, y: xp.linalg.det(x @ y.T),
    "linalg.pinv": lambda xp, x, y: xp.linalg.pinv(x),
    "relu": lambda xp, x, y: xp.relu(x),
    "linalg.diagonal": lambda xp, x, y: xp.linalg.diagonal(x @ y.T),
    "linalg.vector_norm": lambda xp, x, y: xp.linalg.vector_norm(x, axis=1),
    "linalg.matrix_norm": lambda xp, x, y: xp.linalg.matrix_norm(x),
    "linalg.outer": lambda xp, x, y: xp.linalg.outer(x[0, :], y[1, :]),
    "linalg.trace": lambda xp, x, y: xp.linalg.trace(x @ y.T),
    "maximum": lambda xp, x, y: xp.maximum(x, y),
    "maximum with a number": lambda xp, x, y: xp.maximum(x, 0),
    "minimum": lambda xp, x, y: xp.minimum(x, y),
    "clip": lambda xp, x, y: xp.clip(x, -1.0, 1.0),
    "where": lambda xp, x, y: xp.where(x > y, x, 0),
    "where with all along an axis": lambda xp, x, y: xp.where(xp.all(x > -1.5, axis=0), 1, 2),
    "where with any along an axis": lambda xp, x, y: xp.where(xp.any(x > y, axis=1), 1, 2),
    "square": lambda xp, x, y: xp.square(x),
    "sqrt": lambda xp, x, y: xp.sqrt(y),
    "sqrt of a number": lambda xp, x, y: x * xp.sqrt(2),
    "abs": lambda xp, x, y: xp.abs(x),
    "sign": lambda xp, x, y: xp.sign(x),
    "floor": lambda xp, x, y: xp.floor(x),
    "ceil": lambda xp, x, y: xp.ceil(x),
    "reciprocal": lambda xp, x, y: xp.reciprocal(y),
    "hypot": lambda xp, x, y: xp.hypot(x, y),
    "exp": lambda xp, x, y: xp.exp(x),
    "expm1": lambda xp, x, y: xp.expm1(x),
    "log": lambda xp, x, y: xp.log(y),
    "log1p": lambda xp, x, y: xp.log1p(y),
    "log2": lambda xp, x, y: xp.log2(y),
    "log10": lambda xp, x, y: xp.log10(y),
    "tanh": lambda xp, x, y: xp.tanh(x),
    "sinh": lambda xp, x, y: xp.sinh(x),
    "cosh": lambda xp, x, y: xp.cosh(x),
    "sin": lambda xp, x, y: xp.sin(x),
    "cos": lambda xp, x, y: xp.cos(x),
    "tan": lambda xp, x, y: xp.tan(x),
    "pi": lambda xp, x, y: x * xp.pi,
    "e": lambda xp, x, y: x * xp.e,
    "logsumexp": lambda xp, x, y: xp.logsumexp(x),
    "logsumexp along an axis": lambda xp, x, y: xp.logsumexp(x, axis=1),
    "logaddexp": lambda xp, x, y: xp.logaddexp(x, y),
    "softplus": lambda xp, x, y: xp.softplus(x),
    "log_softplus": lambda xp, x, y: xp.log_softplus(x),
    "add": lambda xp, x, y: xp.add(x, y),
    "subtract": lambda xp, x, y: xp.subtract(x, y),
    "multiply": lambda xp, x, y: xp.multiply(x, y),
    "divide": lambda xp, x, y: xp.divide(x, y),
    "negative()": lambda xp, x, y: xp.negative(x),
    "pow": lambda xp, x, y: xp.pow(x, 2),
    "full": lambda xp, x, y: x + xp.full((2, 3), 0.5),
    "arange": lambda xp, x, y: x * xp.arange(1, 4),
    "logical_and": lambda xp, x, y: xp.where(xp.logical_and(x > 0, y > 1), 1, 0),
    "logical_or": lambda xp, x, y: xp.where(xp.logical_or(x > 0, y > 1), 1, 0),
    "logical_not": lambda xp, x, y: xp.where(xp.logical_not(x > 0), 1, 0),
    "isfinite": lambda xp, x, y: xp.where(xp.isfinite(x), x, 0),
    "count_nonzero": lambda xp, x, y: xp.count_nonzero(x - 3) * 1.0,
    "argmax": lambda xp, x, y: xp.take(x[0, :], xp.integers([int(xp.argmax(x[0, :]))]), axis=0),
    "argmin": lambda xp, x, y: xp.take(x[0, :], xp.integers([int(xp.argmin(x[0, :]))]), axis=0),
    "diagonal of the namespace": lambda xp, x, y: getattr(xp, "diagonal", xp.linalg.diagonal)(x @ y.T),
}
IRRATIONAL = {"exp", "expm1", "log", "log1p", "log2", "log10", "tanh", "sinh", "cosh", "sin", "cos", "tan", "pi", "e"}
IRRATIONAL |= {name for name in FORMULAS if name.startswith("log") and "logical" not in name} | {"softplus"}
# square roots of different square-free parts in one array: each is exact, and none of them meets another
OTHER_FIELDS = {"linalg.vector_norm", "std", "hypot"}
WHOLE = {"floor", "ceil", "//", "%"}  # integer parts are left to balls

REFERENCE = NativeNamespace(np.ones(()))


def reference(name):
    return np.asarray(FORMULAS[name](REFERENCE, X, Y), dtype=np.float64)


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_balls_enclose_what_floats_approximate(name):
    with precision(80):
        found = FORMULAS[name](BALL, BALL.asarray(X), BALL.asarray(Y))
        expected = reference(name)
        assert found.shape == expected.shape
        # a dozen operations and vendors' functions, each of a few roundings
        bound = 64 * np.finfo(float).eps * max(1.0, float(np.abs(expected).max(initial=0)))
        for scalar, value in zip(found.data.ravel(), expected.ravel(), strict=True):
            assert scalar.rad() < bound
            assert abs(float(scalar.mid()) - value) <= bound


@pytest.mark.parametrize("name", sorted(set(FORMULAS) - IRRATIONAL - OTHER_FIELDS - WHOLE))
def test_rationals_give_what_floats_approximate(name):
    found = FORMULAS[name](RATIONAL, RATIONAL.asarray(X), RATIONAL.asarray(Y))
    expected = reference(name)
    assert found.shape == expected.shape
    bound = 64 * np.finfo(float).eps * max(1.0, float(np.abs(expected).max(initial=0)))
    floats = np.array([RATIONAL.field.to_float(v) for v in found.data.ravel()])
    assert np.abs(floats - expected.ravel()).max(initial=0) <= bound


@pytest.mark.parametrize("name", sorted(IRRATIONAL | WHOLE))
def test_rationals_refuse_what_is_not_rational(name):
    with pytest.raises(NotRationalError):
        FORMULAS[name](RATIONAL, RATIONAL.asarray(X), RATIONAL.asarray(Y))


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_tracked_floats_have_the_values_of_plain_floats(name):
    xp = TrackedNamespace(REFERENCE)
    found, expected = FORMULAS[name](xp, xp.track(X), xp.track(Y)), reference(name)
    assert found.shape == expected.shape
    assert found.size_of_terms.shape == found.value.shape
    # composed functions may round in another order than the library's own
    assert np.abs(host(found.value) - expected).max(initial=0) <= 64 * np.finfo(float).eps * max(
        1, np.abs(expected).max()
    )
    assert (host(found.size_of_terms) >= np.abs(host(found.value)) * (1 - 4 * np.finfo(float).eps)).all()


UNEVEN = {"log2", "log10", "hypot", "clip", "count_nonzero", "isfinite", "unstack", "diagonal of the namespace"}


@pytest.mark.parametrize("name", sorted(set(FORMULAS) - UNEVEN))
def test_every_backend_gives_the_values_of_numpy(xp, name):
    found, expected = host(FORMULAS[name](xp, native(X, xp), native(Y, xp))), reference(name)
    assert found.shape == expected.shape
    size = max(1.0, float(np.abs(expected).max(initial=0)))
    assert np.abs(found - expected).max(initial=0) <= 64 * np.finfo(dtype_name(xp)).eps * size


METHODS = {
    "sum": lambda x: x.sum(axis=0),
    "mean": lambda x: x.mean(axis=1, keepdims=True),
    "max": lambda x: x.max(),
    "min": lambda x: x.min(axis=-1),
    "prod": lambda x: x.prod(axis=1),
    "var": lambda x: x.var(axis=0),
    "std": lambda x: x.std(),
    "reshape": lambda x: x.reshape(3, 2),
    "reshape to a tuple": lambda x: x.reshape((6,)),
    "flatten": lambda x: x.flatten(),
    "ravel": lambda x: x.ravel(),
    "trace": lambda x: x.trace(),
    "dot": lambda x: x.dot(x.T),
    "numpy.sum": lambda x: np.sum(x, axis=0),
    "numpy.max": lambda x: np.max(x),
    "numpy.sqrt": lambda x: np.sqrt(np.square(x)),
    "numpy.exp": lambda x: np.exp(-x),
    "numpy.maximum": lambda x: np.maximum(x, 0.5),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_and_functions_of_numpy_mean_the_same_on_exact_and_tracked_arrays(name):
    expected = np.asarray(METHODS[name](X))
    tracked = TrackedNamespace(REFERENCE)
    floats = host(METHODS[name](tracked.track(X)).value)
    balls = METHODS[name](BALL.asarray(X)).data
    bound = 64 * np.finfo(float).eps * max(1.0, np.abs(expected).max())
    for found in (floats, np.vectorize(lambda v: float(v.mid()), otypes=[float])(balls)):
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= bound


COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


@pytest.mark.parametrize("op", COMPARISONS)
def test_comparisons_have_the_truth_of_plain_floats(op):
    expected = op(X, np.maximum(X, Y - 1))
    for xp in (RATIONAL, BALL):
        assert op(xp.asarray(X), xp.maximum(X, Y - 1)).values.tolist() == expected.tolist()
    tracked = TrackedNamespace(REFERENCE)
    assert op(tracked.track(X), np.maximum(X, Y - 1)).truth.tolist() == expected.tolist()
    for left, right in ((0.5, X), (X, 0.5)):
        lifted = [RATIONAL.asarray(v) if isinstance(v, np.ndarray) else v for v in (left, right)]
        assert op(*lifted).values.tolist() == op(left, right).tolist()
