"""Han et al.: the singular values w of S = SW^{-1/2} Mc along two flows that keep SW = I.

With C = S'S and Q = (K I + C)^{-1} the gradient of min_V L by the features is, for every H,

    G = -(1/n) SW^{-1} Mc Q^2 Y + A Z,    A = (1/N) SW^{-1} Mc Q^2 Mc' SW^{-1}, symmetric.

The first term moves all samples of a class alike, so it is tangent to {SW = I}, and the second is normal: the projected
flow has Mc' = (1/n) Mc Q^2 and w' = w/(n (K + w^2)^2). A step and a renormalisation undo the second term within the
classes by I + s A, which also multiplies the means: Mc' = (1/n) Mc Q^2 + (1/N) Mc Q^2 C = (1/N) Mc Q and w' = w/(N (K +
w^2)), another law. For d = 1 and SW = s both clocks run at the rate 1/s, so that no hypothesis is needed.
"""

from __future__ import annotations

from functools import partial

from ncverify import FlowLaw, Identity, Inequality, Space, Variable, calculus
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, square
from ncverify.literature.han_2021._scatter import (
    centred,
    inverse,
    least_loss,
    projected,
    renormalised,
    scatter,
    slope,
    spread,
)
from ncverify.literature.han_2021.snr import features, spread_out
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

LINE = features((2, 3), 1, (2, 3), balanced)
FREE = features((2, 3), (1, 2), (2, 3), spread_out)
STEP = features((2, 3), (1, 2), (2, 3), spread_out, step=Variable(positive=True))
UNIT = Space(
    sizes={"K": (2, 4), "d": (1, 2)},
    classes=("K", 2),
    variables={"M": Variable("d", "K"), "U": Variable("K", "d", on="orthonormal columns")},
)
FOUR = Space(sizes={"K": 4, "d": (1, 3)}, classes=("K", 2), variables=UNIT.variables)
ROW = Space(sizes={"K": (2, 4), "d": 1}, classes=("K", 2), variables=UNIT.variables)
SIZES = "the sizes enter as numbers only: the formulas are derived for all of them in the module"


def on_path(p: SpacePoint, M: Array) -> Array:
    """All features with SW = I for n = 2: m_k + sqrt(K) u_k and m_k - sqrt(K) u_k."""
    xp = p.xp
    samples = xp.expand_dims(M, 2) + xp.sqrt(xp.asarray(p.K)) * xp.expand_dims(p.U.T, 2) * xp.asarray([1, -1])
    return xp.reshape(samples, (p.d, 2 * p.K))


def _root(p: SpacePoint) -> tuple[Array, Array, Array]:
    """SW, SW^{-1} Mc and Q."""
    s = scatter(p, p.H)
    B = p.xp.linalg.inv(s.SW) @ s.Mc
    return s, B, inverse(p, s.Mc.T @ B)


def along_means(p: SpacePoint) -> Array:
    """(1/n) SW^{-1} Mc Q^2 Y: minus the first term of the gradient."""
    s, B, Q = _root(p)
    return p.K * (B @ Q @ Q @ s.Y) / p.N


def normal(p: SpacePoint) -> Array:
    """A = (1/N) SW^{-1} Mc Q^2 Mc' SW^{-1}."""
    _, B, Q = _root(p)
    return B @ Q @ Q @ B.T / p.N


GRADIENT = Identity(
    "the gradient of min_V L is A Z less the motion of the means",
    left=lambda p: calculus.gradient(lambda q: least_loss(q, q.H), p)["H"],
    right=lambda p: normal(p) @ scatter(p, p.H).Z - along_means(p),
)
ENVELOPE = Identity(
    "it is the gradient at the least-squares classifier",
    left=lambda p: calculus.gradient(lambda q: least_loss(q, q.H), p)["H"],
    right=lambda p: slope(p, p.H),
)
TANGENT = FlowLaw(
    "SW does not change where the means move",
    quantity=lambda p: scatter(p, p.H).SW,
    field=lambda p: {"H": along_means(p)},
)


def _moved(p: SpacePoint, field: Function) -> Array:
    """d/dt S'S along a velocity, where SW = I."""
    H = on_path(p, p.M)
    Mc, D = scatter(p, H).Mc, centred(p, field(p, H))
    return D.T @ Mc + Mc.T @ D


def _gram(p: SpacePoint) -> Array:
    Mc = scatter(p, on_path(p, p.M)).Mc
    return Mc.T @ Mc


def _rate(power: int, factor: Function) -> Array:
    def rate(p: SpacePoint) -> Array:
        C = _gram(p)
        Q = inverse(p, C)
        return factor(p) * (C @ Q @ (Q if power == 2 else p.xp.eye(p.K)))

    return rate


def matrix_law(name: str, field: Function, power: int, factor: Number) -> Identity:
    """d/dt S'S = factor S'S (K I + S'S)^{-power} on SW = I: a function of S'S, so the singular vectors stay."""
    return Identity(name, left=lambda p: _moved(p, field), right=_rate(power, factor))


def _two_over_n(p: SpacePoint) -> Number:
    return 2 * p.K / p.xp.asarray(p.N)


def _two_over_samples(p: SpacePoint) -> Number:
    return 2 / p.xp.asarray(p.N)


PROJECTED = matrix_law("projected: (S'S)' = (2/n) S'S (K I + S'S)^{-2}", projected, 2, _two_over_n)
RENORMALISED = matrix_law("renormalised: (S'S)' = (2/N) S'S (K I + S'S)^{-1}", renormalised, 1, _two_over_samples)


def row_law(name: str, constants: Function, more: Number = 0) -> FlowLaw:
    """d = 1: c1 log w + c2 w^2 + c3 w^4 grows at the rate 1/SW, for features with any SW > 0.

    Args:
        name: what is claimed.
        constants: from K and n to (c1, c2, c3).
        more: 1 for the flow that is renormalised, 0 for the projected one.
    """

    def quantity(p: SpacePoint) -> Number:
        u, (c1, c2, c3) = row_square(p), constants(p.K, p.xp.asarray(p.N // p.K))
        return c1 / 2 * p.xp.log(u) + c2 * u + c3 * u * u

    return FlowLaw(
        name,
        quantity=quantity,
        field=partial(row_field, more=more),
        rate=lambda p: 1 / p.xp.sum(scatter(p, p.H).SW),
        given=[lambda p: p.xp.sum(scatter(p, p.H).SW), lambda p: square(p, scatter(p, p.H).Mc)],
    )


def row_square(p: SpacePoint) -> Number:
    """w^2 for d = 1."""
    s = scatter(p, p.H)
    return square(p, s.Mc) / p.xp.sum(s.SW)


def row_field(p: SpacePoint, more: Number = 0) -> dict[str, Array]:
    """The velocity for d = 1 that keeps SW as it is: projected, and with `more` = 1 renormalised."""
    G, s = slope(p, p.H), scatter(p, p.H)
    return {"H": -G + spread(p, G, s.Z) / (2 * s.SW) @ (s.Z + more * s.M @ s.Y)}


def _row_rate(p: SpacePoint, c1: Number, c2: Number, c3: Number) -> Number:
    """(w^2)' of the law with these constants, by the chain rule."""
    u = row_square(p)
    return 2 * u / (c1 + 2 * c2 * u + 4 * c3 * u * u) / p.xp.sum(scatter(p, p.H).SW)


CHAIN = "the derivative of the law by t, with that of w^2"
ROW_PROJECTED = FlowLaw(
    "(w^2)' = 2 w^2/(n (K + w^2)^2) at SW = 1",
    quantity=row_square,
    field=row_field,
    rate=lambda p: _row_rate(p, p.K * p.N, p.N, p.xp.asarray(p.N) / (4 * p.K)),
)
ROW_RENORMALISED = FlowLaw(
    "(w^2)' = 2 w^2/(N (K + w^2)) at SW = 1",
    quantity=row_square,
    field=partial(row_field, more=1),
    rate=lambda p: _row_rate(p, p.K * p.N, p.xp.asarray(p.N) / 2, 0),
)


ODE = row_law("d = 1: n K^2 log w + n K w^2 + (n/4) w^4 grows like t", lambda K, n: (n * K * K, n * K, n / 4))
RENORMALISED_ODE = row_law(
    "d = 1: n K^2 log w + (n K/2) w^2 grows like t", lambda K, n: (n * K * K, n * K / 2, 0 * n), 1
)


def bend(p: SpacePoint, field: Function) -> Number:
    """The second divided difference of w/w' as a function of w^2, at S, 2 S and 3 S: 4 c3 in the claimed law."""

    def ratio(factor: int) -> Number:
        H = on_path(p, factor * p.M)
        Mc = scatter(p, H).Mc
        return square(p, Mc) / p.xp.sum(Mc * centred(p, field(p, H)))

    u = square(p, scatter(p, on_path(p, p.M)).Mc)
    return ((ratio(3) - ratio(2)) / 5 - (ratio(2) - ratio(1)) / 3) / (8 * u * u)


def has_fourth_power(name: str, field: Function) -> Inequality:
    """c3 > 0 in c1 log w + c2 w^2 + c3 w^4 = a + t, that is w/w' = c1 + 2 c2 w^2 + 4 c3 w^4, for d = 1."""
    return Inequality(
        name, slack=lambda p: bend(p, field), strict=True, given=[lambda p: square(p, scatter(p, on_path(p, p.M)).Mc)]
    )


LAW = Part(ODE, domain=LINE, proof=(ROW_PROJECTED,), argument=CHAIN, beyond=SIZES)
FOURTH = has_fourth_power("renormalised: w/w' bends upwards in w^2 (c3 > 0)", renormalised)
SCATTER_AFTER = Identity(
    "a step of any size takes SW to (I - step A) SW (I - step A)",
    left=lambda p: scatter(p, p.H - p.step * slope(p, p.H)).SW,
    right=lambda p: _undone(p) @ scatter(p, p.H).SW @ _undone(p),
)
MEANS_AFTER = Identity(
    "and Mc to Mc + (step/n) SW^{-1} Mc Q^2",
    left=lambda p: scatter(p, p.H - p.step * slope(p, p.H)).Mc,
    right=lambda p: scatter(p, p.H + p.step * along_means(p)).Mc,
)


def _undone(p: SpacePoint) -> Array:
    return p.xp.eye(p.d) - p.step * normal(p)


FALSE_LAWS = tuple(
    Neighbour(row_law(name, constants), LINE)
    for name, constants in (
        ("d = 1: c2 twice as large", lambda K, n: (n * K * K, 2 * n * K, n / 4)),
        ("d = 1: c3 = n/2", lambda K, n: (n * K * K, n * K, n / 2)),
        ("d = 1: the constants of the mean over all samples", lambda K, n: (K * K, K, n / (4 * n))),
    )
)

CLAIMS = (
    Claim(
        id="han-ode",
        where="dynamics of 'continually renormalised' features, as projected flow",
        kind="identity",
        attribution="reading",
        says="n K^2 log w_j + n K w_j^2 + (n/4) w_j^4 = a_j + t along the projected flow; constant singular vectors",
        printed=r"c_1\log w_j+c_2w_j^2+c_3w_j^4=a_j+t,\quad(c_1,c_2,c_3)=(nK^2,nK,\tfrac n4)",
        verdict="holds",
        reason="w' = w/(n (K + w^2)^2), and S'S follows a function of itself; a reading, no verdict on the paper",
        parts=(
            LAW,
            Part(
                PROJECTED,
                domain=UNIT,
                proof=((GRADIENT, FREE), (ENVELOPE, FREE), (TANGENT, FREE), (PROJECTED, FOUR)),
                argument="the projected flow moves the means alone, Mc' = (1/n) Mc (K I + S'S)^{-2}, so that each "
                "singular value follows w' = w/(n (K + w^2)^2) and the vectors stay",
                beyond=SIZES,
            ),
        ),
        neighbours=(
            *FALSE_LAWS,
            Neighbour(matrix_law("the renormalised flow follows it too", renormalised, 2, _two_over_n), UNIT),
        ),
    ),
    Claim(
        id="han-step-renormalise",
        where="dynamics of 'continually renormalised' features, as step and retraction",
        kind="identity",
        attribution="reading",
        says="c1 log w_j + c2 w_j^2 + c3 w_j^4 = a_j + t with positive constants, for steps that are renormalised",
        printed=r"c_1\log w_j+c_2w_j^2+c_3w_j^4=a_j+t,\quad c_1,c_2,c_3>0",
        verdict="false",
        reason="renormalising multiplies the means too: w' = w/(N (K + w^2)), so that c3 = 0 and w grows like t^(1/2), "
        "not t^(1/4); a reading, no verdict on the paper",
        severity="local",
        effect="the law has no fourth power; singular vectors are constant and max w/min w -> 1 all the same",
        parts=(
            Part(
                FOURTH,
                domain=ROW,
                witness=Witness(M=[[1, -1, 0, 0]], U=[["1/2"], ["1/2"], ["1/2"], ["1/2"]], class_sizes=(2, 2, 2, 2)),
            ),
        ),
        correction=Correction(
            latex=r"nK^2\log w_j+\tfrac{nK}2w_j^2=a_j+t",
            parts=(
                Part(RENORMALISED_ODE, domain=LINE, proof=(ROW_RENORMALISED,), argument=CHAIN, beyond=SIZES),
                Part(
                    RENORMALISED,
                    domain=UNIT,
                    proof=((SCATTER_AFTER, STEP), (MEANS_AFTER, STEP), (RENORMALISED, FOUR)),
                    argument="SW^{-1/2} undoes I - step A exactly, so Mc' = (1/n) Mc Q^2 + A Mc = (1/N) Mc Q",
                    beyond=SIZES,
                ),
            ),
        ),
        neighbours=(
            Neighbour(matrix_law("projected: the law of the renormalised", projected, 1, _two_over_samples), UNIT),
            Neighbour(row_law("d = 1: the law of the projected flow", lambda K, n: (n * K * K, n * K, n / 4), 1), LINE),
            Neighbour(row_law("d = 1: c2 = n K, c3 = 0", lambda K, n: (n * K * K, n * K, 0 * n), 1), LINE),
        ),
    ),
)
