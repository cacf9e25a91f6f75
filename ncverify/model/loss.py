r"""The cross-entropy loss (2.3) and its logarithm, from logit differences.

.. math:: L = \sum_{k,i} \log\Bigl(1 + \sum_{j \ne k} e^{-s_{k,i,j}}\Bigr)

The logarithm never forms exp(-s) alone, so it stays finite and accurate where the loss underflows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ncverify.model.logits import between_classes


def log_odds(S: Any, n: int, xp: Any) -> Any:
    """log of sum over j != k of exp(-s_kij), shape (K*n,): the log-odds of a wrong class."""
    return xp.logsumexp(-between_classes(S, n, xp), axis=0)


def loss(S: Any, n: int, xp: Any) -> Any:
    """The loss (2.3), a sum over all samples, in nats.

    Args:
        S: logit differences, shape (K, K*n).
        n: samples per class.
        xp: the namespace of S.
    """
    return xp.sum(xp.softplus(log_odds(S, n, xp)))


def log_loss(S: Any, n: int, xp: Any) -> Any:
    """The logarithm of the loss (2.3), finite even where the loss itself underflows."""
    return xp.logsumexp(xp.log_softplus(log_odds(S, n, xp)))


def wrong_class_probabilities(S: Any, n: int, xp: Any) -> Any:
    r"""Softmax probabilities p_kij of the classes j != k, zero at j = k; shape (K, K*n).

    .. math:: p_{k,i,j} = e^{-s_{k,i,j}} / (1 + \sum_{l \ne k} e^{-s_{k,i,l}})

    *Source:* the weights of (B.6); accurate in relative terms however small they are.
    """
    K = S.shape[0]
    normaliser = xp.expand_dims(xp.softplus(log_odds(S, n, xp)), axis=0)
    return xp.exp(-S - normaliser) * other_class_mask(K, n, xp)


def own_class_mask(K: int, n: int, xp: Any) -> Any:
    """One-hot labels Y, shape (K, K*n)."""
    return xp.asarray(_mask(K, n, 1.0, 0.0))


def other_class_mask(K: int, n: int, xp: Any) -> Any:
    """1 - Y, shape (K, K*n): exact zeros and ones rather than a difference."""
    return xp.asarray(_mask(K, n, 0.0, 1.0))


@lru_cache(maxsize=256)
def _mask(K: int, n: int, own: float, other: float) -> list[list[float]]:
    return [[own if column // n == j else other for column in range(K * n)] for j in range(K)]
