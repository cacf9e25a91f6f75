"""Derivatives by the logits in closed form: tiny entries keep their relative accuracy, and columns sum to zero."""

from __future__ import annotations

from typing import Any

from ncverify.arguments import Labels, Logits, Namespace, NotNegativeScalar, PositiveScalar, Share
from ncverify.kinds import Array, Functions, Number
from ncverify.losses.labels import cooled, matrix, number, on_host, one_hot, own_entries
from ncverify.losses.logits import log_odds


def cross_entropy_gradient(Z: Logits, labels: Labels, xp: Namespace, temperature: PositiveScalar = 1) -> Array:
    """The derivative of every sample's cross-entropy by its logits, (softmax - one-hot) / temperature, shape (K, N).

    The arguments and errors are those of `cross_entropy`.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> cross_entropy_gradient(np.zeros((2, 2)), [0, 0], backend_namespace("numpy"))
        array([[-0.5, -0.5],
               [ 0.5,  0.5]])
    """
    return cooled(_balanced(wrong_probabilities(Z, labels, xp, temperature), labels, xp), temperature, xp)


def squared_gradient(Z: Logits, labels: Labels, xp: Namespace) -> Array:
    """The derivative of `squared` by the logits, Z minus one-hot labels, shape (K, N)."""
    K, N = matrix("Z", Z, "(K, N)")
    return Z - one_hot(on_host(labels, K, N), K, xp)


def label_smoothing_gradient(Z: Logits, labels: Labels, xp: Namespace, eps: Share) -> Array:
    """The derivative of `label_smoothing` by the logits: softmax minus the target, shape (K, N)."""
    K, N = matrix("Z", Z, "(K, N)")
    Y, share = one_hot(on_host(labels, K, N), K, xp), number("eps", eps, xp, 0, 1) / K
    return _balanced(wrong_probabilities(Z, labels, xp) - share * (1 - Y), labels, xp)


def focal_gradient(Z: Logits, labels: Labels, xp: Namespace, gamma: NotNegativeScalar) -> Array:
    """The derivative of `focal` by the logits, shape (K, N).

    With u = 1 - p it is (u - gamma p log p) u^gamma times the softmax over the wrong classes, and minus that at the
    label.
    """
    odds, gamma = log_odds(Z, labels, xp), number("gamma", gamma, xp, 0)
    miss, hit = xp.softplus(-odds), xp.softplus(odds)  # -log(1 - p), -log p
    slope = (gamma * xp.exp(-hit) * hit + xp.exp(-miss)) * xp.exp(-gamma * miss)
    return _balanced(_conditional(Z, labels, xp) * xp.expand_dims(slope, axis=0), labels, xp)


def cross_entropy_hessian_product(Z: Logits, labels: Labels, xp: Namespace, D: Logits) -> Array:
    """The second derivative of every sample's cross-entropy by its logits along D, (diag p - p p') D, shape (K, N).

    Args:
        Z: logits, shape (K, N).
        labels: class numbers 0..K-1, shape (N,).
        xp: the namespace of Z.
        D: directions, shape (K, N).
    """
    K, N = matrix("Z", Z, "(K, N)")
    P = wrong_probabilities(Z, labels, xp)
    E = D - xp.expand_dims(own_entries(D, on_host(labels, K, N), xp), axis=0)  # a constant changes nothing
    return _balanced(P * (E - xp.expand_dims(xp.sum(P * E, axis=0), axis=0)), labels, xp)


def wrong_probabilities(Z: Array, labels: Array, xp: Functions, temperature: Number = 1) -> Array:
    """Softmax probabilities of the classes that are not the label, zero at the label, shape (K, N)."""
    D, wrong = _from_the_label(Z, labels, xp, temperature)
    # near the largest exponent; in exact arithmetic that exponent, so that the gradient is rational at equal logits
    shift = xp.max(D, axis=0) if xp.exact else xp.softplus(log_odds(Z, labels, xp, temperature))
    odds = xp.exp(D - xp.expand_dims(shift, axis=0))
    return odds / xp.expand_dims(xp.sum(odds, axis=0), axis=0) * wrong


def _conditional(Z: Array, labels: Array, xp: Functions) -> Array:
    """Softmax over the wrong classes alone, zero at the label, shape (K, N)."""
    D, wrong = _from_the_label(Z, labels, xp)
    low = D - xp.expand_dims(log_odds(Z, labels, xp), axis=0)
    weights = xp.exp(xp.where(wrong == 1, low, xp.asarray(0))) * wrong
    return weights / xp.expand_dims(xp.sum(weights, axis=0), axis=0)


def _from_the_label(Z: Array, labels: Array, xp: Functions, temperature: Number = 1) -> tuple[Array, Array]:
    """Logits measured from that of the label, and zeros at the label with ones elsewhere; both (K, N)."""
    K, N = matrix("Z", Z, "(K, N)")
    known = on_host(labels, K, N)
    D = Z - xp.expand_dims(own_entries(Z, known, xp), axis=0)
    return cooled(D, temperature, xp), 1 - one_hot(known, K, xp)


def _balanced(P: Any, labels: Array, xp: Functions) -> Array:
    """The matrix with minus the sum of each column at its label; P is zero there, or meant to be."""
    K, N = matrix("Z", P, "(K, N)")
    Y = one_hot(on_host(labels, K, N), K, xp)
    wrong = P * (1 - Y)
    return wrong - Y * xp.expand_dims(xp.sum(wrong, axis=0), axis=0)
