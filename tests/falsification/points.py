"""Points that the tests of this folder judge, attack and save."""

import numpy as np

from ncverify import Point


def point(W, H, dtype=np.float64):
    return Point(np.array(W, dtype=dtype), np.array(H, dtype=dtype))


def simplex(K=2, n=1, scale=1.0, dtype=np.float64):
    """W = K I - 11', H = W' / sqrt(n) as well as floats can: an equality case of Theorem 3.1 where n is a square."""
    W = scale * (K * np.eye(K) - 1)
    return point(W, np.repeat(W.T, n, axis=1) / np.sqrt(n), dtype)


def gaussian(K=3, n=2, d=2, seed=0, scale=1.0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return point(scale * rng.standard_normal((K, d)), scale * rng.standard_normal((d, K * n)), dtype)


def coordinates(p):
    return p.W.tolist(), p.H.tolist()
