"""Fang et al.: losses of softmax type, the contrastive loss, oversampling."""

from __future__ import annotations

from ncverify import Inequality, Optimum, Space, Variable
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import (
    balanced,
    column_losses,
    cross_entropies,
    is_equal,
    one_hot,
    probabilities,
    simplex,
    simplex_loss,
    square,
)
from ncverify.literature.fang_2021.balanced import energy, loss, space
from ncverify.papers import Claim, Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint


def _power_loss(p: SpacePoint, Z: Array) -> Number:
    S, Y, xp = probabilities(p, Z), one_hot(p), p.xp
    return xp.sum(xp.exp(p.q * xp.log(Y * (1 - S) + (1 - Y) * S))) / p.N


def _power_value(p: SpacePoint, E: Number) -> Number:
    xp = p.xp
    miss = (p.K - 1) / (xp.exp(p.K * E / (p.K - 1)) + p.K - 1)
    return xp.exp(p.q * xp.log(miss)) + (p.K - 1) * xp.exp(p.q * xp.log(miss / (p.K - 1)))


def _large_enough(p: SpacePoint) -> Number:
    """The printed hypothesis."""
    return energy(p) - (p.K - 1) * p.xp.log(p.K**2 * energy(p) + (2 * p.K - 1) * (p.K - 1)) / p.K


def _enough(p: SpacePoint) -> TruthValue:
    """The weaker one: e^c >= K-1 and e^(2c) + e^c (K-2-K c) >= K-1 with c = K E/(K-1): the tangent at c stays below."""
    c = p.K * energy(p) / (p.K - 1)
    e = p.xp.exp(c)
    return (e >= p.K - 1) & (e * e + e * (p.K - 2 - p.K * c) >= p.K - 1)


def _power_slack(p: SpacePoint) -> Number:
    """(W, H) scaled onto the constraints, so that no point is wasted."""
    norm = p.xp.sqrt(square(p, p.W) * square(p, p.H) / (p.N // p.K)) / p.K
    return _power_loss(p, p.W @ p.H / norm * energy(p)) - _power_value(p, energy(p))


POWER_SPACE = space(q=Variable(low=1, high=6))

NOT_ZERO = [lambda p: square(p, p.W) * square(p, p.H)]

POWER = Inequality(
    "under the printed hypothesis loss >= simplex value", slack=_power_slack, given=[_large_enough, *NOT_ZERO]
)

POWER_WEAK = Inequality("under the weaker hypothesis", slack=_power_slack, given=[_enough, *NOT_ZERO])

POWER_FREE = Neighbour(
    Inequality("without it (K = 4, small E, q near 1)", slack=_power_slack, given=NOT_ZERO),
    Space(
        sizes={"K": (4, 4), "d": (3, 3)},
        classes=("K", (1, 1)),
        variables={
            **POWER_SPACE.variables,
            "q": Variable(low=1, high=1.1),
            "EW": Variable(positive=True, high=1),
            "EH": Variable(positive=True, high=1),
        },
    ),
)

CONTRAST = Space(
    sizes={"K": (2, 3), "d": (1, 3)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={"H": Variable("d", "N"), "tau": Variable(positive=True)},
)


def _contrastive(p: SpacePoint, factor: Number = 1) -> Number:
    """loss - [log n + log(1 + (K-1) exp(-K EH/(tau (K-1))))], EH = |H|^2/N.

    For a sample with S_own its products with its own class, the loss less log n is log mean exp(S_own - mean S_own),
    which is >= 0, and the softplus of what the other classes have beyond its own.
    """
    xp, n = p.xp, p.N // p.K
    S = xp.reshape(p.H.T @ p.H, (p.N, p.K, n))
    classes = xp.logsumexp(S / p.tau, axis=2)
    labels = [k for k, size in enumerate(p.class_sizes) for _ in range(size)]
    flat = xp.reshape(S, (p.N * p.K, n))
    own = xp.take(flat, xp.integers([i * p.K + k for i, k in enumerate(labels)]), axis=0)
    spread = (own - xp.mean(own, axis=1, keepdims=True)) / p.tau
    top = xp.max(spread, axis=1, keepdims=True)
    within = top[:, 0] + xp.log1p(xp.mean(xp.expm1(spread - top), axis=1))
    E = factor * square(p, p.H) / p.N
    return xp.mean(within + column_losses(xp, classes.T, labels)) - simplex_loss(xp, p.K, p.K * E / (p.tau * (p.K - 1)))


def _contrast_optimum(p: SpacePoint) -> Number:
    Y, E = one_hot(p), square(p, p.H) / p.N
    return is_equal(p, p.H.T @ p.H, E * (Y.T @ simplex(p, p.K) @ Y))


def _oversampled(p: SpacePoint, factor: Number = 1) -> Number:
    """Class means of CE, equal weights: what oversampling by n_A/n_B minimises, over E from the weighted norm."""
    xp, Y = p.xp, one_hot(p)
    sizes = xp.sum(Y, axis=1) @ Y
    norm = xp.sqrt(square(p, p.W) * xp.sum(xp.sum(p.H * p.H, axis=0) / sizes)) / p.K
    mean = xp.sum(cross_entropies(p, p.W @ p.H) / sizes) / p.K
    return mean - simplex_loss(xp, p.K, factor * p.K * norm / (p.K - 1))


def _unweighted(p: SpacePoint) -> Number:
    """The plain mean of CE in the place of the mean over classes."""
    sizes = p.xp.sum(one_hot(p), axis=1) @ one_hot(p)
    return _oversampled(p) + loss(p) - p.xp.sum(cross_entropies(p, p.W @ p.H) / sizes) / p.K


UNEQUAL = space(n=(1, 3), where=None)

OVER = scaled(_oversampled, ("9/10", "6/10"), "the exponent", UNEQUAL)

CLAIMS = (
    Claim(
        id="fang-softmax-losses",
        where="Theorem 2",
        kind="claim",
        attribution="recalled",
        says="the same for (1-S_k)^q + sum S_j^q",
        printed=r"\sqrt{E_HE_W}>\tfrac{K-1}K\log(K^2\sqrt{E_HE_W}+(2K-1)(K-1))",
        verdict="holds",
        reason=(
            "power mean and AM-GM reduce it to rho(m)^q, rho = (K-1)/(e^m+K-1), whose tangent "
            "at c stays below on m >= 0; a weaker hypothesis suffices"
        ),
        parts=(Part(POWER, domain=POWER_SPACE), Part(POWER_WEAK, domain=POWER_SPACE)),
        neighbours=(
            POWER_FREE,
            *scaled(
                lambda p, factor: _power_slack(p) + (1 - factor) * _power_value(p, energy(p)),
                ("101/100", "2"),
                "the simplex value",
                space(K=(2, 2), d=(1, 2), q=Variable(low=1, high=3)),
                given=[_large_enough, *NOT_ZERO],
            ),
        ),
    ),
    Claim(
        id="fang-contrastive",
        where="contrastive loss",
        kind="claim",
        attribution="recalled",
        says="minimisers have h_ki.h_lj = EH G_kl",
        printed=r"h_{k,i}^\top h_{l,j}=E_HG_{kl}",
        verdict="holds",
        reason="log-sum-exp over classes, Jensen, |sum h|^2 >= 0; p >= K-1 suffices",
        parts=(
            Part(Inequality("bound", slack=_contrastive), domain=CONTRAST),
            Part(
                Optimum(
                    "only simplices",
                    objective=_contrastive,
                    value=lambda p: p.xp.asarray(0),
                    conclusion=_contrast_optimum,
                ),
                domain=CONTRAST,
            ),
        ),
        neighbours=scaled(_contrastive, ("9/10", "7/10", "5/10"), "the exponent", CONTRAST),
    ),
    Claim(
        id="fang-oversampling",
        where="oversampling",
        kind="claim",
        attribution="recalled",
        says="oversampling by n_A/n_B restores the simplex",
        printed=r"w_r=n_A/n_B",
        verdict="holds",
        reason=(
            "every class then has weight n_A: the balanced model in the class means; "
            "any class sizes with weights 1/n_k, p >= K-1"
        ),
        parts=(Part(Inequality("bound", slack=_oversampled), domain=UNEQUAL),),
        neighbours=(*OVER, Neighbour(Inequality("without the weights", slack=_unweighted), UNEQUAL)),
    ),
)
