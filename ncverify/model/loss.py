r"""The cross-entropy loss (2.3) and its logarithm, from logit differences.

.. math:: L = \sum_{k,i} \log\Bigl(1 + \sum_{j \ne k} e^{-s_{k,i,j}}\Bigr)

The logarithm never forms exp(-s) alone, so it stays finite and accurate where the loss underflows.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ncverify.arguments import Classes, Logits, Namespace, PerClass
from ncverify.kinds import Array, Functions, Number
from ncverify.model.logits import between_classes, classes_of_columns


def log_odds(S: Logits, n: PerClass, xp: Namespace) -> Array:
    """The log-odds of a wrong class for every sample, log of the sum over j != k of exp(-s_kij); shape (K*n,).

    Args:
        S: logit differences, shape (K, K*n).
        n: samples per class, or the class sizes.
        xp: the namespace of S.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> log_odds(np.array([[0.0, 1.0], [2.0, 0.0]]), 1, backend_namespace("numpy"))
        array([-2., -1.])
    """
    return xp.logsumexp(-between_classes(S, n, xp), axis=0)


def loss(S: Logits, n: PerClass, xp: Namespace) -> Number:
    """The loss (2.3) from logit differences S (K, K*n): a sum over all samples, in nats; zero where it underflows.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> round(float(loss(np.zeros((2, 2)), 1, backend_namespace("numpy"))), 6)  # 2 log 2
        1.386294
    """
    return xp.sum(xp.softplus(log_odds(S, n, xp)))


def log_loss(S: Logits, n: PerClass, xp: Namespace) -> Number:
    """The logarithm of the loss (2.3) from logit differences S (K, K*n), finite even where the loss underflows.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> S = np.array([[0.0, 1e6], [1e6, 0.0]])
        >>> round(float(log_loss(S, 1, backend_namespace("numpy"))), 3)  # log 2 - 1e6
        -999999.307
    """
    return xp.logsumexp(xp.log_softplus(log_odds(S, n, xp)))


def wrong_class_probabilities(S: Logits, n: PerClass, xp: Namespace) -> Array:
    r"""Softmax probabilities p_kij of the classes j != k, zero at j = k; shape (K, K*n).

    .. math:: p_{k,i,j} = e^{-s_{k,i,j}} / (1 + \sum_{l \ne k} e^{-s_{k,i,l}})

    Accurate in relative terms down to underflow: the exponents are shifted by the log of the denominator, and the
    rounding of that shift, large where the logits are, cancels in the quotient.

    Args:
        S: logit differences, shape (K, K*n).
        n: samples per class, or the class sizes.
        xp: the namespace of S.

    *Source:* the weights of (B.6).

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> wrong_class_probabilities(np.zeros((2, 2)), 1, backend_namespace("numpy"))
        array([[0. , 0.5],
               [0.5, 0. ]])
    """
    odds = xp.exp(-S - xp.expand_dims(_shift(S, n, xp), axis=0))
    return odds / xp.expand_dims(xp.sum(odds, axis=0), axis=0) * other_class_mask(S.shape[0], n, xp)


def _shift(S: Array, n: PerClass, xp: Functions) -> Array:
    """A number near the largest exponent -s_kij of every sample, shape (K*n,).

    In exact arithmetic it is that exponent: exp(0) is rational, and so is the gradient where all logits agree.
    """
    return xp.max(-S, axis=0) if xp.exact else xp.softplus(log_odds(S, n, xp))


def own_class_mask(K: Classes, n: PerClass, xp: Namespace) -> Array:
    """One-hot labels Y, shape (K, K*n).

    Example:
        >>> from ncverify.numbers import backend_namespace
        >>> own_class_mask(2, 2, backend_namespace("numpy"))
        array([[1., 1., 0., 0.],
               [0., 0., 1., 1.]])
    """
    return xp.where(_is_own_class(K, n), 1, 0)


def other_class_mask(K: Classes, n: PerClass, xp: Namespace) -> Array:
    """1 - Y, shape (K, K*n): exact zeros and ones rather than a difference."""
    return xp.where(_is_own_class(K, n), 0, 1)


@lru_cache(maxsize=64)
def _is_own_class(K: int, n: PerClass) -> np.ndarray:
    own: np.ndarray = np.arange(K)[:, None] == classes_of_columns(K, n)
    return own
