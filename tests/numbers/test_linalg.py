"""Linear algebra of exact and tracked arrays against definitions written out in fractions, and against NumPy."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from ncverify.numbers import backend_namespace, to_numpy
from ncverify.numbers.ball import BALL
from ncverify.numbers.forms import DOUBTFUL_FORMS, FORMS
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.tracked import TrackedNamespace

TRACKED = TrackedNamespace(backend_namespace("numpy"))
A = np.array([[2.0, -1.0, 0.5], [0.25, 3.0, -2.0], [1.0, 4.0, 0.75]])
B = np.array([[1.0, 2.0, 2.0], [-4.0, 4.0, 7.0]])  # rows of norm 3 and 9


def floats(x):
    if x.namespace is TRACKED:
        return to_numpy(x.value)
    return np.vectorize(x.namespace.field.to_float, otypes=[np.float64])(x.data)


def of_exact_entries(*values):
    return pytest.mark.parametrize(
        "xp", values or [RATIONAL, BALL, FORMS, DOUBTFUL_FORMS, TRACKED], ids=lambda xp: repr(xp)
    )


def leibniz(M):
    """The determinant as the sum over all permutations."""
    total = Fraction(0)
    for order in itertools.permutations(range(len(M))):
        swaps = sum(order[i] > order[j] for i, j in itertools.combinations(range(len(M)), 2))
        total += (-1) ** swaps * math.prod(Fraction(float(M[i, j])) for i, j in enumerate(order))
    return total


@of_exact_entries()
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_determinant_is_the_sum_over_permutations(xp, size):
    M = A[:size, :size]
    for det in (xp.linalg.det, np.linalg.det):
        assert floats(det(xp.asarray(M))) == float(leibniz(M))


def test_a_determinant_of_order_four_is_exact():
    M = np.arange(16.0).reshape(4, 4) ** 2 / 8
    assert bool(RATIONAL.linalg.det(RATIONAL.asarray(M)) == leibniz(M))


@of_exact_entries()
def test_euclidean_and_frobenius_norms_go_by_every_name(xp):
    x, v = xp.asarray(B), xp.asarray(B[0])
    linalg, whole = xp.linalg, math.sqrt(9 + 81)
    for name, found in {
        "norm": linalg.norm(x),
        "fro": linalg.norm(x, "fro"),
        "matrix_norm": linalg.matrix_norm(x),
        "vector_norm": linalg.vector_norm(x),
    }.items():
        assert found.shape == (), name
        assert floats(found) == pytest.approx(whole, rel=1e-15), name
    assert floats(linalg.norm(v)) == floats(linalg.norm(v, 2)) == floats(np.linalg.norm(v)) == 3
    assert floats(linalg.norm(x, axis=1)).tolist() == floats(linalg.norm(x, 2, axis=1)).tolist() == [3, 9]
    assert floats(linalg.norm(x, axis=1, keepdims=True)).tolist() == [[3], [9]]
    assert floats(linalg.vector_norm(x, axis=1, keepdims=True)).tolist() == [[3], [9]]
    assert floats(linalg.vector_norm(x, axis=1)).tolist() == [3, 9]


@of_exact_entries()
@pytest.mark.parametrize(("values", "ord"), [(B, -2), (B, "max"), (B[0], "nuc"), (B[0], 0)])
def test_other_norms_are_refused_by_name(xp, values, ord):
    message = f"^norm: expected .*, got ord={ord!r}$"
    with pytest.raises(ValueError, match=message):
        xp.linalg.norm(xp.asarray(values), ord)


@of_exact_entries()
def test_products_transposes_diagonals_and_traces_are_those_of_numpy(xp):
    x, y = xp.asarray(A), xp.asarray(B)
    linalg = xp.linalg
    for found, expected in (
        (linalg.matmul(y, x), B @ A),
        (linalg.matrix_transpose(y), B.T),
        (linalg.diagonal(x), np.diag(A)),
        (linalg.trace(x), np.trace(A)),
        (linalg.outer(x[0, :], y[1, :]), np.outer(A[0], B[1])),
        (linalg.vecdot(y, y), np.array([9.0, 81.0])),
        (linalg.vecdot(y, y, axis=0), np.array([17.0, 20.0, 53.0])),
        (linalg.vecdot(x, x, axis=-1), (A * A).sum(axis=1)),
    ):
        assert found.shape == expected.shape
        assert floats(found).tolist() == expected.tolist()


@of_exact_entries()
def test_what_is_not_there_is_refused_with_what_is(xp):
    names = "cond, det, diagonal, eigvalsh, inv, matmul, .*, solve, svd, svdvals, trace, vecdot, vector_norm"
    with pytest.raises(AttributeError, match=rf"^p\.xp\.linalg\.tensorsolve is not available .*; there are {names}$"):
        xp.linalg.tensorsolve  # noqa: B018


@of_exact_entries()
@pytest.mark.parametrize("values", [B, B[0], np.zeros((0, 0))])
def test_what_is_no_square_matrix_is_refused_by_name(xp, values):
    for name in ("inv", "det", "eigvalsh"):
        with pytest.raises(ValueError, match=f"^{name}: expected a square matrix, got shape"):
            getattr(xp.linalg, name)(xp.asarray(values))
    with pytest.raises(ValueError, match=r"^solve: expected 3 rows on the right-hand side"):
        xp.linalg.solve(xp.asarray(A), xp.asarray(B))
    with pytest.raises(ValueError, match=r"^matrix_power: expected a square matrix"):
        xp.linalg.matrix_power(xp.asarray(values), 2) if values.size else xp.linalg.matrix_power(xp.asarray(B), 2)


@of_exact_entries()
def test_functions_without_a_counterpart_are_numpys_own(xp):
    x = xp.asarray(B)
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2, 3), 2, 6)


@of_exact_entries()
def test_the_first_axis_is_unstacked_unless_another_is_named(xp):
    x = xp.asarray(B)
    assert [floats(row).tolist() for row in xp.unstack(x)] == B.tolist()
    assert [floats(row).tolist() for row in xp.unstack(x, axis=1)] == B.T.tolist()


@of_exact_entries()
def test_numpy_functions_with_a_name_of_their_own_stay_in_the_arithmetic(xp):
    x = xp.asarray(A)
    for found, expected in (
        (np.concatenate([x, x], axis=1), np.concatenate([A, A], axis=1)),
        (np.dot(x, x), A @ A),
        (np.cumsum(x, axis=0), np.cumsum(A, axis=0)),
        (np.where(np.array([[True], [False], [True]]), x, 0), np.where([[True], [False], [True]], A, 0)),
        (np.argmax(x, axis=0), np.argmax(A, axis=0)),
        (np.argmax(x, axis=1), np.argmax(A, axis=1)),
        (np.argmax(x), np.argmax(A)),
    ):
        values = floats(found) if hasattr(found, "namespace") else np.asarray(found)
        assert values.tolist() == np.asarray(expected).tolist()


@of_exact_entries()
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_methods_keep_the_axis_where_asked(xp, name, axis):
    values = np.array([[1.0, 2.0, 6.0, -1.0], [0.5, -4.0, 8.0, 3.5]])  # sums of powers of two: exact means
    x = xp.asarray(values)
    assert getattr(x, name)(axis).shape == getattr(values, name)(axis).shape
    for keepdims in (False, True):
        expected = getattr(values, name)(axis=axis, keepdims=keepdims)
        assert floats(getattr(x, name)(axis=axis, keepdims=keepdims)).tolist() == expected.tolist()


@of_exact_entries(BALL, TRACKED)
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_deviations_are_along_the_axis(xp, axis):
    for name in ("var", "std"):
        found, expected = floats(getattr(xp.asarray(A), name)(axis=axis)), getattr(A, name)(axis=axis)
        np.testing.assert_allclose(found, expected, rtol=1e-14)
    np.testing.assert_allclose(floats(xp.asarray(A).prod(axis=axis)), A.prod(axis=axis), rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3, Fraction(3, 2), 1.5, 0.5, np.inf, -np.inf])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("entries", [[[1.0, -2.0], [2.0, 5.0]], [[0.0, 0.0], [0.0, -3.0]]])
def test_p_norms_are_numpys_in_every_arithmetic(order, axis, entries):
    x = np.array(entries)
    expected = np.linalg.norm(x.reshape(-1) if axis is None else x, float(order), axis=axis)
    for xp in (BALL, TRACKED):
        with np.errstate(all="ignore"):  # sizes of terms beside a norm that vanishes
            found = xp.linalg.vector_norm(xp.asarray(x), axis=axis, ord=order)
        np.testing.assert_allclose(floats(found), expected, rtol=1e-14)


@pytest.mark.parametrize("order", [0, -1, "two", True, None])
def test_an_order_that_is_no_norm_is_refused(order):
    with pytest.raises(ValueError, match=r"norm: expected p > 0"):
        BALL.linalg.vector_norm(BALL.ones((2,)), ord=order)
