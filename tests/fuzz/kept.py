"""Inputs that broke a promise once, as JSON files: bytes and tuples are written so that they come back."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any


def write(path: Path, content: Any) -> None:
    """Keeps an input."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_encoded(content)) + "\n", encoding="utf-8")


def read(path: Path) -> Any:
    """An input that was kept."""
    return _decoded(json.loads(path.read_text(encoding="utf-8")))


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return {"tuple": [_encoded(one) for one in value]}
    return {"json": value}


def _decoded(value: dict[str, Any]) -> Any:
    if "bytes" in value:
        return base64.b64decode(value["bytes"])
    return tuple(map(_decoded, value["tuple"])) if "tuple" in value else value["json"]
