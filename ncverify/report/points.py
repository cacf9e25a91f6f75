"""Exact coordinates in readable form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ncverify.errors import WitnessError

_SIMPLE = 1 << 12  # fractions with smaller denominators are written as fractions


@dataclass(frozen=True)
class PointView:
    """An exact point: its sizes, its arrays by name in readable form, as the ledger has them, and texts to copy."""

    shape: str
    arrays: list[tuple[str, list[list[str]]]]
    exact: Mapping[str, Any]
    copies: list[tuple[str, str]]


@dataclass(frozen=True)
class WitnessFile:
    """A witness file: its path relative to the page, and the command that verifies it again, run beside the page."""

    path: str
    command: str


def point_view(data: object) -> PointView | None:
    """A point of a ledger as the page shows it, None for what is none."""
    return PointView(sizes(data), arrays(data), data, copies(data)) if isinstance(data, dict) else None


def copies(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A point of a ledger as Python, JSON and LaTeX to paste; nothing where its coordinates are damaged.

    Example:
        >>> dict(copies({"K": 2, "n": 1, "d": 1, "W": [["1"], ["-1"]], "H": [["1", "-1/2"]]}))["Python"]
        "Witness(W=[[1], [-1]], H=[[1, '-1/2']])"
    """
    from ncverify.falsification.point_json import point_from_json
    from ncverify.space.latex import point_latex
    from ncverify.space.text import as_witness

    try:
        point = point_from_json(data)
    except WitnessError:
        return []
    return [("Python", as_witness(point)), ("JSON", json.dumps(data)), ("LaTeX", point_latex(point))]


def readable(coordinate: str) -> str:
    """An exact coordinate for people: an integer, a short fraction, or the shortest decimal that is the same float.

    Args:
        coordinate: a hexadecimal float or a fraction, as witness files have them.

    Example:
        >>> readable("0x1.8000000000000p+0"), readable("-7/3"), readable("0x1.999999999999ap-4")
        ('3/2', '-7/3', '0.1')
    """
    try:
        value = Fraction(float.fromhex(coordinate)) if "0x" in coordinate.lower() else _fraction(coordinate)
    except (ValueError, OverflowError, ZeroDivisionError):
        return coordinate
    if value.denominator < _SIMPLE and abs(value) < 1e9:
        return str(value)
    try:
        return repr(float(value)) if Fraction(float(value)) == value else str(value)
    except OverflowError:
        return coordinate


def _fraction(text: str) -> Fraction:
    """A fraction p/q or an integer; no decimals, whose exponents can stand for more digits than any memory holds."""
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator or 1))


def matrix(rows: object) -> list[list[str]]:
    """Coordinates as rows of readable numbers: a matrix, a vector or a scalar; empty where they are none."""
    if isinstance(rows, str):
        return [[readable(rows)]]
    if not isinstance(rows, list) or not rows:
        return []
    if all(isinstance(row, str) for row in rows):
        return [[readable(value) for value in rows]]
    return [[readable(str(value)) for value in row] for row in rows if isinstance(row, list)]


def sizes(point: Mapping[str, Any]) -> str:
    """The sizes of a point of a ledger in words.

    Example:
        >>> sizes({"K": 2, "class_sizes": [2, 1], "b": ["0", "0"]})
        'K = 2, class sizes (2, 1)'
    """
    words = [f"{name} = {value}" for name, value in point.items() if type(value) is int]
    classes = point.get("class_sizes")
    if isinstance(classes, list):
        words.append(f"class sizes ({', '.join(map(str, classes))})")
    return ", ".join(words)


def arrays(point: Mapping[str, Any]) -> list[tuple[str, list[list[str]]]]:
    """The variables of a point of a ledger by name, as readable rows."""
    return [(n, matrix(v)) for n, v in point.items() if isinstance(v, str | list) and n != "class_sizes"]


def in_one_line(point: Mapping[str, Any]) -> str:
    """A point in words.

    Example:
        >>> in_one_line({"K": 2, "n": 1, "d": 1, "W": [["1"], ["-1"]], "H": [["1", "-1"]]})
        'K = 2, n = 1, d = 1, W = [1; -1], H = [1, -1]'
        >>> in_one_line({"K": 2, "lam": "1/2"})
        'K = 2, lam = 1/2'
    """
    words = [sizes(point)]
    for name, rows in arrays(point):
        text = "; ".join(", ".join(row) for row in rows)
        words.append(f"{name} = {text}" if isinstance(point[name], str) else f"{name} = [{text}]")
    return ", ".join(filter(None, words))
