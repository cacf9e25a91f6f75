"""Graf et al.: cross-entropy with bounded norms |W| <= r and |z_i| <= rho.

With C = I - J/K the mean over all i and j != y_i of z_{y_i} - z_j (logits) is <C Y, W Z>/(n (K-1)). PRODUCT bounds it
by rho r sqrt(K)/(K-1): t = rho sqrt(K)/r is the ratio |z_i|/|w_k| at the optimum. Jensen twice gives the bound of the
loss; equality makes all gaps agree, Z = t W'C Y, 1'W = 0, |W| = r and |z_i| = rho: a simplex. Without d >= K-1 there is
neither equality nor a simplex.
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, centring, mean_loss, one_hot, simplex_loss, square
from ncverify.papers import Claim, Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint
from ncverify.space.sizes import Where


def _space(where: Where | None) -> Space:
    return Space(
        sizes={"K": (2, 3), "d": (1, 3)},
        classes=("K", (1, 2)),
        where=where,
        variables={
            "V": Variable("K", "d", on="ball"),
            "U": Variable("d", "N", on="columns on sphere"),
            "s": Variable("N", low=0, high=1),
            "r": Variable(positive=True),
            "rho": Variable(positive=True),
        },
    )


ANY = _space(balanced)
WIDE = _space(lambda s: balanced(s) and s.d == s.K - 1)


def weights(p: SpacePoint) -> Array:
    """W with |W| <= r."""
    return p.r * p.V


def features(p: SpacePoint) -> Array:
    """Z with |z_i| <= rho."""
    return p.rho * p.U * p.s


def value(p: SpacePoint, factor: Number = 1) -> Number:
    """log(1 + (K-1) exp(-rho r sqrt(K)/(K-1)))."""
    return simplex_loss(p.xp, p.K, factor * p.rho * p.r * p.xp.sqrt(p.xp.asarray(p.K)) / (p.K - 1))


def mean_of_losses(p: SpacePoint) -> Number:
    """The objective."""
    return mean_loss(p, weights(p) @ features(p))


def _is_simplex(p: SpacePoint) -> Number:
    """z_i = rho sqrt(K)/r w_{y_i}, W W' = r^2/(K-1) (I - J/K), |W| = r: without roots, and with |z_i| = rho."""
    W, Z, K = weights(p), features(p), p.K
    paired = p.r * Z - p.rho * p.xp.sqrt(p.xp.asarray(K)) * (W.T @ one_hot(p))
    return -square(p, paired) - square(p, (K - 1) * (W @ W.T) - p.r**2 * centring(p))


OPTIMUM = Optimum(
    "mean CE >= log(1 + (K-1) exp(-rho r sqrt(K)/(K-1))), with equality only at the simplex",
    objective=mean_of_losses,
    value=value,
    conclusion=_is_simplex,
)
FREE = Space(
    sizes={"K": (2, 3), "d": (1, 3)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={"W": Variable("K", "d"), "Z": Variable("d", "N"), "t": Variable(positive=True)},
)


def _product(p: SpacePoint) -> Number:
    """n t |W|^2/2 + |Z|^2/(2t) - <C Y, W Z>."""
    n = p.N // p.K
    return (n * p.t * square(p, p.W) + square(p, p.Z) / p.t) / 2 - p.xp.sum(centring(p) @ one_hot(p) * (p.W @ p.Z))


PRODUCT = Identity(
    "n t |W|^2/2 + |Z|^2/(2t) - <C Y, W Z> = |Z - t W'C Y|^2/(2t) + n t |1'W|^2/(2K)",
    left=_product,
    right=lambda p: (
        square(p, p.Z - p.t * (p.W.T @ (centring(p) @ one_hot(p)))) / (2 * p.t)
        + (p.N // p.K) * p.t * square(p, p.xp.sum(p.W, axis=0)) / (2 * p.K)
    ),
)
JENSEN = Inequality(
    "mean CE >= log(1 + (K-1) exp(-<C Y, W Z>/(n (K-1))))",
    slack=lambda p: (
        mean_loss(p, p.W @ p.Z)
        - simplex_loss(
            p.xp,
            p.K,
            p.xp.sum(centring(p) @ one_hot(p) * (p.W @ p.Z)) * p.K / (p.N * (p.K - 1)),
        )
    ),
)


TIGHT = scaled(lambda p, factor: mean_of_losses(p) - value(p, factor), ("9/10", "5/10"), "the exponent", WIDE)


CLAIMS = (
    Claim(
        id="graf-ce",
        where="theorem on cross-entropy",
        kind="claim",
        attribution="recalled",
        says="mean CE >= log(1 + (K-1) exp(-rho r sqrt(K)/(K-1))) for |z_i| <= rho, |W| <= r; equality at simplices",
        printed=(
            r"\tfrac1N\sum_iCE(Wz_i,y_i)\ge\log\bigl(1+(K-1)e^{-\rho r\sqrt K/(K-1)}\bigr)"
            r"\quad\text{with equality iff }z_i=\zeta_{y_i},\ w_y=\tfrac r{\rho\sqrt K}\zeta_y"
        ),
        verdict="holds",
        reason="Jensen twice and a sum of squares; K = 2, n = 1 too; d < K-1 has neither equality nor a simplex",
        parts=(
            Part(OPTIMUM, domain=WIDE),
            Part(JENSEN, domain=FREE),
            Part(
                PRODUCT,
                domain=FREE,
                proof=(PRODUCT,),
                argument="with t = rho sqrt(K)/r, |W| <= r and |z_i| <= rho: <C Y, W Z> <= n K rho r/sqrt(K)",
                beyond="multiplied out, C Y Y'C = n C, whatever K, n and d",
            ),
        ),
        neighbours=(
            *TIGHT,
            Neighbour(
                Inequality(
                    "with sqrt(K-1) for sqrt(K)",
                    slack=lambda p: mean_of_losses(p) - value(p, p.xp.sqrt((p.K - 1) / p.xp.asarray(p.K))),
                ),
                WIDE,
            ),
            Neighbour(
                Inequality("with t twice", slack=lambda p: _product(p) - p.t * square(p, p.W) * (p.N // p.K) / 4), FREE
            ),
        ),
    ),
)
