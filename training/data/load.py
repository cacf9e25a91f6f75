"""Data sets by name, from a directory of files or, for the digits, from scikit-learn."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from training.data.cifar import parse_binary, parse_python
from training.data.dataset import Dataset, Split, checked_split
from training.data.files import DataError, DataFile, find, read
from training.data.idx import IMAGES, LABELS, parse
from training.data.published import CIFAR_BATCHES, DIGITS_MD5, IDX_NAMES, PUBLISHED, Published, owner

ENVIRONMENT = "NCVERIFY_DATA"
DATASETS = ("digits", *PUBLISHED)


def load(name: str, directory: Path | None = None) -> Dataset:
    """The data set of that name.

    Args:
        name: one of `DATASETS`.
        directory: where its files, or folders of files, lie; by default the environment variable NCVERIFY_DATA. The
            digits need none.

    Raises:
        DataError: an unknown name, no directory, or files that are missing, damaged or not what they should be.
    """
    if name not in DATASETS:
        raise DataError(f"dataset: expected one of {', '.join(DATASETS)}, got {name!r}")
    if name == "digits":
        return digits()
    if directory is None:
        if not os.environ.get(ENVIRONMENT):
            raise DataError(f"{name}: needs the directory of its files: --data DIR or {ENVIRONMENT}=DIR")
        directory = Path(os.environ[ENVIRONMENT])
    return _cifar(name, directory) if name == "cifar-10" else _idx(name, directory)


def digits() -> Dataset:
    """The 1,797 images of 8 x 8 pixels of scikit-learn; every fifth is a test image, the other 1,438 are trained on."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DataError("digits: come with scikit-learn; pip install 'ncverify[training]'") from error
    values, labels = load_digits(return_X_y=True)
    images = (values * 15).astype(np.uint8).reshape(-1, 1, 8, 8)  # 0..16 becomes 0..240
    labels = labels.astype(np.int64)
    tests = np.arange(len(labels)) % 5 == 4
    md5 = hashlib.md5(images.tobytes() + labels.tobytes(), usedforsecurity=False).hexdigest()
    files = ({"role": "scikit-learn's digits", "path": "", "md5": md5, "published": md5 == DIGITS_MD5},)
    return Dataset("digits", Split(images[~tests], labels[~tests]), Split(images[tests], labels[tests]), files)


def _idx(name: str, directory: Path) -> Dataset:
    about = PUBLISHED[name]
    files = {role: _read(name, role, directory, about, names) for role, names in IDX_NAMES.items()}
    splits = {}
    for part, count in (("training", about.train), ("test", about.test)):
        images, labels = files[f"{part} images"], files[f"{part} labels"]
        pixels = _with_shape(parse(images, IMAGES)[:, np.newaxis], about, images.path)
        splits[part] = checked_split(pixels, parse(labels, LABELS), f"{images.path} and {labels.path}")
        _not_more(splits[part], count, images.path)
    return Dataset(name, splits["training"], splits["test"], _origin(name, files), _missing(splits, about))


def _cifar(name: str, directory: Path) -> Dataset:
    about = PUBLISHED[name]
    files, parts, absent = {}, {}, []
    for role, stem in CIFAR_BATCHES.items():
        try:
            files[role] = _read(name, role, directory, about, (stem, f"{stem}.bin"))
        except _AbsentError as error:
            absent.append((role, error))
            continue
        is_python = files[role].content[:1] == b"\x80"
        images, labels = parse_python(files[role], role) if is_python else parse_binary(files[role])
        parts[role] = checked_split(images, labels, str(files[role].path))
        _not_more(parts[role], 10_000, files[role].path)
    train = [split for role, split in parts.items() if role != "test batch"]
    if "test batch" not in parts or not train:
        raise absent[0][1] if not train else absent[-1][1]
    splits = {"training": _joined(train), "test": parts["test batch"]}
    missing = tuple(role for role, _ in absent) or _missing(splits, about)
    return Dataset(name, splits["training"], splits["test"], _origin(name, files), missing)


class _AbsentError(DataError):
    """A file that is not there."""


def _read(name: str, role: str, directory: Path, about: Published, names: tuple[str, ...]) -> DataFile:
    """The file of a role; a published file of another role or data set under this name is an error."""
    try:
        path = find(directory, about.folders, names, f"{about.title}'s {role}")
    except DataError as error:
        raise _AbsentError(str(error)) from None
    file = read(path)
    actual = owner(file.md5)
    if actual is not None and actual != (name, role):
        raise DataError(
            f"{path}: expected {about.title}'s {role}, but by its checksum it is "
            f"{PUBLISHED[actual[0]].title}'s {actual[1]}"
        )
    return file


def _with_shape(images: np.ndarray, about: Published, path: Path) -> np.ndarray:
    if images.shape[1:] != about.shape:
        expected, got = (" x ".join(map(str, shape[1:])) for shape in (about.shape, images.shape[1:]))
        raise DataError(f"{path}: expected images of {expected} pixels, got {got}")
    return images


def _not_more(split: Split, count: int, path: Path) -> None:
    if len(split) > count:
        raise DataError(f"{path}: expected at most the {count:,} images that were published, got {len(split):,}")


def _missing(splits: dict[str, Split], about: Published) -> tuple[str, ...]:
    """How many of the published images a smaller copy lacks."""
    lacking = {"training": about.train - len(splits["training"]), "test": about.test - len(splits["test"])}
    return tuple(f"{count:,} {part} images" for part, count in lacking.items() if count)


def _joined(parts: list[Split]) -> Split:
    return Split(np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts]))


def _origin(name: str, files: dict[str, DataFile]) -> tuple[dict[str, object], ...]:
    return tuple(
        {"role": role, "path": str(file.path), "md5": file.md5, "published": owner(file.md5) == (name, role)}
        for role, file in files.items()
    )
