"""Witness files: exact coordinates as JSON, re-verified without any search.

The file names the statement, carries a hash of its printed text and a digest of its own content, and writes every
coordinate as a hexadecimal float or a fraction, so that nothing is lost in between.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from ncverify.errors import WitnessError
from ncverify.falsification.exact import Judgement, judge
from ncverify.files import write_whole
from ncverify.numbers import to_numpy
from ncverify.point import Point
from ncverify.statements.types import Statement

FORMAT = "ncverify witness 1"
_LARGEST_FILE = 16 << 20


def point_as_json(point: Point) -> dict[str, Any]:
    """W and H as nested lists of exact strings: hexadecimal floats, or fractions for rational points."""
    return {"K": point.K, "n": point.n, "d": point.d, "W": _rows(point.W), "H": _rows(point.H)}


def _rows(array: Any) -> list[list[str]]:
    if getattr(array, "namespace", None) is not None:
        return [[str(value) for value in row] for row in array.data.tolist()]
    return [[float(value).hex() for value in row] for row in to_numpy(array).tolist()]


def point_from_json(data: Any) -> Point:
    """The rational point of a JSON object.

    Raises:
        WitnessError: the coordinates are no numbers or do not form a point.
    """
    from ncverify.numbers.rational import RATIONAL

    def matrix(name: str) -> Any:
        rows = data.get(name)
        if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
            raise WitnessError(f"{name}: expected a list of rows of numbers")
        if len({len(row) for row in rows}) != 1:
            raise WitnessError(f"{name}: expected rows of one length")
        return RATIONAL.asarray([RATIONAL.asarray([_number(name, v) for v in row]) for row in rows])

    if not isinstance(data, dict):
        raise WitnessError("expected a JSON object with W and H")
    try:
        return Point(matrix("W"), matrix("H"))
    except ValueError as error:
        raise WitnessError(str(error)) from error


def _number(name: str, text: Any) -> Fraction:
    if not isinstance(text, str) or len(text) > 4096:
        raise WitnessError(f"{name}: expected coordinates as strings, got {type(text).__name__}")
    try:
        value = Fraction(float.fromhex(text)) if "0x" in text.lower() else None
        if value is None:
            numerator, _, denominator = text.partition("/")
            value = Fraction(int(numerator), int(denominator or 1))
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise WitnessError(f"{name}: expected a hexadecimal float or a fraction, got {text[:40]!r}") from error
    return value


def source_text(statement: Statement) -> str:
    """The source of a statement's functions, "" where Python cannot find it: what stands for the printed text."""
    functions = [value for field in fields(statement) if callable(value := getattr(statement, field.name))]
    return "\n".join(_source(function) for function in (*functions, *statement.given))


def _source(function: Any) -> str:
    try:
        return "\n".join(line.strip() for line in inspect.getsource(function).splitlines())
    except (OSError, TypeError):
        return ""


def text_hash(statement: Statement, printed: str | None = None) -> str:
    """SHA-256 of a statement's name and printed text; by default the source of its functions."""
    text = source_text(statement) if printed is None else printed
    return hashlib.sha256(f"{statement.name}\n{text}".encode()).hexdigest()


def _digest(content: dict[str, Any]) -> str:
    body = {key: value for key, value in content.items() if key != "digest"}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def save_witness(
    path: str | Path,
    statement: Statement,
    witness: Point,
    *,
    identifier: str = "",
    printed: str | None = None,
    source: str = "",
) -> None:
    """Writes a witness file.

    Args:
        path: the file.
        statement: the violated statement.
        witness: the violating point.
        identifier: the id in the registry of the paper's statements, if it is one of them.
        printed: its printed text; by default the source of the statement's functions.
        source: the Python file that defines the statement, for users' own.
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        "id": identifier,
        "name": statement.name,
        "source": source,
        "text_sha256": text_hash(statement, printed),
        "point": point_as_json(witness),
    }
    content["digest"] = _digest(content)
    write_whole(path, json.dumps(content, indent=1) + "\n")


def read_witness(path: str | Path) -> dict[str, Any]:
    """The content of a witness file, digest verified.

    Raises:
        WitnessError: the file is missing, damaged, or was changed.
    """
    file = Path(path)
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise WitnessError(f"{file}: larger than {_LARGEST_FILE >> 20} MiB: no witness file")
        content = json.loads(file.read_text(encoding="utf-8"))
    except WitnessError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise WitnessError(f"{file}: cannot be read as a witness: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise WitnessError(f"{file}: expected a JSON object of format {FORMAT!r}")
    if content.get("digest") != _digest(content):
        raise WitnessError(f"{file}: the digest does not match the content: the file was changed or damaged")
    return content


def recheck(content: dict[str, Any], statement: Statement, *, printed: str | None = None) -> Judgement:
    """The exact judgement of a witness; violated, or an error.

    Args:
        content: of a witness file.
        statement: the statement that it was saved for.
        printed: its printed text; by default the source of the statement's functions.

    Raises:
        WitnessError: the text of the statement changed, or the point does not violate it.
    """
    if content.get("text_sha256") != text_hash(statement, printed):
        raise WitnessError(f"{statement.name!r}: its text is not the one that the witness was saved for")
    result = judge(statement, point_from_json(content.get("point")))
    if not result.violated:
        raise WitnessError(f"{statement.name!r}: the point does not violate it (applicable: {result.applicable})")
    return result
