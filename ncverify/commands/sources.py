"""The arrays of one or several files, whatever wrote them: formats are told by their first bytes, not by names."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from ncverify.commands.entries import KEYS
from ncverify.commands.npz import npy_array, npz_arrays
from ncverify.commands.safetensors import safetensors_arrays
from ncverify.commands.stored import Stored, order
from ncverify.commands.text import CommandError, fault, one_line

SUFFIXES = (".npz", ".npy", ".safetensors")
LARGEST_INDEX = 1 << 26
FORMATS = "expected .npz, .npy, .safetensors or the index.json of .safetensors shards"


def files_of(paths: Sequence[str]) -> list[str]:
    """The files to read: those named, in this order, and of a folder those in it, in the order of their numbers.

    Raises:
        CommandError: no such file, or no regular one.
    """
    files = []
    for path in paths:
        if os.path.isdir(path):
            inside = sorted((p for p in Path(path).iterdir() if p.suffix.lower() in SUFFIXES), key=_natural)
            if not inside:
                raise CommandError(f"expected a file, got a directory without {', '.join(SUFFIXES)} files")
            files += [str(p) for p in inside]
        else:
            files.append(path)
    return files


def file_size(path: str) -> int:
    """The size in bytes of a regular file.

    Raises:
        CommandError: no such file, or not a regular one.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        raise fault(without_name(error)) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error
    if not stat.S_ISREG(status.st_mode):
        raise CommandError("expected a regular file, got a device, a pipe or a socket")
    return status.st_size


def arrays_of(path: str, wanted: Mapping[str, str], others: list[str]) -> list[tuple[str, Stored]]:
    """The arrays of a file that are asked for, parts with numbers in the order of the numbers.

    Args:
        path: any file.
        wanted: the name in the file of each of features, labels, classifier, bias and classes.
        others: takes the names of the arrays that are not asked for.

    Raises:
        CommandError: not of a known format, damaged or suspicious.
    """
    size = file_size(path)
    with open(path, "rb") as file:
        head = file.read(16)
    keys = {name: key for key, name in wanted.items()}

    def key_of(name: str) -> str | None:
        key = _key(name, keys)
        if key is None:
            others.append(name)
        return key

    if head[:2] == b"PK":
        return npz_arrays(path, key_of)
    if head[:6] == b"\x93NUMPY":
        key = key_of(Path(path).stem)
        return [(key, npy_array(path, key))] if key else []
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= size:
        return safetensors_arrays(path, key_of)
    if head.lstrip()[:1] == b"{":
        return _indexed(path, keys)
    if head[:2] == b"\x1f\x8b":
        raise CommandError(f"{FORMATS}, got a gzip file; gunzip it first")
    if head[:1] == b"\x80":
        raise CommandError(f"{FORMATS}, got a pickle, which is never read; save with numpy.savez or safetensors")
    raise CommandError(f"{FORMATS} (told by the first bytes), got another file")


def without_name(error: OSError) -> OSError:
    """The error without the path, which stands in front of the message already."""
    return error if error.errno is None else OSError(error.errno, error.strerror or "unknown error")


def _key(name: str, keys: Mapping[str, str]) -> str | None:
    if name in keys:
        return keys[name]
    stem, number = order(name)
    key = keys.get(stem)
    return key if number >= 0 and key in KEYS[:2] else None


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def _indexed(path: str, keys: Mapping[str, str]) -> list[tuple[str, Stored]]:
    """The tensors of the shards that an index names."""
    if file_size(path) > LARGEST_INDEX:
        raise CommandError(f"{FORMATS}, got a larger JSON file")
    try:
        places = json.loads(Path(path).read_bytes())["weight_map"]
        names = {str(name): str(shard) for name, shard in places.items() if _key(str(name), keys)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CommandError("expected an index of .safetensors shards, with a weight_map of names to files") from error
    for shard in names.values():
        if Path(shard).name != shard or shard in ("", ".", ".."):
            raise CommandError(f"the index names {one_line(shard)}: expected files in the same folder")
    arrays: dict[str, Stored] = {}
    for shard in sorted(set(names.values())):
        place = str(Path(path).with_name(shard))
        file_size(place)
        mine = {name for name, where in names.items() if where == shard}
        arrays |= dict(safetensors_arrays(place, lambda name, mine=mine: name if name in mine else None))  # type: ignore[misc]
        if missing := mine - arrays.keys():
            raise CommandError(f"{one_line(shard)}: the index lists {one_line(min(missing))}, which is not there")
    return [(str(_key(name, keys)), arrays[name]) for name in sorted(arrays, key=order)]
