"""Every function that a formula may use, as a statement about points: what a backend has to be right about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ncverify.statements.types import Existence

Formula = Callable[[Any, Any, Any, Any], Any]


def _inside(x: Any, xp: Any) -> Any:
    """Numbers strictly between 0 and 1 that depend on x."""
    return 1 / (1 + x * x)


FORMULAS: dict[str, Formula] = {
    "exp": lambda xp, a, b, s: xp.exp(a),
    "log": lambda xp, a, b, s: xp.log(1 + a * a),
    "log1p": lambda xp, a, b, s: xp.log1p(_inside(a, xp) * 2.0**-20),
    "expm1": lambda xp, a, b, s: xp.expm1(a * 2.0**-20),
    "log2": lambda xp, a, b, s: xp.log2(1 + a * a),
    "log10": lambda xp, a, b, s: xp.log10(1 + a * a),
    "sqrt": lambda xp, a, b, s: xp.sqrt(1 + a * a),
    "square": lambda xp, a, b, s: xp.square(a),
    "abs": lambda xp, a, b, s: xp.abs(a),
    "sign": lambda xp, a, b, s: xp.sign(a),
    "tanh": lambda xp, a, b, s: xp.tanh(a),
    "sinh": lambda xp, a, b, s: xp.sinh(a),
    "cosh": lambda xp, a, b, s: xp.cosh(a),
    "sin": lambda xp, a, b, s: xp.sin(a),
    "cos": lambda xp, a, b, s: xp.cos(a),
    "tan": lambda xp, a, b, s: xp.tan(_inside(a, xp)),
    "floor": lambda xp, a, b, s: xp.floor(3 * a),
    "ceil": lambda xp, a, b, s: xp.ceil(3 * a),
    "softplus": lambda xp, a, b, s: xp.softplus(8 * a),
    "log_softplus": lambda xp, a, b, s: xp.log_softplus(8 * a),
    "reciprocal": lambda xp, a, b, s: xp.reciprocal(1 + a * a),
    "negative": lambda xp, a, b, s: xp.negative(a),
    "hypot": lambda xp, a, b, s: xp.hypot(a, b),
    "logaddexp": lambda xp, a, b, s: xp.logaddexp(a, b),
    "add": lambda xp, a, b, s: xp.add(a, b),
    "subtract": lambda xp, a, b, s: xp.subtract(a, b),
    "multiply": lambda xp, a, b, s: xp.multiply(a, b),
    "divide": lambda xp, a, b, s: xp.divide(a, 1 + b * b),
    "pow": lambda xp, a, b, s: (1 + a * a) ** 1.5,
    "maximum": lambda xp, a, b, s: xp.maximum(a, b),
    "minimum": lambda xp, a, b, s: xp.minimum(a, b),
    "clip": lambda xp, a, b, s: xp.clip(a, -0.5, 0.5),
    "where": lambda xp, a, b, s: xp.where(a > b, a, 2 * b),
    "comparisons": lambda xp, a, b, s: [a > b, a >= b, a < b, a <= b, a == b, a != b],
    "all": lambda xp, a, b, s: xp.all(a > b, axis=0),
    "any": lambda xp, a, b, s: xp.any(a > b, axis=1),
    "isfinite": lambda xp, a, b, s: xp.isfinite(a),
    "matmul": lambda xp, a, b, s: a @ xp.matrix_transpose(b),
    "trace": lambda xp, a, b, s: xp.trace(s),
    "vector_norm": lambda xp, a, b, s: xp.linalg.vector_norm(a, axis=1),
    "outer": lambda xp, a, b, s: xp.linalg.outer(a[0, :], b[:, 0]),
    "vecdot": lambda xp, a, b, s: xp.vecdot(a, b),
    "logsumexp": lambda xp, a, b, s: xp.logsumexp(a, axis=0),
    "sort": lambda xp, a, b, s: xp.sort(a, axis=1),
    "sort, descending": lambda xp, a, b, s: xp.sort(a, axis=0, descending=True),
    "argmax": lambda xp, a, b, s: xp.take(a, xp.argmax(a, axis=1), axis=1),
    "argmin": lambda xp, a, b, s: xp.take(a, xp.argmin(a, axis=0), axis=0),
    "cumulative_sum": lambda xp, a, b, s: xp.cumulative_sum(a, axis=1),
    "var": lambda xp, a, b, s: xp.var(a, axis=0),
    "std": lambda xp, a, b, s: xp.std(1 + a * a, axis=1),
    "prod": lambda xp, a, b, s: xp.prod(a, axis=1),
    "count_nonzero": lambda xp, a, b, s: xp.count_nonzero(xp.where(a > b, a, 0.0)),
    "reshape": lambda xp, a, b, s: xp.reshape(a, (a.shape[1], a.shape[0])),
    "take": lambda xp, a, b, s: xp.take(a, xp.integers([a.shape[1] - 1, 0]), axis=1),
    "concat": lambda xp, a, b, s: xp.concat([a, b], axis=1),
    "stack": lambda xp, a, b, s: xp.stack([a, b], axis=1),
    "expand_dims": lambda xp, a, b, s: xp.expand_dims(a, axis=1),
    "squeeze": lambda xp, a, b, s: xp.squeeze(a[:1, :], axis=0),
    "broadcast_to": lambda xp, a, b, s: xp.broadcast_to(a[:1, :], a.shape),
    "permute_dims": lambda xp, a, b, s: xp.permute_dims(a, (1, 0)),
    "flip": lambda xp, a, b, s: xp.flip(a, axis=1),
    "roll": lambda xp, a, b, s: xp.roll(a, 1, axis=1),
    "tril": lambda xp, a, b, s: xp.tril(a),
    "triu": lambda xp, a, b, s: xp.triu(a),
    "unstack": lambda xp, a, b, s: list(xp.unstack(a, axis=1)),
    "eye": lambda xp, a, b, s: a @ xp.eye(a.shape[1]),
    "zeros": lambda xp, a, b, s: a[0, 0] + xp.zeros((2, 3)),
    "ones": lambda xp, a, b, s: a[0, 0] * xp.ones((2, 3)),
    "arange": lambda xp, a, b, s: a[0, 0] * xp.arange(4),
    "zeros_like": lambda xp, a, b, s: xp.zeros_like(a),
    "ones_like": lambda xp, a, b, s: xp.ones_like(a),
    "full_like": lambda xp, a, b, s: xp.full_like(a, 0.5),
}
"""By name, from the namespace, two matrices of one shape and a square one to what is computed."""


def _reduced(name: str, axis: int | None) -> Formula:
    return lambda xp, a, b, s: getattr(xp, name)(a) if axis is None else getattr(xp, name)(a, axis=axis)


for _name in ("sum", "mean", "max", "min"):
    for _axis in (None, 0, 1):
        FORMULAS[f"{_name}, axis {_axis}"] = _reduced(_name, _axis)


def statement(name: str) -> Existence:
    """That the values of a formula exist: a statement whose witness is what the backend computes.

    Args:
        name: of `FORMULAS`; points are those with matrices a and b of one shape and a square one s.
    """
    formula = FORMULAS[name]
    return Existence(name, witness=lambda p: formula(p.xp, p.a, p.b, p.s), valid=lambda p, values: True)
