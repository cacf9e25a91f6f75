"""What the statements on classes of unequal sizes share: Z = P Y, its norms in closed form, margins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ncverify.kinds import Array, Functions, Number
from ncverify.literature._layer_peeled import centring, one_hot, peeled
from ncverify.space import Sizes, SpacePoint


def solvable(s: Sizes) -> bool:
    """Falling class sizes for which the singular values of Z are roots: three classes, or at most two sizes."""
    sizes = s.class_sizes or ()
    return sizes == tuple(sorted(sizes, reverse=True)) and (s.K == 3 or len(set(sizes)) <= 2)


space = partial(peeled, K=(2, 4), n=(1, 3), d=(1, 3), where=solvable)
"""W and H of classes that are `solvable`."""


def target(p: SpacePoint) -> Array:
    """Z = P Y, the labels less 1/K."""
    return centring(p) @ one_hot(p)


def margins(p: SpacePoint, Z: Array) -> Array:
    """z_{y_i} - z_j for all j != y_i, one row of K-1 a sample, flat."""
    xp, (K, N) = p.xp, Z.shape
    labels = [k for k, n in enumerate(p.class_sizes) for _ in range(n)]
    pairs = [(k, j, i) for i, k in enumerate(labels) for j in range(K) if j != k]
    flat = xp.reshape(Z, (-1,))
    own = xp.take(flat, xp.integers([k * N + i for k, _, i in pairs]), axis=0)
    return own - xp.take(flat, xp.integers([j * N + i for _, j, i in pairs]), axis=0)


def squared_singular_values(xp: Functions, class_sizes: Sequence[int]) -> list[Array]:
    """The K-1 nonzero eigenvalues of Z Z' = P D P.

    With two sizes: n_A on K_A - 1 dimensions, n_B on K_B - 1, and (K_A n_B + K_B n_A)/K. With three classes the sum is
    2N/3 and the product (n_1 n_2 + n_1 n_3 + n_2 n_3)/3.
    """
    K, kinds = len(class_sizes), sorted(set(class_sizes))
    if len(kinds) == 1:
        return [xp.asarray(kinds[0])] * (K - 1)
    if len(kinds) == 2:
        (a, b), KA = kinds, class_sizes.count(kinds[0])
        last = xp.asarray(KA * b + (K - KA) * a) / K
        return [xp.asarray(a)] * (KA - 1) + [xp.asarray(b)] * (K - KA - 1) + [last]
    x, y, z = class_sizes
    half = xp.asarray(x + y + z) / 3
    root = xp.sqrt(half * half - xp.asarray(x * y + x * z + y * z) / 3)
    return [half + root, half - root]


def nuclear_norm(p: SpacePoint) -> Number:
    """|Z|_*; for three sizes sqrt(a) + sqrt(b) is written as sqrt(a + b + 2 sqrt(ab))."""
    xp, sizes = p.xp, p.class_sizes
    if len(set(sizes)) == 3:
        x, y, z = sizes
        product = xp.asarray(x * y + x * z + y * z) / 3
        return xp.sqrt(xp.asarray(2 * (x + y + z)) / 3 + 2 * xp.sqrt(product))
    return sum(xp.sqrt(square) for square in squared_singular_values(xp, sizes))


def spectral_norm(p: SpacePoint) -> Number:
    """|Z|_2."""
    return p.xp.sqrt(p.xp.max(p.xp.stack(squared_singular_values(p.xp, p.class_sizes))))
