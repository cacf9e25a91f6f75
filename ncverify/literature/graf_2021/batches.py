"""The supervised contrastive loss summed over batches, its terms sorted by l, the members of their class in the batch.

A term is a sample i of a batch, the l - 1 others of its class there, and the b - l of other classes. It is
log(sum over both of exp<z_i, z_k>) less the mean of <z_i, z_j> over the former. Equal terms are counted once.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from ncverify.kinds import Array, Functions, Number
from ncverify.space import SpacePoint

Batches = Callable[[int, int], Iterable[tuple[int, ...]]]
Term = tuple[int, tuple[int, ...], tuple[int, ...]]


def multisets(N: int, b: int) -> Iterable[tuple[int, ...]]:
    """All multisets of b indices."""
    return itertools.combinations_with_replacement(range(N), b)


def subsets(N: int, b: int) -> Iterable[tuple[int, ...]]:
    """All sets of b indices; none for b > N."""
    return itertools.combinations(range(N), b)


def everything(N: int, b: int) -> Iterable[tuple[int, ...]]:
    """The whole data set as one batch."""
    return [tuple(range(N))]


@cache
def terms(batches: Batches, class_sizes: tuple[int, ...], b: int) -> dict[int, Counter[Term]]:
    """By l >= 2, the terms with their numbers."""
    labels = [k for k, n in enumerate(class_sizes) for _ in range(n)]
    by_size: dict[int, Counter[Term]] = {}
    for batch in batches(len(labels), b):
        for at, i in enumerate(batch):
            rest = batch[:at] + batch[at + 1 :]
            same = tuple(j for j in rest if labels[j] == labels[i])
            other = tuple(j for j in rest if labels[j] != labels[i])
            if same:
                by_size.setdefault(len(same) + 1, Counter())[i, same, other] += 1
    return by_size


def _picked(gram: Array, xp: Functions, pairs: list[list[tuple[int, int]]]) -> Array:
    """Entries of a matrix, one row for each list of pairs."""
    N = gram.shape[0]
    flat = xp.integers([i * N + j for row in pairs for i, j in row])
    return xp.reshape(xp.take(xp.reshape(gram, (-1,)), flat, axis=0), (len(pairs), -1))


def _counts(xp: Functions, terms_of_one: Counter[Term]) -> Array:
    return xp.asarray(list(terms_of_one.values()))


def loss(p: SpacePoint, gram: Array, batches: Batches, b: int) -> Number:
    """The loss of the inner products <z_i, z_j>, relative to one positive, so that small losses keep their digits."""
    xp, total = p.xp, 0 * p.xp.sum(gram)
    for of_one in terms(batches, p.class_sizes, b).values():
        same = _picked(gram, xp, [[(i, j) for j in same] for i, same, _ in of_one])
        lag = same[:, 0] - xp.mean(same, axis=1)
        if len(next(iter(of_one))[1] + next(iter(of_one))[2]) > 1:
            rest = _picked(gram, xp, [[(i, j) for j in (*same[1:], *other)] for i, same, other in of_one])
            lag = lag + xp.softplus(xp.logsumexp(rest - xp.expand_dims(same[:, 0], 1), axis=1))
        total = total + xp.sum(_counts(xp, of_one) * lag)
    return total


def mean_exponents(p: SpacePoint, gram: Array, batches: Batches, b: int) -> dict[int, Any]:
    """By l < b, the mean over its terms of (mean of <z_i, z_k> over the others) - (mean over the own class)."""
    xp, means = p.xp, {}
    for size, of_one in terms(batches, p.class_sizes, b).items():
        if size < b:
            same = _picked(gram, xp, [[(i, j) for j in same] for i, same, _ in of_one])
            other = _picked(gram, xp, [[(i, j) for j in other] for i, _, other in of_one])
            counts = _counts(xp, of_one)
            means[size] = xp.sum(counts * (xp.mean(other, axis=1) - xp.mean(same, axis=1))) / xp.sum(counts)
    return means


def least(p: SpacePoint, batches: Batches, b: int, exponent: Number) -> Array:
    """sum over batches and classes of l log(l - 1 + (b - l) exp(x_l)), where exponent is x or x_l by l."""
    xp, total = p.xp, 0 * p.xp.asarray(1)
    for size, of_one in terms(batches, p.class_sizes, b).items():
        if b > 2:
            zero = xp.asarray(0)
            x = zero if size == b else exponent[size] if isinstance(exponent, dict) else xp.asarray(exponent)
            value = xp.softplus(xp.logsumexp(xp.stack([zero] * (size - 2) + [x] * (b - size)), axis=0))
            total = total + sum(of_one.values()) * value
    return total
