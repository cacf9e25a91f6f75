"""Violations on sets of measure zero, behind counts and beside ties are found; the true ones raise no alarm."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch

from ncverify import Domain, Identity, Implication, Inequality, StatementError, falsify, judge
from ncverify.domain import Shape
from ncverify.falsification import starts
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.equations import equations
from ncverify.falsification.families import families
from ncverify.falsification.layouts import layout_of
from ncverify.falsification.leaving import _along, _at_distance_one, _divided, _sharpened
from ncverify.falsification.lifting import exact
from ncverify.falsification.varieties import attack_on_variety, exact_point
from ncverify.falsification.variety import Variety
from ncverify.numbers.rational import RATIONAL
from ncverify.statements.reading import goals
from tests.falsification.false_on_varieties import ON_VARIETIES
from tests.falsification.false_ties import TIES
from tests.falsification.gallery import Case, squares
from tests.falsification.quantities import balanced, centred, collapsed, equal_norms, same_row_norms
from tests.falsification.true_beyond import BEYOND


def packed(goal: BatchedGoal, W: np.ndarray, H: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(goal.layout.pack({"W": W, "H": H}))


def parameters(cases: tuple[Case, ...]) -> list[object]:
    return [pytest.param(c, id=c.statement.name, marks=[pytest.mark.slow] if c.slow else []) for c in cases]


# Met at coordinates that are no floats.
NOT_AT_FLOATS = {
    "orthonormal rows are unit vectors",
    "singular with entries (0.7, 1.9, -1.3) fixed",
    "on the sphere of radius sqrt 2",
    "on a sphere of squared radius 7",
    "three times the norm, in one dimension",
    "a square twice a square",
}
FALSE = (*ON_VARIETIES, *TIES)
EXACT = tuple(c for c in ON_VARIETIES if c.statement.name in NOT_AT_FLOATS)


@pytest.mark.parametrize("case", parameters(EXACT))
def test_violations_off_the_floats_are_met_exactly(case: Case) -> None:
    """Some point beside a row of the search meets the hypotheses exactly and is judged false."""
    shape = case.domain.shapes()[0]
    goal = BatchedGoal(goals(case.statement)[0], layout_of(Domain(), shape), case.statement.name)
    x = packed(goal, *starts.random(shape, 32, np.random.default_rng(0)))
    attack = attack_on_variety(case.statement, goal, x, 30)
    variety = Variety(equations(goal, x.shape[1]))
    found = [attack.judgement] if attack.judgement is not None else []
    for row in attack.rows.numpy() if not found else ():
        lifted = [exact(variety, row, q) for q in (1, 3, 5, 16, 4096)]
        found += [judge(case.statement, exact_point(goal, e)) for e in lifted if e is not None]
        if any(f.violated for f in found):
            break
    assert any(f.violated for f in found)


@pytest.mark.slow
@pytest.mark.parametrize("case", parameters(FALSE))
def test_a_false_statement_is_falsified(case: Case) -> None:
    verdict = falsify(case.statement, case.domain, budget=1e9)
    assert verdict.status == "falsified", f"{case.trap}: {verdict}"
    assert judge(case.statement, verdict.witness).violated
    assert case.domain.admits(verdict.witness.K, verdict.witness.n, verdict.witness.d)


@pytest.mark.slow
@pytest.mark.parametrize("case", parameters(BEYOND))
def test_a_true_statement_is_never_called_false(case: Case) -> None:
    verdict = falsify(case.statement, case.domain, evaluations=6_000, budget=1e9)
    assert verdict.status in ("unfalsified", "undecided", "proved"), f"{case.trap}: {verdict}"


@pytest.mark.parametrize("given", [balanced, centred, collapsed, equal_norms, same_row_norms])
def test_families_meet_the_usual_equalities_without_being_zero(given) -> None:
    shape = Shape(3, 2, 2)
    goal = BatchedGoal(
        goals(Inequality("given", slack=lambda p: p.q_min, given=[given]))[0], layout_of(Domain(), shape), "given"
    )
    x = packed(goal, *families(shape, np.random.default_rng(1)))
    met = goal.evaluate(x).applicable
    assert bool((met & (x.abs().amin(1) >= 0) & (x.norm(dim=1) > 0)).any())
    assert not bool(met.all())


def polynomials(given):
    shape = Shape(2, 1, 2)
    goal = BatchedGoal(
        goals(Inequality("given", slack=lambda p: p.q_min, given=[given]))[0], layout_of(Domain(), shape), "given"
    )
    return equations(goal, shape.K * shape.d + shape.d * shape.K * shape.n)


def test_equations_are_read_off_the_hypotheses() -> None:
    assert len(polynomials(centred)) == 2
    assert len(polynomials(equal_norms)) == 1
    assert polynomials(lambda p: p.q_min) is None
    assert polynomials(lambda p: p.loss == 1) is None


@pytest.mark.parametrize("given", [centred, equal_norms, lambda p: squares(p.W) == 7])
def test_exact_points_lie_on_the_variety_and_near_the_row(given) -> None:
    variety = Variety(polynomials(given))
    start = np.random.default_rng(3).standard_normal(8)
    row = variety.nearest(start[None])[0]
    assert np.abs(variety.values(row)).max() < 1e-12 < np.abs(variety.values(start)).max()
    lifted = exact(variety, row, 64)
    assert lifted is not None
    floats = np.array([RATIONAL.field.to_float(c) for c in lifted])
    assert np.abs(floats - row).max() < 0.2
    moved = floats + 0.1
    assert np.abs(variety.values(floats)).max() < 1e-12 < np.abs(variety.values(moved)).max()


def test_an_identity_of_polynomials_is_proved_and_a_false_one_is_not() -> None:
    domain = Domain(K=(2, 3), n=1, d=(1, 2))
    true = Identity(
        "square of a sum",
        left=lambda p: (p.W[0, 0] + p.W[1, 0]) ** 2,
        right=lambda p: p.W[0, 0] ** 2 + 2 * p.W[0, 0] * p.W[1, 0] + p.W[1, 0] ** 2,
    )
    verdict = falsify(true, domain, evaluations=500)
    assert verdict.status == "proved"
    assert 0 < verdict.error_probability < 1e-30
    false = replace(true, right=lambda p: p.W[0, 0] ** 2 + p.W[1, 0] ** 2)
    assert falsify(false, domain, evaluations=500).status == "falsified"


@pytest.mark.parametrize(
    "identity",
    [
        Identity(
            "given", left=lambda p: p.W[0, 0] * 0, right=lambda p: p.W[0, 0] * 0, given=[lambda p: p.squared_norm]
        ),
        Identity("with exp", left=lambda p: p.xp.exp(p.W[0, 0]), right=lambda p: 1 / p.xp.exp(-p.W[0, 0])),
    ],
    ids=lambda i: i.name,
)
def test_what_is_no_free_polynomial_identity_is_not_called_proved(identity) -> None:
    assert falsify(identity, Domain(K=2, n=1, d=1), evaluations=500).status != "proved"


def test_a_campaign_that_is_cut_short_says_what_it_did_not_try() -> None:
    bound = Inequality("squares", slack=lambda p: p.squared_norm)
    cut = falsify(bound, Domain(K=(2, 3), n=(1, 2), d=(1, 2)), budget=1e-9)
    assert cut.truncated
    assert cut.untried["attack"] > 0
    whole = falsify(bound, Domain(K=2, n=1, d=1), evaluations=500)
    assert "attack" not in whole.untried


@pytest.mark.slow
def test_a_worker_that_dies_is_an_error_of_its_statement_alone() -> None:
    parent = os.getpid()

    def slack(p):
        if os.getpid() != parent:
            os._exit(139)
        return p.squared_norm

    domain = Domain(K=2, n=(1, 2), d=1)
    with pytest.raises(StatementError, match="worker process died"):
        falsify(Inequality("fatal", slack=slack), domain, evaluations=500, workers=2)
    well = Implication("well", premise=lambda p: p.K == 2, conclusion=lambda p: p.squared_norm >= 0)
    assert falsify(well, domain, evaluations=500, workers=2).status == "unfalsified"


@pytest.mark.parametrize("power", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("size", [0.1, 1.0])
def test_slopes_of_the_objective_away_from_a_tie_are_its_differences(power: float, size: float) -> None:
    rng = np.random.default_rng(0)
    normals = torch.as_tensor(np.linalg.qr(rng.standard_normal((5, 3)))[0].T.copy())
    objective = _divided(lambda x: (torch.cos(x), torch.sin(x).sum(1)), normals, power)
    x, step = torch.as_tensor(size * rng.standard_normal((7, 5))), 1e-6
    differences = [
        (objective(x + step * e)[1] - objective(x - step * e)[1]) / (2 * step) for e in torch.eye(5, dtype=x.dtype)
    ]
    torch.testing.assert_close(objective(x)[0], torch.stack(differences, dim=1), rtol=1e-6, atol=1e-6)


def normals_of(*rows: list[float]) -> torch.Tensor:
    return torch.linalg.qr(torch.tensor(rows, dtype=torch.float64).T)[0].T


def test_a_subspace_near_simple_equations_is_made_exact() -> None:
    exact = normals_of([1, -1, 0, 0], [0, 0, 1, 1])
    noisy = torch.linalg.qr((exact + 1e-3 * torch.as_tensor(np.random.default_rng(0).standard_normal((2, 4)))).T)[0].T
    found = _sharpened(noisy)
    assert float((found.T @ found - exact.T @ exact).abs().max()) < 1e-12
    other = normals_of([0.7, -0.4, 0.2, 0.9])
    assert torch.equal(_sharpened(other), other)


def test_a_descent_along_a_tie_keeps_its_distance_and_sees_weak_slopes() -> None:
    normals = torch.eye(3, dtype=torch.float64)[:1]
    start = _at_distance_one(torch.tensor([[5.0, 1.0, 2.0], [0.1, 0.2, 0.4]], dtype=torch.float64), normals)
    assert start[:, 0].abs().tolist() == pytest.approx([1, 1])
    assert start[:, 1:].abs().amax(1).tolist() == pytest.approx([0.4, 3.0])
    along = _along(
        lambda x: (torch.tensor([[7.0, 1e-9, 0.0]] * 2, dtype=x.dtype), 7 * x[:, 0] + 1e-9 * x[:, 1]), start, normals
    )
    slopes, values = along(start)
    assert slopes.tolist() == [[0.0, 1.0, 0.0]] * 2
    assert values.tolist() == [0.0, 0.0]
