"""As many samples of each class: what Theorem 3.1 is about, where the classes have unequal sizes."""

from __future__ import annotations

import numpy as np

from ncverify.arguments import Classes, Count, Labels, Seed
from ncverify.metrics.place import on_host
from ncverify.metrics.samples import check_dense, checked_labels
from ncverify.numbers import to_numpy


def balanced_subsample(labels: Labels, K: Classes, n: Count | None = None, seed: Seed | None = None) -> np.ndarray:
    """Which samples to take for n of each class, shape (N,), booleans.

    Every class that occurs gets n samples; memory is a few numbers a sample, whatever K is.

    Args:
        labels: N integers in 0..K-1; other samples are marked by negative numbers and are never taken.
        K: number of classes.
        n: samples of each class; by default the size of the smallest class that occurs.
        seed: draw them at random; without it the first n of each class are taken.

    Raises:
        TypeError, ValueError: see `checked_labels`; a class has fewer than n samples.

    Example:
        >>> balanced_subsample([0, 1, 0, 0, 1], K=2).tolist()
        [True, True, True, False, True]
    """
    check_dense("labels", labels)
    nearby = on_host(labels)
    nearby = to_numpy(labels) if nearby is None and hasattr(labels, "device") else nearby
    whole = np.asarray(labels if nearby is None else nearby)
    marked = whole < 0 if whole.dtype.kind in "if" and whole.ndim == 1 else np.zeros(whole.shape, dtype=bool)
    if marked.all():
        raise ValueError("labels: expected some that are not negative, got none")
    checked = np.asarray(
        checked_labels(np.where(marked, 0, whole) if marked.any() else whole, K, whole.shape[0] if whole.ndim else 0)
    )
    candidates = np.flatnonzero(~marked)
    counts = np.bincount(checked[candidates], minlength=K)
    size = _size(counts, n)
    if seed is not None:
        candidates = np.random.default_rng(seed).permutation(candidates)
    # within a class a stable sort keeps the order, so that the rank of a sample is its distance from the class's first
    order = candidates[np.argsort(checked[candidates], kind="stable")]
    firsts = np.cumsum(counts) - counts
    ranks = np.arange(len(order)) - firsts[checked[order]]
    mask = np.zeros(len(whole), dtype=bool)
    mask[order[ranks < size]] = True
    return mask


def _size(counts: np.ndarray, n: int | None) -> int:
    smallest = int(counts[counts > 0].min(initial=np.iinfo(np.int64).max)) if counts.any() else 0
    if n is None:
        return smallest
    if n < 1 or n > smallest:
        few = int(np.argmin(np.where(counts > 0, counts, np.iinfo(np.int64).max)))
        raise ValueError(f"n: expected 1 to {smallest} samples of each class (class {few} has {smallest}), got {n}")
    return n
