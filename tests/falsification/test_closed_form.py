"""The closed form of a minimiser: what is false of it is found before any search, and a wrong one is an error."""

from dataclasses import replace

import pytest

from ncverify import Domain, Optimum, Space, StatementError, Variable, falsify, judge

SPACE = Space(sizes={"m": (1, 3)}, variables={"x": Variable("m"), "y": Variable("m"), "lam": Variable(positive=True)})
LEAST = Optimum(
    "the least value is -m",
    objective=lambda p: p.xp.sum(p.x**2) - 2 * p.xp.sum(p.x) + p.lam * p.xp.sum(p.y**2),
    value=lambda p: -p.m,
    conclusion=lambda p: -p.xp.sum((p.x - 1) ** 2) - p.xp.sum(p.y**2),
    minimiser=lambda p: {"x": p.xp.ones((p.m,)), "y": 0 * p.y},
)


def tried(statement, space=SPACE, **options):
    return falsify(statement, space, evaluations=500, **options)


@pytest.mark.slow
def test_a_true_statement_stays_true_and_its_minimisers_are_among_the_points():
    with_form, without = tried(LEAST), tried(replace(LEAST, minimiser=None))
    assert with_form.status == "unfalsified"
    assert with_form.tried == without.tried + 9  # three of each m


def test_what_is_false_of_a_minimiser_is_falsified_there_before_the_search():
    verdict = tried(replace(LEAST, conclusion=lambda p: p.xp.sum(p.x) - 2))
    assert verdict.status == "falsified"
    assert verdict.tried == 1
    assert judge(verdict.statement, verdict.witness).violated
    assert verdict.witness.m == 1


def test_a_minimiser_may_have_roots_and_lie_on_a_sphere():
    root = Optimum(
        "x is at least 1 where (x^2 - 2)^2 = 0",
        objective=lambda p: (p.x**2 - 2) ** 2,
        value=lambda p: 0,
        conclusion=lambda p: p.x - 1,
        minimiser=lambda p: {"x": -p.xp.sqrt(p.xp.asarray(2))},
    )
    line = Space(variables={"x": Variable()})
    assert tried(root, line).witness.x == line.point(x="0 + -1 sqrt(2)").x
    sphere = Space(sizes={"d": (2, 3)}, variables={"u": Variable("d", on="sphere")})
    first = Optimum(
        "-u_1 is at least -1",
        objective=lambda p: -p.u[0],
        value=lambda p: -1,
        minimiser=lambda p: {"u": p.xp.asarray([1] + [0] * (p.d - 1))},
    )
    assert tried(first, sphere).status == "unfalsified"
    off = replace(first, minimiser=lambda p: {"u": p.xp.asarray([1] * p.d)})
    with pytest.raises(StatementError, match="minimiser: ValueError: u: expected a value of"):
        tried(off, sphere)


def test_w_and_h_have_closed_forms_too():
    norms = Optimum(
        "|W|^2 + |H|^2 is least at zero, where W is not zero",
        objective=lambda p: p.squared_norm,
        value=lambda p: 0,
        conclusion=lambda p: p.xp.sum(p.W * p.W) - 1,
        minimiser=lambda p: {"W": 0 * p.W, "H": 0 * p.H},
    )
    assert tried(norms, Domain(K=2, n=1, d=1)).tried == 1
    with pytest.raises(StatementError, match="b: expected W or H"):
        tried(replace(norms, minimiser=lambda p: {"b": p.W}), Domain(K=2, n=1, d=1))


WRONG = {
    "another value": (lambda p: {"x": 2 + 0 * p.x, "y": 0 * p.y}, "another objective than the value at m=1, x="),
    "an unknown name": (lambda p: {"z": p.x}, "z: this space has no such variable"),
    "another shape": (lambda p: {"x": p.xp.ones((4,))}, "y: m is 1 here and 4 in x"),
    "outside the space": (lambda p: {"lam": 0 * p.lam}, "lam: expected a value of"),
    "no dictionary": (lambda p: [p.x], "expected a dictionary of arrays by name, got list"),
    "a logarithm": (lambda p: {"x": p.xp.exp(p.x)}, "expected an algebraic formula"),
}


@pytest.mark.parametrize(("minimiser", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_closed_form_is_an_error(minimiser, says):
    with pytest.raises(StatementError, match=says):
        tried(replace(LEAST, minimiser=minimiser))


def test_a_closed_form_has_to_meet_the_hypotheses():
    with pytest.raises(StatementError, match="minimiser: a hypothesis fails at m=1"):
        tried(replace(LEAST, given=[lambda p: -p.xp.sum(p.x)]))


def test_a_closed_form_has_to_have_an_objective():
    with pytest.raises(StatementError, match="minimiser: the objective or the value is no number at m=1"):
        tried(replace(LEAST, objective=lambda p: LEAST.objective(p) + 1 / p.xp.sum(p.y)))


@pytest.mark.slow
def test_many_shapes_are_sampled():
    wide = Space(sizes={"m": (1, 40)}, variables=SPACE.variables)
    with_form, without = tried(LEAST, wide), tried(replace(LEAST, minimiser=None), wide)
    assert with_form.tried - without.tried == 3 * 10  # every fourth shape


def test_a_closed_form_is_a_function():
    with pytest.raises(TypeError, match="minimiser: expected a function of a point"):
        replace(LEAST, minimiser={"x": 1})
