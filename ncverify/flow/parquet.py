"""Trajectories as Parquet tables, for tools that read those; needs pyarrow (extra `parquet`), imported when used.

One row for each recorded moment: every quantity and every metric under its name, then W and H as lists of numbers in C
order. Shapes, the conserved quantities of the start, events and settings stand in the table's metadata, as JSON.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ncverify.errors import DamagedFileError

KEY = b"ncverify.trajectory"
POINTS = ("W", "H")
BOMB_RATIO, BOMB_BYTES = 200, 1 << 24


def encode(columns: Mapping[str, np.ndarray], points: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> bytes:
    """The bytes of a Parquet file.

    Args:
        columns: arrays of one length by name.
        points: W and H, each with the same length as first axis.
        header: what JSON can hold; floats are kept to the last bit.

    Raises:
        ModuleNotFoundError: pyarrow is not installed; the message says how to get it.
    """
    pa, parquet = _pyarrow()
    table = {name: pa.array(values) for name, values in columns.items()}
    for name in POINTS:
        array = np.ascontiguousarray(points[name])
        table[name] = pa.FixedSizeListArray.from_arrays(pa.array(array.ravel()), int(np.prod(array.shape[1:])))
    shapes = {name: list(points[name].shape[1:]) for name in POINTS}
    metadata = {KEY: json.dumps({**header, "shapes": shapes}).encode()}
    content = io.BytesIO()
    parquet.write_table(pa.table(table).replace_schema_metadata(metadata), content, compression="zstd")
    return content.getvalue()


def decode(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """All columns as arrays, W and H in their shapes, and the header.

    Raises:
        DamagedFileError: no Parquet file, damaged, of something else, or one that unpacks to far more than its size.
        ModuleNotFoundError: pyarrow is not installed.
        OSError: it cannot be read.
    """
    pa, parquet = _pyarrow()
    content = Path(path).read_bytes()
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        about = file.metadata
        total = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if total > BOMB_BYTES and total > BOMB_RATIO * len(content):
            raise DamagedFileError(f"{len(content)} bytes would unpack to {total}")
        table = file.read()
        header = json.loads((table.schema.metadata or {})[KEY])
        shapes = header.pop("shapes")
        arrays = {name: table[name].to_numpy() for name in table.column_names if name not in POINTS}
        for name in POINTS:
            numbers = table[name].combine_chunks().flatten().to_numpy()
            arrays[name] = numbers.reshape(table.num_rows, *(int(length) for length in shapes[name]))
    except DamagedFileError:
        raise
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DamagedFileError(f"not a readable Parquet file of a trajectory: {error}") from error
    return arrays, header


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "a .parquet file needs pyarrow: pip install 'ncverify[parquet]', or choose .npz", name=error.name
        ) from error
    return pyarrow, pyarrow.parquet
