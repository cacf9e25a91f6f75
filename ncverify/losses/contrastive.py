"""The supervised contrastive loss of features."""

from __future__ import annotations

import math

import numpy as np

from ncverify.arguments import Features, Labels, Namespace, PositiveScalar
from ncverify.kinds import Array, Functions
from ncverify.losses.labels import gathered, matrix, number, on_host


def supervised_contrastive(H: Features, labels: Labels, xp: Namespace, temperature: PositiveScalar) -> Array:
    r"""For every sample i a mean over its positives, the other samples q of its class, shape (N,).

    .. math:: \frac1{|P_i|}\sum_{q\in P_i}-\log\frac{e^{h_i\cdot h_q/\tau}}{\sum_{a\ne i}e^{h_i\cdot h_a/\tau}}

    The features are taken as they are; for normalised ones let the variable be on "columns on sphere". A sample that is
    alone in its class has no positives and its loss no value (NaN): nothing is claimed of such class sizes.

    Args:
        H: features, shape (d, N), one column a sample.
        labels: class numbers, shape (N,): `p.labels`, or a list.
        xp: the namespace of H.
        temperature: tau > 0, a number or a scalar variable.

    Raises:
        TypeError: labels that are not integers, a temperature that is no number.
        ValueError: shapes that do not go together, a label or a temperature out of range.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> H = np.array([[1.0, 1.0, -1.0, -1.0]])
        >>> supervised_contrastive(H, [0, 0, 1, 1], backend_namespace("numpy"), 0.5).round(6)  # log(1 + 2 exp(-4))
        array([0.035976, 0.035976, 0.035976, 0.035976])
    """
    _, N = matrix("H", H, "(d, N)")
    known = on_host(labels, None, N)
    gram = xp.matmul(H.T, H) / number("temperature", temperature, xp, 0, strict=True)
    first, positives, alone = _positives(known)
    reference = gathered(gram, np.arange(N) * N + first, xp)
    # relative to one positive, the first: both terms are small where the loss is, by a factor |P| at most
    among = xp.where(positives, 1, 0)
    lag = reference - xp.sum(gram * among, axis=1) / xp.sum(among, axis=1)
    losses = _against(gram, reference, _others(first), xp) + lag
    return xp.where(alone, xp.asarray(math.nan), losses) if alone.any() else losses


def _positives(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first positive of every sample, which samples are positives of which, and which have none.

    A sample without one gets its neighbour in place of it: what is computed there is not used.
    """
    N = labels.size
    same = (labels[:, None] == labels) & ~np.eye(N, dtype=bool)
    alone = ~same.any(axis=1)
    first = np.where(alone, (np.arange(N) + 1) % N, same.argmax(axis=1))
    same[alone, first[alone]] = True
    return first, same, alone


def _others(first: np.ndarray) -> np.ndarray:
    """For every sample the N - 2 samples that are neither itself nor its first positive, shape (N, N-2)."""
    N = first.size
    return np.asarray([[a for a in range(N) if a not in (i, first[i])] for i in range(N)], dtype=np.int64)


def _against(gram: Array, reference: Array, others: np.ndarray, xp: Functions) -> Array:
    """log(1 + the sum of exp(g_ia - g_iq) over the other samples), q the reference; zero where there are none."""
    N = others.shape[0]
    if N < 3:
        return xp.zeros((N,))
    picked = gathered(gram, np.arange(N)[:, None] * N + others, xp)
    return xp.softplus(xp.logsumexp(picked - xp.expand_dims(reference, axis=1), axis=1))
