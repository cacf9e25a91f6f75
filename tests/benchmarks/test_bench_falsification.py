"""The batched adversary against autograd on one point after another, and the time to find two known falsehoods.

Both sides compute value and gradient of the slack of Theorem 3.1's bound at the same points, K = 5, n = 4, d = 8.
Rounds alternate between them, so that a busy machine slows both. A round lasts about as long on both sides: the batch
is evaluated several times in it, as a search does hundreds of times in a row, and not once with the caches that the
other side left behind.
"""

import time
from statistics import median

import numpy as np
import pytest
import torch

from ncverify import Domain, Inequality, Point, falsify
from ncverify.domain import Shape
from ncverify.falsification import starts
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.layouts import layout_of
from ncverify.statements.reading import goals
from tests.benchmarks.ratio import recorded

SHAPE, BATCH, ROUNDS, IN_A_ROW = Shape(5, 4, 8), 256, 9, 16
MANY = 65_536


def bound(p, factor=1):
    return factor * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.q_min


BOUND = Inequality("bound", slack=bound)
LOWERED = Inequality("bound lowered by 0.1 %", slack=lambda p: bound(p, 0.999))


def printed_b20(p):
    """|grad L|^2 - 4 ((e^L - 1)/e^L log(e^L - 1))^2, which (B.20) claims to be non-negative wherever L < log 2."""
    rise = -p.xp.expm1(-p.loss)
    speed = p.xp.sum(p.gradient.W**2) + p.xp.sum(p.gradient.H**2)
    return speed - 4 * (rise * p.xp.log(p.xp.expm1(p.loss))) ** 2


B20 = Inequality("(B.20) as printed", slack=printed_b20, given=[lambda p: p.xp.log(2) - p.loss])


def one_by_one(W, H):
    """Autograd as one would write it by hand: a point, a slack, a gradient."""
    gradients = []
    for one_W, one_H in zip(W, H, strict=True):
        p = Point.trusted(one_W.clone().requires_grad_(), one_H.clone().requires_grad_())
        gradients.append(torch.autograd.grad(bound(p), (p.W, p.H)))
    return gradients


def seconds(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def test_points_per_second_against_one_point_at_a_time_with_autograd(benchmark):
    torch.set_num_threads(1)
    W, H = (torch.tensor(a) for a in starts.random(SHAPE, BATCH, np.random.default_rng(0)))
    goal = BatchedGoal(goals(BOUND)[0], layout_of(Domain(), SHAPE), BOUND.name)
    x, objective = torch.as_tensor(goal.layout.pack({"W": W, "H": H})), goal.objective(smoothing=0.0, weight=0.0)
    ours, theirs = [], []
    objective(x), one_by_one(W[:2], H[:2])
    for _ in range(ROUNDS):
        spent, reference = seconds(lambda: one_by_one(W, H))
        theirs.append(spent)
        spent, _ = seconds(lambda: [objective(x) for _ in range(IN_A_ROW)])
        ours.append(spent / IN_A_ROW)
    benchmark.pedantic(lambda: objective(x), rounds=ROUNDS)
    assert len(reference) == BATCH
    ratio = recorded(benchmark, "adversary", "faster", ours, theirs)
    benchmark.extra_info.update(points_per_second=BATCH / median(ours), one_by_one_per_second=BATCH / median(theirs))
    assert ratio >= 40, f"{ratio:.1f} times the points per second of one at a time, expected 40"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_points_per_second_on_a_cuda_device_against_the_cpu(benchmark):
    torch.set_num_threads(2)
    W, H = (torch.tensor(a) for a in starts.random(SHAPE, MANY, np.random.default_rng(0)))
    layout, times = layout_of(Domain(), SHAPE), {}
    packed = torch.as_tensor(layout.pack({"W": W, "H": H}))
    for device in ("cuda", "cpu"):
        goal = BatchedGoal(goals(BOUND)[0], layout, BOUND.name, device)
        x, objective = packed.to(device), goal.objective(smoothing=0.0, weight=0.0)
        for _ in range(IN_A_ROW):
            objective(x)

        def once(objective=objective, x=x):
            return [objective(x)[1].sum().item() for _ in range(IN_A_ROW)]

        times[device] = [seconds(once)[0] for _ in range(ROUNDS)]
    benchmark.pedantic(lambda: objective(x), rounds=1)
    ratio = recorded(benchmark, "adversary-cuda", "faster", times["cuda"], times["cpu"])
    assert ratio >= 20, f"{ratio:.1f} times the points per second of the CPU, expected 20"


def detection(benchmark, statement, domain, **options):
    """Seconds until an exactly confirmed counterexample, the median of some seeds."""
    found = [falsify(statement, domain, seed, budget=600, **options) for seed in range(3)]
    assert all(verdict.status == "falsified" for verdict in found)
    benchmark.extra_info.update(
        seconds=median(v.seconds for v in found), points=median(v.tried for v in found), seeds=len(found)
    )
    benchmark.pedantic(lambda: falsify(statement, domain, 0, budget=600, **options), rounds=3)


def test_time_to_falsify_the_printed_b20(benchmark):
    detection(benchmark, B20, Domain())


def test_time_to_falsify_the_bound_lowered_by_a_thousandth(benchmark):
    detection(benchmark, LOWERED, Domain())


def test_the_same_without_any_structured_point_where_equality_needs_the_full_simplex(benchmark):
    detection(benchmark, LOWERED, Domain(K=(3, 5), n=(2, 4), d=(2, 8)), stages=("random", "attack"))
