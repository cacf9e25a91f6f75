"""Inverses, determinants, ranks and spectra against their definitions, exactly, and against mpmath at 50 digits."""

import re
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from mpmath import mp

from ncverify import Identity, Inequality, Space, Variable, falsify, judge
from ncverify.errors import NotRationalError, UndecidedError
from ncverify.numbers import backend_namespace
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.forms import DOUBTFUL_FORMS, FORMS
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.tracked import TrackedNamespace

NUMPY = backend_namespace("numpy")
TRACKED = TrackedNamespace(NUMPY)
SQUARE = np.array([[2, -1, 0, 3], [1, 0, 5, -2], [4, 1, 1, 1], [-3, 2, 0, 1]])
SYMMETRIC = SQUARE + SQUARE.T
WIDE = np.array([[1, 2, 0, -1], [2, 4, 0, -2], [0, 1, 1, 3]])  # of rank two
SIMPLEX = 3 * np.eye(3, dtype=int) - 1  # eigenvalues 0, 3, 3
SINGULAR = [[1, 2], [2, 4]]


def exact(values):
    return RATIONAL.asarray(values)


def irrational(values):
    """The matrix times the square root of two, as balls."""
    return BALL.asarray(values) * BALL.sqrt(2)


def same(a, b):
    return a.shape == b.shape and bool(RATIONAL.all(a == b))


def surd_matrix():
    return exact([[1, 2], [3, 4]]) + exact([[1, 0], [1, 1]]) * RATIONAL.sqrt(2)


# --- exact decisions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [exact(SQUARE), exact([[Fraction(1, 3)]]), surd_matrix()], ids=["4x4", "1x1", "surds"])
def test_an_inverse_times_its_matrix_is_the_identity(a):
    unit = RATIONAL.eye(a.shape[0])
    assert same(a @ RATIONAL.linalg.inv(a), unit)
    assert same(np.linalg.inv(a) @ a, unit)
    b = a[:, 0] + 1
    assert same(a @ RATIONAL.linalg.solve(a, b), b)
    assert same(a @ np.linalg.solve(a, a + 1), a + 1)
    assert not same(a @ (RATIONAL.linalg.inv(a) + Fraction(1, 10**30)), unit)


@pytest.mark.parametrize("values", [WIDE, WIDE.T, SQUARE, SIMPLEX, np.zeros((2, 3), dtype=int), [[1, -2, 2]]])
def test_a_pseudo_inverse_meets_penroses_conditions(values):
    a = exact(values)
    x = RATIONAL.linalg.pinv(a)
    assert same(a @ x @ a, a)
    assert same(x @ a @ x, x)
    assert same((a @ x).T, a @ x)
    assert same((x @ a).T, x @ a)


@pytest.mark.parametrize(("values", "rank"), [(WIDE, 2), (SQUARE, 4), (SIMPLEX, 2), (np.zeros((2, 2)), 0), ([[5]], 1)])
def test_a_rank_is_decided(values, rank):
    for xp in (RATIONAL, TRACKED):
        found = xp.linalg.matrix_rank(xp.asarray(np.asarray(values, dtype=float)))
        assert float(getattr(found, "value", 0.0) if xp is TRACKED else found.nearest_float()) == rank
        with np.errstate(invalid="ignore"):  # a count of nothing has no size
            assert bool(np.linalg.matrix_rank(xp.asarray(np.asarray(values, dtype=float))) == rank)
    near = exact(WIDE) + exact([[0, 0, 0, 0], [0, 0, 0, Fraction(1, 10**40)], [0, 0, 0, 0]])
    assert bool(RATIONAL.linalg.matrix_rank(near) == 3)


def test_a_rank_of_balls_is_decided_where_it_is_certain():
    assert bool(BALL.linalg.matrix_rank(irrational(SQUARE)) == 4)
    assert bool(BALL.linalg.matrix_rank(BALL.asarray(np.zeros((2, 2)))) == 0)
    x = BALL.exp(BALL.asarray([[0, 1], [1, 2]]))  # singular: e^0 e^2 = e^1 e^1
    for undecided in (BALL.linalg.matrix_rank, BALL.linalg.pinv):
        with pytest.raises(UndecidedError, match="rank"):
            undecided(x)


def test_determinants_multiply():
    a, b = exact(SQUARE), exact(SYMMETRIC)
    det = RATIONAL.linalg.det
    assert bool(det(a @ b) == det(a) * det(b))
    assert not bool(det(a @ b) == det(a) * det(b) + Fraction(1, 10**30))
    s = surd_matrix()
    assert bool(det(s @ s) == det(s) * det(s))
    sign, log = BALL.linalg.slogdet(BALL.asarray(SIMPLEX + np.eye(3)))
    assert bool(sign == 1)
    assert log.item().overlaps(arb(16).log())


def test_powers_of_a_matrix():
    a = exact([[1, 1], [0, 2]])
    power = RATIONAL.linalg.matrix_power
    assert same(power(a, 3), exact([[1, 7], [0, 8]]))
    assert same(power(a, -1) @ a, power(a, 0))


def test_a_singular_matrix_has_no_inverse_and_no_value():
    with pytest.raises(ZeroDivisionError):
        RATIONAL.linalg.inv(exact(SINGULAR))
    with pytest.raises(ZeroDivisionError):
        RATIONAL.linalg.inv(exact(SINGULAR) * RATIONAL.sqrt(2))
    assert all(v.is_nan() for v in BALL.linalg.inv(irrational(SINGULAR)).data.ravel())
    assert np.isnan(TRACKED.linalg.inv(TRACKED.asarray(SINGULAR)).value).all()
    space = Space(variables={"A": Variable(2, 2)})
    claim = Inequality("trace", slack=lambda p: p.xp.trace(p.xp.linalg.inv(p.A)))
    assert not judge(claim, space.point(A=SINGULAR)).defined
    assert judge(claim, space.point(A=[[-1, 0], [0, -1]])).violated


def test_a_singular_matrix_gives_nan_in_every_backend(xp64):
    x = xp64.asarray(np.array([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 2.0]]]))
    found = xp64.linalg.inv(x)
    assert not np.isfinite(np.asarray(found[0, ...])).any()
    assert np.asarray(found[1, ...]).tolist() == [[1.0, 0.0], [0.0, 0.5]]
    solved = xp64.linalg.solve(x[0, ...], xp64.asarray(np.array([[1.0], [1.0]])))
    assert not np.isfinite(np.asarray(solved)).any()


def test_what_is_not_finite_gives_nan_in_every_backend(xp64):
    x = xp64.asarray(np.array([[np.inf, 2.0], [2.0, 4.0]]))
    linalg = xp64.linalg
    for function in (linalg.svdvals, linalg.eigvalsh, linalg.pinv, lambda v: linalg.matrix_norm(v, ord="nuc")):
        assert np.isnan(np.asarray(function(x))).all()


# --- spectra -------------------------------------------------------------------------------------------------------


def test_eigenvalues_are_exact_where_they_are_rational_or_quadratic():
    assert RATIONAL.linalg.eigvalsh(exact(SIMPLEX)).tolist() == [0, 3, 3]
    found = np.linalg.eigvalsh(exact([[1, 1], [1, 2]]))
    assert bool(found[0] + found[1] == 3)
    assert bool(found[0] * found[1] == 1)
    assert bool(found[0] < found[1])
    assert RATIONAL.linalg.svdvals(exact([[3, 0], [0, -4], [0, 0]])).tolist() == [4, 3]
    mixed = np.array([[1, 1, 0, 0], [1, 2, 0, 0], [0, 0, 1, 1], [0, 0, 1, 3]])  # with sqrt 5 and sqrt 2
    ordered = [RATIONAL.field.to_float(v) for v in RATIONAL.linalg.eigvalsh(exact(mixed)).tolist()]
    np.testing.assert_allclose(ordered, np.linalg.eigvalsh(mixed.astype(float)), rtol=1e-14)


@pytest.mark.parametrize("function", [np.linalg.eigvalsh, np.linalg.svdvals])
def test_others_are_left_to_balls(function):
    with pytest.raises(NotRationalError):
        function(exact([[1, 1, 0], [1, 2, 1], [0, 1, 0]]))


def test_the_nuclear_norm_of_a_column_is_its_length_also_where_that_is_no_short_root():
    """Balls leave open whether the two agree: the expressions tell."""
    column = ONE.point(A=[[-2.4229512847932817], [2.4223557558885678]])
    for slack in (lambda p: nuclear(p) - frobenius(p), lambda p: frobenius(p) - nuclear(p)):
        judged = judge(Inequality("one length", slack=slack), column)
        assert judged.holds is True
        assert judged.arithmetic.endswith("by equal expressions")


def test_a_symmetric_matrix_of_expressions_is_not_refused():
    with precision(128):
        log2 = FORMS.log(2)
        found = FORMS.linalg.eigvalsh(FORMS.asarray(SIMPLEX) * log2) / log2
    assert [round(FORMS.field.to_float(v), 9) for v in found.data] == [0, 3, 3]


@pytest.mark.parametrize("xp", [RATIONAL, BALL, FORMS], ids=repr)
def test_a_matrix_that_is_not_symmetric_is_refused(xp):
    with pytest.raises(ValueError, match=r"^eigvalsh: expected a symmetric matrix, but entries \[1, 0\] and \[0, 1\]"):
        xp.linalg.eigvalsh(xp.asarray([[1, 2], [1, 1]]))


def cases():
    rng = np.random.default_rng(0)
    yield SIMPLEX
    yield SYMMETRIC
    yield np.diag([1, 1, 1, 5])
    yield np.zeros((3, 3))
    yield np.array([[1e-12, 1.0], [1.0, 1e12]])
    yield np.array([[0.0, 1.0], [1.0, 0.0]])
    for n in (1, 5, 8):
        M = rng.normal(size=(n, n))
        yield M + M.T
    Q = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    M = Q @ np.diag([1.0, 1.0, 1.0 + 1e-12, 2.0, 2.0]) @ Q.T
    yield np.tril(M) + np.tril(M, -1).T


def around(value, bits):
    return arb(mp.nstr(value, 60), max(1e-45, abs(float(value)) * 1e-45)) if bits else value


@pytest.mark.parametrize("a", list(cases()), ids=lambda a: f"{len(a)}")
@pytest.mark.parametrize("bits", [64, 128, 300])
def test_balls_enclose_eigenvalues_of_any_multiplicity(a, bits):
    with mp.workdps(60):
        expected = sorted(mp.eigsy(mp.matrix((1.0 * a).tolist()), eigvals_only=True))
        with precision(bits):
            found = BALL.linalg.eigvalsh(BALL.asarray(a)).tolist()
        size = max(1.0, float(np.abs(a).sum()))
        for ball, value in zip(found, expected, strict=True):
            assert ball.overlaps(around(value, bits))
            assert float(ball.rad()) <= size * 2.0 ** (8 - bits)


@pytest.mark.parametrize("a", [WIDE, WIDE.T, SQUARE, np.zeros((2, 3)), [[3.0, 4.0]]], ids=str)
def test_balls_enclose_singular_values_and_their_norms(a):
    a = np.asarray(a, dtype=float)
    with mp.workdps(60), precision(128):
        expected = list(mp.svd_r(mp.matrix(a.tolist()), compute_uv=False))
        linalg, x = BALL.linalg, BALL.asarray(a)
        found = linalg.svdvals(x).tolist()
        for ball, value in zip(found, expected, strict=True):
            assert ball.overlaps(around(value, 128))
            assert float(ball.rad()) < 1e-30
        assert linalg.matrix_norm(x, ord="nuc").item().overlaps(around(sum(expected), 128))
        assert np.linalg.norm(x, 2).item().overlaps(around(max(expected), 128))


def test_an_eigenvalue_that_is_off_by_little_is_outside():
    with precision(128):
        found = BALL.linalg.eigvalsh(BALL.asarray(SIMPLEX)).tolist()
        assert [v.contains(e) for v, e in zip(found, (0, 3, 3), strict=True)] == [True] * 3
        assert not any(v.contains(e + fmpq(1, 10**33)) for v, e in zip(found, (0, 3, 3), strict=True))


def test_wide_balls_stay_around_their_matrices():
    """Eigenvalues of every matrix that the balls contain are enclosed."""
    rng = np.random.default_rng(1)
    a = SYMMETRIC.astype(float)
    fuzzy = BALL.asarray(a)
    fuzzy.data[:] = [[arb(v, 0.01) for v in row] for row in a]
    found = BALL.linalg.eigvalsh(fuzzy).tolist()
    for _ in range(50):
        change = np.tril(rng.uniform(-0.01, 0.01, a.shape))
        inside = np.linalg.eigvalsh(a + change + np.tril(change, -1).T)
        assert all(v.contains(float(e)) for v, e in zip(found, inside, strict=True))
    assert max(float(v.rad()) for v in found) < 0.01 * a.size


def test_nuclear_norms_of_two_singular_values_are_exact():
    nuclear = RATIONAL.linalg.matrix_norm(exact([[1, 1], [0, 1]]), ord="nuc")  # squared: 3 + 2
    assert bool(nuclear * nuclear == 5)
    assert bool(np.linalg.norm(exact([[3, 4]]), "nuc") == 5)
    assert bool(RATIONAL.linalg.matrix_norm(exact(SIMPLEX), ord="nuc") == 6)
    assert bool(RATIONAL.linalg.cond(exact([[2, 0], [0, 5]])) == Fraction(5, 2))


@pytest.mark.parametrize("xp", [RATIONAL, BALL, TRACKED, NUMPY], ids=repr)
def test_row_and_column_sums(xp):
    x = xp.asarray(np.array([[1.0, -2.0], [3.0, 4.0]]))
    for ord, expected in ((1, 6.0), (np.inf, 7.0)):
        assert bool(xp.linalg.matrix_norm(x, ord=ord) == expected)


# --- floats of the search ------------------------------------------------------------------------------------------

SINGLE = {
    "inv": lambda xp, x: xp.linalg.inv(x),
    "solve": lambda xp, x: xp.linalg.solve(x, x[:, 0] + 1),
    "det": lambda xp, x: xp.linalg.det(x),
    "pinv": lambda xp, x: xp.linalg.pinv(x[:, 1:]),
    "eigvalsh": lambda xp, x: xp.linalg.eigvalsh((x + x.T) / 2),
    "svdvals": lambda xp, x: xp.linalg.svdvals(x),
    "svd": lambda xp, x: xp.linalg.svdvals(x) if xp is NUMPY else xp.linalg.svd(x, compute_uv=False),
    "nuclear": lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc"),
    "spectral": lambda xp, x: xp.linalg.matrix_norm(x, ord=2),
    "matrix_power": lambda xp, x: xp.linalg.matrix_power(x, 3),
    "diagonal": lambda xp, x: xp.linalg.diagonal(x, offset=1),
    "cond": lambda xp, x: xp.linalg.cond(x),
    "relu": lambda xp, x: xp.relu(x),
}


@pytest.mark.parametrize("name", SINGLE)
def test_every_arithmetic_gives_the_values_of_numpy(name):
    function, x = SINGLE[name], SQUARE.astype(float)
    expected = np.asarray(function(NUMPY, x))
    tracked = function(TRACKED, TRACKED.asarray(x))
    np.testing.assert_allclose(tracked.value, expected, rtol=1e-12, atol=1e-12)
    assert (tracked.size_of_terms >= np.abs(tracked.value) * (1 - 1e-14)).all()
    for xp in (BALL, FORMS, DOUBTFUL_FORMS):
        found = function(xp, xp.asarray(x))
        mids = np.vectorize(xp.field.to_float, otypes=[float])(found.data)
        np.testing.assert_allclose(mids, expected, rtol=1e-12, atol=1e-12)
        assert {type(v) for v in np.ravel(found.data)} == {type(xp.field.convert(0))}


def test_every_backend_gives_the_values_of_numpy(xp64):
    x = SQUARE.astype(float)
    for name in sorted(set(SINGLE) - {"svd", "cond", "diagonal"}):
        found = np.asarray(SINGLE[name](xp64, xp64.asarray(x)))
        np.testing.assert_allclose(found, np.asarray(SINGLE[name](NUMPY, x)), rtol=1e-12, atol=1e-12)


def test_the_size_of_an_inverse_grows_with_its_condition():
    near = TRACKED.asarray(np.array([[1.0, 1.0], [1.0, 1.0 + 1e-8]]))
    found = TRACKED.linalg.inv(near)
    assert 1e15 < found.size_of_terms.max() < 1e18 > np.abs(found.value).max() > 1e7


# --- in statements -------------------------------------------------------------------------------------------------

PAIR = Space(sizes={"m": (1, 3)}, variables={"A": Variable("m", "m"), "B": Variable("m", "m")})
ONE = Space(sizes={"m": (1, 3), "n": (1, 3)}, variables={"A": Variable("m", "n")})
PSD = Space(sizes={"m": (1, 3)}, variables={"S": Variable("m", "m", on="psd")})


def status(statement, space):
    return falsify(statement, space, seed=0, budget=120, evaluations=2000).status


def nuclear(p):
    return p.xp.linalg.matrix_norm(p.A, ord="nuc")


def frobenius(p):
    return p.xp.linalg.norm(p.A)


STATEMENTS = [
    (Identity("det AB", lambda p: det(p, p.A @ p.B), lambda p: det(p, p.A) * det(p, p.B)), PAIR, "proved"),
    (Identity("det A+B", lambda p: det(p, p.A + p.B), lambda p: det(p, p.A) + det(p, p.B)), PAIR, "falsified"),
    (Inequality("nuc <= fro", slack=lambda p: frobenius(p) - nuclear(p)), ONE, "falsified"),
    (Inequality("fro <= nuc", slack=lambda p: nuclear(p) - frobenius(p)), ONE, "unfalsified"),
    (
        Inequality(
            "nuc^2 <= rank fro^2",
            slack=lambda p: p.xp.linalg.matrix_rank(p.A) * p.xp.sum(p.A * p.A) - nuclear(p) ** 2,
        ),
        ONE,
        "unfalsified",
    ),
    (
        Inequality("rank AB", slack=lambda p: rank(p, p.A @ p.B) - p.xp.minimum(rank(p, p.A), rank(p, p.B))),
        PAIR,
        "falsified",
    ),
    (
        Inequality("Sylvester", slack=lambda p: rank(p, p.A @ p.B) - rank(p, p.A) - rank(p, p.B) + p.m),
        PAIR,
        "unfalsified",
    ),
    (
        Inequality(
            "m^2 <= tr S tr S^-1",
            slack=lambda p: p.xp.trace(p.xp.linalg.inv(p.S)) * p.xp.trace(p.S) - p.m**2,
            given=[lambda p: det(p, p.S)],
        ),
        PSD,
        "unfalsified",
    ),
    (
        Inequality(
            "one more",
            slack=lambda p: p.xp.trace(p.xp.linalg.inv(p.S)) * p.xp.trace(p.S) - p.m**2 - p.m + 1,
            given=[lambda p: det(p, p.S)],
        ),
        PSD,
        "falsified",
    ),
    (Inequality("S >= 0", slack=lambda p: p.xp.linalg.eigvalsh(p.S)[0]), PSD, "unfalsified"),
    (
        Inequality("largest <= trace/2", slack=lambda p: p.xp.trace(p.S) / 2 - p.xp.linalg.eigvalsh(p.S)[-1]),
        PSD,
        "falsified",
    ),
    (
        Inequality("two norm", slack=lambda p: p.xp.linalg.norm(p.A, 2) - p.xp.linalg.norm(p.A, 1)),
        ONE,
        "falsified",
    ),
]


def det(p, a):
    return p.xp.linalg.det(a)


def rank(p, a):
    return p.xp.linalg.matrix_rank(a)


@pytest.mark.parametrize(("statement", "space", "expected"), STATEMENTS, ids=[s.name for s, *_ in STATEMENTS])
def test_statements_about_matrices(statement, space, expected):
    assert status(statement, space) == expected


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda p: np.linalg.svd(p.A)[1][0], "svd: singular vectors are not unique"),
        (lambda p: p.xp.linalg.qr(p.A)[0][0, 0], "state what Q and R have to fulfil"),
        (lambda p: np.linalg.eigvals(p.A)[0], "for symmetric matrices there is eigvalsh"),
        (lambda p: np.linalg.cholesky(p.A)[0, 0], "compare eigvalsh with 0"),
    ],
)
def test_what_leaves_exact_arithmetic_says_so(function, words):
    claim = Inequality("leaves", slack=function)
    with pytest.raises(ValueError, match=re.escape(words)):
        falsify(claim, PAIR, evaluations=100)
