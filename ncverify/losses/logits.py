"""Losses of logits: cross-entropy with a temperature, squared, label smoothing, focal.

All but the squared loss are written in log-odds of a wrong class, log of the sum over j != k of exp(z_j - z_k): no
large numbers are subtracted, so they keep their relative accuracy where the loss is tiny and where it is huge.
"""

from __future__ import annotations

from ncverify.arguments import Labels, Logits, Namespace, NotNegativeScalar, PositiveScalar, Share
from ncverify.kinds import Array, Functions, Number
from ncverify.losses.labels import cooled, matrix, number, on_host, one_hot, other_entries, own_entries


def cross_entropy(Z: Logits, labels: Labels, xp: Namespace, temperature: PositiveScalar = 1) -> Array:
    """-log of the softmax probability of the label at the logits Z / temperature, shape (N,), in nats.

    Args:
        Z: logits, shape (K, N), one column a sample.
        labels: class numbers 0..K-1, shape (N,): `p.labels`, or a list.
        xp: the namespace of Z.
        temperature: > 0, a number or a scalar variable.

    Raises:
        TypeError: labels that are not integers, a temperature that is no number.
        ValueError: shapes that do not go together, a label or a temperature out of range.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> cross_entropy(np.array([[0.0, 1e4], [1e4, 0.0]]), [0, 0], backend_namespace("numpy"))
        array([10000.,     0.])
    """
    return xp.softplus(log_odds(Z, labels, xp, temperature))


def log_odds(Z: Array, labels: Array, xp: Functions, temperature: Number = 1) -> Array:
    """The log-odds of a wrong class, shape (N,); the arguments are those of `cross_entropy`."""
    return xp.logsumexp(wrong_differences(Z, labels, xp, temperature), axis=0)


def wrong_differences(Z: Array, labels: Array, xp: Functions, temperature: Number = 1) -> Array:
    """(z_j - z_k) / temperature for every class j but the label k, shape (K-1, N)."""
    K, N = matrix("Z", Z, "(K, N)")
    if K < 2:
        raise ValueError(f"Z: expected shape (K, N) with K >= 2 classes, got {(K, N)}")
    known = on_host(labels, K, N)
    return cooled(other_entries(Z, known, xp) - xp.expand_dims(own_entries(Z, known, xp), axis=0), temperature, xp)


def squared(Z: Logits, labels: Labels, xp: Namespace) -> Array:
    """|z - e_k|^2 / 2 for every column z of Z with label k, shape (N,).

    The arguments and errors are those of `cross_entropy`.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> squared(np.array([[1.0, 0.0], [0.0, 3.0]]), [0, 1], backend_namespace("numpy"))
        array([0., 2.])
    """
    K, N = matrix("Z", Z, "(K, N)")
    miss = Z - one_hot(on_host(labels, K, N), K, xp)
    return xp.sum(miss * miss, axis=0) / 2


def label_smoothing(Z: Logits, labels: Labels, xp: Namespace, eps: Share) -> Array:
    """The cross-entropy with the target 1 - eps on the label plus eps / K on every class, shape (N,).

    Args:
        Z: logits, shape (K, N).
        labels: class numbers 0..K-1, shape (N,).
        xp: the namespace of Z.
        eps: from 0 to 1, a number or a scalar variable.

    Raises:
        TypeError: as for `cross_entropy`.
        ValueError: as for `cross_entropy`.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> xp = backend_namespace("numpy")
        >>> label_smoothing(np.array([[1e4], [0.0]]), [0], xp, 0.5)  # the wrong class costs eps / 2 of 1e4
        array([2500.])
    """
    differences = wrong_differences(Z, labels, xp)
    K, eps = Z.shape[0], number("eps", eps, xp, 0, 1)
    own = xp.softplus(xp.logsumexp(differences, axis=0))
    others = xp.sum(xp.expand_dims(own, axis=0) - differences, axis=0)  # -log p_j, each >= 0
    return (1 - eps + eps / K) * own + eps / K * others


def focal(Z: Logits, labels: Labels, xp: Namespace, gamma: NotNegativeScalar) -> Array:
    """(1 - p)^gamma (-log p) with p the softmax probability of the label, shape (N,).

    Args:
        Z: logits, shape (K, N).
        labels: class numbers 0..K-1, shape (N,).
        xp: the namespace of Z.
        gamma: >= 0, a number or a scalar variable.

    Raises:
        TypeError: as for `cross_entropy`.
        ValueError: as for `cross_entropy`.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> focal(np.array([[0.0, 1e4], [1e4, 0.0]]), [0, 0], backend_namespace("numpy"), 2)
        array([10000.,     0.])
    """
    odds = log_odds(Z, labels, xp)
    return xp.exp(-number("gamma", gamma, xp, 0) * xp.softplus(-odds)) * xp.softplus(odds)
