"""Identities of polynomials: false ones are rejected, true ones proved up to a stated probability, others refused."""

import numpy as np
import pytest

from ncverify import Domain, Identity, Space, Variable
from ncverify.domain import Shape
from ncverify.errors import NotPolynomialError
from ncverify.falsification import polynomial
from ncverify.falsification.exact import judge
from ncverify.falsification.layouts import layout_of
from ncverify.falsification.polynomial import degree_bound, prove_identity
from ncverify.model import logit_differences

SMALL = Domain(K=(2, 3), n=(1, 2), d=(1, 2))


def squares(array):
    return (array * array).sum()


def norms_of_differences(p):
    """The sum of |w_i - w_j|^2 over all pairs."""
    return sum(squares(p.W[i, :] - p.W[j, :]) for i in range(p.K) for j in range(p.K))


TRUE = [
    Identity("bilinear", left=lambda p: (2 * p.W) @ p.H, right=lambda p: 2 * p.logits),
    Identity(
        "centring",
        left=lambda p: 2 * p.K * squares(p.centred_classifiers),
        right=norms_of_differences,
    ),
    Identity(
        "differences of centred classifiers",
        left=lambda p: logit_differences(p.centred_classifiers @ p.H, p.n, p.xp),
        right=lambda p: p.logit_differences,
    ),
    Identity(
        "a root of n",
        left=lambda p: squares(p.xp.sqrt(p.n) * p.H),
        right=lambda p: p.n * squares(p.H),
    ),
    Identity(
        "a rational function",
        left=lambda p: (p.squared_norm - 1) / (p.squared_norm + 1),
        right=lambda p: 1 - 2 / (p.squared_norm + 1),
    ),
]
FALSE = [
    Identity("a factor", left=lambda p: 2 * p.logits, right=lambda p: (2 * p.W) @ p.H * (1 + p.xp.asarray(1) / 2**40)),
    Identity("one term of degree 12", left=lambda p: p.W[0, 0] ** 12 + p.squared_norm, right=lambda p: p.squared_norm),
    Identity("a product", left=lambda p: p.W[0, 0] * p.W[1, 0] * p.H[0, 0] * p.H[0, 1], right=lambda p: 0),
    Identity("n for sqrt n", left=lambda p: squares(p.n * p.H), right=lambda p: p.n * squares(p.H)),
    Identity(
        "true on integers from 0 to 9",
        left=lambda p: p.xp.prod(p.xp.stack([p.W[0, 0] - k for k in range(10)])),
        right=lambda p: 0,
    ),
]


@pytest.mark.parametrize("identity", TRUE, ids=lambda i: i.name)
def test_a_true_identity_is_proved_with_an_error_below_1e_30(identity):
    test = prove_identity(identity, SMALL)
    assert test.holds
    assert test.error_probability < 1e-30
    assert test.counterexample is None
    assert set(test.shapes) == set(SMALL.shapes())


def test_the_error_probability_is_that_of_schwartz_and_zippel():
    """Degree D, coordinates from 2^192 values, s shapes: at most s D / 2^192."""
    identity = Identity("degree 4", left=lambda p: p.W[0, 0] ** 4, right=lambda p: p.W[0, 0] ** 4)
    test = prove_identity(identity, SMALL)
    assert test.error_probability * 2**192 == pytest.approx(8 * test.degree)  # approx takes all tiny numbers for equal
    assert test.degree >= 4


def test_coordinates_are_spread_over_all_values_that_the_error_probability_counts():
    layout = layout_of(SMALL, SMALL.shapes()[-1])
    rng = np.random.default_rng(0)
    rows = [polynomial._random_point(layout, {}, rng).W.data.ravel().tolist() for _ in range(50)]
    drawn = [int(entry.p) for row in rows for entry in row]
    assert all(-(2**191) <= entry < 2**191 for entry in drawn)
    for bit in range(192):  # of the offset coordinate: each is as often 0 as 1
        share = sum((entry + 2**191) >> bit & 1 for entry in drawn) / len(drawn)
        assert abs(share - 0.5) < 4 / len(drawn) ** 0.5, bit


@pytest.mark.parametrize("identity", FALSE, ids=lambda i: i.name)
@pytest.mark.parametrize("seed", range(5))
def test_a_false_identity_is_rejected_with_a_counterexample(identity, seed):
    domain = Domain(K=2, n=(2, 3), d=1)
    test = prove_identity(identity, domain, seed=seed)
    assert not test.holds
    assert judge(identity, test.counterexample).violated


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda p: p.xp.exp(p.W[0, 0]), "exp"),
        (lambda p: p.loss, "not polynomial"),
        (lambda p: p.q_min, "max or min"),
        (lambda p: abs(p.W[0, 0]), "abs"),
        (lambda p: p.xp.sqrt(p.squared_norm), "sqrt"),
        (lambda p: p.xp.where(p.W[0, 0] > 0, 1, 0), "comparison"),
        (lambda p: p.W[0, 0] ** 0.25, "not polynomial"),
    ],
)
def test_what_is_not_polynomial_is_refused(function, reason):
    with pytest.raises(NotPolynomialError, match=reason):
        prove_identity(Identity("no polynomial", left=function, right=function), SMALL)


def test_an_identity_under_hypotheses_is_refused():
    conditional = Identity("given", left=lambda p: p.K, right=lambda p: p.K, given=[lambda p: p.q_min])
    with pytest.raises(ValueError, match="under hypotheses"):
        prove_identity(conditional, SMALL)


def test_sides_of_different_shape_are_refused():
    with pytest.raises(ValueError, match="left has shape"):
        prove_identity(Identity("shapes", left=lambda p: p.W, right=lambda p: p.H), SMALL)


@pytest.mark.parametrize(
    ("left", "degree"),
    [
        (lambda p: p.W[0, 0], 1),
        (lambda p: p.logits, 2),
        (lambda p: p.squared_norm**3, 6),
        (lambda p: p.W[0, 0] ** 2 * p.H[0, 0] ** 3, 5),
        (lambda p: p.xp.exp(0) * p.xp.log(2) * p.W[0, 0], 1),
    ],
)
def test_the_degree_bound_is_at_least_the_degree(left, degree):
    identity = Identity("degree", left=left, right=lambda p: 0)
    assert degree <= degree_bound(identity, layout_of(Domain(), Shape(2, 1, 2))) <= 2 * degree


def test_the_points_depend_on_the_seed_alone():
    false = FALSE[0]
    points = [prove_identity(false, SMALL, seed=seed).counterexample for seed in (1, 1, 2)]
    texts = [str(p.W.data.tolist()) for p in points]
    assert texts[0] == texts[1] != texts[2]


SETS_OF_TWO_PARTS = {
    "orthonormal columns": (
        Variable("m", "m", on="orthonormal columns"),
        lambda x, xp: x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0],
    ),
    "sphere": (Variable(1, on="sphere"), lambda x, xp: x[0]),
    "rows on sphere": (Variable("m", 1, on="rows on sphere"), lambda x, xp: x[0, 0] * x[1, 0]),
    "columns on sphere": (Variable(1, "m", on="columns on sphere"), lambda x, xp: x[0, 0] * x[0, 1]),
}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", SETS_OF_TWO_PARTS)
def test_an_identity_that_holds_on_one_part_of_a_set_is_refused(name, seed):
    variable, sign = SETS_OF_TWO_PARTS[name]
    space = Space(sizes={"m": 2}, variables={"x": variable})
    for value in (1, -1):
        one = Identity("one sign", left=lambda p: sign(p.x, p.xp), right=lambda p, value=value: value)
        assert not prove_identity(one, space, seed=seed).holds
    both = Identity("either sign", left=lambda p: sign(p.x, p.xp) ** 2, right=lambda p: 1)
    assert prove_identity(both, space, seed=seed).holds


def test_a_set_of_too_many_parts_is_not_proved():
    space = Space(variables={"x": Variable(9, 1, on="rows on sphere")})
    with pytest.raises(NotPolynomialError, match=r"2\^9 parts"):
        prove_identity(Identity("squares", left=lambda p: p.x**2, right=lambda p: p.x * p.x), space)
