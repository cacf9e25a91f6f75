"""Thrampoulidis et al.: the SELI geometry, for all class sizes and in closed form for two groups of classes.

With q the smallest margin every point can be scaled to q = 1, so that the theorem says of every point, without any
hypothesis, (|W|^2 + |H|^2)/2 >= q |Z|_*, with equality exactly at the geometry. Let A = (P D P)^(1/2)^+ and G = A Y:
G G' = A D A = P and 1'G = 0. EXCESS is then (|W|^2 + |H|^2)/2 = |H - W'G|^2/2 + |1'W|^2/(2K) + <G, W H>, and <G, W H>
is the sum of -A[j, y_i] times the margins, which are at least q, while sum -A[j, y_i] = <G, Z> = |Z|_*. Each of these
multipliers is positive by RESOLVENT: A = (1/pi) int t^(-1/2) L (t + L)^-1 dt with L = (P D P)^+. So equality makes all
margins equal (W H = q Z + 1 a'), 1'W = 0 (a = 0) and H = W'G: W W' = q (Z Z')^(1/2), H'H = q (Z'Z)^(1/2).
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import square
from ncverify.literature._seli import margins, nuclear_norm, solvable, space, target
from ncverify.papers import Claim, Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import Sizes, SpacePoint
from ncverify.statements.types import Function, Statement


def _small(s: Sizes) -> bool:
    return solvable(s) and (s.K < 4 or s.class_sizes in ((2, 2, 1, 1), (3, 1, 1, 1)))


ANY = space(where=_small)
WIDE = space(where=lambda s: _small(s) and s.d >= s.K - 1)


def smallest_margin(p: SpacePoint) -> Number:
    """q."""
    return p.xp.min(margins(p, p.W @ p.H))


def excess(p: SpacePoint, factor: Number = 1) -> Number:
    """(|W|^2 + |H|^2)/2 - q |Z|_*."""
    return (square(p, p.W) + square(p, p.H)) / 2 - factor * smallest_margin(p) * nuclear_norm(p)


def _has_geometry(p: SpacePoint) -> Number:
    """W H = q Z, and the Gram matrices are q times the roots of Z Z' and Z'Z: both are psd, so their squares decide."""
    q, Z, W2, H2 = smallest_margin(p), target(p), p.W @ p.W.T, p.H.T @ p.H
    return -(
        square(p, p.W @ p.H - q * Z) + square(p, W2 @ W2 - q * q * (Z @ Z.T)) + square(p, H2 @ H2 - q * q * (Z.T @ Z))
    )


FREE = Space(
    sizes={"K": (2, 3), "d": (1, 3), "N": (2, 4)},
    variables={"W": Variable("K", "d"), "H": Variable("d", "N"), "G": Variable("K", "N")},
)
EXCESS = Identity(
    "(|W|^2 + |H|^2)/2 - <G, W H> = |H - W'G|^2/2 + <W W', I - G G'>/2 for every G",
    left=lambda p: (square(p, p.W) + square(p, p.H)) / 2 - p.xp.sum(p.G * (p.W @ p.H)),
    right=lambda p: square(p, p.H - p.W.T @ p.G) / 2 + p.xp.sum((p.W @ p.W.T) * (p.xp.eye(p.K) - p.G @ p.G.T)) / 2,
)

MEASURES = Space(sizes={"K": (2, 5)}, variables={"n": Variable("K", positive=True), "t": Variable(positive=True)})


def _moved(p: SpacePoint) -> Array:
    """P D P."""
    P = p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K
    return P * p.n @ P


def _inverse(p: SpacePoint) -> Array:
    """L = D^-1 - D^-1 J D^-1/sum_l n_l^-1."""
    u = 1 / p.n
    return p.xp.eye(p.K) * u - p.xp.expand_dims(u, 1) * u / p.xp.sum(u)


PSEUDO = Identity(
    "L = (P D P)^+: P D P L = P",
    left=lambda p: _moved(p) @ _inverse(p),
    right=lambda p: p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K,
)


def _resolvent(p: SpacePoint) -> Array:
    """(t + L)^-1 in closed form; its entries are positive."""
    c = 1 / (1 + p.t * p.n)
    return p.xp.eye(p.K) * (p.n * c) + p.xp.expand_dims(c, 1) * c / (p.t * p.xp.sum(c))


RESOLVENT = Identity(
    "(t + L)^-1 = diag(n/(1 + t n)) + c c'/(t sum c), c = 1/(1 + t n)",
    left=lambda p: (p.t * p.xp.eye(p.K) + _inverse(p)) @ _resolvent(p),
    right=lambda p: p.xp.eye(p.K),
)


def _off_diagonal(p: SpacePoint) -> Number:
    """The largest entry of L (t + L)^-1 = I - t (t + L)^-1 off the diagonal."""
    xp, K = p.xp, p.K
    entries = xp.reshape(-p.t * _resolvent(p), (-1,))
    return xp.max(xp.take(entries, xp.integers([i for i in range(K * K) if i % (K + 1)]), axis=0))


POSITIVE = Inequality(
    "all entries of L (t + L)^-1 off the diagonal are negative: the multipliers, an integral of them, are positive",
    slack=lambda p: -_off_diagonal(p),
    strict=True,
)
SELI = Optimum(
    "(|W|^2 + |H|^2)/2 >= q |Z|_*, with equality only at W H = q Z with the two Gram matrices",
    objective=excess,
    value=lambda p: p.xp.asarray(0),
    conclusion=_has_geometry,
)
DUAL = Part(
    POSITIVE,
    domain=MEASURES,
    proof=(PSEUDO, RESOLVENT),
    argument="the entries are -1/((1 + t n_j)(1 + t n_k) sum_l 1/(1 + t n_l))",
    beyond="Sherman and Morrison's formula for diag(t + 1/n) - u u'/sum u, for every K",
)
GEOMETRY = Part(
    SELI,
    domain=ANY,
    proof=((EXCESS, FREE), (PSEUDO, MEASURES), (RESOLVENT, MEASURES)),
    argument="G = (P D P)^(1/2)^+ Y has G G' = P, columns that sum to zero and entries < 0 outside of the own class: "
    "<G, W H> is a sum of positive multiples of the margins with sum |Z|_*",
    beyond="multiplied out, H'W'G cancels, whatever the shapes; the rest is a formula for every K",
)


NEIGHBOURS = (
    *scaled(excess, ("102/100",), "|Z|_*", WIDE),
    Neighbour(
        Inequality(
            "with (K-1) sqrt(N/K), the value of equal classes",
            slack=lambda p: excess(p, (p.K - 1) * p.xp.sqrt(p.xp.asarray(p.N) / p.K) / nuclear_norm(p)),
        ),
        space(
            K=(3, 4), n=(1, 5), where=lambda s: solvable(s) and s.d >= s.K - 1 and len(set(s.class_sizes or ())) == 2
        ),
    ),
    Neighbour(
        Inequality("never attained but at zero", slack=excess, strict=True, given=[lambda p: square(p, p.W)]), WIDE
    ),
    Neighbour(
        Inequality("the multipliers are at least 1/2", slack=lambda p: -_off_diagonal(p) - p.xp.asarray(1) / 2),
        MEASURES,
    ),
)

STEP = Space(sizes={"m": (1, 3)}, variables={"R": Variable(low=1)})
ROOTS = Space(sizes={"m": (1, 4)}, variables={"r": Variable(), "u": Variable()})


def _blocks(p: SpacePoint, majority: Array, minority: Array, across: Number) -> Array:
    """majority (I - J/m) and minority (I - J/m) on the two groups, and across/K (1, -1)(1, -1)'."""
    xp, m = p.xp, p.m
    inner, sign = xp.eye(m) - xp.ones((m, m)) / m, xp.ones((m, m)) * across / (2 * m)
    upper = xp.concat([majority * inner + sign, -sign], axis=1)
    return xp.concat([upper, xp.concat([-sign, minority * inner + sign], axis=1)], axis=0)


def _step_moved(p: SpacePoint, R: Array) -> Array:
    """P D P for n = 1: the eigenvalues are R, 1 and (R+1)/2."""
    K = 2 * p.m
    P = p.xp.eye(K) - p.xp.ones((K, K)) / K
    sizes = p.xp.concat([R * p.xp.ones((p.m,)), p.xp.ones((p.m,))], axis=0)
    return P * sizes @ P


ROOT = Identity(
    "M = sqrt(R) on the majority, 1 on the minority, u across: M^2 = P D P + (u^2 - (R+1)/2) (1, -1)(1, -1)'/K",
    left=lambda p: _blocks(p, p.r, 1, p.u) @ _blocks(p, p.r, 1, p.u),
    right=lambda p: _step_moved(p, p.r**2) + _blocks(p, 0, 0, p.u**2 - (p.r**2 + 1) / 2),
)


def classifier_gram(p: SpacePoint) -> Array:
    """W W' for n = 1."""
    return _blocks(p, p.xp.sqrt(p.R), 1, p.xp.sqrt((p.R + 1) / 2))


GRAM = Identity(
    "W W' is a root of P D P (n = 1)",
    left=lambda p: classifier_gram(p) @ classifier_gram(p),
    right=lambda p: _step_moved(p, p.R),
)


def _v(p: SpacePoint) -> Number:
    return p.xp.sqrt((p.R + 1) / 2) / (2 * p.m)


def _inner(p: SpacePoint) -> Number:
    """1 - 2/K."""
    return 1 - 1 / p.xp.asarray(p.m)


RATIO = Identity(
    "|w_maj|^2/|w_min|^2",
    left=lambda p: classifier_gram(p)[0, 0] / classifier_gram(p)[-1, -1],
    right=lambda p: (_inner(p) * p.xp.sqrt(p.R) + _v(p)) / (_inner(p) + _v(p)),
)
COSINE = Identity(
    "cos(w_min, w_min'), K >= 4",
    left=lambda p: classifier_gram(p)[-1, -2] / classifier_gram(p)[-1, -1],
    right=lambda p: (_v(p) - 1 / p.xp.asarray(p.m)) / (_inner(p) + _v(p)),
)
LIMIT = Inequality(
    "0 < 1 - cos(w_min, w_min') <= K sqrt(2/(R+1))",
    slack=lambda p: p.xp.minimum(_distance(p), 2 * p.m * p.xp.sqrt(2 / (p.R + 1)) - _distance(p)),
)


def _distance(p: SpacePoint) -> Number:
    return 1 - classifier_gram(p)[-1, -2] / classifier_gram(p)[-1, -1]


FOUR = Space(sizes={"m": (2, 4)}, variables={"R": Variable(low=1)})
FOUR_ROOTS = Space(sizes={"m": (2, 4)}, variables={"r": Variable(), "u": Variable()})


def _ahead(name: str, above: Function, numerator: Function) -> Identity:
    """above(M)/M[-1, -1] = numerator/(1 - 2/K + v), multiplied out, with K v = u."""
    return Identity(
        name,
        left=lambda p: above(_blocks(p, p.r, 1, p.u)) * (_inner(p) + p.u / (2 * p.m)),
        right=lambda p: _blocks(p, p.r, 1, p.u)[-1, -1] * numerator(p),
    )


RATIO_OUT = _ahead("ratio, multiplied out", lambda M: M[0, 0], lambda p: _inner(p) * p.r + p.u / (2 * p.m))
COSINE_OUT = _ahead("cosine, multiplied out", lambda M: M[-1, -2], lambda p: p.u / (2 * p.m) - 1 / p.xp.asarray(p.m))
DISTANCE_OUT = _ahead("1 - cosine, multiplied out", lambda M: M[-1, -1] - M[-1, -2], lambda p: p.xp.asarray(1))


def _read(statement: Statement, domain: Space, identity: Identity, over: Space, why: str = "read off from M") -> Part:
    entries = "the entries of M are 1 - 2/K and v times 1, sqrt(R) or u for every even K"
    return Part(statement, domain=domain, proof=((identity, over),), argument=why, beyond=entries)


STEP_NEIGHBOURS = (
    Neighbour(Identity("the ratio is sqrt(R)", left=RATIO.left, right=lambda p: p.xp.sqrt(p.R)), FOUR),
    Neighbour(
        Identity(
            "with sqrt(R+1) for sqrt((R+1)/2)",
            left=lambda p: (M := _blocks(p, p.xp.sqrt(p.R), 1, p.xp.sqrt(p.R + 1))) @ M,
            right=GRAM.right,
        ),
        STEP,
    ),
    Neighbour(Inequality("1 - cos <= K/(R+1)", slack=lambda p: 2 * p.m / (p.R + 1) - _distance(p)), FOUR),
    Neighbour(Inequality("minority classifiers never form an acute angle", slack=lambda p: _distance(p) - 1), FOUR),
)

CLAIMS = (
    Claim(
        id="seli-thm",
        where="theorem on the unconstrained-features SVM",
        kind="claim",
        attribution="recalled",
        says="W H = Z, W W' = V S V', H'H = U S U', all constraints active, minimum |Z|_*",
        printed=r"WH=Z,\ WW^\top=VSV^\top,\ H^\top H=USU^\top,\ \min=\|Z\|_*",
        verdict="holds",
        reason="the dual point (P D P)^(1/2)^+ Y is positive for all class sizes; K = 2 and n = 1 too",
        parts=(GEOMETRY, DUAL),
        neighbours=NEIGHBOURS,
    ),
    Claim(
        id="seli-step",
        where="closed form for two groups of classes",
        kind="identity",
        attribution="reading",
        says="norm ratio and minority cosine for K/2 classes of R n and K/2 of n; the cosine tends to 1",
        printed=(
            r"\tfrac{\|w_{maj}\|^2}{\|w_{min}\|^2}=\tfrac{(1-2/K)\sqrt R+v}{(1-2/K)+v},\ "
            r"\cos=\tfrac{v-2/K}{1-2/K+v}\to1,\ v=\tfrac1K\sqrt{\tfrac{R+1}2}"
        ),
        verdict="holds",
        reason="P D P has eigenvalues R n, n, n (R+1)/2 on three spaces; 1 - cos = 1/(1 - 2/K + v); K = 2 has ratio 1",
        parts=(
            Part(
                GRAM,
                domain=STEP,
                proof=((ROOT, ROOTS),),
                argument="at r^2 = R, u^2 = (R+1)/2 the remainder vanishes; M is psd, so it is the root of P D P",
                beyond="the three projections multiply to zero for every K",
            ),
            _read(RATIO, STEP, RATIO_OUT, ROOTS),
            _read(COSINE, FOUR, COSINE_OUT, FOUR_ROOTS),
            _read(LIMIT, FOUR, DISTANCE_OUT, FOUR_ROOTS, "1 - cos = 1/(1 - 2/K + v) lies between 0 and 1/v"),
        ),
        neighbours=STEP_NEIGHBOURS,
    ),
)
