"""Recorded formulas: the same numbers to the last bit, and no recording of what depends on values."""

import numpy as np
import pytest
import torch

from ncverify import Domain
from ncverify.domain import Shape
from ncverify.falsification import layouts, recording
from ncverify.falsification.adversary import attack
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.recording import Replayed, _Tape, program_of
from ncverify.papers.claim import Demonstration
from ncverify.statements.reading import goals
from ncverify.statements.types import Inequality
from tests.ulpm import claims as ulpm

SHAPE = Shape(3, 2, 2)
IDS = ("thm-3.1-bound", "lem-b.1", "eq-b.18", "eq-c.2", "thm-3.2-rate", "cor-3.1")


def batched(statement):
    layout = layouts.layout_of(Domain(*SHAPE), SHAPE)
    return [BatchedGoal(goal, layout, statement.name) for goal in goals(statement)]


def rows(goal, seed=0):
    return torch.as_tensor(layouts.random(goal.layout, 16, np.random.default_rng(seed)))


def equal(ours, theirs):
    return all(torch.equal(torch.nan_to_num(a), torch.nan_to_num(b)) for a, b in zip(ours, theirs, strict=True))


def statements():
    known = ulpm()
    parts = [part for id_ in IDS if id_ in known for part in known[id_].parts]
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


@pytest.mark.parametrize("statement", statements(), ids=lambda s: s.name[:60])
def test_a_replayed_formula_gives_the_same_bits(statement, monkeypatch):
    for plain, recorded in zip(batched(statement), batched(statement), strict=True):
        with monkeypatch.context() as patch:
            patch.setattr(Replayed, "__call__", lambda self, *inputs: self.function(*inputs))
            expected = seen(plain)
        monkeypatch.setattr(recording, "_PLAIN", 0)
        assert equal(seen(recorded), expected)
        assert all(program for one in recorded._replayed.values() for program in one.programs.values())


def test_an_attack_ends_at_the_same_rows(monkeypatch):
    (goal,) = batched(ulpm()["thm-3.1-bound"].parts[0].statement)
    found = attack(goal, rows(goal), 20)
    monkeypatch.setattr(Replayed, "__call__", lambda self, *inputs: self.function(*inputs))
    (goal,) = batched(ulpm()["thm-3.1-bound"].parts[0].statement)
    assert equal([found.x, found.distance], [(plain := attack(goal, rows(goal), 20)).x, plain.distance])


def recorded(function, *inputs):
    with _Tape() as tape:
        outputs = function(*inputs)
    return program_of(tape.operations, inputs, outputs)


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


def test_an_operation_on_constants_is_done_once():
    program = recorded(lambda x: (x + torch.ones(3).exp().log(),), X)
    names = [name for name in program.__globals__ if name.startswith("f_")]
    assert names == ["f_aten_add_Tensor"]


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
    monkeypatch.setitem(recording._DIRECT, torch.ops.aten.mul.Tensor, torch.add)
    statement = Inequality("squares", slack=lambda p: p.xp.sum(p.W * p.W) - p.q_min)
    with pytest.raises(AssertionError):
        test_a_replayed_formula_gives_the_same_bits(statement, monkeypatch)


def test_other_shapes_are_recorded_anew():
    replayed = Replayed(lambda x: (x.sum(0) / len(x),))
    for count in (2, 5, 2, 5) * 3:
        assert float(replayed(torch.ones(count))[0]) == 1.0
    assert len(replayed.programs) == 2


def test_where_the_last_call_was_not_steady_nothing_is_replayed():
    replayed = Replayed(lambda x: (x + 1,), steady=lambda: False)
    assert all(float(replayed(torch.zeros(1) + turn)[0]) == turn + 1 for turn in range(6))
    assert set(replayed.programs.values()) == {None}
