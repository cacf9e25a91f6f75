"""What the statements of the gallery are made of: cases with their traps, domains, quantities.

The gallery was written to defeat the falsifier: true and false statements of every type, tight, extreme, thin or
degenerate. None of them stands in the paper. Those of `true_statements` must never be called false, and those of
`false_inequalities` and `false_predicates` must be falsified.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ncverify import Domain, Point
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


def in_window(value: Callable[[Point], Any], low: float, high: float) -> list[Callable[[Point], Any]]:
    return [lambda p: value(p) - low, lambda p: high - value(p)]


def motzkin(x: Any, y: Any) -> Any:
    """Non-negative, and zero where |x| = |y| = 1."""
    return x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 + 1


def small_loss(p: Point) -> Any:
    """The hypothesis L < 1e-6."""
    return 1e-6 - p.loss


SMALL = Domain(K=(2, 3), n=(1, 2), d=(1, 3))
SEPARABLE = Domain(K=(2, 3), n=(1, 2), d=(2, 4))
CORRIDOR = [lambda p: p.q_min - 1, lambda p: 2.002 * (p.K - 1) * p.xp.sqrt(p.n) - p.squared_norm]
