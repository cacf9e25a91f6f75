"""Han et al.: what the law of the projected flow gives for t -> infinity.

With F(w) = n K^2 log w + n K w^2 + (n/4) w^4 and t = F(w) - F(w_0) the fourth power wins; the ratio of two singular
values tends to one since F(v) - F(w) is constant and at least n (K + w^2)^2 log(v/w). So S/|S| tends to U V'/sqrt(r),
with the singular vectors and the rank r of S(0).
"""

from __future__ import annotations

from ncverify import FlowLaw, Identity, Inequality, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import centring, square
from ncverify.literature.han_2021._scatter import inverse
from ncverify.literature.han_2021.central_path import FALSE_LAWS, FOUR, LAW, PROJECTED
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

SCALARS = Space(
    sizes={"K": (2, 4), "n": (2, 3)},
    variables={"start": Variable(positive=True, high=64), "step": Variable(positive=True, high=64)},
)
"""Singular values start < start + step: at two times, or of two directions at one time."""
WITH_LOG = Space(sizes=SCALARS.ranges, variables={**SCALARS.variables, "log": Variable()})
"""The same, and a free number in the place of log(1 + step/start): what remains is a polynomial identity."""


def logarithm(p: SpacePoint) -> Number:
    """log(w/w_0)."""
    return p.log if hasattr(p, "log") else p.xp.log1p(p.step / p.start)


def elapsed(p: SpacePoint, low: Number, high: Number) -> Number:
    """F(high) - F(low)."""
    squares = high * high - low * low
    return p.n * (p.K**2 * logarithm(p) + p.K * squares + squares * (high * high + low * low) / 4)


def _later(p: SpacePoint) -> Number:
    return p.start + p.step


def _slower(p: SpacePoint, factor: Number = 1) -> Number:
    """factor 4t/n - (w^4 - w_0^4)."""
    return factor * 4 * elapsed(p, p.start, _later(p)) / p.n - (_later(p) ** 4 - p.start**4)


def _faster(p: SpacePoint, power: int = 2) -> Number:
    """What is missing: 4t/n - w^4 + w_0^4 <= 4 K^2 w/w_0 + 4 K w^power."""
    w = _later(p)
    return 4 * p.K**2 * w / p.start + 4 * p.K * w**power - _slower(p)


def _ratio(p: SpacePoint, factor: Number = 1) -> Number:
    """F(v) - F(w) - factor n (K + w^2)^2 log(v/w)."""
    return elapsed(p, p.start, _later(p)) - factor * p.n * (p.K + p.start**2) ** 2 * logarithm(p)


def _positive_slower(p: SpacePoint) -> Number:
    return 4 * p.K**2 * logarithm(p) + 4 * p.K * (_later(p) ** 2 - p.start**2)


def _positive_faster(p: SpacePoint) -> Number:
    return 4 * p.K**2 * (_later(p) / p.start - logarithm(p)) + 4 * p.K * p.start**2


def _positive_ratio(p: SpacePoint) -> Number:
    """With x = v/w: n K w^2 (x^2 - 1 - 2 log x) + (n/4) w^4 (x^4 - 1 - 4 log x)."""
    x, log = _later(p) / p.start, logarithm(p)
    return p.n * (p.K * p.start**2 * (x**2 - 1 - 2 * log) + p.start**4 * (x**4 - 1 - 4 * log) / 4)


def _remainder(name: str, slack: Function, terms: Function, argument: str) -> Part:
    """An inequality whose slack is a sum of terms that are >= 0, for any number in the place of the logarithm."""
    equal = Identity(f"{name}: the slack term by term", left=slack, right=terms)
    proof = ((equal, WITH_LOG),)
    beyond = "K and n are factors of its terms"
    return Part(Inequality(name, slack=slack), domain=SCALARS, proof=proof, argument=argument, beyond=beyond)


ABOVE = _remainder("w^4 <= 4t/n + w_0^4", _slower, _positive_slower, "w >= w_0")
BELOW = _remainder("w^4 >= 4t/n + w_0^4 - 4 K^2 w/w_0 - 4 K w^2", _faster, _positive_faster, "log y <= y for y = w/w_0")
CLOSER = _remainder(
    "log(v/w) <= (F(v) - F(w))/(n (K + w^2)^2)", _ratio, _positive_ratio, "log y <= y - 1 for the powers of y = v/w"
)

MEANS = Space(sizes={"K": (2, 4), "d": (1, 3)}, variables={"S": Variable("d", "K")})
FULL = Space(sizes=MEANS.ranges, variables=MEANS.variables, where=lambda s: s.d >= s.K - 1)
SQUARE = Space(sizes=MEANS.ranges, variables=MEANS.variables, where=lambda s: s.d == s.K - 1)


def centred_means(p: SpacePoint) -> Array:
    """S without its mean over the classes."""
    return p.S @ centring(p)


def rank(p: SpacePoint) -> Number:
    """The rank of S(0)."""
    return p.xp.linalg.matrix_rank(centred_means(p))


def limit_gram(p: SpacePoint) -> Array:
    """r times the Gram matrix of the limit U V'/sqrt(r): S^+ S."""
    S = centred_means(p)
    return p.xp.linalg.pinv(S) @ S


def _nonzero(p: SpacePoint) -> Number:
    return square(p, centred_means(p))


SIMPLEX = Identity(
    "the limit has the Gram matrix P/(K-1)",
    left=lambda p: (p.K - 1) * limit_gram(p),
    right=lambda p: rank(p) * centring(p),
    given=[_nonzero],
)
SIMPLEX_FULL = Identity(
    "rank S(0) = K-1: the limit has the Gram matrix P/(K-1)",
    left=limit_gram,
    right=centring,
    given=[lambda p: rank(p) == p.K - 1],
)


def _rational(p: SpacePoint) -> Array:
    S = centred_means(p)
    return S.T @ p.xp.linalg.inv(S @ S.T) @ S


PROJECTOR = Identity("S'(S S')^{-1} S = P for d = K-1", left=_rational, right=centring)


def _velocity(p: SpacePoint, power: int = 2) -> dict[str, Array]:
    S = centred_means(p)
    Q = inverse(p, S.T @ S)
    return {"S": S @ Q @ (Q if power == 2 else p.xp.eye(p.K))}


NARROW = Space(sizes=MEANS.ranges, variables=MEANS.variables, where=lambda s: s.d <= s.K - 1)
KEPT = FlowLaw("S'(S S')^{-1} S is constant along Mc' = Mc (K I + S'S)^{-2}", quantity=_rational, field=_velocity)

LARGER = scaled(_slower, ("9/10", "5/10"), "4 t/n in the bound of w^4", SCALARS)
LINEAR = Neighbour(Inequality("w^4 is 4t/n up to a multiple of w", slack=lambda p: _faster(p, 1)), SCALARS)
WIDER = Neighbour(Inequality("log(v/w) at half of it", slack=lambda p: _ratio(p, 2)), SCALARS)

CLAIMS = (
    Claim(
        id="han-asymptotics",
        where="corollary of the closed form",
        kind="claim",
        attribution="seen",
        says="w_j(t)/(t/c3)^(1/4) -> 1 and max w_j/min w_j -> 1 for the nonzero singular values",
        printed=r"w_j(t)/(t/c_3)^{1/4}\to1,\quad\max_jw_j(t)/\min_jw_j(t)\to1",
        verdict="holds",
        reason="the law with explicit remainders, from any w_0 > 0; two values differ by log(v/w) = O(1/t)",
        parts=(
            ABOVE,
            BELOW,
            CLOSER,
            LAW,
        ),
        neighbours=(*LARGER, LINEAR, WIDER, FALSE_LAWS[1]),
    ),
    Claim(
        id="han-limit-nc",
        where="corollary: neural collapse in the limit",
        kind="claim",
        attribution="recalled",
        says="S(t)/|S(t)| converges to a simplex ETF whatever d and the rank of S(0) != 0",
        printed=r"S(t)/\|S(t)\|\to\text{ a simplex ETF}",
        verdict="false",
        reason="a singular value that is zero stays zero: the limit is U V'/sqrt(r), with the rank r of S(0), which is "
        "below K-1 for d < K-1 and for affinely dependent class means",
        severity="theorem",
        effect="it converges, and to a simplex exactly where the class means are affinely independent at the start",
        parts=(Part(SIMPLEX, domain=MEANS, witness=Witness(S=[[1, 0, -1]])),),
        correction=Correction(
            latex=r"S(t)/\|S(t)\|\to UV^\top/\sqrt r,\ r=\mathrm{rank}\,S(0);\quad\text{a simplex ETF iff }r=K-1",
            parts=(
                Part(
                    SIMPLEX_FULL,
                    domain=FULL,
                    proof=((PROJECTOR, SQUARE), (KEPT, NARROW), (PROJECTED, FOUR)),
                    argument="singular vectors are constant and the singular values become equal, so the Gram matrix "
                    "tends to S^+ S/r, the projector on K-1 dimensions without the vector of ones",
                    beyond="S^+ S is the projector on the rows of S, which are those of P where the rank is K-1",
                ),
                CLOSER,
            ),
        ),
        neighbours=(
            Neighbour(SIMPLEX, MEANS),
            Neighbour(
                Identity(
                    "for d < K-1 too",
                    left=lambda p: (p.K - 1) * limit_gram(p),
                    right=lambda p: rank(p) * centring(p),
                    given=[_nonzero],
                ),
                Space(sizes={"K": (3, 4), "d": 1}, variables=MEANS.variables),
            ),
            Neighbour(
                FlowLaw(
                    "the Gram matrix of S itself is constant",
                    quantity=lambda p: centred_means(p).T @ centred_means(p),
                    field=_velocity,
                ),
                SQUARE,
            ),
        ),
    ),
)
