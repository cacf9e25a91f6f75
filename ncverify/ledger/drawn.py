"""Drawn points of a part: on which backend they are evaluated, when they count, and what a failure says."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.domain import Domain
from ncverify.falsification import layouts
from ncverify.falsification.exact import judge
from ncverify.falsification.on_backend import Seen, look
from ncverify.falsification.point_json import point_as_json, point_from_json
from ncverify.numbers import NativeNamespace, backend_namespace, to_numpy
from ncverify.papers import find
from ncverify.papers.claim import Claim, Demonstration, Part
from ncverify.point import Point
from ncverify.space import Space, SpacePoint
from ncverify.space.layout import Layout
from ncverify.space.text import floats
from ncverify.statements.reading import goals
from ncverify.statements.types import OverShapes, Trend

LEAST = 5  # points at which the hypotheses of a part are met; a drawn test with fewer has shown nothing and fails
_BITS = 256  # of the judgement of a suspicious point: what these do not decide is equality, as nearly all of them are
_FLOATS = NativeNamespace(np.ones(()))
_REACH = {"float64": np.inf, "float32": 1e15}  # coordinates beyond are cut: the scales of float64 do not exist there


def drawn_parts(claim: Claim) -> list[tuple[int, Part]]:
    """The parts of a claim and of its correction, with their index, that hold and speak of single points."""
    corrected = claim.correction.parts if claim.correction else ()
    parts = enumerate((*claim.parts, *corrected))
    return [(i, part) for i, part in parts if part.expected and _is_pointwise(part)]


def _is_pointwise(part: Part) -> bool:
    return not isinstance(part.statement, Demonstration | Trend | OverShapes) and isinstance(
        part.domain, Domain | Space
    )


def has_hypotheses(part: Part) -> bool:
    """Whether a part speaks of some points of its domain only."""
    statement = part.statement
    assert not isinstance(statement, Demonstration)
    return any(goal.hypotheses for goal in goals(statement))


def on(xp: Any, layout: Layout, entries: Any) -> Any:
    """The point of a row on the arrays of a backend, its coordinates rounded to the dtype.

    Args:
        xp: namespace of the backend.
        layout: the packing of the row.
        entries: the row, NumPy float64.
    """
    with np.errstate(all="ignore"):
        values = layout.values(np.asarray(entries, dtype=np.float64), _FLOATS)
    return layout.trusted({name: _array(xp, value) for name, value in values.items()}, like=xp.asarray(1.0))


def _array(xp: Any, value: Any) -> Any:
    reach = _REACH[str(xp.dtype).rpartition(".")[2]]
    plain = np.nan_to_num(floats(value))
    return xp.asarray((np.sign(plain) * np.clip(np.abs(plain), 0, reach)).tolist())


def fault(part: Part, seen: Seen, point: Any) -> str:
    """The fault at a point: a number that exact arithmetic contradicts, a violation of the statement, or ""."""
    if seen.disagreements:
        more = len(seen.disagreements) - 1
        return f"{seen.disagreements[0]}" + (f" (and {more} more)" if more else "")
    assert not isinstance(part.statement, Demonstration)
    if seen.suspicious and _inside(part, point):
        result = judge(part.statement, point, last_bits=_BITS)
        if result.violated:
            return f"the statement is violated, confirmed in {result.arithmetic} arithmetic"
    return ""


def _inside(part: Part, point: Any) -> bool:
    """Whether rounded coordinates are a point of the domain: a rounded unit vector, for one, is none."""
    layout = layouts.layout_at(part.domain, point)
    values = {name: to_numpy(value) for name, value in point.variables.items()}
    return all(block.variable.on is None for block in layout.blocks) and layout.admits(values)


def account(paper: str, claim: Claim, index: int, part: Part, what: str, point: Any) -> str:
    """A fault in words: statement, what was found, the point, and a line that finds it again."""
    backend, dtype, device = described(point)
    place = f"paper={paper!r}, claim={claim.id!r}, part={index}, backend={backend!r}, dtype={dtype!r}"
    place += f", device={device!r}" if device != "cpu" else ""
    data = point_as_json(point)
    return (
        f"{claim.id}: {part.statement.name!r}: {what}\n"
        f"  on {backend}, {dtype}, at {data}\n"
        f'  again: python -c "from ncverify.ledger.drawn import again; print(again({place}, point={data}))"'
    )


def described(point: Any) -> tuple[str, str, str]:
    """Backend, dtype and device of a point's arrays, by the names that options have."""
    xp = point.xp
    library = getattr(xp.library, "__name__", str(xp.library)).rpartition("array_api_compat.")[2]
    name = next((known for known in ("torch", "jax", "strict", "numpy") if known in library), library)  # not jax.numpy
    device = str(xp.device).lower()
    return name, str(xp.dtype).rpartition(".")[2], "cpu" if "cpu" in device else device


def again(
    *, paper: str, claim: str, part: int, backend: str, dtype: str, point: dict[str, Any], device: str | None = None
) -> str:
    """Evaluates a part of a claim at a point on a backend again and says what is wrong; "nothing" where nothing is.

    Args:
        paper: key of an installed paper.
        claim: id of the claim.
        part: index of the part, those of the correction last.
        backend: numpy, torch, jax or strict.
        dtype: float64 or float32.
        point: its coordinates, as a failure prints them.
        device: of the backend.
    """
    chosen = next(c for c in find(paper).claims if c.id == claim)
    chosen_part = (*chosen.parts, *(chosen.correction.parts if chosen.correction else ()))[part]
    xp = backend_namespace(backend, device=device, dtype=dtype)
    there = onto(xp, point_from_json(point))
    assert not isinstance(chosen_part.statement, Demonstration)
    return fault(chosen_part, look(chosen_part.statement, there), there) or "nothing"


def onto(xp: Any, point: Point | SpacePoint) -> Any:
    """A point with its coordinates rounded to the arrays of a backend."""
    return point.map(lambda array: _array(xp, array))
