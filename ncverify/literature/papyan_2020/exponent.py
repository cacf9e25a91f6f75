"""Papyan, Han and Donoho: the simplex is the widest configuration, and the error exponent of linear decoders.

With D = w_i - w_j, the margins of the pairs (i, j) and (j, i) add up to <D, m_i - m_j> <= |D| |m_i - m_j|, so that
beta <= min |m_i - m_j|^2 / 8, and the sum of all |m_i - m_j|^2 is at most K^2 max |m_k|^2. Statements about |m_k| <= 1
are examined for all means, with max |m_k|^2 in the place of 1: scaling M, b by t and beta by t^2 changes nothing. Why
beta is the rate of errors stands in `ncverify.optima.exponent`; a test holds it against probabilities.
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import square
from ncverify.literature._means import frame, frames
from ncverify.optima import error_exponent
from ncverify.papers import Claim, Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint
from ncverify.space.sizes import Where
from ncverify.space.space import Range
from ncverify.statements.types import Function


def decoders(K: Range = (2, 3), d: Range = (1, 3), where: Where | None = None) -> Space:
    """W (K, d), the means in the columns of M (d, K), and b."""
    return Space(
        sizes={"K": K, "d": d},
        where=where,
        variables={"W": Variable("K", "d"), "M": Variable("d", "K"), "b": Variable("K")},
    )


def beta(p: SpacePoint) -> Number:
    """The exponent of the decoder (W, b) for the means M."""
    return error_exponent(p.W, p.M, p.b, p.xp)


def radius(p: SpacePoint) -> Number:
    """max |m_k|^2."""
    return p.xp.max(p.xp.sum(p.M * p.M, axis=0))


def best(p: SpacePoint) -> Number:
    """K/(4(K-1)) max |m_k|^2."""
    return radius(p) * p.K / (4 * (p.K - 1))


def _scores(p: SpacePoint) -> Array:
    """<w_k, m_i> + b_k in row k and column i."""
    return p.W @ p.M + p.xp.expand_dims(p.b, 1)


def _margins(p: SpacePoint) -> Array:
    """<w_i - w_j, m_i> + b_i - b_j in row j and column i."""
    S = _scores(p)
    return p.xp.sum(S * p.xp.eye(p.K), axis=0) - S


def gaps(p: SpacePoint, A: Array) -> Array:
    """|a_i - a_j|^2 of the columns of A."""
    gram, squares = A.T @ A, p.xp.sum(A * A, axis=0)
    return p.xp.expand_dims(squares, 0) + p.xp.expand_dims(squares, 1) - 2 * gram


def _opposite(p: SpacePoint) -> Array:
    """<w_i - w_j, m_i - m_j>."""
    inner = p.W @ p.M
    own = p.xp.sum(inner * p.xp.eye(p.K), axis=0)
    return p.xp.expand_dims(own, 0) + p.xp.expand_dims(own, 1) - inner - inner.T


ANY = decoders()
WIDE = decoders(d=(2, 3), where=lambda s: s.d >= s.K)
BELOW = decoders(K=(3, 4), d=(1, 2), where=lambda s: s.d < s.K - 1)
VECTORS = Space(sizes={"K": (2, 4), "d": (1, 3)}, variables={"U": Variable("K", "d", on="rows on sphere")})
FREE = Space(sizes={"K": (2, 4), "d": (1, 3)}, variables={"V": Variable("K", "d")})
TWO = Space(sizes={"d": (1, 3)}, variables={"x": Variable("d"), "y": Variable("d")})
SPREAD = Identity(
    "sum over i, j of |v_i - v_j|^2 = 2K sum |v_i|^2 - 2 |sum v_i|^2",
    left=lambda p: p.xp.sum(gaps(p, p.V.T)),
    right=lambda p: 2 * p.K * square(p, p.V) - 2 * p.xp.sum(p.xp.sum(p.V, axis=0) ** 2),
)
PAIRED = Identity(
    "the margins of (i, j) and (j, i) add up to <w_i - w_j, m_i - m_j>",
    left=lambda p: _margins(p) + _margins(p).T,
    right=_opposite,
)
LAGRANGE = Identity(
    "|x|^2 |y|^2 - <x, y>^2 is half the sum of (x_a y_b - x_b y_a)^2",
    left=lambda p: 2 * (p.xp.sum(p.x**2) * p.xp.sum(p.y**2) - p.xp.sum(p.x * p.y) ** 2),
    right=lambda p: p.xp.sum(
        (p.xp.expand_dims(p.x, 0) * p.xp.expand_dims(p.y, 1) - p.xp.expand_dims(p.x, 1) * p.xp.expand_dims(p.y, 0)) ** 2
    ),
)
PROOF = ((PAIRED, ANY), (LAGRANGE, TWO), (SPREAD, FREE))
WHY = "2r |D| <= <D, m_i - m_j> <= |D| |m_i - m_j|, and |m_i - m_j|^2 has a mean of at most 2K/(K-1) max |m|^2"
SHAPES = "multiplied out, whatever the shapes"

COSINES = Identity(
    "the sum of <u_j, u_k> over j != k is |sum u_k|^2 - sum |u_k|^2",
    left=lambda p: p.xp.sum((p.V @ p.V.T) * (1 - p.xp.eye(p.K))),
    right=lambda p: p.xp.sum(p.xp.sum(p.V, axis=0) ** 2) - square(p, p.V),
)


def _largest_cosine(p: SpacePoint) -> Number:
    return p.xp.max(p.U @ p.U.T - 2 * p.xp.eye(p.K))


def _packing(name: str, bound: Function, strict: bool = False) -> Inequality:
    return Inequality(name, slack=lambda p: _largest_cosine(p) - bound(p), strict=strict)


PACKING = Claim(
    id="papyan-packing",
    where="remark: the simplex is the maximally separated configuration",
    kind="inequality",
    attribution="recalled",
    says="max over j != k of cos(u_j, u_k) >= -1/(K-1)",
    printed=r"\max_{j\ne k}\cos(u_j,u_k)\ge-\tfrac1{K-1}",
    verdict="holds",
    reason="the mean of the K(K-1) cosines of unit vectors is (|sum u|^2 - K)/(K(K-1)); every d >= 1",
    parts=(
        Part(
            _packing(
                "the largest cosine of K unit vectors is at least -1/(K-1)", lambda p: -p.xp.asarray(1) / (p.K - 1)
            ),
            domain=VECTORS,
            proof=((COSINES, FREE),),
            argument="for unit vectors the right side is at least -K, and the largest cosine at least the mean",
            beyond=SHAPES,
        ),
    ),
    neighbours=(
        Neighbour(_packing("strictly", lambda p: -p.xp.asarray(1) / (p.K - 1), strict=True), VECTORS),
        Neighbour(_packing("at least -1/K", lambda p: -p.xp.asarray(1) / p.K), VECTORS),
        Neighbour(_packing("at least 0 for K <= d + 1", lambda p: p.xp.asarray(0)), VECTORS),
    ),
)

BOUND = Inequality("beta <= K/(4(K-1)) max |m_k|^2", slack=lambda p: best(p) - beta(p))
FRAMES = frames()


def _own_margins(p: SpacePoint) -> Array:
    G = frame(p).T @ frame(p)
    return p.xp.sum(G * p.xp.eye(p.K), axis=0) - G


ETF_MARGINS = Identity(
    "at M = W' = U (I - J/K), b = 0 every margin is 1",
    left=_own_margins,
    right=lambda p: 1 - p.xp.eye(p.K),
)
ETF_GAPS = Identity(
    "and every |w_i - w_j|^2 is 2", left=lambda p: gaps(p, frame(p)), right=lambda p: 2 * (1 - p.xp.eye(p.K))
)
ETF_LENGTHS = Identity(
    "and every |m_k|^2 is (K-1)/K",
    left=lambda p: p.xp.sum(frame(p) ** 2, axis=0) * p.K,
    right=lambda p: (p.K - 1) * p.xp.ones((p.K,)),
)
ATTAINED = Part(
    Identity(
        "at M = W' = U (I - J/K), b = 0: beta = K/(4(K-1)) |m_k|^2 = 1/4",
        left=lambda p: error_exponent(frame(p).T, frame(p), p.xp.zeros((p.K,)), p.xp),
        right=lambda p: p.xp.asarray(1) / 4,
    ),
    domain=FRAMES,
    proof=(ETF_MARGINS, ETF_GAPS, ETF_LENGTHS),
    argument="1/2 (1/sqrt 2)^2, scaled to unit columns K/(4(K-1))",
    beyond="from U'U = I alone; only the Gram matrix of M enters, so simplices in R^{K-1} have the same beta",
)


TIGHT = scaled(lambda p, factor: factor * best(p) - beta(p), ("9/10", "5/10"), "the bound", WIDE)

BOUNDED = Part(BOUND, domain=ANY, proof=PROOF, argument=WHY, beyond=SHAPES)
EXPONENT = Claim(
    id="papyan-exponent-thm",
    where="theorem on the optimal error exponent",
    kind="identity",
    attribution="recalled",
    says="d >= K, |m_k| <= 1: max beta = K/(4(K-1)), attained at M = W' = the simplex, b = 0",
    printed=r"\max_{M,W,b}\beta=\tfrac K{4(K-1)}",
    verdict="holds",
    reason="beta by its margins: r_ij + r_ji <= |m_i - m_j|, whose squares have a mean of at most 2K/(K-1); d >= K-1 "
    "suffices",
    parts=(BOUNDED, ATTAINED),
    neighbours=(
        *TIGHT,
        Neighbour(
            Inequality("beta <= |m_k|^2/4", slack=lambda p: radius(p) / 4 - beta(p)),
            WIDE,
        ),
    ),
)

CLAIMS = (PACKING, EXPONENT)
