"""Lu and Steinerberger: cross-entropy on the sphere.

The limit of many points: with k(u,v) = exp(alpha (u.v - 1)), sigma uniform, c = int k dsigma, f = k mu and nu = mu/f:
c^2 nu(1)^2 = <nu, sigma>_k^2 <= <nu, nu>_k c and <nu, nu>_k <= nu(1) (2/(f f') <= 1/f^2 + 1/f'^2), so nu(1) <= 1/c
and int log f dmu >= -log nu(1) >= log c, with equality only for sigma. Hence objective >= m log(m c) for every m and
every U.
"""

from __future__ import annotations

from ncverify import Inequality, Optimum, Space, Variable
from ncverify.certificates import NonNegative, SumOfNonNegative, divergence, exponential, positive
from ncverify.certificates import square as sum_of_squares
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import column_losses, simplex_loss
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint
from ncverify.space.sizes import Where
from ncverify.space.space import Range
from ncverify.statements.types import Function


def space(m: Range = (2, 4), d: Range = (1, 3), where: Where | None = None, **more: Variable) -> Space:
    """Unit rows U, alpha > 0."""
    return Space(
        sizes={"m": m, "d": d},
        where=where,
        variables={"U": Variable("m", "d", on="rows on sphere"), "alpha": Variable(positive=True)} | more,
    )


ANY, WIDE = space(), space(where=lambda s: s.d >= s.m - 1)
REAL = space(m=(3, 4), d=(2, 3), where=lambda s: s.d >= s.m - 1, alpha=Variable())
PAIRS = space(where=lambda s: s.d >= s.m - 1, V=Variable("m", "d", on="rows on sphere"))
BALL3 = space(m=(2, 6), d=(3, 3))


def loss(p: SpacePoint) -> Number:
    """sum_i log sum_j exp(alpha (u_i.u_j - 1)): the term j = i is 1."""
    return p.xp.sum(column_losses(p.xp, p.alpha * (p.U @ p.U.T), range(p.m)))


def pair_loss(p: SpacePoint) -> Number:
    """sum_i log sum_j exp(alpha (v_j - v_i).u_i)."""
    return p.xp.sum(column_losses(p.xp, p.alpha * (p.V @ p.U.T), range(p.m)))


def value(p: SpacePoint, factor: Number = 1) -> Number:
    """m log(1 + (m-1) exp(-alpha m/(m-1)))."""
    return p.m * simplex_loss(p.xp, p.m, factor * p.alpha * p.m / (p.m - 1))


def gram(p: SpacePoint) -> Number:
    """-|U U' - G(m)|^2."""
    G = (p.m * p.xp.eye(p.m) - p.xp.ones((p.m, p.m))) / (p.m - 1)
    return -p.xp.sum((p.U @ p.U.T - G) ** 2)


def series(p: SpacePoint) -> Number:
    """The expansion to second order."""
    s, m, a = p.xp.sum(p.U, axis=0), p.m, p.alpha
    second = p.xp.sum((p.U @ p.U.T) ** 2) / m - p.xp.sum((p.U @ s) ** 2) / m**2
    return m * p.xp.log(m) - a * m + a / m * p.xp.sum(s * s) + a * a / 2 * second


def _excess_terms(p: SpacePoint, V: Array) -> list[NonNegative]:
    """pair_loss - value: what convexity loses, and m - <P V, U> = |P V - U|^2/2 + |1'V|^2/(2m) on the sphere."""
    xp, m = p.xp, p.m
    gap = p.alpha * m / (m - 1)
    wrong = exponential(p, -gap)
    centred, common = V - xp.mean(V, axis=0, keepdims=True), xp.sum(V, axis=0)
    apart = sum_of_squares(p, centred - p.U) / 2 + sum_of_squares(p, common) / (2 * m)
    share = positive(p, "alpha") * m * wrong / (1 + (m - 1) * wrong)
    return [divergence(p, p.alpha * (V @ p.U.T), gap * xp.eye(m)), share * apart]


def _optimum(f: Function, conclusion: Function | None, family: Function | None = None) -> Optimum:
    """The value; with the family V of the losses, certified."""
    certificate = None if family is None else SumOfNonNegative(lambda p: _excess_terms(p, family(p)))
    name = "only simplices reach the value" if conclusion else "loss >= m log(1 + (m-1) exp(-alpha m/(m-1)))"
    return Optimum(name, objective=f, value=value, conclusion=conclusion, certificate=certificate)


def _uniform(p: SpacePoint, factor: Number = 1) -> Number:
    """loss - m log(m c), d = 3: c = (1 - exp(-2 alpha))/(2 alpha)."""
    c = (1 - p.xp.exp(-2 * p.alpha)) / (2 * p.alpha)
    return loss(p) - p.m * p.xp.log(factor * p.m * c)


BOUND = _optimum(loss, None, lambda p: p.U)
TIGHT = scaled(lambda p, factor: loss(p) - value(p, factor), ("9/10", "7/10", "5/10"), "the exponent", WIDE)
PAIR_TIGHT = scaled(lambda p, factor: pair_loss(p) - value(p, factor), ("9/10", "7/10", "5/10"), "the exponent", PAIRS)
EVERY = _optimum(loss, gram)
SIMPLICES = _optimum(loss, gram, lambda p: p.U)


CLAIMS = (
    Claim(
        id="lu-bound",
        where="proof of Theorem 1",
        kind="inequality",
        attribution="recalled",
        says="objective >= m log(1+(m-1)exp(-alpha m/(m-1)))",
        printed=r"\ge m\log(1+(m-1)e^{-\alpha m/(m-1)})",
        verdict="holds",
        reason="Jensen twice and |sum u|^2 >= 0; every d, alpha >= 0",
        parts=(Part(BOUND, domain=ANY),),
        neighbours=TIGHT,
    ),
    Claim(
        id="lu-thm-1",
        where="Theorem 1",
        kind="claim",
        attribution="seen",
        says="minimisers are exactly the simplices, d >= m-1, alpha > 0",
        printed=r"u_i\cdot u_j=-\tfrac1{m-1}",
        verdict="holds",
        reason="equality: sum u = 0 and u_i.u_j independent of j",
        parts=(Part(SIMPLICES, domain=WIDE), Part(BOUND, domain=ANY)),
        neighbours=TIGHT,
    ),
    Claim(
        id="lu-every-alpha",
        where="range of alpha",
        kind="claim",
        attribution="reading",
        says="the same for every real alpha",
        printed=r"\alpha\in\mathbb R",
        verdict="false",
        reason="alpha = 0: constant; alpha < 0: all rows equal are minimal; a reading, no verdict on the paper",
        severity="local",
        effect="alpha > 0 is needed",
        parts=(Part(EVERY, domain=REAL, witness=Witness(U=[[1, 0], [1, 0], [1, 0]], alpha=-1)),),
        correction=Correction(latex=r"\alpha>0", parts=(Part(SIMPLICES, domain=WIDE),)),
        neighbours=(Neighbour(EVERY, REAL), *TIGHT[:2]),
    ),
    Claim(
        id="lu-two-families",
        where="classifiers",
        kind="claim",
        attribution="recalled",
        says="(U,V) minimal iff U = V is a simplex",
        printed=r"U=V,\ u_i\cdot u_j=-\tfrac1{m-1}",
        verdict="holds",
        reason="<PV, U> <= |V||U| with equality only for 1'V = 0 and U = V",
        parts=(
            Part(
                _optimum(pair_loss, lambda p: gram(p) - p.xp.sum((p.U - p.V) ** 2), lambda p: p.V),
                domain=PAIRS,
            ),
        ),
        neighbours=PAIR_TIGHT,
    ),
    Claim(
        id="lu-uniform",
        where="many points",
        kind="claim",
        attribution="seen",
        says="empirical measures of minimisers tend to the uniform measure",
        printed=r"\mu_m\rightharpoonup\sigma",
        verdict="holds",
        reason=(
            "the limit functional is uniquely minimal at sigma (module "
            "docstring); compactness and continuity; d = 1 too"
        ),
        parts=(Part(Inequality("d = 3, every m: loss >= m log(m c)", slack=_uniform), domain=BALL3),),
        neighbours=scaled(_uniform, ("2", "3", "4"), "c", BALL3),
    ),
    Claim(
        id="lu-small-alpha",
        where="frame potential",
        kind="identity",
        attribution="reading",
        says="expansion to second order in alpha",
        printed=r"m\log m-\alpha m+\tfrac\alpha m|s|^2+\dots+O(\alpha^3)",
        verdict="holds",
        reason=(
            "mean and variance of u_i.u_j; third cumulant of numbers in [-1,1] <= 4/(3 "
            "sqrt 3), so the remainder <= (2/15) m alpha^3"
        ),
        parts=(
            Part(
                Inequality(
                    "|remainder| <= (2/15) m alpha^3",
                    slack=lambda p: p.m * p.alpha**3 * 2 / 15 - p.xp.abs(loss(p) - series(p)),
                ),
                domain=ANY,
            ),
        ),
        neighbours=(
            Neighbour(
                Inequality(
                    "remainder <= m alpha^3/1000",
                    slack=lambda p: p.m * p.alpha**3 / 1000 - p.xp.abs(loss(p) - series(p)),
                ),
                ANY,
            ),
            Neighbour(
                Inequality(
                    "without the variance",
                    slack=lambda p: (
                        p.m * p.alpha**3 / 8
                        - p.xp.abs(loss(p) - series(p) + p.alpha**2 / 2 * p.xp.sum((p.U @ p.U.T) ** 2) / p.m)
                    ),
                ),
                ANY,
            ),
            Neighbour(Inequality("loss >= series", slack=lambda p: loss(p) - series(p)), ANY),
        ),
    ),
)
