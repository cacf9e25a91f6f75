"""Recorded formulas: the same numbers up to rounding, and no recording of what depends on values."""

import numpy as np
import pytest
import torch

from ncverify import Domain
from ncverify.domain import Shape
from ncverify.falsification import batch, in_numpy, layouts
from ncverify.falsification.adversary import attack
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.program import recording_of
from ncverify.falsification.recording import Replayed, _Tape
from ncverify.numbers import tracked
from ncverify.papers.claim import Demonstration
from ncverify.papers.discovery import built_in
from ncverify.statements.reading import goals
from ncverify.statements.types import Inequality, OverShapes, Trend
from tests.ulpm import claims as ulpm

SHAPE = Shape(3, 2, 2)
IDS = ("thm-3.1-bound", "lem-b.1", "eq-b.18", "eq-c.2", "thm-3.2", "cor-3.1")


def batched(statement):
    layout = layouts.layout_of(Domain(*SHAPE), SHAPE)
    return [BatchedGoal(goal, layout, statement.name) for goal in goals(statement)]


def rows(goal, seed=0):
    """Of ordinary size: far out, differences are rounding, and every way to add has its own."""
    return torch.as_tensor(layouts.ordinary(goal.layout, 16, np.random.default_rng(seed)))


def equal(ours, theirs):
    """Whether tensors agree up to rounding, in units of the largest entry of each row."""
    return all(map(same, ours, theirs))


def same(ours, theirs):
    if ours.dtype == torch.bool:
        return torch.equal(ours, theirs)
    ours, theirs = (torch.nan_to_num(t.reshape(len(t), -1) if t.dim() else t.reshape(1, 1)) for t in (ours, theirs))
    return bool(((ours - theirs).abs() <= 1e-9 * (1 + theirs.abs().amax(1, keepdim=True))).all())


def plainly(replayed, *inputs, wanted=slice(None)):
    """What `Replayed` does without recording."""
    return replayed.function(*inputs)[wanted]


def statements():
    known = ulpm()
    parts = [part for id_ in IDS for part in known[id_].parts]
    return [part.statement for part in parts if not isinstance(part.statement, Demonstration)]


def seen(goal):
    found = []
    for turn, smoothing in enumerate((0.1, 0.01, 1e-3, 0.0)):
        weight = 10.0**turn if goal.goal.hypotheses else 0.0
        forces = torch.full((16, len(goal.goal.hypotheses)), 0.25 * turn, dtype=torch.float64)
        for seed in range(3):
            x = rows(goal, seed)
            found += goal.objective(smoothing, weight, forces)(x)
            evaluation = goal.evaluate(x)
            found += [evaluation.distance, evaluation.hypotheses]
            if goal.goal.hypotheses:
                found += [*goal.shortfall(0.1, 10.0**-turn)(x), *goal.least_hypothesis()(x)]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("statement", statements(), ids=lambda s: s.name[:60])
def test_a_replayed_formula_gives_the_same_numbers(statement, monkeypatch):
    for plain, recorded in zip(batched(statement), batched(statement), strict=True):
        with monkeypatch.context() as patch:
            patch.setattr(Replayed, "__call__", plainly)
            expected = seen(plain)
        assert equal(seen(recorded), expected)
        assert all(recording for one in recorded._replayed.values() for recording in one.recordings.values())


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(built_in()))
def test_every_formula_of_the_papers_is_replayed_as_it_is(key, monkeypatch):
    """At one shape each, with and without gradients; formulas that go point by point are replayed by nothing."""
    monkeypatch.setattr(batch, "_PLAIN", 0)
    replayed = 0
    for part in {id(part.statement): part for claim in built_in()[key]().claims for part in claim.parts}.values():
        if isinstance(part.statement, Demonstration | Trend | OverShapes):
            continue
        layout = layouts.layout_of(part.domain, part.domain.shapes()[0])
        x = torch.as_tensor(layouts.ordinary(layout, 4, np.random.default_rng(0)))
        for goal in goals(part.statement):
            formula = BatchedGoal(goal, layout, part.statement.name)
            plain = [*vars(formula.evaluate(x)).values(), *formula.objective(0.01, 1.0)(x)]  # recorded in this call
            again = [*vars(formula.evaluate(x)).values(), *formula.objective(0.01, 1.0)(x)]
            known = [recording for one in formula._replayed.values() for recording in one.recordings.values()]
            replayed += any(recording and recording.in_numpy for recording in known)
            assert equal(again, plain), part.statement.name
    assert replayed > 0


def test_an_attack_ends_at_the_same_rows(monkeypatch):
    (goal,) = batched(ulpm()["thm-3.1-bound"].parts[0].statement)
    ended = attack(goal, rows(goal), 20)
    monkeypatch.setattr(Replayed, "__call__", plainly)
    (goal,) = batched(ulpm()["thm-3.1-bound"].parts[0].statement)
    plain = attack(goal, rows(goal), 20)
    assert float((ended.distance - plain.distance).abs().max()) < 1e-6  # of 80 steps, each rounded in its own way
    assert float((ended.x - plain.x).abs().median()) < 1e-6


def recorded(function, *inputs):
    with _Tape() as tape:
        outputs = function(*inputs)
    recording = recording_of(tape.operations, inputs, outputs)
    return recording and recording.program()


X, Y = torch.arange(6.0).reshape(2, 3), torch.full((2, 3), 3.0)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x * x + x.sum(1, keepdim=True), x > 1),
        lambda x: ((x * x).masked_fill_(x > 2, 0.0) + x * x,),  # equal products, one of which is changed later
        lambda x: ((y := x * 2).view(3, 2)[0].add_(1), y + 0),  # changed through a view
        lambda x: torch.max(x, dim=1),
        lambda x: (torch.stack([x, 2 * x]) / torch.tensor(3.0), torch.tensor(1.0) + 1),
        lambda x: (torch.where(x > 1, x, float("inf")), torch.full_like(x, float("nan"))),
        lambda x: (x,),
    ],
)
def test_a_program_does_what_the_function_does_at_other_values(function):
    program = recorded(function, X)
    for other in (Y, X, Y, -X):
        assert equal(program(other.clone()), function(other.clone()))


def test_an_operation_on_constants_is_done_once(monkeypatch):
    calls = []
    counted = in_numpy._called(lambda x: calls.append(x) or np.exp(x))
    monkeypatch.setitem(in_numpy._TEXTS, torch.ops.aten.exp.default, counted)
    program = recorded(lambda x: (x + torch.ones(3).double().exp().log() * x.exp(),), X.double())
    assert equal(program(Y.double()), (Y.double() + Y.double().exp(),))
    assert len(calls) == 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x * x.sum().item(),),  # a value that Python has seen
        lambda x: (Y.mul_(1.0) + x,),  # a constant that is changed
    ],
)
def test_what_depends_on_more_than_its_inputs_is_not_recorded(function):
    assert recorded(function, X) is None
    replayed = Replayed(function)
    assert all(equal(replayed(X + turn), function(X + turn)) for turn in range(6))


def test_a_wrong_recording_would_be_noticed(monkeypatch):
    """Negative control: an operation that is taken for another turns the comparison red."""
    monkeypatch.setitem(in_numpy._TEXTS, torch.ops.aten.mul.Tensor, in_numpy._called(np.add))
    statement = Inequality("squares", slack=lambda p: p.xp.sum(p.W * p.W) - p.q_min)
    with pytest.raises(AssertionError):
        test_a_replayed_formula_gives_the_same_numbers(statement, monkeypatch)


SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3e-310, 1e200, -1e200, float("inf"), -float("inf"), float("nan"))
A = torch.tensor(SPECIAL * len(SPECIAL), dtype=torch.float64).reshape(12, 12)
B = torch.tensor(SPECIAL, dtype=torch.float64).repeat_interleave(12).reshape(12, 12)
INDEX = torch.arange(12).flip(0).repeat(12, 1) // 2
_aten = torch.ops.aten
OPERATIONS = {
    **{name: getattr(torch, name) for name in ("add", "sub", "mul", "div", "maximum", "minimum")},
    **{name: getattr(torch, name) for name in ("ge", "gt", "le", "lt", "eq", "ne")},
    **{name: lambda a, b, name=name: getattr(torch, name)(a) for name in ("abs", "neg", "exp", "log", "sqrt", "sgn")},
    **{name: lambda a, b, name=name: getattr(torch, name)(a) for name in ("log1p", "expm1", "reciprocal", "relu")},
    "where": lambda a, b: torch.where(a > b, a, 2.0),
    "truths": lambda a, b: (a > b) & (a < 1) | ~(b > 0),
    "with numbers": lambda a, b: torch.rsub(a * 2 + 1, 3.0) / 4 - 1,
    "compared with numbers": lambda a, b: torch.where((a > 0) & (b <= 1) & (a != 2) & (a >= -1), a, b),
    "powers": lambda a, b: torch.stack([a**2, a**3, a**0.5, a**-1]),
    "bounded below": lambda a, b: a.clamp_min(0.25),
    "sums": lambda a, b: torch.cat([a.sum(1), a.sum(0), a.sum()[None], a.sum((0, 1))[None], a.sum(1, True)[:, 0]]),
    "counts": lambda a, b: a / (a == b).sum(1, keepdim=True),
    "means": lambda a, b: torch.cat([a.mean(1), a.mean((0, 1))[None], a.mean(0, True)[0]]),
    "extremes": lambda a, b: torch.cat([a.amax(1), a.amin(0), a.amax((0, 1))[None], a.amin(1, keepdim=True)[:, 0]]),
    "products": lambda a, b: torch.bmm(a.reshape(4, 3, 12), b.reshape(4, 12, 3)),
    "shapes": lambda a, b: a.T[None].expand(2, 12, 12).permute(2, 0, 1).reshape(4, 3, 24).squeeze(0).transpose(0, 2),
    "truths expanded": lambda a, b: (a > b)[None].expand(2, 12, 12),
    "indices expanded": lambda a, b: (a > 0).long()[None].expand(2, 12, 12),
    "put into zeros": lambda a, b: (
        _aten.select_backward(a[0], [12, 12], -1, 3) + _aten.slice_backward(a[:, 2:5], [12, 12], -1, 2, 5, 1)
    ),
    "slopes of a bound": lambda a, b: _aten.threshold_backward(b, a, 0),
    "parts": lambda a, b: a[2:7, 1] + a[-5:, -1] * b[3, 1:11:2] + a[:5, 0],
    "sliced from a start on": lambda a, b: _aten.slice.Tensor(a, 1, 2) + _aten.slice.Tensor(b, 1)[:, 2:],
    "mean of nothing": lambda a, b: torch.cat([a[:0].mean(1), a[:, 0]]),
    "joined": lambda a, b: torch.cat([a, b], 1) + torch.stack([a, b], 1).reshape(12, 24),
    "gathered": lambda a, b: a.gather(1, INDEX) + b.T.gather(0, INDEX.T).T,
    "scattered": lambda a, b: torch.zeros_like(a).scatter_add(1, INDEX, b),
    "scattered in part": lambda a, b: torch.zeros_like(a).scatter_add(1, INDEX[:5, :7], b),
    "scattered on something": lambda a, b: a.scatter_add(0, INDEX, b),
    "gathered at what depends on the input": lambda a, b: a.gather(1, (b > 0).long()),
    "unit matrix": lambda a, b: a @ torch.eye(12, dtype=torch.float64) * 2,
    "filled": lambda a, b: (a * 2).masked_fill_(a > 0, 7.0) + torch.full_like(a, 2.0) + (a * 1).fill_(3.0),
    "squeezed in place": lambda a, b: (a[None] * 2).squeeze_(0) + b,
    "sorted": lambda a, b: a.sort(1).values,
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_numpy_gives_what_pytorch_gives_at_special_values(name):
    function = OPERATIONS[name]
    program = recorded(lambda a, b: (function(a, b),), torch.ones(12, 12).double(), A.T / 2)
    assert program.in_numpy
    for a, b in ((A, B), (B, A), (torch.linspace(-2, 2, 144).double().reshape(12, 12), A)):
        (ours,), theirs = program(a, b), function(a, b)
        assert ours.dtype == theirs.dtype
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=0.0, equal_nan=True), name


@pytest.mark.parametrize("name", ["relu", "sums", "extremes", "parts", "products", "gathered", "shapes", "where"])
def test_numpy_gives_the_gradients_of_pytorch(name):
    def gradients(a, b):
        a, b = a.detach().requires_grad_(), b.detach().requires_grad_()
        value = OPERATIONS[name](a, b)
        return torch.autograd.grad((value * value).sum() + a.sum() + b.sum(), (a, b))

    a, b = torch.linspace(-2, 2, 144).double().reshape(12, 12), torch.linspace(1, 3, 144).double().reshape(12, 12)
    program = recorded(gradients, torch.ones(12, 12).double(), A.nan_to_num())
    assert all(map(torch.allclose, program(a, b), gradients(a, b)))


@pytest.mark.slow
@pytest.mark.parametrize("slack", [lambda p: p.xp.sum(p.W * p.W), lambda p: p.q_min])
def test_one_recording_serves_all_temperatures_and_looks(slack):
    statement = Inequality("slack", slack=slack, given=[lambda p: p.q_min, lambda p: 1 - p.xp.max(p.logits)])
    (goal,), (plain,) = batched(statement), batched(statement)
    plain.vectorised = False  # point by point, and nothing recorded
    for seed, smoothing in enumerate((0.1, 0.01, 0.0, 0.0)):
        x = rows(goal, seed)
        assert equal(goal.objective(smoothing, 2.0)(x), plain.objective(smoothing, 2.0)(x))
        assert equal([goal.hypotheses(x, smoothing)], [plain.hypotheses(x, smoothing)])
        assert equal(vars(goal.evaluate(x)).values(), vars(plain.evaluate(x)).values())
        for way in ("shortfall", "least_hypothesis"):
            ours, theirs = (getattr(g, way)(*(smoothing, 0.5)[: 2 * (way == "shortfall")])(x) for g in (goal, plain))
            assert equal(ours, theirs)
    goal.evaluate(x[:5])  # of another shape: not recorded for one look
    recordings = {name: len(one.recordings) for name, one in goal._replayed.items() if one.recordings}
    assert recordings == {"penalised": 1, "hypotheses": 1}


def test_a_temperature_that_matters_is_not_forgotten(monkeypatch):
    """Negative control of the test above: soft minima at temperature zero, and sharp ones at any."""
    for chosen in (lambda _, __, sharp, soft: sharp(), lambda _, heat, sharp, soft: soft(heat + 1.0)):
        with monkeypatch.context() as patch:
            patch.setattr(tracked, "softened", chosen)
            (goal,), (plain,) = (batched(Inequality("q", slack=lambda p: p.q_min)) for _ in range(2))
            found = [goal.objective(heat, 0.0)(x := rows(goal)) for heat in (0.1, 0.0)]
        plain.vectorised = False
        assert not all(equal(ours, plain.objective(heat, 0.0)(x)) for ours, heat in zip(found, (0.1, 0.0), strict=True))


def test_hypotheses_are_met_where_the_conclusion_is_no_number():
    """Its NaN, multiplied by zero, would still be one."""
    statement = Inequality("undefined", slack=lambda p: p.xp.log(p.q_min - 100), given=[lambda p: p.q_min])
    (goal,) = batched(statement)
    x = rows(goal)
    for way in (goal.shortfall(0.1, 0.5), goal.least_hypothesis()):
        assert all(bool(torch.isfinite(numbers).all()) for numbers in way(x))
    assert not bool(torch.isfinite(goal.objective(0.1, 1.0)(x)[1]).any())


def test_an_output_that_is_not_wanted_is_not_computed():
    with _Tape() as tape:
        outputs = (X.exp(), X.cos())
    recording = recording_of(tape.operations, [X], outputs)
    first, second = (recording.program(slice(i, i + 1)).function.__code__.co_names for i in range(2))
    assert len(first) == len(second) == 1
    assert first != second
    assert equal(recording.program(slice(1, 2))(Y), [Y.cos()])
    assert equal(recording.program()(Y), [Y.exp(), Y.cos()])


@pytest.mark.parametrize("parts", [1, 2])
def test_a_list_of_one_result_is_no_result(parts):
    program = recorded(lambda x: (x[:, :parts].unbind(1)[0] * x[:, 0], x.split(2)[0] + 1), X)
    assert equal(program(Y), (Y[:, 0] * Y[:, 0], Y + 1))


def test_other_shapes_are_recorded_anew():
    replayed = Replayed(lambda x: (x.sum(0) / len(x),), plain=1)
    for count in (2, 5, 2, 5) * 3:
        assert float(replayed(torch.ones(count))[0]) == 1.0
    assert len(replayed.recordings) == 2


def test_where_the_last_call_was_not_steady_nothing_is_replayed():
    replayed = Replayed(lambda x: (x + 1,), steady=lambda: False)
    assert all(float(replayed(torch.zeros(1) + turn)[0]) == turn + 1 for turn in range(6))
    assert set(replayed.recordings.values()) <= {None}
