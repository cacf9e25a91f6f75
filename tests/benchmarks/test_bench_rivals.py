"""The falsifier beside other ways to look for a counterexample, on false statements of the registry.

Every method gets the same function of a row of coordinates (the scaled distance of the conclusion from failing, with a
penalty where a hypothesis is not met), the shapes in the same order in turn, and the same processor time; what it finds
counts when `judge` confirms it. Nevergrad takes part where it is installed.
"""

import contextlib
import os
import random
import sys
import time
from collections.abc import Iterator
from statistics import median

import numpy as np
import pytest
import scipy.optimize
import torch

from ncverify import Inequality, StatementError, falsify, judge
from ncverify.domain import Shape
from ncverify.falsification.batch import BatchedClaim
from ncverify.falsification.layouts import layout_of
from ncverify.statements.reading import claims as claims_of
from tests.benchmarks.ratio import recorded
from tests.ulpm import claims

SECONDS = float(os.environ.get("NCVERIFY_RIVAL_SECONDS", "6"))  # of processor time, for each statement and method
STATEMENTS, TURNS = 18, 5  # turns: shapes that a method sees before the time is up, about
FAR = 1e3


class Found(Exception):  # noqa: N818 - no error: how a search inside a library is ended
    """A confirmed counterexample, or the end of the time."""


class Game:
    """One statement, the clock, and what is confirmed."""

    def __init__(self, neighbour):
        self.statement, self.domain = neighbour.statement, neighbour.domain
        self.start, self.won, self.turn_ends = time.process_time(), False, np.inf
        self.shapes = random.Random(1).sample(self.domain.shapes(), len(self.domain.shapes()))

    @property
    def seconds(self):
        return time.process_time() - self.start

    def turns(self) -> Iterator[tuple[BatchedClaim, int]]:
        """A claim of one shape after another, until the time is up, and the width of its rows."""
        while True:
            for K, n, d in self.shapes:
                if self.seconds > SECONDS:
                    return
                self.turn_ends = self.seconds + SECONDS / TURNS
                layout = layout_of(self.domain, Shape(K, n, d))
                yield BatchedClaim(claims_of(self.statement)[0], layout, self.statement.name), layout.size

    def value(self, claim, row):
        """The objective at a row; raises Found when the row is a confirmed counterexample or time is up."""
        if self.seconds > min(SECONDS, self.turn_ends):
            raise Found
        x = torch.as_tensor(np.asarray(row, dtype=np.float64))[None]
        seen = claim.evaluate(x)
        distance, inside = float(seen.distance[0]), float(seen.hypotheses[0])
        if not np.isfinite(distance):
            return FAR
        if not bool(seen.applicable[0]):
            return 1 + max(0.0, -inside)
        if distance < 0 and judge(self.statement, claim.point(x[0])).violated:
            self.won = True
            raise Found
        return distance


def at_random(game, claim, width, rng):
    while True:
        game.value(claim, rng.standard_normal(width) * 10 ** rng.normal(0, 0.4))


def multistart(game, claim, width, rng):
    while True:
        scipy.optimize.minimize(lambda x: game.value(claim, x), rng.standard_normal(width), method="L-BFGS-B")


def evolution(game, claim, width, rng):
    while True:
        scipy.optimize.differential_evolution(
            lambda x: game.value(claim, x), [(-3, 3)] * width, rng=rng, polish=False, maxiter=200
        )


def by_hypothesis(game, claim, width, rng):
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
        game.value(claim, row)

    attempt()


def by_nevergrad(game, claim, width, rng):
    import nevergrad

    optimiser = nevergrad.optimizers.NGOpt(parametrization=nevergrad.p.Array(shape=(width,)), budget=20_000)
    optimiser.parametrization.random_state = np.random.RandomState(int(rng.integers(1 << 30)))
    optimiser.minimize(lambda x: game.value(claim, x))


RIVALS = {
    "random points": at_random,
    "Hypothesis": by_hypothesis,
    "L-BFGS-B, many starts": multistart,
    "differential evolution": evolution,
    "Nevergrad NGOpt": by_nevergrad,
}


def play(neighbour, method):
    """Seconds until a confirmed counterexample; None where none was found in time."""
    game, rng = Game(neighbour), np.random.default_rng(0)
    for claim, width in game.turns():
        with contextlib.suppress(Found, StatementError):
            method(game, claim, width, rng)
        if game.won:
            return game.seconds
    return None


def ours(neighbour):
    start = time.process_time()
    verdict = falsify(neighbour.statement, neighbour.domain, budget=SECONDS)
    spent = time.process_time() - start
    return spent if verdict.status == "falsified" and spent <= 2 * SECONDS else None


def chosen():
    """False inequalities of the registry, one of a statement at most, drawn once and for all."""
    kinds = {c.id: [n for n in c.neighbours if isinstance(n.statement, Inequality)] for c in claims().values()}
    ids = sorted(id_ for id_, found in kinds.items() if found)
    return [(id_, random.Random(id_).choice(kinds[id_])) for id_ in random.Random(18).sample(ids, STATEMENTS)]


def test_every_chosen_statement_starts_from_another_claim():
    assert len({id_ for id_, _ in chosen()}) == STATEMENTS


def test_false_statements_found_beside_the_rivals(benchmark, capsys):
    torch.set_num_threads(1)
    methods = {name: lambda n, m=method: play(n, m) for name, method in RIVALS.items()}
    try:
        import nevergrad  # noqa: F401
    except ImportError:
        del methods["Nevergrad NGOpt"]
    table = {name: [method(n) for _, n in chosen()] for name, method in {**methods, "ncverify": ours}.items()}
    lines = [f"{STATEMENTS} false statements, {SECONDS:g} s of processor time each", ""]
    for name, found in table.items():
        hits = [s for s in found if s is not None]
        lines.append(f"{name:24} {len(hits):3} found   median {median(hits) if hits else float('nan'):8.2f} s")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    hits = [s for s in table["ncverify"] if s is not None]
    benchmark.extra_info["found"] = {name: sum(s is not None for s in found) for name, found in table.items()}
    recorded(benchmark, "rivals", "seconds", hits)
    benchmark.pedantic(lambda: ours(chosen()[0][1]), rounds=1)
    assert len(hits) == STATEMENTS


@pytest.mark.parametrize("method", [at_random, multistart])
def test_a_rival_finds_what_is_easy(method):
    easy = next(n for c in claims().values() for n in c.neighbours if c.id == "thm-3.1-bound")
    easy = type(easy)(Inequality("margins are negative", slack=lambda p: -p.q_min), easy.domain)
    assert play(easy, method) is not None
