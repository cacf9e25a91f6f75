"""A data set in memory: bytes of images, labels, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from training.data.files import DataError

CLASSES = 10


@dataclass(frozen=True)
class Split:
    """Images and labels of one role.

    Args:
        images: bytes, shape (N, channels, height, width).
        labels: integers, shape (N,).
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def chosen(self, positions: np.ndarray) -> Split:
        """The samples at these positions."""
        return Split(self.images[positions], self.labels[positions])


@dataclass(frozen=True)
class Dataset:
    """Training and test images, and what is known about their origin.

    Args:
        name: for instance "mnist".
        train: the training images.
        test: the test images.
        files: for each file its role, path, MD5 and whether that is the published one.
        missing: published parts that were not found, by role; empty for a whole data set.
        changes: what was done to the training images since they were read (a subset, noisy labels).
    """

    name: str
    train: Split
    test: Split
    files: tuple[Mapping[str, object], ...] = ()
    missing: tuple[str, ...] = ()
    changes: tuple[str, ...] = field(default=())

    def describe(self) -> dict[str, object]:
        """What a result file says about the data; no paths, which would tell of the machine."""
        return {
            "name": self.name,
            "training_images": len(self.train),
            "test_images": len(self.test),
            "class_sizes": np.bincount(self.train.labels, minlength=CLASSES).tolist(),
            "missing": list(self.missing),
            "changes": list(self.changes),
            "files": [{key: value for key, value in file.items() if key != "path"} for file in self.files],
        }


def checked_split(images: np.ndarray, labels: np.ndarray, where: str) -> Split:
    """A split whose labels are integers in 0..9, one for each image.

    Raises:
        DataError: other labels, or another number of them.
    """
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(images):,} images but {len(labels):,} labels")
    if not len(labels):
        raise DataError(f"{where}: no images")
    wrong = np.flatnonzero((labels < 0) | (labels >= CLASSES))
    if wrong.size:
        raise DataError(
            f"{where}: expected labels in 0..{CLASSES - 1}, got {labels[wrong[0]]} at position {wrong[0]} "
            f"({wrong.size} such labels)"
        )
    return Split(np.array(images, order="C"), labels.astype(np.int64))  # a copy: the bytes read are not writable


def first_of_each_class(dataset: Dataset, per_class: int) -> Dataset:
    """The first training images of each class, in the order of the file: a balanced subset.

    Raises:
        DataError: a class has fewer images.
    """
    labels = dataset.train.labels
    counts = np.bincount(labels, minlength=CLASSES)
    if counts.min() < per_class or per_class < 1:
        raise DataError(
            f"{dataset.name}: expected 1 to {counts.min()} images per class (class {counts.argmin()} has no more), "
            f"got {per_class}"
        )
    kept = np.sort(np.concatenate([np.flatnonzero(labels == k)[:per_class] for k in range(CLASSES)]))
    change = f"the first {per_class} training images of each class"
    return replace(dataset, train=dataset.train.chosen(kept), changes=(*dataset.changes, change))


def with_label_noise(dataset: Dataset, share: float, seed: int) -> Dataset:
    """The data set with a share of its training labels, chosen at random, each replaced by another class.

    Raises:
        DataError: a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise DataError(f"label noise: expected a share between 0 and 1, got {share}")
    generator = np.random.default_rng([seed, 1])
    labels = dataset.train.labels.copy()
    noisy = generator.permutation(len(labels))[: round(share * len(labels))]
    labels[noisy] = (labels[noisy] + generator.integers(1, CLASSES, len(noisy))) % CLASSES
    change = f"{len(noisy)} training labels replaced by another class, drawn with seed {seed}"
    return replace(dataset, train=Split(dataset.train.images, labels), changes=(*dataset.changes, change))
