"""What the cross-entropy papers share: logits, losses, Zhu's objective, its certificate and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ncverify import Space, Variable
from ncverify.certificates import nonnegative, positive
from ncverify.optima.excess import at_the_optimum, regularised_terms


def balanced(s: Any) -> bool:
    """All classes have the same number of samples."""
    return len(set(s.class_sizes)) == 1


def wide(s: Any) -> bool:
    """Balanced, and a simplex fits in."""
    return balanced(s) and s.d >= s.K - 1


def zhu_space(K: Any = (2, 4), n: Any = (1, 2), d: Any = (1, 4), where: Any = None) -> Space:
    """(W, H, b) with weights lW, lH > 0 and lb >= 0."""
    return Space(
        sizes={"K": K, "d": d},
        classes=("K", n),
        variables={
            "W": Variable("K", "d"),
            "H": Variable("d", "N"),
            "b": Variable("K"),
            "lW": Variable(positive=True),
            "lH": Variable(positive=True),
            "lb": Variable(low=0),
        },
        where=where,
    )


def one_hot(p: Any) -> Any:
    """Y, K rows and one column a sample."""
    return p.xp.take(p.xp.eye(p.K), p.xp.integers(p.labels), axis=1)


def square(p: Any, a: Any) -> Any:
    """|a|^2."""
    return p.xp.sum(a * a)


def logits(p: Any) -> Any:
    """W H + b 1'."""
    return p.W @ p.H + p.xp.reshape(p.b, (p.K, 1))


def cross_entropies(p: Any, Z: Any) -> Any:
    """CE of the columns of Z, one number a sample."""
    return column_losses(p.xp, Z, [k for k, n in enumerate(p.class_sizes) for _ in range(n)])


def column_losses(xp: Any, Z: Any, labels: Sequence[int]) -> Any:
    """softplus(log sum_{j != k} exp(z_j - z_k)) of the columns of Z (K, N), k = labels[i].

    It is logsumexp(z) - z_k, written so that a loss like exp(-1e9) keeps its leading digits.
    """
    K, N = Z.shape
    flat = xp.reshape(Z, (-1,))
    others = [
        j * N + i for position in range(K - 1) for i, k in enumerate(labels) for j in [position + (position >= k)]
    ]
    own = xp.take(flat, xp.integers([k * N + i for i, k in enumerate(labels)]), axis=0)
    rest = xp.reshape(xp.take(flat, xp.integers(others), axis=0), (K - 1, N))
    return xp.softplus(xp.logsumexp(rest - xp.expand_dims(own, 0), axis=0))


def simplex_loss(xp: Any, K: int, gap: Any) -> Any:
    """log(1 + (K-1) exp(-gap)): the loss where every wrong logit lies `gap` below."""
    return xp.softplus(xp.log(xp.asarray(K - 1)) - gap)


def mean_loss(p: Any, Z: Any) -> Any:
    """g: the mean of the cross-entropies."""
    return p.xp.mean(cross_entropies(p, Z))


def probabilities(p: Any, Z: Any) -> Any:
    """softmax of the columns."""
    return p.xp.exp(Z - p.xp.expand_dims(p.xp.logsumexp(Z, axis=0), 0))


def regulariser(p: Any) -> Any:
    """(lW/2)|W|^2 + (lH/2)|H|^2 + (lb/2)|b|^2."""
    return (p.lW * square(p, p.W) + p.lH * square(p, p.H) + p.lb * square(p, p.b)) / 2


def objective(p: Any) -> Any:
    """Zhu's f(W, H, b)."""
    return mean_loss(p, logits(p)) + regulariser(p)


def strength(p: Any) -> Any:
    """s^2 = n lW lH for equal classes."""
    return (p.N // p.K) * p.lW * p.lH


def is_learned(p: Any) -> Any:
    """K^2 n lW lH < 1, as a positive number."""
    return 1 - p.K**2 * strength(p)


def off_class_probability(p: Any) -> Any:
    """sigma = min(s, 1/K): the softmax of every wrong class at the optimum."""
    return at_the_optimum(p.xp, p.K, strength(p))[0]


def optimal_logit_gap(p: Any) -> Any:
    """c = log(1/sigma - (K-1)), zero from the threshold on."""
    return at_the_optimum(p.xp, p.K, strength(p))[1]


def optimal_value(p: Any) -> Any:
    """min f = -log(1 - (K-1) sigma) + (K-1) sigma c: log K from the threshold on."""
    sigma = off_class_probability(p)
    return -p.xp.log(1 - (p.K - 1) * sigma) + (p.K - 1) * sigma * optimal_logit_gap(p)


def centring(p: Any) -> Any:
    """I - J/K."""
    return p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K


def simplex(p: Any, K: int) -> Any:
    """G(K) = (K I - J)/(K-1)."""
    return (K * p.xp.eye(K) - p.xp.ones((K, K))) / (K - 1)


def is_equal(p: Any, a: Any, b: Any) -> Any:
    """Entry by entry equal, as a number that is >= 0 exactly then."""
    return -square(p, a - b)


def excess_terms(p: Any) -> Any:
    """f - min f as a sum of terms that are >= 0 by their form, in every dimension d (equal classes)."""
    return regularised_terms(p, p.W, p.H, p.b, positive(p, "lW"), positive(p, "lH"), nonnegative(p, "lb"))


def gradients(p: Any) -> tuple[Any, Any, Any, Any]:
    """(grad_W f, grad_H f, grad_b f) and G = grad_Z g."""
    Z = logits(p)
    G = (probabilities(p, Z) - one_hot(p)) / p.N
    return G @ p.H.T + p.lW * p.W, p.W.T @ G + p.lH * p.H, p.xp.sum(G, axis=1) + p.lb * p.b, G


def hessian_product(p: Any, A: Any, B: Any, beta: Any) -> tuple[Any, Any, Any]:
    """Hess f(W, H, b) applied to (A, B, beta); linear work in the sizes of the arrays."""
    return hessian_form(p, probabilities(p, logits(p)), gradients(p)[3], A, B, beta)


def hessian_form(p: Any, P: Any, G: Any, A: Any, B: Any, beta: Any) -> tuple[Any, Any, Any]:
    """The same with any P in the place of the softmax, and any G in that of grad_Z g."""
    xp = p.xp
    moved = A @ p.H + p.W @ B + xp.reshape(beta, (p.K, 1))
    inner = P * moved
    dG = (inner - P * xp.expand_dims(xp.sum(inner, axis=0), 0)) / p.N
    return dG @ p.H.T + G @ B.T + p.lW * A, p.W.T @ dG + A.T @ G + p.lH * B, xp.sum(dG, axis=1) + p.lb * beta
