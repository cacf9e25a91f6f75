"""Verdicts on a user's statements, as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ncverify.commands.text import one_line
from ncverify.commands.user_file import UserStatement
from ncverify.falsification.point_json import point_as_json
from ncverify.point import Point
from ncverify.space.text import nested, sizes_in_words

if TYPE_CHECKING:
    from ncverify.falsification import Verdict


@dataclass(frozen=True)
class Result:
    """What became of one statement.

    Args:
        user: the statement.
        verdict: of the campaign; None where it could not be evaluated.
        error: why not.
        saved: the witness file, if one was written.
    """

    user: UserStatement
    verdict: Verdict | None
    error: str = ""
    saved: str = ""


def to_dict(result: Result) -> dict[str, Any]:
    """A result as JSON values; NaN and infinities become null."""
    entry: dict[str, Any] = {
        "variable": result.user.variable,
        "name": result.user.statement.name,
        "type": type(result.user.statement).__name__,
    }
    if result.verdict is None:
        return entry | {"status": "error", "error": result.error}
    v = result.verdict
    fields = ("status", "exact", "tried", "undefined", "ties", "out_of_reach", "arithmetic", "attacked", "truncated")
    return (
        entry
        | {field: getattr(v, field) for field in fields}
        | {
            "slack": _finite(v.slack),
            "hypothesis_rate": v.hypothesis_rate,
            "witness": _point(v.witness),
            "tightest": _point(v.tightest),
            "witness_file": result.saved or None,
            "seconds": round(v.seconds, 3),
        }
    )


def _point(point: Any) -> dict[str, Any] | None:
    if point is None:
        return None
    if isinstance(point, Point):
        return {"K": point.K, "n": point.n, "d": point.d, "W": point.W.tolist(), "H": point.H.tolist()}
    return point_as_json(point)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def to_latex(result: Result) -> str:
    """A result as a line of LaTeX; an error as a comment."""
    return f"% ERROR {one_line(result.error)}" if result.verdict is None else f"${result.verdict.to_latex()}$"


def to_text(result: Result) -> str:
    """A result in a few lines for people."""
    head = one_line(result.user.statement.name)
    if result.verdict is None:
        return "\n".join([f"ERROR          {head}", f"  {one_line(result.error)}"])
    v = result.verdict
    word = {"unfalsified": "not falsified"}.get(v.status, v.status)
    lines = [f"{word.upper():14} {head}", *(f"  {line}" for line in _account(v))]
    if result.saved:
        lines.append(f"  witness: {one_line(result.saved)}")
    return "\n".join(lines)


def _account(v: Verdict) -> Iterator[str]:
    if v.witness is not None:
        p = v.witness
        kind, _, precision = v.arithmetic.partition(" ")
        arithmetic = f"{kind} arithmetic {precision}".rstrip()
        yield f"{_at(p)}confirmed in {arithmetic} after {v.tried} points"
        for name, value in p.variables.items():
            yield f"{name} = {_array(value)}"
        if math.isfinite(v.slack) and v.slack < 0:
            yield f"slack {v.slack:.3g} of its natural scale"
        return
    how = "points (gradient adversary included)" if v.attacked else "points (no gradient adversary)"
    if v.status == "vacuous":
        yield f"none of {v.tried} {how} met the hypotheses: nothing was tested"
        return
    yield f"by {v.tried} {how}; {v.hypothesis_rate:.1%} of the sampled ones met the hypotheses"
    if v.status == "undecided":
        yield "the sign of a point stayed undecided at the highest precision"
    if math.isfinite(v.slack):
        tight = " (tight: equality is reached up to rounding)" if v.slack < 1e-9 else ""
        yield f"lowest slack {v.slack:.3g} of its natural scale{_where(v)}{tight}"
    if v.undefined:
        yield f"no value at {v.undefined} points"
    if v.truncated:
        yield "ended early by the time budget"


def _at(point: Any) -> str:
    words = sizes_in_words(point).replace("=", " = ")
    return f"at {words}, " if words else ""


def _where(v: Verdict) -> str:
    return "" if v.tightest is None else f", {_at(v.tightest)}".removesuffix(", ")


def _array(array: Any) -> str:
    if hasattr(array, "field"):
        return _exact(nested(array))
    return str(_simple(array.tolist()))


def _exact(value: Any) -> str:
    return f"[{', '.join(map(_exact, value))}]" if isinstance(value, list) else str(value)


def _simple(value: Any) -> Any:
    if isinstance(value, list):
        return [_simple(one) for one in value]
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
