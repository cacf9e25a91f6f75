"""Labels as other programs save them: names, numbers of their own, marks of what the loss ignores."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from ncverify.commands.text import CommandError, one_line
from ncverify.metrics.samples import checked_labels


class ClassNumbers(NamedTuple):
    """Labels as numbers.

    Args:
        labels: shape (N,), in 0..K-1, or -1 for samples that are left out.
        counts: samples of each class, shape (K,).
        remarks: what was decided about them.
    """

    labels: np.ndarray
    counts: np.ndarray
    remarks: tuple[str, ...]


def class_numbers(
    labels: np.ndarray, K: int, known: np.ndarray | None, ignore_index: int, classes: Collection[int] | None
) -> ClassNumbers:
    """The row of the classifier that each label stands for.

    Args:
        labels: shape (N,), numbers or names.
        K: rows of the classifier.
        known: the label of each row, shape (K,), or None: numbers are rows, names stand in sorted order.
        ignore_index: samples with this label are left out.
        classes: only samples of these rows.

    Raises:
        CommandError: a label that stands for no row, or fewer than two classes with samples.
        TypeError, ValueError: see `checked_labels`.
    """
    remarks = []
    if known is not None:
        labels = _rows_of(labels, known, ignore_index)
    elif labels.dtype.kind in "US":
        distinct, labels = np.unique(labels, return_inverse=True)
        if len(distinct) != K:
            raise CommandError(
                f"labels: {len(distinct)} different names for {K} rows of the classifier; save an array `classes` with "
                "the name of each row"
            )
        remarks.append("Labels are names; row k of the classifier is taken for the k-th of them in sorted order.")
    whole = np.array(checked_labels(labels, K, len(labels), ignore_index))
    ignored = (whole < 0) | (whole >= K)
    whole[ignored] = -1
    if ignored.any():
        remarks.append(f"{int(ignored.sum())} samples are left out: their label is {ignore_index}.")
    if classes is not None:
        wrong = [k for k in classes if not 0 <= k < K]
        if wrong:
            raise CommandError(f"--classes: expected numbers in 0..{K - 1}, got {wrong[0]}")
        chosen = np.zeros(K + 1, dtype=bool)
        chosen[list(classes)] = True
        whole[~chosen[whole]] = -1
        remarks.append(f"Only samples of {int(chosen.sum())} of the {K} classes are measured, as asked for.")
    counts = np.bincount(whole[whole >= 0], minlength=K)
    return ClassNumbers(whole, counts, tuple(remarks + _about_empty(counts)))


def _about_empty(counts: np.ndarray) -> list[str]:
    empty, K = np.flatnonzero(counts == 0), len(counts)
    if K - empty.size < 2:
        raise CommandError(f"labels: expected samples of at least two classes, got {K - empty.size} of {K}")
    if not empty.size:
        return []
    return [
        f"{empty.size} of the {K} classes have no samples (first: class {empty[0]}). Metrics and residuals are those "
        f"of the {K - empty.size} others; margins, accuracy and NC4 compare the logits of all {K}."
    ]


def _rows_of(labels: np.ndarray, known: np.ndarray, ignore_index: int) -> np.ndarray:
    """For each label the position in `known`."""
    if (labels.dtype.kind in "US") != (known.dtype.kind in "US"):
        raise CommandError(f"labels: expected values of `classes` ({known.dtype}), got dtype {labels.dtype}")
    order = np.argsort(known, kind="stable")
    ranked = known[order]
    if (ranked[1:] == ranked[:-1]).any():
        raise CommandError("classes: expected K different values, got one of them twice")
    place = np.minimum(np.searchsorted(ranked, labels), len(known) - 1)
    wrong = ranked[place] != labels
    ignored = wrong & (labels == ignore_index) if labels.dtype.kind not in "US" else np.zeros_like(wrong)
    if (wrong & ~ignored).any():
        i = int(np.flatnonzero(wrong & ~ignored)[0])
        raise CommandError(f"labels: {one_line(labels[i])} at position {i} is none of `classes`")
    return np.where(ignored, ignore_index, order[place])
