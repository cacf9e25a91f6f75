"""Checkpoints that are whole or not there: tensors in safetensors, the rest in JSON, moved into place at the end.

A checkpoint is a directory `epoch-00000012` with `tensors.safetensors` and `state.json`, which holds the checksum of
the former. It is written under another name, flushed to the disk, and renamed; the rename is one step for every
reader. Two are kept, so that there is one to go back to when the newest is found damaged.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

KEPT = 2
PREFIX, UNFINISHED = "epoch-", "unfinished-"
TENSORS, STATE = "tensors.safetensors", "state.json"


class CheckpointError(RuntimeError):
    """A checkpoint could not be written or read."""


@dataclass(frozen=True)
class Checkpoint:
    """A state of training that can be gone on from.

    Args:
        epoch: epochs done.
        tensors: weights, momenta and generator states by name, on the CPU.
        state: everything else, as JSON.
    """

    epoch: int
    tensors: Mapping[str, torch.Tensor]
    state: Mapping[str, Any]


def save(directory: Path, checkpoint: Checkpoint) -> Path:
    """Writes a checkpoint below the directory and deletes all but the two newest.

    Raises:
        CheckpointError: the disk is full or cannot be written; what was there before is untouched.
    """
    from safetensors.torch import save as packed

    content = packed({name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()})
    state = {"epoch": checkpoint.epoch, "sha256": hashlib.sha256(content).hexdigest(), **checkpoint.state}
    unfinished, final = (directory / f"{prefix}{checkpoint.epoch:08d}" for prefix in (UNFINISHED, PREFIX))
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        write_durably(unfinished / TENSORS, content)
        write_durably(unfinished / STATE, json.dumps(state, allow_nan=True).encode())
        _flush_directory(unfinished)
        if final.exists():  # only a damaged one: a good one would have been gone on from
            shutil.rmtree(final)
        unfinished.rename(final)
        _flush_directory(directory)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise CheckpointError(_not_written(directory, len(content), error)) from error
    for old in sorted(directory.glob(f"{PREFIX}*"))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    for left in directory.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    return final


def newest(directory: Path, warn: Callable[[str], object]) -> Checkpoint | None:
    """The newest checkpoint that is whole, or None where there is none.

    Args:
        directory: of the checkpoints.
        warn: called with a sentence for each damaged one.

    Raises:
        CheckpointError: there are checkpoints, and all are damaged.
    """
    checkpoints = sorted(directory.glob(f"{PREFIX}*"), reverse=True)
    for path in checkpoints:
        try:
            return load(path)
        except CheckpointError as error:
            warn(f"{error}; trying the one before it")
    if checkpoints:
        raise CheckpointError(
            f"{directory}: all {len(checkpoints)} checkpoints are damaged; delete the directory to start anew"
        )
    return None


def load(path: Path) -> Checkpoint:
    """The checkpoint in a directory.

    Raises:
        CheckpointError: unreadable, truncated or changed since it was written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as unpacked

    try:
        state = json.loads((path / STATE).read_text(encoding="utf-8"))
        content = (path / TENSORS).read_bytes()
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: a damaged checkpoint ({error})") from error
    if not isinstance(state, dict) or type(state.get("epoch")) is not int or "sha256" not in state:
        raise CheckpointError(f"{path}: a damaged checkpoint ({STATE} lacks its epoch or checksum)")
    if hashlib.sha256(content).hexdigest() != state["sha256"]:
        raise CheckpointError(f"{path}: a damaged checkpoint ({TENSORS} does not have the checksum in {STATE})")
    try:
        return Checkpoint(state.pop("epoch"), unpacked(content), state)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:  # some come from PyTorch
        raise CheckpointError(f"{path}: a damaged checkpoint ({error})") from error


def write_durably(path: Path, content: bytes) -> None:
    """The bytes in a file, on the disk when this returns."""
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(path: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_written(directory: Path, size: int, error: OSError) -> str:
    try:
        free = f"{shutil.disk_usage(directory).free / 1e6:,.1f} MB are free"
    except OSError:
        free = "free space unknown"
    before = sorted(directory.glob(f"{PREFIX}*"))
    kept = (
        f"{before[-1].name} is untouched: make room and run the same command" if before else "there is none before it"
    )
    return f"{directory}: a checkpoint of {size / 1e6:,.1f} MB could not be written ({error.strerror}; {free}); {kept}"
