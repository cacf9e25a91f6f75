"""Papyan, Han and Donoho: the simplex is the widest configuration, and the error exponent of linear decoders.

With D = w_i - w_j, the margins of the pairs (i, j) and (j, i) add up to <D, m_i - m_j> <= |D| |m_i - m_j|, so that
beta <= min |m_i - m_j|^2 / 8, and the sum of all |m_i - m_j|^2 is at most K^2 max |m_k|^2. Statements about |m_k| <= 1
are examined for all means, with max |m_k|^2 in the place of 1: scaling M, b by t and beta by t^2 changes nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ncverify import ForAll, Identity, Implication, Inequality, Optimum, OverShapes, Space, Variable
from ncverify.literature._layer_peeled import is_equal, simplex, square
from ncverify.literature.papyan_2020._features import centred, frame, frames, is_dual
from ncverify.optima import error_exponent
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness


def decoders(K: Any = (2, 3), d: Any = (1, 3), where: Any = None) -> Space:
    """W (K, d), the means in the columns of M (d, K), and b."""
    return Space(
        sizes={"K": K, "d": d},
        where=where,
        variables={"W": Variable("K", "d"), "M": Variable("d", "K"), "b": Variable("K")},
    )


def _beta(p: Any) -> Any:
    return error_exponent(p.W, p.M, p.b, p.xp)


def _radius(p: Any) -> Any:
    """max |m_k|^2."""
    return p.xp.max(p.xp.sum(p.M * p.M, axis=0))


def _best(p: Any) -> Any:
    """K/(4(K-1)) max |m_k|^2."""
    return _radius(p) * p.K / (4 * (p.K - 1))


def _scores(p: Any) -> Any:
    """<w_k, m_i> + b_k in row k and column i."""
    return p.W @ p.M + p.xp.expand_dims(p.b, 1)


def _margins(p: Any) -> Any:
    """<w_i - w_j, m_i> + b_i - b_j in row j and column i."""
    S = _scores(p)
    return p.xp.sum(S * p.xp.eye(p.K), axis=0) - S


def _gaps(p: Any, A: Any) -> Any:
    """|a_i - a_j|^2 of the columns of A."""
    gram, squares = A.T @ A, p.xp.sum(A * A, axis=0)
    return p.xp.expand_dims(squares, 0) + p.xp.expand_dims(squares, 1) - 2 * gram


def _opposite(p: Any) -> Any:
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
    left=lambda p: p.xp.sum(_gaps(p, p.V.T)),
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


def _largest_cosine(p: Any) -> Any:
    return p.xp.max(p.U @ p.U.T - 2 * p.xp.eye(p.K))


def _packing(name: str, bound: Any, strict: bool = False) -> Inequality:
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

BOUND = Inequality("beta <= K/(4(K-1)) max |m_k|^2", slack=lambda p: _best(p) - _beta(p))
FRAMES = frames()


def _own_margins(p: Any) -> Any:
    G = frame(p).T @ frame(p)
    return p.xp.sum(G * p.xp.eye(p.K), axis=0) - G


ETF_MARGINS = Identity(
    "at M = W' = U (I - J/K), b = 0 every margin is 1",
    left=_own_margins,
    right=lambda p: 1 - p.xp.eye(p.K),
)
ETF_GAPS = Identity(
    "and every |w_i - w_j|^2 is 2", left=lambda p: _gaps(p, frame(p)), right=lambda p: 2 * (1 - p.xp.eye(p.K))
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


def _bound(name: str, factor: Any, over: Space = WIDE) -> Neighbour:
    return Neighbour(Inequality(name, slack=lambda p: _best(p) * factor / p.xp.asarray(10) - _beta(p)), over)


BOUNDED = Part(BOUND, domain=ANY, proof=PROOF, argument=WHY, beyond=SHAPES)
EXPONENT = Claim(
    id="papyan-exponent-thm",
    where="theorem on the optimal error exponent",
    kind="identity",
    attribution="recalled",
    says="d >= K, |m_k| <= 1: max beta = K/(4(K-1)), attained at M = W' = the simplex, b = 0",
    printed=r"\max_{M,W,b}\beta=\tfrac K{4(K-1)}",
    verdict="holds",
    reason="r_ij + r_ji <= |m_i - m_j|, whose squares have a mean of at most 2K/(K-1); d >= K-1 suffices",
    parts=(BOUNDED, ATTAINED),
    neighbours=(
        _bound("nine tenths of the bound", 9),
        _bound("half of the bound", 5),
        Neighbour(
            Inequality("beta <= |m_k|^2/4", slack=lambda p: _radius(p) / 4 - _beta(p)),
            WIDE,
        ),
    ),
)

RADON = Space(
    sizes={"i": (1, 3), "j": (1, 3), "d": (1, 3)},
    variables={"a": Variable("i"), "c": Variable("j"), "X": Variable("i", "d"), "Z": Variable("j", "d")},
)


def _weighted_gaps(p: Any) -> Any:
    xp = p.xp
    gaps = xp.sum((xp.expand_dims(p.X, 1) - xp.expand_dims(p.Z, 0)) ** 2, axis=2)
    return p.a @ (gaps @ p.c)


def _weighted_squares(p: Any) -> Any:
    xp = p.xp
    first, second = p.a @ xp.sum(p.X**2, axis=1), p.c @ xp.sum(p.Z**2, axis=1)
    return xp.sum(p.c) * first + xp.sum(p.a) * second - 2 * xp.sum((p.a @ p.X) * (p.c @ p.Z))


PARTITION = Identity(
    "sum a_i c_j |x_i - z_j|^2 = sum c sum a |x|^2 + sum a sum c |z|^2 - 2 <sum a x, sum c z>",
    left=_weighted_gaps,
    right=_weighted_squares,
)
QUARTER = Part(
    Inequality(
        "K >= d+2: beta <= max |m_k|^2/4, less than K/(4(K-1)) of it", slack=lambda p: _radius(p) / 4 - _beta(p)
    ),
    domain=BELOW,
    refutes=True,
    proof=((PAIRED, ANY), (LAGRANGE, TWO), (PARTITION, RADON)),
    argument="d+2 points have a Radon partition: weights a, c >= 0 of sum 1 with sum a x = sum c z, so that some "
    "|x_i - z_j|^2 <= 2 max |m|^2",
    beyond=SHAPES,
)
STEPS = Identity(
    "the steps from x_1 to x_K add up to x_K - x_1",
    left=lambda p: p.xp.sum(p.x[1:] - p.x[:-1]),
    right=lambda p: p.x[-1] - p.x[0],
)
LINE = Part(
    Inequality("d = 1: beta <= max |m_k|^2/(2 (K-1)^2)", slack=lambda p: _radius(p) / (2 * (p.K - 1) ** 2) - _beta(p)),
    domain=decoders(K=(2, 4), d=1),
    proof=((PAIRED, ANY), (STEPS, Space(sizes={"K": (2, 5)}, variables={"x": Variable("K")}))),
    argument="in order, K - 1 steps that add up to at most 2 max |m_k|: the least is at most 2 max |m_k|/(K-1)",
    beyond="both sums telescope or cancel, whatever K is",
)
ANY_D = Claim(
    id="papyan-exponent-any-d",
    where="same theorem",
    kind="identity",
    attribution="reading",
    says="max beta = K/(4(K-1)) for every d >= 1",
    printed=r"\max_{M,W,b}\beta=\tfrac K{4(K-1)},\ d\ge1",
    verdict="false",
    reason="K >= d+2 points of a ball have two at most sqrt 2 apart, so beta <= 1/4; K = 3, d = 1 has 1/8; a reading, "
    "no verdict on the paper",
    severity="local",
    effect="needs d >= K-1; below, max beta is delta^2/8 for the best packing of K points in the ball",
    parts=(
        QUARTER,
        Part(
            OverShapes(
                "K/(4(K-1)) is at most what is possible: 1/4 for K >= d+2",
                predicate=lambda s: Fraction(s.K, 4 * (s.K - 1)) <= Fraction(1, 4),
                given=[lambda s: s.d + 2 <= s.K],
            ),
            domain=Space(sizes={"K": (2, 6), "d": (1, 5)}),
            witness=Witness(K=3, d=1),
        ),
    ),
    correction=Correction(
        latex=r"\max\beta=\tfrac K{4(K-1)}\ (d\ge K-1),\ \tfrac1{2(K-1)^2}\ (d=1),\ \le\tfrac14\ (K\ge d+2)",
        parts=(BOUNDED, ATTAINED, LINE),
    ),
    neighbours=(
        _bound("nine tenths of the bound for d >= K", 9),
        Neighbour(
            Inequality("K >= d+2: beta <= max |m_k|^2/8", slack=lambda p: _radius(p) / 8 - _beta(p)),
            decoders(K=4, d=2),
        ),
        Neighbour(
            Inequality("d = 1: beta <= max |m_k|^2/(2 K^2)", slack=lambda p: _radius(p) / (2 * p.K**2) - _beta(p)),
            decoders(K=(2, 3), d=1),
        ),
    ),
)

FAMILY = frames(c=Variable(positive=True), v=Variable("d"), b=Variable("K"))


def _reaches(p: Any, W: Any, b: Any) -> Any:
    """beta = K/(4(K-1)) at the simplex M = U (I - J/K) with unit columns instead: beta >= 1/4."""
    return error_exponent(W, frame(p), b, p.xp) * 4 >= 1


def _shifted(p: Any, v: Any = 1) -> Any:
    return p.c * frame(p).T + v * p.xp.expand_dims(p.v, 0)


IF = ForAll(
    "M a simplex and W = c M': beta is largest, whatever b is",
    predicate=lambda p: _reaches(p, _shifted(p, 0), p.b),
)
ONLY_IF = Implication(
    "beta is largest: W = c M'",
    premise=lambda p: _reaches(p, _shifted(p), 0 * p.b),
    conclusion=lambda p: is_dual(p, _shifted(p), frame(p)),
)
SUFFICES = Identity(
    "M = U (I - J/K), W = c M' + 1 v', b = e 1: every margin is c, every |w_i - w_j|^2 is 2 c^2",
    left=lambda p: p.xp.concat(
        [_offset_margins(p), _gaps(p, _shifted(p).T)],
        axis=0,
    ),
    right=lambda p: p.xp.concat([p.c * (1 - p.xp.eye(p.K)), 2 * p.c**2 * (1 - p.xp.eye(p.K))], axis=0),
)


def _offset_margins(p: Any) -> Any:
    S = _shifted(p) @ frame(p)
    return p.xp.sum(S * p.xp.eye(p.K), axis=0) - S


def _conclusion(p: Any) -> Any:
    """M'M is that of a simplex, W less the mean of its rows a multiple of M', b constant."""
    M, W = p.M, centred(p, p.W.T).T
    simple = is_equal(p, M.T @ M, _radius(p) * simplex(p, p.K))
    dual = square(p, W.T * square(p, M) - p.xp.sum(W.T * M) * M)
    return simple - dual - square(p, p.b - p.xp.mean(p.b))


def _tells_apart(p: Any) -> Any:
    """Means that are not all zero."""
    return _radius(p)


NECESSARY = Optimum(
    "-beta = -K/(4(K-1)) max |m_k|^2 only at a simplex with W = c M' + 1 v', c > 0, and b = e 1",
    objective=lambda p: -_beta(p),
    value=lambda p: -_best(p),
    conclusion=_conclusion,
    given=[_tells_apart],
)
IFF = Claim(
    id="papyan-exponent-iff",
    where="same theorem",
    kind="equivalence",
    attribution="reading",
    says="beta = K/(4(K-1)) iff M is a simplex with unit columns and W = c M', c > 0",
    printed=r"\beta=\tfrac K{4(K-1)}\iff M\text{ a simplex ETF},\ W=cM^\top",
    verdict="false",
    reason="a bias that is not constant spoils it, and W = c M' + 1 v' attains it; a reading, no verdict on the paper",
    severity="local",
    effect="the decoder does not change with v and a constant bias: the simplex is unique, W only up to both",
    parts=(
        Part(IF, domain=FAMILY, witness=Witness(U=[[1, 0], [0, 1]], c=1, v=[0, 0], b=[1, 0])),
        Part(ONLY_IF, domain=FAMILY, witness=Witness(U=[[1, 0], [0, 1]], c=1, v=[1, 0], b=[0, 0])),
    ),
    correction=Correction(
        latex=r"\beta=\tfrac K{4(K-1)}\iff M\text{ a simplex ETF},\ W=cM^\top+\mathbf1v^\top,\ b=e\mathbf1",
        parts=(
            Part(
                SUFFICES,
                domain=FAMILY,
                proof=(SUFFICES,),
                argument="beta = (c/(sqrt 2 c))^2/2 = 1/4 at |m_k|^2 = (K-1)/K",
                beyond="from U'U = I alone, whatever the shapes",
            ),
            Part(
                NECESSARY,
                domain=decoders(d=(1, 2)),
                proof=PROOF,
                argument=f"{WHY}; equal only if sum m = 0, all |m_k|^2 and all |m_i - m_j| are equal, D is parallel to "
                "m_i - m_j (one factor c for all pairs: three differences add up to 0) and r_ij = r_ji, b_i = b_j",
                beyond=SHAPES,
            ),
        ),
    ),
    neighbours=(
        Neighbour(IF, FAMILY),
        Neighbour(ONLY_IF, FAMILY),
        Neighbour(
            ForAll("W = M' + 1 v' with a bias", predicate=lambda p: _reaches(p, _shifted(p), p.b)),
            FAMILY,
        ),
    ),
)

CLAIMS = (PACKING, EXPONENT, ANY_D, IFF)
