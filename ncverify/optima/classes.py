"""Points of both models in class means, and the losses of them: what certificates, relaxation and descent share.

By Jensen's inequality features may be replaced by their class means, so that a point has one column for each class:
W (K, d), H (d, K), b (K,). The mean loss is sum_k (n_k/N) CE(W h_k + b, k) and |H|^2 of all samples sum_k n_k |h_k|^2.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ncverify.kinds import Array


def sizes(class_sizes: Sequence[int]) -> Any:
    """n_1..n_K as an array of integers.

    Raises:
        TypeError: no sequence of integers.
        ValueError: fewer than two classes, or a class without samples.
    """
    try:
        sizes = np.asarray([operator.index(n) for n in class_sizes], dtype=np.int64)
    except TypeError:
        raise TypeError(f"class_sizes: expected a sequence of integers, got {class_sizes!r}"[:200]) from None
    if len(sizes) < 2 or sizes.min() < 1:
        raise ValueError(f"class_sizes: expected at least two classes of at least one sample, got {list(class_sizes)}")
    return sizes


def check_point(class_sizes: Sequence[int], W: Array, H: Array, bias: Any | None = None) -> None:
    """Checks that W (K, d), H (d, K) and bias (K,) are finite arrays of floats that fit together.

    Raises:
        TypeError: an array of another kind.
        ValueError: another shape, or entries that are not finite.
    """
    K, d = len(sizes(class_sizes)), None
    for name, value in (("W", W), ("H", H), ("bias", bias)):
        if name == "bias" and value is None:
            continue
        if type(value) is not np.ndarray or value.dtype.char not in "df":
            raise TypeError(f"{name}: expected a NumPy array of floats, got {type(value).__name__}")
        shape, words = {"W": ((K, d), "K, d"), "H": ((d, K), "d, K"), "bias": ((K,), "K,")}[name]
        if value.ndim != len(shape) or any(w not in (None, s) for w, s in zip(shape, value.shape, strict=True)):
            known = f"K = {K}" if d is None else f"K = {K}, d = {d}"
            raise ValueError(f"{name}: expected shape ({words}) with {known}, got {value.shape}")
        if not value.size or not np.isfinite(value).all():
            raise ValueError(f"{name}: expected an array that is not empty, with finite entries, got {value.shape}")
        d = value.shape[1] if name == "W" else d


def probabilities(Z: Array) -> Any:
    """softmax of the columns of logits, shape (K, K)."""
    moved = np.exp(Z - Z.max(axis=0))
    return moved / moved.sum(axis=0)


def mean_loss(Z: Array, weights: Array) -> float:
    """sum_k weights_k CE(Z_k, k) for logits of shape (K, K), losses below the rounding unit included."""
    below = Z - np.diag(Z)
    np.fill_diagonal(below, -np.inf)
    return float(weights @ np.logaddexp(0.0, np.logaddexp.reduce(below, axis=0)))
