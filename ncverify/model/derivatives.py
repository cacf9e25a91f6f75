r"""First and second derivatives of the loss (2.3) in closed form.

With G = softmax(WH) - Y the gradient is (G H', W' G), and along (U, V) the Hessian is

.. math:: (R H' + G V',\; W' R + U' G), \qquad R_{:c} = (\mathrm{diag}\,p_c - p_c p_c')(U H + W V)_{:c}
"""

from __future__ import annotations

from ncverify.arguments import Classifier, Features, Logits, Namespace, PerClass
from ncverify.kinds import Array
from ncverify.model.loss import other_class_mask, own_class_mask, wrong_class_probabilities


def logit_gradient(S: Logits, n: PerClass, xp: Namespace) -> Array:
    """The derivative G of the loss by the logits, from logit differences S; both of shape (K, K*n).

    Its columns sum to zero: the own-class entry is minus the sum of the others, so that tiny entries keep their
    relative accuracy. *Source:* Appendix C, gradient of L(Z).

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> logit_gradient(np.zeros((2, 2)), 1, backend_namespace("numpy"))
        array([[-0.5,  0.5],
               [ 0.5, -0.5]])
    """
    P = wrong_class_probabilities(S, n, xp)
    return P - own_class_mask(S.shape[0], n, xp) * xp.expand_dims(xp.sum(P, axis=0), axis=0)


def gradient(W: Classifier, H: Features, G: Logits) -> tuple[Array, Array]:
    """(dL/dW, dL/dH) with the shapes of W (K, d) and H (d, K*n), from the logit gradient G (K, K*n).

    *Source:* proof of Theorem 3.4, chain rule.
    """
    return G @ H.T, W.T @ G


def softmax_jacobian_product(G: Logits, D: Logits, n: PerClass, xp: Namespace) -> Array:
    """(diag p - p p') D column by column, shape (..., K, K*n).

    A constant added to a column of D changes nothing, so D is first measured from its own class, and the small weights
    are never subtracted from numbers of order one.

    Args:
        G: logit gradient p - Y, shape (K, K*n).
        D: logit directions, shape (..., K, K*n).
        n: samples per class, or the class sizes.
        xp: the namespace.
    """
    K = G.shape[0]
    own, others = own_class_mask(K, n, xp), other_class_mask(K, n, xp)
    E = D - xp.expand_dims(xp.sum(own * D, axis=-2), axis=-2)
    P = G * others
    off = P * (E - xp.expand_dims(xp.sum(P * E, axis=-2), axis=-2))
    return off - own * xp.expand_dims(xp.sum(off, axis=-2), axis=-2)


def hessian_vector_product(
    W: Classifier,
    H: Features,
    G: Logits,
    U: Classifier,
    V: Features,
    xp: Namespace,
    n: PerClass | None = None,
) -> tuple[Array, Array]:
    """The Hessian of the loss applied to the direction (U, V), with the shapes of U and V.

    Args:
        W: classifiers, shape (K, d).
        H: features, shape (d, K*n).
        G: logit gradient at (W, H), shape (K, K*n).
        U: direction of W, shape (..., K, d); several directions at once are stacked in front.
        V: direction of H, shape (..., d, K*n).
        xp: the namespace.
        n: samples per class, or the class sizes; by default all classes have the same size.
    """
    n = H.shape[1] // W.shape[0] if n is None else n
    R = softmax_jacobian_product(G, U @ H + W @ V, n, xp)
    return R @ H.T + G @ V.mT, W.T @ R + U.mT @ G
