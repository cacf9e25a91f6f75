"""Exact coordinates in readable form."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

_SIMPLE = 1 << 12  # fractions with smaller denominators are written as fractions


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


def matrix(rows: Any) -> list[list[str]]:
    """The rows of a matrix of coordinates, readable; empty where there is none."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return []
    return [[readable(str(value)) for value in row] for row in rows]


def in_one_line(point: Mapping[str, Any]) -> str:
    """A point in words.

    Example:
        >>> in_one_line({"K": 2, "n": 1, "d": 1, "W": [["1"], ["-1"]], "H": [["1", "-1"]]})
        'K = 2, n = 1, d = 1, W = [1; -1], H = [1, -1]'
    """
    shape = ", ".join(f"{name} = {point.get(name)}" for name in ("K", "n", "d"))
    W, H = ("; ".join(", ".join(row) for row in matrix(point.get(name))) for name in ("W", "H"))
    return f"{shape}, W = [{W}], H = [{H}]"
