"""Starting points that the tests of the flow share."""

import numpy as np

from ncverify.domain import Shape
from ncverify.point import Point

SHAPES = (Shape(2, 1, 1), Shape(3, 2, 2), Shape(3, 1, 5), Shape(4, 2, 3), Shape(5, 3, 2))


def gaussian(shape: Shape, seed: int = 0, scale: float = 1.0) -> Point:
    """Independent Gaussian coordinates."""
    rng = np.random.default_rng((seed, *shape))
    K, n, d = shape
    return Point(scale * rng.standard_normal((K, d)), scale * rng.standard_normal((d, K * n)))


def separated(shape: Shape, seed: int = 0, scale: float = 2.0) -> Point:
    """Classes on the corners of a simplex with some noise: for d >= K-1 and a large scale the loss is below log 2."""
    rng = np.random.default_rng((seed, *shape))
    K, n, d = shape
    centred = np.eye(K) - 1 / K
    basis, _, _ = np.linalg.svd(centred)
    corners = np.zeros((K, d))
    width = min(K - 1, d)
    corners[:, :width] = basis[:, :width]
    W = scale * corners + 0.1 * rng.standard_normal((K, d))
    return Point(W, scale * np.repeat(corners.T, n, axis=1) + 0.1 * rng.standard_normal((d, K * n)))
