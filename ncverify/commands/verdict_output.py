"""Verdicts on a user's statements, as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ncverify.commands.text import one_line
from ncverify.commands.user_file import UserStatement
from ncverify.falsification.exact import judge
from ncverify.falsification.point_json import point_as_json
from ncverify.kinds import Array
from ncverify.point import Point
from ncverify.space.point_like import PointLike
from ncverify.space.text import floats, nested, sizes_in_words
from ncverify.statements.types import Inequality

if TYPE_CHECKING:
    from ncverify.falsification import Verdict


_TIGHT = 1e-9  # a scaled slack below this is equality up to rounding, at coordinates up to _LARGE
_LARGE = 1e6
_WRITTEN = 16  # coordinates that are written out


@dataclass(frozen=True)
class Result:
    """The result for one statement.

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
    fields: tuple[str, ...] = (
        "status",
        "exact",
        "tried",
        "undefined",
        "ties",
        "out_of_reach",
        "arithmetic",
        "attacked",
        "truncated",
    )
    fields += ("certificate",) if v.certificate else ()
    return (
        entry
        | {field: getattr(v, field) for field in fields}
        | {
            "slack": _finite(v.slack),
            "untried": v.untried,
            "sizes": v.sizes if v.sizes[1] else None,
            "error_probability": _finite(v.error_probability),
            "hypothesis_rate": v.hypothesis_rate,
            "witness": _point(v.witness),
            "tightest": _point(v.tightest),
            "witness_file": result.saved or None,
            "seconds": round(v.seconds, 3),
        }
    )


def _point(point: PointLike) -> dict[str, Any] | None:
    if point is None:
        return None
    if isinstance(point, Point) and not point.xp.exact:
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


_UNTRIED = {
    "structured": "{} batches of structured points",
    "random": "{} batches of random points",
    "attack": "{} attacks by the gradient adversary",
    "judgements": "{} points of equality, up to 512 bits, at a higher precision",
}


def _identities(v: Verdict) -> Iterator[str]:
    """What a proof by identities rests on."""
    if v.certificate:
        yield v.certificate + ","
        yield "in every shape of the domain and no other;"
    else:
        yield "both sides are polynomials that agree at random points, in every shape of the domain and no other;"
    yield f"a false identity would pass with probability {v.error_probability:.1g} at most"


def _account(v: Verdict) -> Iterator[str]:
    if v.witness is not None:
        yield from _counterexample(v)
        return
    how = "points (gradient adversary included)" if v.attacked else "points (no gradient adversary)"
    if v.status == "proved" and math.isnan(v.error_probability):
        yield f"each of {v.tried} shapes was decided exactly"
        return
    if v.status == "proved":
        yield from _identities(v)
        return
    if v.certificate:
        yield v.certificate
    if v.status == "vacuous":
        yield f"none of {v.tried} {how} met the hypotheses: nothing was tested"
        return
    yield f"by {v.tried} {how}; {v.hypothesis_rate:.1%} of the sampled ones met the hypotheses"
    yield from _of_the_search(v)


def _of_the_search(v: Verdict) -> Iterator[str]:
    """What a search without a counterexample came to, and what it left out."""
    if v.status == "undecided":
        yield "the sign of a point stayed undecided at the highest precision"
    if math.isfinite(v.slack):
        tight = " (tight: equality is reached up to rounding)" if v.slack < _TIGHT and _is_ordinary(v.tightest) else ""
        yield f"lowest slack {v.slack:.3g} of its natural scale{_where(v)}{tight}"
        yield from _tightest(v)
    if v.selection:
        yield v.selection
    if v.undefined:
        yield f"no value at {v.undefined} points"
    if v.truncated:
        yield "ended early by the time budget"
    yield from (f"not tried: {_UNTRIED[stage].format(count)}" for stage, count in v.untried.items())


def _counterexample(v: Verdict) -> Iterator[str]:
    yield f"{_at(v.witness)}confirmed in {v.arithmetic_in_words} after {v.tried} points"
    for name, value in v.witness.variables.items():
        yield f"{name} = {_array(value)}"
    if math.isfinite(v.slack) and v.slack < 0:
        yield f"slack {v.slack:.3g} of its natural scale"


def _tightest(v: Verdict) -> Iterator[str]:
    """The slack itself and the point where it was lowest, of inequalities."""
    if v.tightest is None or not isinstance(v.statement, Inequality):
        return
    slack = judge(v.statement, v.tightest).slack
    if slack is not None:
        entries = sum(len(np.ravel(floats(array))) for array in v.tightest.variables.values())
        where = ", ".join(f"{name} = {_rounded(floats(value))}" for name, value in v.tightest.variables.items())
        yield f"there the slack itself is {slack:.3g}" + (f", at {where}" if entries <= _WRITTEN else "")


def _rounded(value: object) -> str:
    return f"[{', '.join(map(_rounded, value))}]" if isinstance(value, list) else f"{value:.3g}"


def _is_ordinary(point: PointLike) -> bool:
    """Whether no coordinate is so large that every slack is small beside its terms."""
    if point is None:
        return True
    return all(np.abs(floats(array)).max(initial=0.0) <= _LARGE for array in point.variables.values())


def _at(point: PointLike) -> str:
    words = sizes_in_words(point).replace("=", " = ")
    return f"at {words}, " if words else ""


def _where(v: Verdict) -> str:
    return "" if v.tightest is None else f", {_at(v.tightest)}".removesuffix(", ")


def _array(array: Array) -> str:
    if hasattr(array, "field"):
        return _exact(nested(array))
    return str(_simple(array.tolist()))


def _exact(value: object) -> str:
    return f"[{', '.join(map(_exact, value))}]" if isinstance(value, list) else str(value)


def _simple(value: Any) -> Any:
    if isinstance(value, list):
        return [_simple(entry) for entry in value]
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
