"""Trajectories as .npz files: what is written, and what has to be true of a file before it is believed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from ncverify.flow.invariants import Conserved
from ncverify.flow.trajectory import QUANTITIES, Occurrence, Trajectory
from ncverify.npz import read_arrays

FORMAT = 1
PREFIX = "column_"


def packed(trajectory: Trajectory) -> bytes:
    """The bytes of an .npz file with everything that a trajectory has."""
    header = {
        "format": FORMAT,
        "events": trajectory.events,
        "settings": dict(trajectory.settings),
        "ended": trajectory.ended,
    }
    arrays: dict[str, Any] = {f"{PREFIX}{name}": values for name, values in trajectory.columns.items()}
    arrays |= {"W": trajectory.W, "H": trajectory.H, "header": np.array(json.dumps(header))}
    arrays |= {"classifier_sum": trajectory.origin.classifier_sum, "balance": trajectory.origin.balance}
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def unpacked(path: str | Path) -> Trajectory:
    """The trajectory of a file that `packed` made.

    Raises:
        ValueError: the file is no trajectory: damaged, another format, or arrays that do not fit together.
        OSError: it cannot be read.
    """
    try:
        data = read_arrays(path)
        header = _header(data.pop("header"))
        columns = {name.removeprefix(PREFIX): data[name] for name in data if name.startswith(PREFIX)}
        events = tuple(Occurrence(str(n), float(t), float(s)) for n, t, s in header["events"])
        origin = Conserved(data["classifier_sum"], data["balance"])
        trajectory = Trajectory(
            columns, data["W"], data["H"], origin, events, dict(header["settings"]), str(header["ended"])
        )
        _check(trajectory)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path}: not a saved trajectory ({error})") from error
    return trajectory


def _header(text: np.ndarray) -> dict[str, Any]:
    if text.shape != () or text.dtype.kind != "U":
        raise ValueError(f"header: expected one text, got shape {text.shape} of {text.dtype}")
    header = json.loads(str(text))
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"expected format {FORMAT}")
    return header


def _check(trajectory: Trajectory) -> None:
    """Nothing, where every array has its place, its shape and numbers.

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
