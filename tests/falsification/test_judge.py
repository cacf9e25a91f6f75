"""The exact judge: right in every arithmetic, undecided where it has to be, and never fooled by rounding."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from ncverify import Equivalence, Existence, ForAll, Identity, Implication, Inequality, Trend, judge
from ncverify.errors import StatementError
from ncverify.falsification.exact import LAST_BITS
from ncverify.numbers import backend_namespace
from tests.falsification.points import gaussian, point, simplex

PAIR = point([[1], [-1]], [[1, -1]])


def bound(p, factor=1):
    return factor * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


BOUND = Inequality("bound", slack=lambda p: bound(p) - p.q_min)


def test_polynomials_are_judged_in_rational_arithmetic():
    result = judge(BOUND, PAIR)
    assert (result.applicable, result.holds, result.slack, result.arithmetic) == (True, True, 0.0, "rational")
    assert judge(Inequality("strict", slack=lambda p: bound(p) - p.q_min, strict=True), PAIR).violated


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_square_root_of_n_is_exact(n):
    """At W = sqrt(n) H the bound is attained; one coordinate off by its last bit already decides."""
    W, H = [[n], [-n]], [[1.0] * n + [-1.0] * n]
    attained = Inequality(
        "n |H|^2 is |W|^2", slack=lambda p: p.squared_norm - p.xp.sqrt(p.n) * p.xp.sqrt(p.n) * p.n * 4
    )
    assert judge(attained, point(W, H)).arithmetic == "rational"
    scaled = Identity(
        "sqrt(n) |H| is |W| / sqrt(n)",
        left=lambda p: p.xp.sqrt(p.n) * p.xp.max(p.H),
        right=lambda p: p.xp.max(p.W) / p.xp.sqrt(p.n),
    )
    assert judge(scaled, point(W, H)).holds is True
    H[0][0] = math.nextafter(1.0, 2.0)
    assert judge(scaled, point(W, H)).violated


def test_exponentials_are_judged_in_balls_of_growing_precision():
    def shift(p, far):
        return (1 + p.xp.exp(-far * p.W[0, 0])) - (1 + p.xp.exp(-far * p.W[0, 0] - 1))

    near = Inequality("exp(-100) is more than exp(-101)", slack=lambda p: shift(p, 100), strict=True)
    assert judge(near, PAIR).arithmetic == "ball at 256 bits"
    far = Inequality("exp(-1000) is more than exp(-1001)", slack=lambda p: shift(p, 1000), strict=True)
    assert judge(far, PAIR).arithmetic == "ball at 2048 bits"


def test_a_sign_beyond_the_last_precision_stays_undecided():
    def slack(p):
        return (1 + p.xp.exp(-4000 * p.W[0, 0])) - (1 + p.xp.exp(-4001 * p.W[0, 0]))

    beyond = Inequality("exp(-4000) is more than exp(-4001)", slack=slack, strict=True)
    result = judge(beyond, PAIR)
    assert (result.holds, result.defined, result.violated) == (None, True, False)
    assert result.arithmetic == f"ball at {LAST_BITS} bits"
    equal = Inequality("sin pi = 0", slack=lambda p: p.xp.sin(p.xp.pi), strict=True)
    assert judge(equal, PAIR).holds is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (lambda p: p.xp.log(4), lambda p: 2 * p.xp.log(2)),
        (lambda p: p.loss, lambda p: p.K * p.n * p.xp.log(1 + p.xp.exp(-2))),
        (lambda p: p.xp.sum(p.xp.softmax(p.logits, axis=0)), lambda p: p.K * p.n),
        (lambda p: p.xp.exp(p.xp.log(p.loss)), lambda p: p.loss),
        (lambda p: p.log_loss, lambda p: p.xp.log(p.loss)),
        (lambda p: p.xp.sigmoid(p.q_min), lambda p: 1 - p.xp.sigmoid(-p.q_min)),
        (lambda p: p.xp.tanh(p.q_min), lambda p: 2 * p.xp.sigmoid(2 * p.q_min) - 1),
        (lambda p: p.xp.sqrt(p.loss) * p.xp.sqrt(p.loss), lambda p: p.loss),
        (lambda p: p.xp.log(p.xp.sqrt(2)) * 2, lambda p: p.xp.log(2)),
        (lambda p: p.xp.logsumexp(p.logits[:, 0]), lambda p: p.xp.log(p.xp.exp(1) + p.xp.exp(-p.W[0, 0]))),
        (lambda p: p.xp.erf(p.W[0, 0] + p.K), lambda p: p.xp.erf(3 * p.W[0, 0])),
    ],
)
def test_equal_expressions_of_equal_numbers_are_equal(left, right):
    assert judge(Identity("equal", left=left, right=right), PAIR).holds is True
    found = judge(Inequality("strict", slack=lambda p: left(p) - right(p), strict=True), PAIR)
    assert found.violated
    assert found.arithmetic.endswith("by equal expressions")
    assert judge(Inequality("equal", slack=lambda p: left(p) - right(p)), PAIR).holds is True
    assert judge(Identity("more", left=left, right=lambda p: right(p) + Fraction(1, 10**300)), PAIR).violated
    assert judge(Equivalence("both", left=lambda p: left(p) == right(p), right=lambda p: p.K == 2), PAIR).holds is True


def test_a_fault_of_the_expressions_is_shown_and_not_taken_for_an_open_point(monkeypatch):
    def broken(*_):
        raise AttributeError("no such rule")

    monkeypatch.setattr("ncverify.numbers.forms.logarithm", broken)
    statement = Inequality("log 4 = 2 log 2", slack=lambda p: p.xp.log(4) - 2 * p.xp.log(2))
    with pytest.raises(StatementError, match=r"AttributeError: no such rule.* by equal expressions arithmetic"):
        judge(statement, PAIR)


def test_what_is_equal_by_a_float_constant_is_in_doubt():
    for slack in (
        lambda p: p.xp.log(4) - 2 * p.xp.log(2) * math.cosh(0),
        lambda p: 0.1 * p.xp.log(4) - p.xp.log(2) / 5,
        lambda p: p.xp.log(4) * math.sqrt(4) - 4 * p.xp.log(2),
    ):
        found = judge(Inequality("a float", slack=slack, strict=True), PAIR)
        assert not found.violated
        assert found.holds is not False


def test_what_is_equal_beside_an_exact_constant_is_not():
    found = judge(Inequality("a half", slack=lambda p: 0.5 * p.xp.log(4) - p.xp.log(2), strict=True), PAIR)
    assert (found.violated, found.doubtful) == (True, False)


def test_expressions_without_a_value_are_not_equal():
    for f in (
        lambda x, xp: xp.log(-x),
        lambda x, xp: 1 / (xp.log(4 * x) - 2 * xp.log(2 * x)),
        lambda x, xp: xp.acos(x + 1),
    ):
        same = Identity("u = u", left=lambda p, f=f: f(p.W[0, 0], p.xp), right=lambda p, f=f: f(p.W[0, 0], p.xp))
        assert judge(same, PAIR).holds is None
        assert not judge(Inequality("u > u", slack=lambda p, f=f: f(p.W[0, 0], p.xp) * 0, strict=True), PAIR).violated


def test_hypotheses_are_confirmed_in_the_same_arithmetic():
    """exp(-100) > 0 is lost by floats: the hypothesis is met exactly, and so the violation counts."""
    statement = Inequality("nothing", slack=lambda p: -p.K, given=[lambda p: (1 + p.xp.exp(-100 * p.W[0, 0])) - 1])
    assert judge(statement, PAIR).violated
    edge = Inequality("nothing", slack=lambda p: -p.K, given=[lambda p: bound(p) - p.q_min])
    assert judge(edge, PAIR).applicable is False
    undecided = Inequality("nothing", slack=lambda p: -p.K, given=[lambda p: p.xp.sin(p.xp.pi)])
    result = judge(undecided, PAIR)
    assert result.applicable is None
    assert not result.violated


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_points_of_every_backend_are_the_rationals_they_are(library, dtype):
    xp = backend_namespace(library, dtype=dtype)
    p = simplex(4, 4).map(lambda array: xp.asarray(xp.library.asarray(array, dtype=xp.dtype)))
    assert judge(BOUND, p).slack == 0.0
    q = gaussian(scale=1 / 3).map(lambda array: xp.library.asarray(array, dtype=xp.dtype))
    same = Identity("W is W", left=lambda p: p.W + 0, right=lambda _: q.W if library == "numpy" else q.W.numpy())
    assert judge(same, q).holds is True


def test_a_division_by_zero_or_a_negative_logarithm_is_no_violation():
    zero = point([[0], [0]], [[0, 0]])
    for slack in (lambda p: -1 / p.squared_norm, lambda p: p.xp.log(p.q_min - 1), lambda p: p.xp.sqrt(p.q_min - 1)):
        result = judge(Inequality("undefined", slack=slack), zero)
        assert (result.defined, result.violated) == (False, False)


def test_infinite_constants_are_above_everything():
    assert judge(Inequality("inf", slack=lambda p: math.inf), PAIR).holds is True
    assert judge(Inequality("-inf", slack=lambda p: -p.xp.inf), PAIR).violated
    where = Inequality("vacuous here", slack=lambda p: p.xp.where(p.q_min > 0, p.xp.inf, -1))
    assert judge(where, PAIR).holds is True


class TestDoubtfulConstants:
    """0.1 and math.sqrt(2) are not what their author means: a violation by their rounding alone is none."""

    @pytest.mark.parametrize(
        "statement",
        [
            Inequality("0.3 >= 0.1 + 0.2", slack=lambda p: 0.3 * p.W[0, 0] - 0.1 * p.W[0, 0] - 0.2 * p.W[0, 0]),
            Inequality("0.1 * 3 <= 0.3", slack=lambda p: 0.3 - 0.1 * 3 * p.W[0, 0]),
            Inequality("float root", slack=lambda p: math.sqrt(2) * math.sqrt(2) * p.W[0, 0] - 2),
            Inequality("reciprocals", slack=lambda p: (1 / 3) * 3 * p.W[0, 0] - 1),
            Identity("a tenth", left=lambda p: 0.1 * p.W * 10, right=lambda p: p.W),
            Inequality("cancelled before", slack=lambda p: (1 - 0.9 - 0.1) * p.W[0, 0]),
            Inequality("a closed form", slack=lambda p: p.xp.log(1 + p.xp.exp(-3)) - math.log(1 + math.exp(-3))),
            Inequality("and its opposite", slack=lambda p: math.log(1 + math.exp(-3)) - p.xp.log(1 + p.xp.exp(-3))),
            Inequality("underflow", slack=lambda p: math.exp(-1000) * p.W[0, 0], strict=True),
            Inequality("absorption", slack=lambda p: p.W[0, 0] - math.tanh(30), strict=True),
            Inequality("sin(pi) is zero", slack=lambda p: -math.sin(math.pi) * p.W[0, 0]),
            Inequality("a long chain", slack=lambda p: sum([0.001] * 1000) * -p.W[0, 0] + 1),
            Inequality("single precision", slack=lambda p: 1 - np.float32(0.1) * 10 * p.W[0, 0]),
            Inequality("large", slack=lambda p: math.sqrt(2) * 1e16 - 10**16 * p.xp.sqrt(2)),
            Inequality("large, opposite", slack=lambda p: 10**16 * p.xp.sqrt(2) - math.sqrt(2) * 1e16),
            Implication(
                "a truth of floats", premise=lambda p: p.W[0, 0] > 0, conclusion=lambda p: math.sqrt(2) ** 2 <= p.K
            ),
            Identity("NumPy's floats", left=lambda p: np.float64(0.1) * p.W * 10, right=lambda p: p.W),
        ],
        ids=lambda s: s.name,
    )
    def test_a_violation_by_the_last_bit_of_a_constant_does_not_count(self, statement):
        result = judge(statement, PAIR)
        assert not result.violated
        assert result.holds is True or result.doubtful

    @pytest.mark.parametrize(
        "slack",
        [
            lambda p: (1 - 1e-14) * p.W[0, 0] - 1,
            lambda p: 0.5 * p.W[0, 0] - 0.5 - 2.0**-60,
            lambda p: 3.0 - 4.0 * p.W[0, 0],
            lambda p: -1e-300 * p.W[0, 0],
            lambda p: 0.99 * p.W[0, 0] - 1,
            lambda p: math.sqrt(2) * p.W[0, 0] - 1.4142136,
            lambda p: 10**400 * p.W[0, 0] - 10**400 * p.W[0, 0] - 1,
            lambda p: p.xp.sqrt(50) * p.W[0, 0] - 5 * p.xp.sqrt(2) - 0 * p.xp.sqrt(2) - Fraction(1, 10**40),
        ],
    )
    def test_a_violation_beyond_that_counts(self, slack):
        assert judge(Inequality("false", slack=slack), PAIR).violated

    def test_the_bound_with_a_float_root_of_n_is_not_called_false(self):
        """At this point the float bound is attained up to the last bit of math.sqrt(3)."""
        floats = Inequality("float root", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * math.sqrt(p.n)) - p.q_min)
        exact = judge(floats, simplex(2, 3))
        assert not exact.violated


@pytest.mark.parametrize(
    "slack",
    [
        lambda p: p.xp.sign(p.xp.log(-p.W[0, 0])) - 2,
        lambda p: p.xp.log(-p.W[0, 0]) ** 0 - 2,
        lambda p: (p.H[0, 0] - 1) / (p.W[0, 0] - 1) - 2,
    ],
)
def test_what_is_made_of_an_undefined_number_claims_nothing(slack):
    found = judge(Inequality("undefined", slack=slack), PAIR)
    assert (found.defined, found.violated) == (False, False)


UNDEFINED = {
    "a comparison": lambda p: p.xp.log(-p.W[0, 0]) > 0,
    "its opposite": lambda p: ~(p.xp.log(-p.W[0, 0]) <= 0),
    "an equality": lambda p: p.xp.sqrt(-p.W[0, 0]) == 1,
    "an inequality": lambda p: ~(p.xp.sqrt(-p.W[0, 0]) != 1),
    "all": lambda p: p.xp.all(p.xp.log(p.W) >= 0),
    "a quotient": lambda p: (p.H[0, 0] - 1) / (p.W[0, 0] - 1) > 2,
    "sign": lambda p: p.xp.sign(p.xp.log(-p.W[0, 0])) > 2,
    "power zero": lambda p: p.xp.log(-p.W[0, 0]) ** 0 > 2,
    "power of an array": lambda p: p.xp.max(p.W ** (0 * p.xp.log(p.W))) > 2,
    "max": lambda p: p.xp.max(p.xp.log(p.W)) > 2,
    "a branch": lambda p: p.xp.where(p.xp.log(-p.W[0, 0]) > 0, 1, -1) > 0,
    "a count": lambda p: p.xp.sum(p.xp.log(p.W) > 0) > 5,
    "order": lambda p: p.xp.sort(p.xp.log(p.W[:, 0]))[1] > 5,
    "index": lambda p: p.W[p.xp.argmax(p.xp.log(p.W[:, 0])), 0] > 5,
    "a slack": lambda p: p.xp.log(-p.W[0, 0]),
    "acos": lambda p: p.xp.acos(2 * p.W[0, 0]) > 5,
    "round": lambda p: p.xp.round(p.xp.log(-p.W[0, 0])) > 5,
    "variance of one": lambda p: p.xp.var(p.W[0, :], ddof=1) < 0,
    "NumPy's name": lambda p: np.log(-p.W[0, 0]) > 0,
}


@pytest.mark.parametrize("what", UNDEFINED)
def test_of_a_predicate_without_a_value_nothing_is_claimed(what):
    predicate = UNDEFINED[what]
    for statement in (
        ForAll("s", predicate=predicate),
        Implication("s", premise=lambda p: p.K > 1, conclusion=predicate),
        Implication("s", premise=predicate, conclusion=lambda p: p.K > 5),
        Equivalence("s", left=predicate, right=lambda p: p.K > 5),
        Existence("s", witness=lambda p: p.W, valid=lambda p, w: predicate(p)),
        Inequality("s", slack=lambda p: -p.K, given=[predicate]),
    ):
        found = judge(statement, PAIR)
        assert (found.defined, found.violated, found.holds) == (False, False, None), statement


@pytest.mark.parametrize("what", UNDEFINED)
def test_beside_a_truth_that_settles_it_the_undefined_does_not_matter(what):
    predicate = UNDEFINED[what]
    truth = (lambda p: predicate(p) >= 0) if what == "a slack" else predicate
    if what in ("a branch", "a count", "index"):
        return
    assert judge(ForAll("s", predicate=lambda p: (p.K > 1) | truth(p)), PAIR).holds is True
    assert judge(ForAll("s", predicate=lambda p: (p.K > 5) & truth(p)), PAIR).violated


def test_a_strict_equality_of_surds_is_a_violation():
    strict = Inequality("strict", slack=lambda p: p.xp.sqrt(50) * p.W[0, 0] - 5 * p.xp.sqrt(2), strict=True)
    assert judge(strict, PAIR).violated


def test_predicates_of_all_kinds_are_judged():
    separated = Implication("loss", premise=lambda p: p.loss < p.xp.log(2), conclusion=lambda p: p.q_min > 0)
    assert judge(separated, simplex(3, scale=2.0)).holds is True
    assert judge(separated, gaussian()).applicable is False
    same = Equivalence("sign", left=lambda p: p.q_min > 0, right=lambda p: p.xp.all(p.margins > 1e9))
    assert judge(same, PAIR).violated
    factor = Existence("factor", witness=lambda p: 1 / p.q_min, valid=lambda p, a: a * p.q_min == 1)
    assert judge(factor, PAIR).holds is True
    alone = Existence("witness alone", witness=lambda p: p.q_min, valid=lambda a: a < 0)
    assert judge(alone, PAIR).violated
    growing = Trend(
        "t", trajectory=lambda p: [(t, p) for t in (1, 2, 4, 8)], quantity=lambda p: p.loss, rate=lambda t: 1 / t
    )
    assert judge(growing, PAIR).violated


def test_the_start_of_a_trend_is_judged_exactly():
    def trajectory(p):
        assert isinstance(p.W, np.ndarray)
        return [(t, p) for t in (1, 2, 4, 8)]

    trend = Trend(
        "only beyond exp(-100)",
        trajectory=trajectory,
        quantity=lambda p: p.loss,
        rate=lambda t: 1 / t,
        given=[lambda p: (1 + p.xp.exp(-100 * p.W[0, 0])) - 1],
    )
    assert judge(trend, PAIR).violated
    from ncverify.falsification.point_json import point_as_json, point_from_json

    assert judge(trend, point_from_json(point_as_json(PAIR))).violated


def test_an_exception_names_statement_arithmetic_point_message_and_line():
    def slack(p):
        return {"a": 1}["b"] * p.q_min

    with pytest.raises(StatementError) as error:
        judge(Inequality("broken", slack=slack), PAIR)
    for part in ("'broken'", "KeyError", "rational", "W=[[1.0], [-1.0]]", "'b'", "test_judge.py, line"):
        assert part in str(error.value)


def test_functions_without_an_enclosure_are_named():
    with pytest.raises(StatementError, match=r"gamma is not available"):
        judge(Inequality("gamma", slack=lambda p: p.xp.gamma(p.q_min)), PAIR)


def test_torch_points_with_gradients_are_judged():
    p = PAIR.map(lambda array: torch.tensor(array, requires_grad=True))
    assert judge(BOUND, p).holds is True


@pytest.mark.parametrize(("slack", "settled"), [(1, True), (0, True), (-1, False)])
def test_at_the_undecidable_edge_of_a_hypothesis_only_a_failing_conclusion_leaves_doubt(slack, settled):
    edge = Inequality("edge", slack=lambda p: slack + 0 * p.q_min, given=[lambda p: p.xp.sin(p.xp.pi)])
    found = judge(edge, PAIR)
    assert found.applicable is None
    assert found.settled is settled
    assert not found.violated
