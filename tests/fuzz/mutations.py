"""Hypothesis strategies that damage valid files: bytes, zip members, JSON trees, array headers, pickle programs."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from typing import Any

import numpy as np
from hypothesis import strategies as st

MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
TEXTS = ("", MARKUP, "../../x", "/etc/x", "a\0b", "\x1b[2J\n", "\ud800", "x" * 5000, "1e999999999", "0x1p-1074", "nan")
SCALARS = (None, True, False, 0, -1, 1, 2**31, 2**40, 2**63, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf"))
RAW = (b"\xff" * 4, b"\0" * 4, struct.pack("<Q", 2**40), struct.pack(">I", 2**31 - 1), b"../../x", b"PK\x03\x04", b"{")
SHAPES = ("()", "(0,)", "(20,)", "(20, 6)", "(6, 20)", "(1099511627776,)", "(1099511627776, 0)", "(-1, 6)", "(2, 3, 4)")
DESCRS = ("'<f8'", "'<f4'", "'<f2'", "'>f8'", "'|O'", "'<c16'", "'|b1'", "'|i1'", "'<U9'", "'<M8[s]'", "[('a', '<f8')]")
OPS = ("set", "insert", "delete", "repeat", "cut", "raw")


def bytes_near(*seeds: bytes) -> st.SearchStrategy[bytes]:
    """A seed with up to six edits."""
    edit = st.tuples(st.sampled_from(OPS), st.integers(0, 1 << 20), st.integers(0, 255))
    return st.builds(_edited, st.sampled_from(seeds), st.lists(edit, min_size=1, max_size=6))


def _edited(seed: bytes, edits: list[tuple[str, int, int]]) -> bytes:
    data = bytearray(seed)
    for kind, place, value in edits:
        i = place % (len(data) + 1)
        if kind == "set" and i < len(data):
            data[i] = value
        elif kind == "insert":
            data[i:i] = bytes([value]) * (1 + value % 5)
        elif kind == "delete":
            del data[i : i + 1 + value]
        elif kind == "repeat":
            data[i:i] = data[i : i + value]
        elif kind == "cut" and value % 4 == 0:
            del data[i:]
        elif kind == "raw":
            raw = RAW[value % len(RAW)]
            data[i : i + len(raw)] = raw
    return bytes(data)


def anything(*seeds: bytes) -> st.SearchStrategy[bytes]:
    """Arbitrary bytes, and what is near a seed."""
    return st.one_of(st.binary(max_size=200), bytes_near(*seeds), bytes_near(*seeds))


def values() -> st.SearchStrategy[Any]:
    """JSON values that programs do not expect."""
    nested = st.integers(1, 3).map(_nested)
    scalar = st.sampled_from(SCALARS + TEXTS)
    return st.one_of(scalar, scalar, nested, st.lists(scalar, max_size=3), st.just({}), st.just([]))


def _nested(kind: int) -> Any:
    value: Any = "x"
    for _ in range((3, 200, 900)[kind - 1]):
        value = [value] if kind < 3 else {"x": value}
    return value


def trees_near(*seeds: Any) -> st.SearchStrategy[Any]:
    """A JSON value with up to four nodes replaced, removed or doubled."""
    change = st.tuples(st.sampled_from(("set", "set", "remove", "double")), st.integers(0, 1 << 20), values())
    return st.builds(_changed, st.sampled_from(seeds), st.lists(change, min_size=1, max_size=4))


def _changed(seed: Any, changes: list[tuple[str, int, Any]]) -> Any:
    tree = json.loads(json.dumps(seed))
    for kind, place, value in changes:
        spots = list(_spots(tree))
        if not spots:
            return value
        parent, key = spots[place % len(spots)]
        if kind == "set":
            parent[key] = value
        elif kind == "remove":
            del parent[key]
        elif isinstance(parent, list):
            parent.insert(0, parent[key])
        else:
            parent[str(value)[:50]] = parent[key]
    return tree


def _spots(tree: Any, depth: int = 0) -> Any:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(items):
        yield tree, key
        if depth < 8:
            yield from _spots(value, depth + 1)


def as_json(tree: Any) -> bytes:
    """The bytes of a JSON value; for what json cannot write, a hundred thousand brackets."""
    try:
        return json.dumps(tree).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return b"[" * 100_000


def npz_files(arrays: dict[str, np.ndarray]) -> st.SearchStrategy[bytes]:
    """Archives with members of every name, header, length and compression."""
    names = st.sampled_from([*arrays, "../../x", "/etc/x", "", MARKUP, "x"])
    member = st.tuples(
        names,
        st.sampled_from(("good", "good", "header", "values", "raw")),
        st.sampled_from(DESCRS),
        st.sampled_from(("False", "True", "2")),
        st.sampled_from(SHAPES),
        st.integers(0, 3),
    )
    return st.builds(
        lambda members, compression: _archive(arrays, members, compression),
        st.lists(member, max_size=4),
        st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)),
    )


def _archive(arrays: dict[str, np.ndarray], members: list[tuple[Any, ...]], compression: int) -> bytes:
    content = {f"{name}.npy": npy(array) for name, array in arrays.items()}
    extra: list[tuple[str, bytes]] = []
    for name, kind, descr, fortran, shape, odd in members:
        array = arrays.get(name, np.zeros(3))
        header = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"
        made = {
            "good": npy(array[:odd] if array.ndim else array),
            "header": npy_with_header(header) + bytes(8 * odd * 20),
            "values": npy(_with_odd_values(array, odd)),
            "raw": RAW[odd],
        }[kind]
        if odd == 3 and f"{name}.npy" in content:
            extra.append((f"{name}.npy", made))  # a second member of that name
        else:
            content[f"{name}.npy" if odd != 2 else name] = made
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "w", compression) as archive:
            for name, data in [*content.items(), *extra]:
                archive.writestr(zipfile.ZipInfo(name or "x"), data, compression)
    return buffer.getvalue()


def _with_odd_values(array: np.ndarray, odd: int) -> np.ndarray:
    changed = np.array(array, dtype=np.float64 if array.dtype.kind in "fi" else array.dtype)
    if changed.dtype.kind == "f" and changed.size:
        changed.reshape(-1)[0] = (np.nan, np.inf, 1e308, 5e-324)[odd]
    return changed


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npy_with_header(header: str) -> bytes:
    text = (header + "\n").encode("latin-1", "replace")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def safetensors_files(seed: bytes) -> st.SearchStrategy[bytes]:
    """A valid file with a changed header, and perhaps a length that lies."""
    size = struct.unpack("<Q", seed[:8])[0]
    header, body = json.loads(seed[8 : 8 + size]), seed[8 + size :]
    lengths = st.sampled_from((None, None, None, 0, 2**40, 2**63))
    return st.builds(lambda tree, length: _safetensors(tree, body, length), trees_near(header), lengths)


def _safetensors(tree: Any, body: bytes, length: int | None) -> bytes:
    text = as_json(tree)
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def pickle_programs(seed: bytes) -> st.SearchStrategy[bytes]:
    """Instructions in any order, dangerous ones among them, and what is near a valid batch."""
    pieces = (
        b"(", b"]", b"}", b")", b"t", b"e", b"u", b"s", b"a", b"R", b"b", b"0", b"2", b"N", b"\x88", b"\x85", b"\x86",
        b"\x87", b"q\x00", b"h\x00", b"K\x05", b"J\xff\xff\xff\xff", b"U\x04data", b"U\x06labels", b"\x93", b"\x94",
        b"cos\nsystem\n", b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"cnumpy.core.multiarray\n_reconstruct\n",
        b"U\x04true", b"\x8a\x09" + b"\xff" * 9, b"\x8b\xff\xff\xff\x7f", b"B\xff\xff\xff\x7f", b"Q", b"P0\n",
        b"]q\x01(h\x01h\x01e", b"U\x02u1", b"X\x01\x00\x00\x00b", b"G\x7f\xf0\x00\x00\x00\x00\x00\x00",
    )  # fmt: skip
    program = st.lists(st.sampled_from(pieces), max_size=20).map(b"".join)
    spliced = st.builds(lambda i, extra: seed[: i % len(seed)] + extra + seed[i % len(seed) :], st.integers(0), program)
    return st.one_of(program.map(lambda body: b"\x80\x02" + body + b"."), spliced, anything(seed))
