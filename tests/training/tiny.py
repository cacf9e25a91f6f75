"""Tiny files in the formats of the real data sets, and tiny runs."""

import gzip
import struct
from pathlib import Path

import numpy as np

from training.data.cifar import PIXELS
from training.settings import Settings

TINY = Settings(network="vgg13", dataset="digits", width=1 / 16, per_class=8, batch=32, epochs=4)
"""Batch normalisation included, whose running averages have to survive too."""


def pictures(count: int, shape: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, *shape), dtype=np.uint8), np.arange(count, dtype=np.uint8) % 10


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_idx(directory: Path, train: int = 30, test: int = 20, *, suffix: str = ".gz") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for stem, count, seed in (("train", train, 1), ("t10k", test, 2)):
        images, labels = pictures(count, (28, 28), seed)
        for name, array in ((f"{stem}-images-idx3-ubyte", images), (f"{stem}-labels-idx1-ubyte", labels)):
            content = idx(array)
            (directory / (name + suffix)).write_bytes(gzip.compress(content) if suffix else content)


def short(text: bytes) -> bytes:
    return b"U" + bytes([len(text)]) + text


def long(text: bytes) -> bytes:
    return b"T" + struct.pack("<i", len(text)) + text


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def array_program(values: np.ndarray) -> bytes:
    """The instructions with which Python 2 and NumPy wrote an array of bytes."""
    empty = b"cnumpy.core.multiarray\n_reconstruct\n" + b"cnumpy\nndarray\n" + b"K\x00\x85" + short(b"b") + b"\x87R"
    dtype = b"cnumpy\ndtype\n" + short(b"u1") + b"K\x00K\x01\x87R" + b"(K\x03" + short(b"|") + b"NNN"
    dtype += number(-1) * 2 + b"K\x00tb"
    shape = b"".join(number(size) for size in values.shape)
    shape = b"(" + shape + b"t"
    return empty + b"(K\x01" + shape + dtype + b"\x89" + long(values.tobytes()) + b"tb"


def cifar_batch(images: np.ndarray, labels: np.ndarray, label: bytes) -> bytes:
    """A batch as Python 2 pickled it."""
    items = short(b"batch_label") + short(label)
    items += short(b"labels") + b"](" + b"".join(b"K" + bytes([int(k)]) for k in labels) + b"e"
    items += short(b"data") + array_program(images.reshape(-1, PIXELS))
    return b"\x80\x02}(" + items + b"u."


def write_cifar(directory: Path, batches: tuple[int, ...] = (1, 2), *, binary: bool = False, count: int = 20) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for seed, name in [*((i, f"data_batch_{i}") for i in batches), (9, "test_batch")]:
        images, labels = pictures(count, (3, 32, 32), seed)
        if binary:
            records = np.concatenate([labels[:, None], images.reshape(-1, PIXELS)], axis=1)
            (directory / f"{name}.bin").write_bytes(records.tobytes())
            continue
        label = b"testing batch 1 of 1" if seed == 9 else f"training batch {seed} of 5".encode()
        (directory / name).write_bytes(cifar_batch(images, labels, label))
