"""Graf et al.: the whole data set as one batch, with classes of unequal sizes.

At collapsed points the loss is sum_y n_y log(n_y - 1 + sum_{k != y} n_k exp(g_yk - rho^2)). Its derivative by
<zeta_y, zeta_k> at the simplex is c_yk = n_y n_k e (1/D_y + 1/D_k), D_y = n_y - 1 + (N - n_y) e, e =
exp(-K rho^2/(K-1)). sum zeta = 0 is the only relation of a simplex, so it is critical on the spheres if and only if all
c_yk agree. Where n_k != n_l, c_yk = c_yl says D_k D_l = (1 - N e) D_y; for unequal sizes these equations (all y, k, l)
leave D_k = 1 - N e for some k, that is n_k - 2 = e (n_k - 2N) < 0, against n_k >= 2.
"""

from __future__ import annotations

from ncverify import Inequality, Optimum, Space, Variable
from ncverify.kinds import Number
from ncverify.literature._layer_peeled import balanced
from ncverify.literature.graf_2021.batches import everything, least, loss
from ncverify.literature.graf_2021.contrastive import gram, is_simplex
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import Sizes, SpacePoint
from ncverify.space.sizes import Where
from ncverify.space.space import Range


def _space(n: Range, where: Where | None) -> Space:
    return Space(
        sizes={"K": 3, "d": 2},
        classes=("K", n),
        where=where,
        variables={"U": Variable("d", "N", on="columns on sphere"), "rho": Variable(positive=True)},
    )


def _rising(s: Sizes) -> bool:
    sizes = s.class_sizes or ()
    return sizes == tuple(sorted(sizes))


ANY, EQUAL = _space((2, 4), lambda s: _rising(s) and s.N <= 8), _space((2, 3), balanced)


def excess(p: SpacePoint, factor: Number = 1) -> Number:
    """The loss less its value at the simplex."""
    value = least(p, everything, p.N, -factor * p.rho**2 * p.K / (p.K - 1))
    return loss(p, gram(p), everything, p.N) - value


SIMPLICES = Optimum(
    "the loss of the whole data set is least exactly at simplices",
    objective=excess,
    value=lambda p: p.xp.asarray(0),
    conclusion=is_simplex,
)
SIZES = Space(
    sizes={"K": (3, 4)},
    classes=("K", (2, 5)),
    where=lambda s: _rising(s) and not balanced(s),
    variables={"rho": Variable(positive=True)},
)


def _spread(p: SpacePoint) -> Number:
    """The largest less the smallest c_yk/(n_y n_k e)-weighted derivative, over pairs of classes."""
    xp, e = p.xp, p.xp.exp(-(p.rho**2) * p.K / (p.K - 1))
    n = p.class_sizes
    inverse = [1 / (size - 1 + (p.N - size) * e) for size in n]
    c = [n[y] * n[k] * (inverse[y] + inverse[k]) for y in range(p.K) for k in range(y)]
    return xp.max(xp.stack(c)) - xp.min(xp.stack(c))


NOT_CRITICAL = Inequality(
    "unequal sizes: the derivatives of the loss by the inner products at the simplex are not all equal",
    slack=_spread,
    strict=True,
)
WITNESS = Witness(
    U=[
        [1, 1, "-7/25", "-7/25", *["-3/5"] * 4],
        [0, 0, "24/25", "24/25", *["-4/5"] * 4],
    ],
    rho=1,
    class_sizes=(2, 2, 4),
)

CLAIMS = (
    Claim(
        id="graf-unequal",
        where="same theorem, balance",
        kind="claim",
        attribution="reading",
        says="one batch of everything, any class sizes n_k >= 2, K >= 3: the minimum is attained exactly at simplices",
        printed=r"\arg\min=\{z_i=\zeta_{y_i},\ \zeta\text{ a simplex ETF of radius }\rho\}",
        verdict="false",
        reason="for unequal sizes no simplex is even a critical point, for any rho; a reading, no verdict on the paper",
        severity="local",
        effect="true for equal class sizes, as the theorem has them",
        parts=(Part(SIMPLICES, domain=ANY, witness=WITNESS),),
        correction=Correction(
            latex=r"n_1=\dots=n_K\ge2", parts=(Part(SIMPLICES, domain=EQUAL), Part(NOT_CRITICAL, domain=SIZES))
        ),
        neighbours=(
            Neighbour(
                Inequality("the simplex is least for sizes 2, 2, 4", slack=excess),
                _space((2, 4), lambda s: s.class_sizes == (2, 2, 4)),
            ),
            *scaled(excess, ("9/10",), "the exponent for equal sizes", EQUAL),
            Neighbour(Inequality("the derivatives differ by 1 at least", slack=lambda p: _spread(p) - 1), SIZES),
        ),
    ),
)
