"""CIFAR-10: the binary version (.bin, .bin.gz) and the Python version, whose pickles are read without unpickling."""

from __future__ import annotations

import numpy as np

from training.data.files import DataError, DataFile
from training.data.pickles import plain_data

PIXELS = 3 * 32 * 32
RECORD = 1 + PIXELS


def parse_binary(file: DataFile) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 3, 32, 32) and labels (N,) of records of one label byte and 3072 pixels, red, green, blue.

    Raises:
        DataError: a length that is no multiple of a record's.
    """
    if not file.content or len(file.content) % RECORD:
        raise DataError(
            f"{file.path}: expected records of {RECORD} bytes (label, 32 x 32 pixels in three colours), got "
            f"{len(file.content):,} bytes: truncated, or not the binary version of CIFAR-10"
        )
    records = np.frombuffer(file.content, dtype=np.uint8).reshape(-1, RECORD)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]


def parse_python(file: DataFile, role: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 3, 32, 32) and labels (N,) of a batch of the Python version.

    Args:
        file: what was read.
        role: the batch that it should be; batches say in themselves which they are.

    Raises:
        DataError: damaged, another batch, no batch of CIFAR-10, or anything in it beyond plain data.
    """
    batch = {_text(key): value for key, value in plain_data(file.content, file.path).items()}
    if "data" not in batch or "labels" not in batch:
        keys = ", ".join(sorted(batch))[:200] or "nothing"
        raise DataError(f"{file.path}: expected a batch of CIFAR-10 with data and labels, found {keys}")
    label = batch.get("batch_label", "")
    says = _text(label) if isinstance(label, bytes | str) else ""
    if says and not says.replace("testing", "test").startswith(role.removesuffix(" batch")):
        raise DataError(f"{file.path}: expected the {role}, but the file says that it is {says[:80]!r}")
    images, labels = batch["data"], batch["labels"]
    if not (isinstance(images, np.ndarray) and images.ndim == 2 and images.shape[1] == PIXELS):
        shape = images.shape if isinstance(images, np.ndarray) else type(images).__name__
        raise DataError(f"{file.path}: expected data of shape (N, {PIXELS}), got {shape}")
    if not (isinstance(labels, list) and all(type(label) is int and abs(label) < 1 << 31 for label in labels)):
        raise DataError(f"{file.path}: expected labels as a list of integers")
    if len(labels) != len(images):
        raise DataError(f"{file.path}: {len(images)} images but {len(labels)} labels")
    return images.reshape(-1, 3, 32, 32), np.array(labels)


def _text(key: object) -> str:
    return key.decode("latin-1") if isinstance(key, bytes) else str(key)
