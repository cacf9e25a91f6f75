"""Features, labels and classifiers to measure."""

from __future__ import annotations

import numpy as np


def unbalanced(seed=0, K=5, d=7, sizes=(3, 1, 6, 2, 9), spread=0.5, offset=0.0):
    """Features (N, d) in random order, labels (N,), classifiers (K, d)."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(K), sizes[:K]))
    means = rng.standard_normal((K, d)) + offset
    features = means[labels] + spread * rng.standard_normal((len(labels), d))
    return features, labels, rng.standard_normal((K, d))


def balanced(seed=0, K=4, d=6, n=5, **options):
    return unbalanced(seed, K, d, (n,) * K, **options)


def batches(features, labels, sizes):
    """Consecutive batches of the given sizes, repeated until all samples are in one."""
    start, i = 0, 0
    while start < labels.shape[0]:
        stop = min(start + sizes[i % len(sizes)], labels.shape[0])
        yield features[start:stop, ...], labels[start:stop]
        start, i = stop, i + 1


def simplex(K, d, scale=1.0):
    """Collapsed class means (K, d), centred."""
    rows = np.zeros((K, d))
    rows[:, :K] = scale * (np.eye(K) - 1 / K)
    return rows
