"""`judge` on random expressions with every function of formulas, against mpmath at 250 digits."""

import os
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ncverify import ForAll, Identity, Inequality, Point, judge
from ncverify.errors import UndecidedError
from ncverify.numbers import ball
from ncverify.numbers.ball import precision
from ncverify.numbers.forms import FORMS
from tests.falsification.reference import BINARY, LISTS, REFERENCE, UNARY, OutOfReachError, real

EXAMPLES = int(os.environ.get("NCVERIFY_EXPRESSIONS", "150"))
many = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=False
)
few = settings(many, max_examples=max(EXAMPLES // 3, 1))

COORDINATES = st.one_of(st.integers(-4, 4).map(float), st.integers(-64, 64).map(lambda k: k / 16))
LEAVES = st.one_of(
    st.sampled_from(["v[0]", "v[1]", "v[2]", "v[3]"]),
    st.integers(-3, 3).map(str),
    st.sampled_from(["F(1, 3)", "F(-5, 7)", "xp.pi", "xp.sqrt(2)", "xp.log(2)"]),
)


def larger(inner):
    vectors = st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"xp.stack([{', '.join(map(array, parts))}])")
    return st.one_of(
        st.builds(lambda f, x: f"xp.{f}({x})", st.sampled_from(sorted(UNARY)), inner),
        st.builds(lambda f, x, y: f"xp.{f}({x}, {y})", st.sampled_from(sorted(BINARY)), inner, inner),
        st.builds(lambda o, x, y: f"({array(x)} {o} {y})", st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.builds(lambda o, x, y: f"({array(x)} {o} {y})", st.sampled_from(["//", "%"]), inner, inner),
        st.builds(
            lambda x, k: f"({array(x)} ** {k})", inner, st.sampled_from([0, 1, 2, 3, -1, -2, "F(1, 2)", "F(1, 3)"])
        ),
        st.builds(lambda f, x: f"xp.{f}({x})", st.sampled_from(sorted(LISTS)), vectors),
        st.builds(lambda f, x: f"xp.{f}({x})[0]", st.sampled_from(["softmax", "sort"]), vectors),
        st.builds(lambda a, b, x, y: f"xp.where({array(a)} > {b}, {x}, {y})", inner, inner, inner, inner),
    )


def array(text):
    """An expression that is an array of the arithmetic, also where it is a number of Python's."""
    return f"(0 * v[0] + {text})"


NUMBERS = st.recursive(LEAVES, larger, max_leaves=6)
TRUTHS = st.recursive(
    st.builds(
        lambda o, a, b: f"({array(a)} {o} {b})", st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS, NUMBERS
    ),
    lambda inner: st.one_of(
        st.builds(lambda a: f"(~{a})", inner),
        st.builds(lambda o, a, b: f"({a} {o} {b})", st.sampled_from("&|"), inner, inner),
    ),
    max_leaves=3,
)


def evaluated(text, xp, values):
    return eval(text, {"xp": xp, "F": Fraction, "v": values})


def reference(text, coordinates):
    """What mpmath says: True, False, or None where the expression has no value."""
    with mpmath.mp.workdps(250):
        try:
            return evaluated(text, REFERENCE, [real(Fraction(c)) for c in coordinates]).value
        except OutOfReachError:
            assume(False)


def check(found, truth, text):
    """A verdict is right, or open; of what has no value nothing is said."""
    said = None if found.applicable is not True else found.holds
    assert said is None or said == truth, f"{text}: {said} where mpmath says {truth} ({found.arithmetic})"


def point(c):
    return Point(np.array([[c[0]], [c[1]]]), np.array([[c[2], c[3]]]))


def coordinates(p):
    return [p.W[0, 0], p.W[1, 0], p.H[0, 0], p.H[0, 1]]


@pytest.mark.slow
@many
@given(NUMBERS, st.tuples(*[COORDINATES] * 4), st.booleans())
def test_inequalities(text, c, strict):
    slack = array(text)
    truth = reference(f"{slack} {'>' if strict else '>='} 0", c)
    statement = Inequality("s", slack=lambda p: evaluated(slack, p.xp, coordinates(p)), strict=strict)
    check(judge(statement, point(c), last_bits=1024), truth, slack)


@pytest.mark.slow
@many
@given(TRUTHS, st.tuples(*[COORDINATES] * 4))
def test_predicates(text, c):
    truth = reference(text, c)
    statement = ForAll("s", predicate=lambda p: evaluated(text, p.xp, coordinates(p)))
    check(judge(statement, point(c), last_bits=1024), truth, text)


@few
@given(NUMBERS, NUMBERS, st.tuples(*[COORDINATES] * 4))
def test_identities(left, right, c):
    truth = reference(f"{array(left)} == {array(right)}", c)
    statement = Identity(
        "s",
        left=lambda p: evaluated(array(left), p.xp, coordinates(p)),
        right=lambda p: evaluated(array(right), p.xp, coordinates(p)),
    )
    check(judge(statement, point(c), last_bits=1024), truth, f"{left} == {right}")


@pytest.mark.slow
@many
@given(NUMBERS, NUMBERS, st.tuples(*[st.integers(-2, 3)] * 4), st.sampled_from(["==", ">", ">=", "<"]))
def test_equal_expressions_at_a_precision_at_which_balls_say_little(left, right, c, op):
    text = f"{array(left)} {op} {array(right)}"
    truth = reference(text, c)
    with precision(24):
        try:
            found = evaluated(text, FORMS, [FORMS.asarray(x) for x in c]).values.item()
        except (UndecidedError, ZeroDivisionError):
            return
    assert found is None or found == truth, f"{text}: {found} where mpmath says {truth}"


REWRITTEN = (
    ("{x}", "xp.log(xp.exp({x}))"),
    ("xp.exp({x}) * xp.exp({y})", "xp.exp({x} + {y})"),
    ("xp.logaddexp({x}, {y})", "{x} + xp.log(1 + xp.exp({y} - {x}))"),
    ("xp.softplus({x}) - xp.softplus(-({x}))", "{x}"),
    ("({x} + {y}) ** 2", "{x} ** 2 + 2 * {x} * {y} + {y} ** 2"),
    ("xp.sigmoid({x}) + xp.sigmoid(-({x}))", "{x} * 0 + 1"),
    ("xp.tanh({x}) * xp.cosh({x})", "xp.sinh({x})"),
    ("xp.log(1 + xp.exp({x}) * 4)", "xp.log(xp.exp(-({x})) + 4) + {x}"),
    ("xp.erf({x} - {y} + {y})", "xp.erf({x})"),
)


@few
@given(
    st.sampled_from(REWRITTEN),
    st.sampled_from(["v[0]", "v[1] * v[2]", "v[3] / 3", "xp.exp(v[1])", "xp.sqrt(2) * v[0]"]),
)
def test_expressions_that_are_equal_by_the_rules_are_found_equal(sides, x):
    left, right = (side.format(x=f"(0 * v[0] + {x})", y="(0 * v[0] + v[2] + 1)") for side in sides)
    with precision(64):
        assert bool(evaluated(f"{left} == {right}", FORMS, [FORMS.asarray(Fraction(k, 3)) for k in (2, -1, 4, 5)]))


@pytest.mark.parametrize("name", ["tanh", "erf", "floor"])
def test_a_wrong_function_is_noticed(monkeypatch, name):
    """A ball that is right but for a shift of a millionth."""
    honest = ball._FUNCTIONS[name]
    monkeypatch.setitem(ball._FUNCTIONS, name, lambda x: honest(x) + arb("1e-6"))
    c = (1.0, 2.0, 3.0, 0.5)
    with mpmath.mp.workdps(250):
        exact = UNARY[name](mpmath.mpf(c[3]))
    between = Fraction(int(mpmath.floor(exact * 10**9)) + 10, 10**9)
    text = f"(xp.{name}(v[3]) >= F({between.numerator}, {between.denominator}))"
    statement = ForAll("s", predicate=lambda p: evaluated(text, p.xp, coordinates(p)))
    with pytest.raises(AssertionError, match="mpmath says"):
        check(judge(statement, point(c)), reference(text, c), text)


def test_a_quotient_over_a_sum_of_roots_has_a_form():
    """One that drawn expressions came upon: its denominator has a number with a root in it."""
    spread = "xp.std(xp.stack([v[0], xp.softmax(xp.stack([v[0], v[0], v[1]]))[0]]))"
    for text, holds in ((f"v[0] + {spread} == {spread} + v[0]", True), (f"v[0] + {spread} == v[0]", False)):
        with precision(24):
            assert evaluated(text, FORMS, [FORMS.asarray(x) for x in (1, 0)]).values.item() is holds
        statement = ForAll("s", predicate=lambda p, text=text: evaluated(text, p.xp, coordinates(p)))
        assert judge(statement, point((1.0, 0.0, 0.0, 0.0))).holds is holds
