"""Six classes on a hexagon: below the linear model's minimum, in fractions (docs/papers/tirer-bruna-2022.md)."""

from fractions import Fraction

import numpy as np

ROOTS = [(1, -1, 0), (1, 0, -1), (0, 1, -1), (-1, 1, 0), (-1, 0, 1), (0, -1, 1)]
BETWEEN = [(2, -1, -1), (1, 1, -2), (-1, 2, -1), (-2, 1, 1), (-1, -1, 2), (1, -2, 1)]
X = Fraction(64, 125)
Q = Fraction(4, 5) * (1 - X)  # x^(1/3) (1-x)
L2, L1 = Fraction(1, 3), Fraction(83, 5000)
LH = Q**3 / (216 * L2 * L1)


def fractions(rows):
    return np.array([[Fraction(x) for x in row] for row in rows], dtype=object)


def objective(W2, W1, H):
    """K = 6, n = 1, without the columns of W1 and rows of H that are zero."""
    fit = (W2[:, :, None] * np.maximum((W1[:, :, None] * H[None]).sum(1), Fraction(0))[None]).sum(1)
    decay = L2 * (W2 * W2).sum() + L1 * (W1 * W1).sum() + LH * (H * H).sum()
    return ((fit - np.eye(6, dtype=int)) ** 2).sum() / 12 + decay / 2


def circulant(row):
    return fractions([np.roll(row, k) for k in range(6)])


def test_six_classes_cost_less_than_the_linear_minimum():
    W1, H = fractions(ROOTS), fractions(BETWEEN).T / 3
    product = (W1[:, :, None] * H[None]).sum(1)
    assert (product == circulant([1, 0, -1, -1, 0, 1])).all()
    assert 16 * Q**3 < 1  # below the threshold
    linear = (1 - X) ** 2 / 2 + Fraction(3, 2) * Q * Fraction(16, 25)
    W2 = circulant([19, 19, -5, 1, 1, -5]) / 90
    assert objective(W2, W1, H) == Fraction(189884549, 389062500) < linear < Fraction(1, 2)


def test_with_the_opposite_classifier_they_cost_more():
    W1, H, W2 = fractions(ROOTS), fractions(BETWEEN).T / 3, circulant([19, 19, -5, 1, 1, -5]) / 90
    assert objective(-W2, W1, H) > Fraction(1, 2)
