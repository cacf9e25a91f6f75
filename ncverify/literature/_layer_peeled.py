"""What the cross-entropy papers share: logits, losses, Zhu's objective, its certificate and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ncverify import Space, Variable
from ncverify.certificates import NonNegative, nonnegative, positive
from ncverify.collapse.definitions import one_hot as one_hot
from ncverify.kinds import Array, Functions, Number
from ncverify.losses.logits import cross_entropy
from ncverify.optima.excess import at_the_optimum, regularised_terms
from ncverify.space import Sizes, SpacePoint
from ncverify.space.sizes import Where, labels_of
from ncverify.space.space import Range


def balanced(s: Sizes) -> bool:
    """All classes have the same number of samples."""
    return len(set(s.class_sizes or ())) == 1


def wide(s: Sizes) -> bool:
    """Balanced, and a simplex fits in."""
    return balanced(s) and s.d >= s.K - 1


def peeled(
    K: Range = (2, 3), n: Range = (1, 2), d: Range = (1, 4), where: Where | None = balanced, **more: Variable
) -> Space:
    """W (K, d) and H (d, N) of K classes of n samples each, n a range, and further variables."""
    variables = {"W": Variable("K", "d"), "H": Variable("d", "N")}
    return Space(sizes={"K": K, "d": d}, classes=("K", n), where=where, variables=variables | more)


POSITIVE = Variable(positive=True)

zhu_space = partial(peeled, K=(2, 4), where=None, b=Variable("K"), lW=POSITIVE, lH=POSITIVE, lb=Variable(low=0))
"""(W, H, b) with weights lW, lH > 0 and lb >= 0."""


def square(p: SpacePoint, a: Array) -> Number:
    """|a|^2."""
    return p.xp.sum(a * a)


def flat(p: SpacePoint, *arrays: Array) -> Array:
    """The entries of all arrays in one vector."""
    return p.xp.concat([p.xp.reshape(a, (-1,)) for a in arrays], axis=0)


def logits(p: SpacePoint) -> Array:
    """W H + b 1'."""
    return p.W @ p.H + p.xp.reshape(p.b, (p.K, 1))


def cross_entropies(p: SpacePoint, Z: Array) -> Array:
    """CE of the columns of Z, one number a sample."""
    return column_losses(p.xp, Z, labels_of(p.class_sizes))


def column_losses(xp: Functions, Z: Array, labels: Sequence[int]) -> Array:
    """CE of the columns of Z (K, N) with the labels; a loss like exp(-1e9) keeps its leading digits."""
    return cross_entropy(Z, labels, xp)


def simplex_loss(xp: Functions, K: int, gap: Number) -> Number:
    """log(1 + (K-1) exp(-gap)): the loss where every wrong logit lies `gap` below."""
    return xp.softplus(xp.log(xp.asarray(K - 1)) - gap)


def mean_loss(p: SpacePoint, Z: Array) -> Number:
    """g: the mean of the cross-entropies."""
    return p.xp.mean(cross_entropies(p, Z))


def probabilities(p: SpacePoint, Z: Array) -> Array:
    """softmax of the columns."""
    return p.xp.exp(Z - p.xp.expand_dims(p.xp.logsumexp(Z, axis=0), 0))


def regulariser(p: SpacePoint) -> Number:
    """(lW/2)|W|^2 + (lH/2)|H|^2 + (lb/2)|b|^2."""
    return (p.lW * square(p, p.W) + p.lH * square(p, p.H) + p.lb * square(p, p.b)) / 2


def objective(p: SpacePoint) -> Number:
    """Zhu's f(W, H, b)."""
    return mean_loss(p, logits(p)) + regulariser(p)


def strength(p: SpacePoint) -> Number:
    """s^2 = n lW lH for equal classes."""
    return (p.N // p.K) * p.lW * p.lH


def is_learned(p: SpacePoint) -> Number:
    """K^2 n lW lH < 1, as a positive number."""
    return 1 - p.K**2 * strength(p)


def off_class_probability(p: SpacePoint) -> Number:
    """sigma = min(s, 1/K): the softmax of every wrong class at the optimum."""
    return at_the_optimum(p.xp, p.K, strength(p))[0]


def optimal_logit_gap(p: SpacePoint) -> Number:
    """c = log(1/sigma - (K-1)), zero from the threshold on."""
    return at_the_optimum(p.xp, p.K, strength(p))[1]


def optimal_value(p: SpacePoint) -> Number:
    """min f = -log(1 - (K-1) sigma) + (K-1) sigma c: log K from the threshold on."""
    sigma = off_class_probability(p)
    return -p.xp.log(1 - (p.K - 1) * sigma) + (p.K - 1) * sigma * optimal_logit_gap(p)


def centring(p: SpacePoint) -> Array:
    """I - J/K."""
    return p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K


def simplex(p: SpacePoint, K: int) -> Array:
    """G(K) = (K I - J)/(K-1)."""
    return (K * p.xp.eye(K) - p.xp.ones((K, K))) / (K - 1)


def is_equal(p: SpacePoint, a: Array, b: Array) -> Number:
    """Entry by entry equal, as a number that is >= 0 exactly then."""
    return -square(p, a - b)


def excess_terms(p: SpacePoint) -> tuple[NonNegative, ...]:
    """f - min f as a sum of terms that are >= 0 by their form, in every dimension d (equal classes)."""
    return regularised_terms(p, p.W, p.H, p.b, positive(p, "lW"), positive(p, "lH"), nonnegative(p, "lb"))


def gradients(p: SpacePoint) -> tuple[Array, Array, Array, Array]:
    """(grad_W f, grad_H f, grad_b f) and G = grad_Z g."""
    Z = logits(p)
    G = (probabilities(p, Z) - one_hot(p)) / p.N
    return G @ p.H.T + p.lW * p.W, p.W.T @ G + p.lH * p.H, p.xp.sum(G, axis=1) + p.lb * p.b, G


def hessian_product(p: SpacePoint, A: Array, B: Array, beta: Number) -> tuple[Array, Array, Array]:
    """Hess f(W, H, b) applied to (A, B, beta); linear work in the sizes of the arrays."""
    return hessian_form(p, probabilities(p, logits(p)), gradients(p)[3], A, B, beta)


def hessian_form(p: SpacePoint, P: Array, G: Array, A: Array, B: Array, beta: Array) -> tuple[Array, Array, Array]:
    """The same with any P in the place of the softmax, and any G in that of grad_Z g."""
    xp = p.xp
    moved = A @ p.H + p.W @ B + xp.reshape(beta, (p.K, 1))
    inner = P * moved
    dG = (inner - P * xp.expand_dims(xp.sum(inner, axis=0), 0)) / p.N
    return dG @ p.H.T + G @ B.T + p.lW * A, p.W.T @ dG + A.T @ G + p.lH * B, xp.sum(dG, axis=1) + p.lb * beta
