"""Trajectories as .npz or Parquet files: what is written, and what has to be true of a file before it is believed."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ncverify.flow.invariants import Conserved
from ncverify.flow.parquet import decode, encode
from ncverify.flow.records import QUANTITIES, Occurrence, Parts
from ncverify.metrics import METRICS
from ncverify.npz import read_arrays

FORMAT = 1
PREFIX = "column_"


def packed(trajectory: Parts, metrics: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of an .npz file with everything that a trajectory has; with metrics, of a Parquet file with both.

    Raises:
        ModuleNotFoundError: a Parquet file is wanted, and pyarrow is not installed.
    """
    header = {
        "format": FORMAT,
        "events": trajectory.events,
        "settings": dict(trajectory.settings),
        "ended": trajectory.ended,
    }
    points, origin = {"W": trajectory.W, "H": trajectory.H}, trajectory.origin._asdict()
    if metrics is not None:
        columns = dict(trajectory.columns) | dict(metrics)
        return encode(columns, points, header | {name: array.tolist() for name, array in origin.items()})
    arrays: dict[str, Any] = {f"{PREFIX}{name}": values for name, values in trajectory.columns.items()}
    arrays |= points | origin | {"header": np.array(json.dumps(header))}
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def unpacked(path: str | Path) -> Parts:
    """The parts of a trajectory of a file that `packed` made; one whose name ends in .parquet is read as Parquet.

    Raises:
        ValueError: the file is no trajectory: damaged, another format, or arrays that do not fit together.
        ModuleNotFoundError: a Parquet file, and pyarrow is not installed.
        OSError: it cannot be read.
    """
    try:
        columns, data, header = _read_parquet(path) if is_parquet(path) else _read_npz(path)
        events = tuple(Occurrence(str(n), float(t), float(s)) for n, t, s in header["events"])
        origin = Conserved(data["classifier_sum"], data["balance"])
        parts = Parts(columns, data["W"], data["H"], origin, events, dict(header["settings"]), str(header["ended"]))
        _check(parts)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path}: not a saved trajectory ({error})") from error
    return parts


def is_parquet(path: str | Path) -> bool:
    """Whether a file is to be read and written as Parquet, by its name."""
    return Path(path).suffix.lower() == ".parquet"


def _read_npz(path: str | Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Columns, other arrays, header."""
    data = read_arrays(path)
    text = data.pop("header")
    if text.shape != () or text.dtype.kind != "U":
        raise ValueError(f"header: expected one text, got shape {text.shape} of {text.dtype}")
    columns = {name.removeprefix(PREFIX): data[name] for name in data if name.startswith(PREFIX)}
    return columns, data, _header(json.loads(str(text)))


def _read_parquet(path: str | Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Columns, other arrays, header."""
    arrays, header = decode(path)
    points = {name: arrays.pop(name) for name in ("W", "H")}
    origin = {name: np.array(header[name], dtype=np.float64) for name in Conserved._fields}
    columns = {name: values for name, values in arrays.items() if name not in METRICS}
    return columns, points | origin, _header(header)


def _header(header: object) -> dict[str, Any]:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"expected format {FORMAT}")
    return header


def _check(trajectory: Parts) -> None:
    """Checks that every array has its place, its shape and numbers.

    Raises:
        ValueError: it has not.
    """
    W, H, origin = trajectory.W, trajectory.H, trajectory.origin
    if W.ndim != 3 or H.ndim != 3 or 0 in W.shape + H.shape:
        raise ValueError(f"expected W (m, K, d) and H (m, d, K*n), got {W.shape} and {H.shape}")
    (m, K, d), columns = W.shape, H.shape[2]
    expected = {"W": (m, K, d), "H": (m, d, columns), "classifier_sum": (d,), "balance": (d, d)}
    arrays = {"W": W, "H": H, "classifier_sum": origin.classifier_sum, "balance": origin.balance}
    for name in QUANTITIES:
        expected[name], arrays[name] = (m,), trajectory.columns[name]
    arrays |= trajectory.columns
    for name, array in arrays.items():
        if array.dtype != np.float64 or array.shape != expected.get(name, (m,)):
            raise ValueError(
                f"{name}: expected float64 of shape {expected.get(name, (m,))}, got {array.dtype} of {array.shape}"
            )
    if K < 2 or columns % K:
        raise ValueError(f"expected K >= 2 classes of one size, got K = {K} and {columns} samples")
    if not all(np.isfinite(arrays[name]).all() for name in ("W", "H", "classifier_sum", "balance")):
        raise ValueError("expected finite numbers")
