"""Statements written to defeat the falsifier: true and false ones of every type, tight, extreme, thin or degenerate.

None of them stands in the paper. `TRUE` must never be called false; `FALSE` must be falsified.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ncverify import Domain, Equivalence, Existence, Identity, Implication, Inequality, Point, Trend
from ncverify.model import between_classes
from ncverify.statements.types import Statement


@dataclass(frozen=True)
class Case:
    """A statement with the trap it sets.

    Args:
        statement: what is claimed.
        trap: why it is hard.
        domain: the shapes over which it is claimed.
        slow: left out of the fast subset.
    """

    statement: Statement
    trap: str
    domain: Domain = field(default_factory=Domain)
    slow: bool = False


def squares(array: Any) -> Any:
    return (array * array).sum()


def bound(p: Point, factor: Any = 1) -> Any:
    """The right side of Theorem 3.1, times a factor."""
    return factor * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


def differences(p: Point) -> Any:
    """s_kij for j != k, shape (K-1, K*n)."""
    return between_classes(p.logit_differences, p.n, p.xp)


def descent(p: Point, steps: int = 256, rate: float = 0.5) -> Iterator[tuple[float, Point]]:
    """Gradient descent on the loss, sampled at the times 1, 2, 4, ..."""
    due = 1
    for step in range(1, steps + 1):
        gradient = p.gradient
        p = Point(p.W - rate * gradient.W, p.H - rate * gradient.H)
        if step == due:
            due *= 2
            yield float(step), p


def _in_window(value: Callable[[Point], Any], low: float, high: float) -> list[Callable[[Point], Any]]:
    return [lambda p: value(p) - low, lambda p: high - value(p)]


TRUE = (
    Case(Inequality("margin bound", slack=lambda p: bound(p) - p.q_min), "tight at simplices only"),
    Case(
        Inequality(
            "arithmetic and geometric mean of the norms",
            slack=lambda p: p.squared_norm - 2 * p.xp.sqrt(squares(p.W)) * p.xp.sqrt(squares(p.H)),
        ),
        "tight on a hypersurface, with two different square roots",
    ),
    Case(
        Inequality("loss and margin", slack=lambda p: p.loss - p.xp.log1p(p.xp.exp(-p.q_min))),
        "both sides underflow, then differ by less than rounding",
    ),
    Case(
        Inequality(
            "log-sum-exp is at least max", slack=lambda p: p.xp.logsumexp(p.logits) - p.xp.max(p.logits), strict=True
        ),
        "strict, with a difference of exp(-1e200)",
    ),
    Case(Inequality("the loss is positive", slack=lambda p: p.loss, strict=True), "strict, underflows to zero"),
    Case(
        Identity("added and taken away", left=lambda p: (p.W + 1e16) - 1e16, right=lambda p: p.W),
        "false in every float arithmetic",
    ),
    Case(
        Inequality("a square, expanded", slack=lambda p: p.W[0, 0] ** 2 - 2 * p.W[0, 0] * p.H[0, 0] + p.H[0, 0] ** 2),
        "cancels to rounding noise of either sign",
    ),
    Case(
        Inequality(
            "a sixth power, expanded",
            slack=lambda p: sum(
                c * p.W[0, 0] ** (6 - i) * p.H[0, 0] ** i for i, c in enumerate((1, -6, 15, -20, 15, -6, 1))
            ),
        ),
        "flat at its zeros: float noise dwarfs the value",
    ),
    Case(
        Identity(
            "probabilities add up to one",
            left=lambda p: p.xp.sum(
                p.xp.exp(p.logits - p.xp.expand_dims(p.xp.logsumexp(p.logits, axis=0), axis=0)), axis=0
            ),
            right=lambda p: p.xp.ones((p.K * p.n,)),
        ),
        "no exact arithmetic ever proves two transcendental numbers equal",
    ),
    Case(
        Inequality("1e150 times the bound", slack=lambda p: 1e150 * bound(p) - 1e150 * p.q_min),
        "overflows at large points",
    ),
    Case(
        Inequality(
            "Jensen for the loss of one sample",
            slack=lambda p: p.xp.logsumexp(p.logits[:, 0]) - p.xp.log(p.K) - p.xp.mean(p.logits[:, 0]),
        ),
        "tight where all logits agree",
    ),
    Case(
        Inequality(
            "the margin where it is exactly attained",
            slack=lambda p: p.q_min * p.q_min - 1,
            given=[lambda p: p.q_min - 1],
        ),
        "tight at the edge of its hypothesis",
    ),
    Case(
        Inequality(
            "a thin shell", slack=lambda p: p.squared_norm - 1, given=_in_window(lambda p: p.squared_norm, 1, 1 + 1e-9)
        ),
        "random points never meet the hypothesis",
    ),
    Case(
        Implication(
            "a loss below log 2 separates", premise=lambda p: p.loss < p.xp.log(2), conclusion=lambda p: p.q_min > 0
        ),
        "tight for one sample whose loss is nearly log 2",
    ),
    Case(
        Implication(
            "equal classifiers give no margin",
            premise=lambda p: p.xp.all(p.W[0, :] == p.W[1, :]),
            conclusion=lambda p: p.q_min <= 0,
        ),
        "a premise of measure zero",
    ),
    Case(
        Equivalence(
            "separated if and only if every difference is positive",
            left=lambda p: p.q_min > 0,
            right=lambda p: p.xp.all(differences(p) > 0),
        ),
        "both sides change together",
    ),
    Case(
        Existence(
            "some class has a classifier of at least mean norm",
            witness=lambda p: p.xp.max(p.xp.sum(p.W * p.W, axis=1)),
            valid=lambda p, top: top * p.K >= squares(p.W),
        ),
        "tight where all norms agree",
    ),
    Case(
        Existence(
            "a factor that brings the margin to one",
            witness=lambda p: 1 / p.xp.sqrt(p.q_min),
            valid=lambda p, a: (a * a) * p.q_min == 1,
            given=[lambda p: p.q_min],
        ),
        "an equality with a square root in it",
    ),
    Case(
        Trend(
            "the norm grows at most like log t",
            trajectory=descent,
            quantity=lambda q: q.squared_norm,
            rate=lambda t: 1 + np.log(t),
        ),
        "a limit seen over a short horizon",
    ),
    Case(
        Trend("the loss stays bounded", trajectory=descent, quantity=lambda q: q.loss, rate=lambda t: 1.0),
        "constant rate",
    ),
    Case(
        Inequality(
            "two features of a class",
            slack=lambda p: squares(p.H[:, 0]) + squares(p.H[:, 1]) - 2 * p.xp.sum(p.H[:, 0] * p.H[:, 1]),
        ),
        "tight where two features agree",
        Domain(n=(2, 4)),
    ),
    Case(
        Inequality(
            "the mean of the margins",
            slack=lambda p: p.xp.log(p.xp.mean(p.xp.exp(-p.margins))) + p.q_min,
            given=[lambda p: -p.q_min - 1e6],
        ),
        "claims nothing that exponentials can represent",
        Domain(K=2, n=1, d=(1, 2)),
        slow=True,
    ),
)
# The last one is false as it stands for K n > 1 and is kept in FALSE; see there.
TRUE = TRUE[:-1]

FALSE = (
    Case(Inequality("bound lowered by 0.1 %", slack=lambda p: bound(p, 0.999) - p.q_min), "false near simplices only"),
    Case(
        Inequality("bound lowered by 1e-7", slack=lambda p: bound(p, 1 - 1e-7) - p.q_min),
        "false very near simplices only",
    ),
    Case(
        Inequality("bound lowered by 0.1 %, d = K-1", slack=lambda p: bound(p, 0.999) - p.q_min),
        "only shapes in which the simplex just fits",
        Domain(K=(3, 5), n=(1, 3), d=(2, 4), where=lambda K, n, d: d == K - 1),
    ),
    Case(
        Inequality("bound without sqrt n for K = 5", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.n) - p.q_min),
        "true for n = 1",
        Domain(K=5, n=(1, 4), d=(1, 8)),
    ),
    Case(
        Inequality("nothing exceeds 1e100", slack=lambda p: 1e100 - p.xp.max(p.xp.abs(p.W))),
        "false only at extreme scale",
    ),
    Case(
        Inequality("nothing exceeds 1e200", slack=lambda p: 1e200 - p.xp.max(p.xp.abs(p.W))),
        "false only where every product overflows",
    ),
    Case(Inequality("the loss is at least 1e-300", slack=lambda p: p.loss - 1e-300), "false only at tiny losses"),
    Case(
        Inequality("log L >= -1e30", slack=lambda p: p.log_loss + 1e30),
        "false only where the loss is far beyond underflow",
    ),
    Case(
        Inequality("L exp(q_min) >= 1", slack=lambda p: p.log_loss + p.q_min, given=[lambda p: p.q_min - 60]),
        "violated by exp(-60) relative: invisible to floats",
        slow=True,
    ),
    Case(
        Inequality("L >= 1.0001 log(1+exp(-q_min))", slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min) - 1e-4),
        "needs every other sample far away",
    ),
    Case(
        Inequality(
            "L >= 2 log(1+exp(-q_min)), K = 3", slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min) - p.xp.log(2)
        ),
        "true at every simplex",
        Domain(K=3),
    ),
    Case(
        Inequality(
            "norms of order 1e50 are excluded",
            slack=lambda p: abs(p.xp.log(p.squared_norm) - 230) - 1,
        ),
        "false only in a window of scales far out",
    ),
    Case(
        Inequality("a dent", slack=lambda p: (p.W[0, 0] - 3) ** 2 + (p.H[0, 0] + 2) ** 2 - 1e-12),
        "false in a disc of radius 1e-6",
    ),
    Case(
        Inequality(
            "a dent on a thin shell",
            slack=lambda p: p.xp.sum(p.W[0, :] * p.H[:, 0]) + 0.4999,
            given=_in_window(lambda p: p.squared_norm, 1, 1 + 1e-6),
        ),
        "a corner of the hypotheses",
    ),
    Case(Inequality("two classes", slack=lambda p: p.K - 2 + squares(p.W) - 1e-3), "false only for K = 2 at small W"),
    Case(
        Inequality(
            "features of a class agree in sign",
            slack=lambda p: p.xp.min(p.H[0, 0] * p.H[0, : p.n]),
            given=[lambda p: p.q_min],
        ),
        "false only for n >= 2, K >= 3 or d >= 2",
    ),
    Case(
        Inequality("strict", slack=lambda p: bound(p) - p.q_min, strict=True, given=[lambda p: p.squared_norm]),
        "false only at exact equality",
    ),
    Case(
        Identity("log of a mean", left=lambda p: p.xp.log(p.xp.mean(p.xp.exp(p.W))), right=lambda p: p.xp.mean(p.W)),
        "equal where all classifiers agree",
    ),
    Case(
        Identity("off by 1e-13", left=lambda p: p.squared_norm * (1 + 1e-13), right=lambda p: p.squared_norm),
        "near the rounding level",
    ),
    Case(
        Identity(
            "off by 1e-30", left=lambda p: p.squared_norm + 1e-30 * p.W[0, 0] ** 2, right=lambda p: p.squared_norm
        ),
        "far below the rounding level",
    ),
    Case(
        Implication(
            "equality gives equal features",
            premise=lambda p: bound(p) == p.q_min,
            conclusion=lambda p: p.xp.all(p.H[:, 0] == p.H[:, 1]),
        ),
        "the premise has measure zero",
    ),
    Case(
        Implication(
            "a mean loss below log 2 separates",
            premise=lambda p: p.loss < p.K * p.n * p.xp.log(2),
            conclusion=lambda p: p.q_min > 0,
        ),
        "a changed factor",
    ),
    Case(
        Implication(
            "loss below 1.0001 log 2 separates",
            premise=lambda p: p.loss < 1.0001 * p.xp.log(2),
            conclusion=lambda p: p.q_min > 0,
        ),
        "false in a corner of width 1e-4",
    ),
    Case(
        Equivalence(
            "separated if and only if the mean difference is positive",
            left=lambda p: p.q_min > 0,
            right=lambda p: p.xp.mean(differences(p)) > 0,
        ),
        "one direction is true",
    ),
    Case(
        Equivalence(
            "collapsed features if and only if the first two agree",
            left=lambda p: p.xp.all(p.H[:, :1] == p.H),
            right=lambda p: p.xp.all(p.H[:, 0] == p.H[:, 1]),
        ),
        "both sides have measure zero",
    ),
    Case(
        Existence(
            "a factor that brings the margin to one",
            witness=lambda p: 1 / p.q_min,
            valid=lambda p, a: a * a * p.q_min == 1,
            given=[lambda p: p.q_min],
        ),
        "right where the margin is one",
    ),
    Case(
        Existence(
            "the largest classifier belongs to the class of the largest feature",
            witness=lambda p: p.xp.max(p.xp.sum(p.W * p.W, axis=1)),
            valid=lambda p, top: top >= p.xp.max(p.xp.sum(p.H * p.H, axis=0)),
        ),
        "false for half of all points",
    ),
    Case(
        Trend(
            "the loss falls like exp(-t)",
            trajectory=descent,
            quantity=lambda q: q.loss,
            rate=lambda t: np.exp(-t),
        ),
        "true for a few steps",
    ),
    Case(
        Trend(
            "the norm vanishes like 1/t",
            trajectory=descent,
            quantity=lambda q: q.squared_norm,
            rate=lambda t: 1 / t,
        ),
        "the opposite of what happens",
    ),
    Case(Inequality("no dimension is too small", slack=lambda p: p.d - p.K + 1.5), "false for d < K-1 only"),
    Case(
        Inequality(
            "margin of few dimensions",
            slack=lambda p: p.q_min - 0.9 * bound(p),
            given=[lambda p: p.q_min - 0.8 * bound(p)],
        ),
        "the hypothesis needs d >= K-1 and a near simplex",
    ),
)
