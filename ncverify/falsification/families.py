"""Points (W, H) that satisfy the usual equalities by construction, in small integers: collapsed, centred, balanced, ...

What an equality hypothesis asks for is met here exactly, without any search.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.domain import Shape

_EACH = 3  # random members of every family
_LARGEST = 9  # of the integers


def families(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    """Structured points, W of shape (B, K, d) and H of shape (B, d, K*n), float64.

    Args:
        shape: K, n, d.
        rng: the only source of randomness.
    """
    pairs = [pair for _ in range(_EACH) for pair in _members(shape, rng)]
    return np.stack([W for W, _ in pairs]), np.stack([H for _, H in pairs])


def _members(shape: Shape, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    K, n, d = shape

    def integers(*size: int, top: int = _LARGEST) -> Any:
        return rng.integers(-top, top + 1, size).astype(np.float64)

    W, H, means = integers(K, d, top=3), integers(d, K * n), integers(d, K, top=3)
    rank_one = integers(K, 1, top=3) * integers(1, d, top=3)
    centred = K * W - W.sum(axis=0)
    collapsed = np.repeat(means, n, axis=1)
    alone = np.zeros(
        (d, K * n)
    )  # only the first sample of a class has a feature: then HH' is that of the first samples
    alone[:, ::n] = W.T
    signs = rng.choice([-1.0, 1.0], (K, d))
    return [
        (integers(K, d), H),
        (W, collapsed),
        (centred, np.repeat(centred.T, n, axis=1)),
        (W, np.repeat(W.T, n, axis=1)),
        (W, alone),
        (W, alone[:, ::-1]),
        (_orthogonal(K, d, rng), collapsed),
        (rank_one, np.repeat(rank_one.T, n, axis=1)),
        (signs, np.repeat(signs.T, n, axis=1)),
        (np.zeros((K, d)), np.repeat(means[:, :1], K * n, axis=1)),
        (np.repeat(W[:1], K, axis=0), np.repeat(means[:, :1], K * n, axis=1)),
        (np.repeat(W[:1], K, axis=0), np.zeros((d, K * n))),
    ]


def _orthogonal(K: int, d: int, rng: np.random.Generator) -> Any:
    """Rows or columns that are orthogonal: signed unit vectors, of lengths 1 to 3."""
    W = np.zeros((K, d))
    order = rng.permutation(max(K, d))
    for k in range(K):
        if order[k] < d:
            W[k, order[k]] = rng.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    return W
