"""Witness files: exact coordinates as JSON, re-verified without any search.

The file names the statement, carries a hash of its whole source and a digest of its own content, and writes every
coordinate as a fraction or a hexadecimal float, so that nothing is lost in between.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ncverify.errors import WitnessError
from ncverify.falsification.exact import Judgement, judge
from ncverify.falsification.point_json import point_as_json, point_from_json
from ncverify.falsification.source import source_hash
from ncverify.files import write_whole
from ncverify.space import Space
from ncverify.statements.types import Statement

FORMAT = "ncverify witness 2"
_LARGEST_FILE = 16 << 20


def _digest(content: dict[str, Any]) -> str:
    body = {key: value for key, value in content.items() if key != "digest"}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def save_witness(
    path: str | Path, statement: Statement, witness: Any, *, identifier: str = "", source: str = ""
) -> None:
    """Writes a witness file.

    Args:
        path: the file.
        statement: the violated statement.
        witness: the violating point.
        identifier: "paper/id" of the claim that it belongs to, if it is one of a paper's.
        source: the Python file that defines the statement, for users' own.
    """
    about = {"id": identifier, "name": statement.name, "source": source, "source_sha256": source_hash(statement)}
    write_witness(path, about, point_as_json(witness))


def write_witness(path: str | Path, about: dict[str, str], point: dict[str, Any]) -> None:
    """Writes a witness file from plain data: id, name, source and source_sha256 of the statement, and the point."""
    content: dict[str, Any] = {"format": FORMAT, **about, "point": point}
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


def recheck(content: dict[str, Any], statement: Statement, over: Any = None) -> Judgement:
    """The exact judgement of a witness; violated, or an error.

    Args:
        content: of a witness file.
        statement: the statement that it was saved for.
        over: the `Domain` or `Space` of the statement; a point outside it is no witness. None: not looked at.

    Raises:
        WitnessError: the source of the statement changed, or the point does not violate it.
    """
    if content.get("source_sha256") != source_hash(statement):
        raise WitnessError(f"{statement.name!r}: its source is not the one that the witness was saved for")
    result = judge(statement, _member(content.get("point"), over))
    if not result.violated:
        raise WitnessError(f"{statement.name!r}: the point does not violate it (applicable: {result.applicable})")
    return result


def _member(data: Any, over: Any) -> Any:
    point = point_from_json(data)
    if not isinstance(over, Space):
        return point
    sizes = {name: size for name, size in point.sizes.values.items() if name in over.ranges}
    classes = {} if point.sizes.class_sizes is None else {"class_sizes": point.sizes.class_sizes}
    try:
        return over.point(**sizes, **classes, **point.variables)
    except (TypeError, ValueError) as error:
        raise WitnessError(f"the point is not one of the statement's space: {error}") from error
