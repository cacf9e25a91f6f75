"""A numerical referee for theorems about neural collapse, and for anyone's conjectures about real arrays.

Importing ncverify is cheap: PyTorch, cvxpy and the exact arithmetic are loaded when they are first used.
"""

from typing import TYPE_CHECKING, Any

from ncverify.domain import Domain, Shape
from ncverify.errors import NCVerifyError, StatementError
from ncverify.point import Point, Tangent, on_sphere
from ncverify.space import Space, Variable
from ncverify.statements.critical import Critical, FlowLaw, LocalMinimum, StrictSaddle
from ncverify.statements.types import (
    Equivalence,
    Existence,
    ForAll,
    Identity,
    Implication,
    Inequality,
    Optimum,
    OverShapes,
    Trend,
)
from ncverify.unequal import UnequalPoint

if TYPE_CHECKING:
    from ncverify.falsification import Verdict, falsify, judge

__version__ = "0.2.0"

__all__ = [
    "Critical",
    "Domain",
    "Equivalence",
    "Existence",
    "FlowLaw",
    "ForAll",
    "Identity",
    "Implication",
    "Inequality",
    "LocalMinimum",
    "NCVerifyError",
    "Optimum",
    "OverShapes",
    "Point",
    "Shape",
    "Space",
    "StatementError",
    "StrictSaddle",
    "Tangent",
    "Trend",
    "UnequalPoint",
    "Variable",
    "Verdict",
    "falsify",
    "judge",
    "on_sphere",
]


def __getattr__(name: str) -> Any:
    """`falsify`, `judge` and `Verdict`, loaded on first use."""
    if name in ("falsify", "judge", "Verdict"):
        import importlib

        return getattr(importlib.import_module("ncverify.falsification"), name)
    raise AttributeError(f"module 'ncverify' has no attribute {name!r}")
