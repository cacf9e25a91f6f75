"""Errors for the author of a statement: each names the statement and the point, and shows the author's own line."""

import random
from fractions import Fraction

import numpy as np
import pytest

from ncverify import (
    Domain,
    Equivalence,
    Existence,
    ForAll,
    Identity,
    Implication,
    Inequality,
    StatementError,
    Trend,
    falsify,
)

SMALL = Domain(K=(2, 3), n=(1, 2), d=(1, 2))
CALLS = iter(range(10**9))


def raising(p):
    raise KeyError("my own message")


def nan(p):
    return p.xp.asarray(float("nan"))


def descent_into_the_void(p):
    raise RuntimeError("no trajectory")


BROKEN = {
    "raises": (Inequality("s", slack=raising), ["KeyError", "my own message", "test_preflight.py, line"]),
    "a hypothesis raises": (Inequality("s", slack=lambda p: p.q_min, given=[raising]), ["my own message"]),
    "is NaN": (Inequality("s", slack=nan), ["is not a number", "given="]),
    "is NaN at ordinary points": (Inequality("s", slack=lambda p: p.xp.log(p.q_min) ** 2), ["is not a number"]),
    "has the wrong shape": (Inequality("s", slack=lambda p: p.margins), ["array of shape (2,)", "p.xp.min"]),
    "is a truth value": (Inequality("s", slack=lambda p: p.q_min > 0), ["got a truth value"]),
    "is nothing": (Inequality("s", slack=lambda p: None), ["expected a number", "NoneType"]),
    "is text": (Inequality("s", slack=lambda p: "big"), ["expected a number", "str"]),
    "has sides of two shapes": (Identity("s", left=lambda p: p.W, right=lambda p: p.H), ["left has shape (2, 1)"]),
    "has an array as premise": (
        Implication("s", premise=lambda p: p.W > 0, conclusion=lambda p: p.q_min > 0),
        ["premise: expected one truth value", "p.xp.all"],
    ),
    "has an array as validity": (
        Existence("s", witness=lambda p: p.W, valid=lambda p, w: w > 0),
        ["valid: expected one truth value"],
    ),
    "uses random numbers": (
        Inequality("s", slack=lambda p: p.squared_norm + random.random()),
        ["two different values"],
    ),
    "uses NumPy's random numbers": (
        Inequality("s", slack=lambda p: p.squared_norm + np.random.rand()),  # noqa: NPY002
        ["two different values"],
    ),
    "counts its calls": (
        Inequality("s", slack=lambda p: p.squared_norm + 1 / (1 + next(CALLS))),
        ["two different values"],
    ),
    "raises in exact arithmetic only": (
        Inequality("s", slack=lambda p: float(p.q_min) ** 2 + 1),
        ["TypeError", "rational arithmetic", "use p.xp functions"],
    ),
    "raises in the search only": (
        Inequality("s", slack=lambda p: p.q_min.astype(float)),
        ["AttributeError", "float arithmetic", "functions of p.xp"],
    ),
    "asks for what no enclosure has": (
        Inequality("s", slack=lambda p: p.xp.gamma(p.q_min)),
        ["gamma", "not available"],
    ),
    "misspells a quantity": (Inequality("s", slack=lambda p: p.qmin), ["p.qmin", "did you mean p.q_min?"]),
    "misspells a function": (Inequality("s", slack=lambda p: p.xp.sofmax(p.W)), ["did you mean p.xp.softmax?"]),
    "asks for singular values": (
        Inequality("s", slack=lambda p: np.linalg.svd(p.W)[1][0]),
        ["p.xp.linalg.svd: singular vectors are not unique", "svdvals has the singular values"],
    ),
    "makes an array of exact numbers": (
        Inequality("s", slack=lambda p: np.sum(np.array([p.W[0, 0], p.W[1, 0]]) ** 2)),
        ["np.array", "p.xp.stack"],
    ),
    "has a trajectory that raises": (
        Trend("s", trajectory=descent_into_the_void, quantity=lambda p: p.loss, rate=lambda t: 1.0),
        ["RuntimeError", "no trajectory", "test_preflight.py, line"],
    ),
    "has a trajectory that is too short": (
        Trend("s", trajectory=lambda p: [(1.0, p)], quantity=lambda p: p.loss, rate=lambda t: 1.0),
        ["at least 4 samples, got 1"],
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_statement_that_cannot_be_read_is_a_clear_error(what):
    statement, parts = BROKEN[what]
    with pytest.raises(StatementError) as error:
        falsify(statement, SMALL, evaluations=500)
    message = str(error.value)
    for part in ["'s'", *parts]:
        assert part in message
    assert "K=" in message
    assert "W=[[" in message
    assert "\n" not in message


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        Inequality("cosine", slack=lambda p: 1 - p.W[0, 0] * p.H[0, 0] / (abs(p.W[0, 0]) * abs(p.H[0, 0]))),
        Inequality("log of the margin", slack=lambda p: p.xp.log(p.q_min) + 1e9, given=[lambda p: p.q_min]),
        Inequality("a branch in Python", slack=lambda p: p.q_min if p.q_min > 0 else -p.q_min),
        Inequality("Python's own max", slack=lambda p: max(p.q_min, -p.q_min)),
        Inequality("infinite where it does not apply", slack=lambda p: p.xp.where(p.q_min > 0, p.q_min, p.xp.inf)),
    ],
    ids=lambda s: s.name,
)
def test_a_statement_without_a_value_at_a_few_points_is_attacked_all_the_same(statement):
    assert falsify(statement, Domain(K=2, n=1, d=(1, 2)), evaluations=500).status == "unfalsified"


THIRD = Fraction(1, 3)
USED = {
    "a Fraction times an array": (lambda p: p.xp.sum(p.xp.exp(THIRD * p.W)), lambda p: 2 - p.xp.sum(THIRD * p.W)),
    "NumPy's function of it": (lambda p: np.sum(np.exp(p.W * THIRD)), lambda p: 2 - np.max(np.exp(p.W * THIRD))),
    "a Fraction less an array": (lambda p: np.sum(np.square(THIRD - p.W)), lambda p: np.min(THIRD - p.W)),
    "softmax": (
        lambda p: p.xp.min(p.xp.softmax(p.logits, axis=0)),
        lambda p: THIRD * 2 - p.xp.max(p.xp.softmax(p.logits, axis=0)),
    ),
    "sigmoid": (lambda p: 1 - p.xp.max(p.xp.sigmoid(p.W)), lambda p: THIRD * 2 - p.xp.sigmoid(p.W[0, 0])),
    "erf": (lambda p: 1 - p.xp.erf(p.q_min), lambda p: THIRD - p.xp.erf(p.q_min)),
    "arctan": (lambda p: p.xp.pi / 2 - np.arctan(p.q_min), lambda p: 1 - np.arctan(p.q_min)),
    "acos": (lambda p: p.xp.acos(p.xp.tanh(p.q_min)), lambda p: p.xp.acos(p.xp.tanh(p.q_min)) - 1),
    "atan2": (lambda p: 4 - p.xp.atan2(p.W[0, 0], p.H[0, 0]), lambda p: 2 - p.xp.atan2(p.W[0, 0], p.H[0, 0])),
    "argsort": (
        lambda p: p.W[p.xp.argsort(p.W[:, 0])[-1], 0] - p.W[0, 0],
        lambda p: p.W[p.xp.argsort(p.W[:, 0])[0], 0] - p.W[0, 0],
    ),
    "diff": (lambda p: p.xp.min(p.xp.diff(p.xp.sort(p.W[:, 0]))), lambda p: p.xp.min(np.diff(p.W[:, 0]))),
    "round": (lambda p: THIRD * 2 - abs(p.xp.round(p.q_min) - p.q_min), lambda p: p.q_min - np.round(p.q_min)),
    "trunc": (lambda p: abs(p.q_min) - abs(np.trunc(p.q_min)), lambda p: p.q_min - p.xp.trunc(p.q_min)),
    "einsum": (lambda p: np.einsum("ij,ij->", p.W, p.W), lambda p: np.einsum("ij,ji->", p.W, p.H[:, : p.K])),
    "power": (lambda p: np.sum(np.power(p.W, 4)), lambda p: np.sum(np.power(p.W, 3))),
    "cov": (
        lambda p: p.xp.trace(np.cov(np.vstack([p.H, p.H]))),
        lambda p: np.cov(p.H[0], p.H[-1])[0, 1],
    ),
    "axes and ddof": (lambda p: p.xp.var(p.H, axis=(0, 1), ddof=1), lambda p: 1 - np.var(p.H, ddof=1)),
    "a negative step": (lambda p: p.W[::-1][-1, 0] - p.W[0, 0], lambda p: p.W[::-1][0, 0] - p.W[0, 0]),
}


@pytest.mark.parametrize("what", USED)
def test_functions_of_theorists_are_attacked_in_every_arithmetic(what):
    true, false = (Inequality(what, slack=slack) for slack in USED[what])
    assert falsify(true, Domain(K=2, n=1, d=1), evaluations=300).status in ("unfalsified", "proved")
    assert falsify(false, SMALL, evaluations=5000).status == "falsified"


def test_a_violation_is_found_although_the_slack_is_nan_elsewhere():
    """log q_min has no value at most points; where it has one it can be negative."""
    assert falsify(Inequality("log", slack=lambda p: p.xp.log(p.q_min)), SMALL).status == "falsified"


def test_a_function_that_means_two_things_is_an_error_and_not_a_verdict(monkeypatch):
    """The vocabulary's roll made wrong on purpose: along the first axis where NumPy takes the flat array."""
    from ncverify.numbers.array_functions import ArrayFunctions

    right = Identity("rolled", left=lambda p: np.roll(p.W, 1)[0, 0], right=lambda p: p.W[-1, -1])
    assert falsify(right, SMALL, evaluations=500).status == "proved"
    honest = ArrayFunctions.roll
    monkeypatch.setattr(ArrayFunctions, "roll", lambda self, x, shift, axis=0: honest(self, x, shift, axis))
    with pytest.raises(StatementError, match=r"left is .* in NumPy's floats and .* in exact arithmetic"):
        falsify(right, SMALL, evaluations=500)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            ForAll("s", predicate=lambda p: p.xp.flip(p.W)[0, 0] >= p.W[-1, -1] - 1),
            "con",
        ),
        (Implication("s", premise=lambda p: np.flip(p.W)[0, 0] == p.W[-1, -1], conclusion=lambda p: p.K > 1), "hypoth"),
        (Equivalence("s", left=lambda p: np.flip(p.W)[0, 0] >= p.W[-1, -1] - 1, right=lambda p: p.K > 1), "hypothesis"),
        (Existence("s", witness=lambda p: np.flip(p.W), valid=lambda p, w: w[0, 0] > p.W[-1, -1] - 1), "witness"),
        (Existence("s", witness=lambda p: np.flip(p.W), valid=lambda p, w: True), "witness"),
    ],
)
def test_truths_and_witnesses_that_mean_two_things_are_errors(monkeypatch, statement, message):
    """The vocabulary's flip made wrong on purpose: it leaves the array as it is, and one more than that."""
    from ncverify.numbers.array_functions import ArrayFunctions

    assert falsify(statement, SMALL, evaluations=200).status in ("unfalsified", "proved")
    monkeypatch.setattr(ArrayFunctions, "flip", lambda self, x, axis=None: self.asarray(x) * 2 - 10)
    with pytest.raises(StatementError, match=message):
        falsify(statement, SMALL, evaluations=200)


def test_a_value_that_hangs_on_rounding_is_no_contradiction():
    noise = Inequality("the sign of a zero", slack=lambda p: 2 - p.xp.sign(p.xp.log(p.loss) - p.log_loss))
    assert falsify(noise, SMALL, evaluations=500).status != "falsified"
