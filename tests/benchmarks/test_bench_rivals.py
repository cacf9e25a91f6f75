"""The falsifier beside other ways to look for a counterexample, on false statements written for this comparison.

Every method gets the same function of a row of coordinates (the scaled distance of the conclusion from failing, with a
penalty where a hypothesis is not met), the shapes in the same order in turn, and the same processor time; what it finds
counts when `judge` confirms it. A busy machine makes no difference: every clock that ends a search or counts a hit,
ours too, is that of the processor; the table also shows how long the methods were waited for. Nevergrad takes part
where it is installed.
"""

import contextlib
import os
import random
import sys
import time
from collections.abc import Iterator
from statistics import median
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
import scipy.optimize
import torch

from ncverify import Inequality, StatementError, falsify, judge
from ncverify.domain import Shape
from ncverify.falsification import campaign
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.layouts import layout_of
from ncverify.statements.reading import goals as goals_of
from tests.benchmarks.ratio import recorded
from tests.benchmarks.rival_statements import DOMAIN, FALSE

SECONDS = float(os.environ.get("NCVERIFY_RIVAL_SECONDS", "6"))  # of processor time, for each statement and method
TURNS = 5  # shapes that a method sees before the time is up, about
FAR = 1e3


class Found(Exception):  # noqa: N818 - no error: how a search inside a library is ended
    """A confirmed counterexample, or the end of the time."""


class Game:
    """One statement, the clock, and what is confirmed."""

    def __init__(self, statement):
        self.statement, self.domain = statement, DOMAIN
        self.start, self.won, self.turn_ends = time.process_time(), False, np.inf
        self.shapes = random.Random(1).sample(self.domain.shapes(), len(self.domain.shapes()))

    @property
    def seconds(self):
        return time.process_time() - self.start

    def turns(self) -> Iterator[tuple[BatchedGoal, int]]:
        """A goal of one shape after another, until the time is up, and the width of its rows."""
        while True:
            for K, n, d in self.shapes:
                if self.seconds > SECONDS:
                    return
                self.turn_ends = self.seconds + SECONDS / TURNS
                layout = layout_of(self.domain, Shape(K, n, d))
                yield BatchedGoal(goals_of(self.statement)[0], layout, self.statement.name), layout.size

    def value(self, goal, row):
        """The objective at a row; raises Found when the row is a confirmed counterexample or time is up."""
        if self.seconds > min(SECONDS, self.turn_ends):
            raise Found
        x = torch.as_tensor(np.asarray(row, dtype=np.float64))[None]
        seen = goal.evaluate(x)
        distance, inside = float(seen.distance[0]), float(seen.hypotheses[0])
        if not np.isfinite(distance):
            return FAR
        if not bool(seen.applicable[0]):
            return 1 + max(0.0, -inside)
        if distance < 0 and judge(self.statement, goal.point(x[0])).violated:
            self.won = True
            raise Found
        return distance


def at_random(game, goal, width, rng):
    while True:
        game.value(goal, rng.standard_normal(width) * 10 ** rng.normal(0, 0.4))


def multistart(game, goal, width, rng):
    while True:
        scipy.optimize.minimize(lambda x: game.value(goal, x), rng.standard_normal(width), method="L-BFGS-B")


def evolution(game, goal, width, rng):
    while True:
        scipy.optimize.differential_evolution(
            lambda x: game.value(goal, x), [(-3, 3)] * width, rng=rng, polish=False, maxiter=200
        )


def by_hypothesis(game, goal, width, rng):
    import hypothesis
    from hypothesis import strategies

    rows = strategies.lists(strategies.floats(-8, 8), min_size=width, max_size=width)
    settings = hypothesis.settings(
        max_examples=100_000,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @settings
    @hypothesis.seed(int(rng.integers(1 << 30)))
    @hypothesis.given(rows)
    def attempt(row):
        game.value(goal, row)

    attempt()


def by_nevergrad(game, goal, width, rng):
    import nevergrad

    while True:
        optimiser = nevergrad.optimizers.NGOpt(parametrization=nevergrad.p.Array(shape=(width,)), budget=20_000)
        optimiser.parametrization.random_state = np.random.RandomState(int(rng.integers(1 << 30)))
        with contextlib.suppress(TypeError):  # of its metamodel, from NumPy 2.4 on: it starts again
            optimiser.minimize(lambda x: game.value(goal, x))


RIVALS = {
    "random points": at_random,
    "Hypothesis": by_hypothesis,
    "L-BFGS-B, many starts": multistart,
    "differential evolution": evolution,
    "Nevergrad NGOpt": by_nevergrad,
}


def play(statement, method):
    """Seconds of processor time until a confirmed counterexample; None where none was found in time."""
    game, rng = Game(statement), np.random.default_rng(0)
    for goal, width in game.turns():
        with contextlib.suppress(Found, StatementError):
            method(game, goal, width, rng)
        if game.won:
            return game.seconds if game.seconds <= SECONDS else None
    return None


def ours(statement):
    """The same for `falsify`, whose budget is here one of processor time; nothing is shrunk, as no rival does."""
    start = time.process_time()
    with mock.patch.object(campaign, "time", SimpleNamespace(monotonic=time.process_time)):
        verdict = falsify(statement, DOMAIN, budget=SECONDS, simplify=False)
    spent = time.process_time() - start
    return spent if verdict.status == "falsified" and spent <= SECONDS else None


def waited(method, statement):
    """What a method finds, and the seconds on the clock of the wall."""
    start = time.perf_counter()
    return method(statement), time.perf_counter() - start


@pytest.mark.parametrize(("statement", "refuted_at"), FALSE, ids=lambda v: getattr(v, "name", ""))
def test_the_statements_are_false(statement, refuted_at):
    assert judge(statement, refuted_at).violated


def test_false_statements_found_beside_the_rivals(benchmark, capsys):
    torch.set_num_threads(1)
    methods = {name: lambda s, m=method: play(s, m) for name, method in RIVALS.items()}
    try:
        import nevergrad  # noqa: F401
    except ImportError:
        del methods["Nevergrad NGOpt"]
    methods["ncverify"] = ours
    runs = {name: [waited(method, statement) for statement, _ in FALSE] for name, method in methods.items()}
    lines = [
        f"{len(FALSE)} false statements, {SECONDS:g} s of processor time each; seconds of hits, and of waiting",
        "",
    ]
    for name, found in runs.items():
        hits = [s for s, _ in found if s is not None]
        middle = f"{median(hits):8.2f}" if hits else "       -"
        lines.append(f"{name:24} {len(hits):3} found   median {middle} s   waited {sum(w for _, w in found):8.1f} s")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    benchmark.extra_info["found"] = {name: sum(s is not None for s, _ in found) for name, found in runs.items()}
    hits = [s for s, _ in runs["ncverify"] if s is not None]
    recorded(benchmark, "rivals", "seconds", hits)
    benchmark.pedantic(lambda: ours(FALSE[0][0]), rounds=1)
    assert len(hits) == len(FALSE)


EASY = Inequality("margins are negative", slack=lambda p: -p.q_min)
TRUE = Inequality("squares", slack=lambda p: p.squared_norm)


@pytest.mark.slow
@pytest.mark.parametrize("method", [at_random, multistart])
def test_a_rival_finds_what_is_easy(method):
    assert play(EASY, method) is not None


@pytest.mark.slow
def test_nobody_finds_what_is_not_there(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SECONDS", 0.5)
    assert ours(EASY) is not None
    assert ours(TRUE) is None
    start = time.process_time()
    assert play(TRUE, at_random) is None
    assert time.process_time() - start < 2
