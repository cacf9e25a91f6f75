"""Han et al.: the least loss does not see invertible maps of the features, so it is a function of S = SW^{-1/2} Mc.

S'S = Mc' SW^{-1} Mc has the squares of the singular values w_j as its eigenvalues, and 0 on the vector of ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from ncverify import Identity, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, one_hot, square
from ncverify.literature.han_2021._scatter import inverse, least_loss, residual, scatter, with_ones
from ncverify.papers import Claim, Neighbour, Part
from ncverify.space import Sizes, SpacePoint
from ncverify.space.sizes import Where
from ncverify.space.space import Range
from ncverify.statements.types import Function


def features(K: Range, d: Range, n: Range, where: Where | None, **more: Variable) -> Space:
    """H (d, N) of equal classes."""
    return Space(sizes={"K": K, "d": d}, classes=("K", n), variables={"H": Variable("d", "N"), **more}, where=where)


def spread_out(s: Sizes) -> bool:
    """Equal classes with enough samples for SW to be invertible."""
    return balanced(s) and s.d <= s.N - s.K


MAPPED = features((2, 3), (1, 2), (1, 2), balanced, A=Variable("d", "d"))
INVERTIBLE = features((2, 3), (1, 2), 2, spread_out, A=Variable("d", "d"))
UNEQUAL = features((2, 3), 1, (2, 3), lambda s: not balanced(s))
SNR = features((2, 3), (1, 2), (2, 3), spread_out)
ROUGH = features((2, 3), (1, 2), 2, spread_out)


def mapped(p: SpacePoint) -> Number:
    """The determinant of A is not zero, as a positive number."""
    return p.xp.linalg.det(p.A) ** 2


def predictions(p: SpacePoint, H: Array) -> Array:
    """V_LS X = Y X^+ X, with the classifier of least norm where there are several."""
    X = with_ones(p, H)
    return one_hot(p) @ p.xp.linalg.pinv(X) @ X


def _losses(p: SpacePoint, H: Array) -> Number:
    return square(p, predictions(p, H) - one_hot(p)) / (2 * p.N)


def _same(name: str, f: Function, move: Function, given: Sequence[Function] = (mapped,)) -> Identity:
    return Identity(name, left=lambda p: f(p, move(p)), right=lambda p: f(p, p.H), given=given)


def _image(p: SpacePoint) -> Array:
    return p.A @ p.H


PREDICTIONS = _same("A H has the predictions of H", predictions, _image)
LOSSES = _same("A H has the least loss of H", _losses, _image)
FREE_V = Space(
    sizes={"K": (2, 3), "d": (1, 2)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={"H": Variable("d", "N"), "A": Variable("d", "d"), "W": Variable("K", "d"), "b": Variable("K")},
)


def _fit(p: SpacePoint, W: Array, H: Array) -> Array:
    return W @ H + p.xp.reshape(p.b, (p.K, 1)) - one_hot(p)


def _mapped_equations(p: SpacePoint) -> Array:
    """The normal equations of [W, b] at A H."""
    H = p.A @ p.H
    return _fit(p, p.W, H) @ with_ones(p, H).T


def _equations(p: SpacePoint) -> Array:
    """Those of [W A, b] at H, times the transpose of the invertible block matrix of A and 1."""
    R = _fit(p, p.W @ p.A, p.H)
    return p.xp.concat([R @ p.H.T @ p.A.T, p.xp.sum(R, axis=1, keepdims=True)], axis=1)


EQUATIONS = Identity("[W, b] solves for A H iff [W A, b] solves for H", left=_mapped_equations, right=_equations)
SOLVED = ((EQUATIONS, FREE_V),)
SOLUTIONS = (
    "least squares are solved by the normal equations alone, all their solutions predict the same, and those of [W, b] "
    "at A H are those of [W A, b] at H times an invertible matrix"
)
MAPS = "A and 1 are multiplied from the right, whatever the sizes"


def _gap(p: SpacePoint, weight: Number = 1) -> Array:
    """S'S = Mc' SW^{-1} Mc (K, K), times a number."""
    s = scatter(p, p.H)
    return weight * (s.Mc.T @ p.xp.linalg.inv(s.SW) @ s.Mc)


def _over_spectrum(p: SpacePoint) -> Number:
    """The sum over K-1 singular values: all K eigenvalues of S'S without one zero."""
    return (p.xp.sum(1 / (p.K + p.xp.linalg.eigvalsh(_gap(p)))) - p.xp.asarray(1) / p.K) / 2


def _over_trace(p: SpacePoint, weight: Number = 1, ones: Number = 1) -> Number:
    """(trace (K I + weight S'S)^{-1} - ones/K)/2."""
    return (p.xp.sum(inverse(p, _gap(p, weight)) * p.xp.eye(p.K)) - p.xp.asarray(ones) / p.K) / 2


def _has_scatter(p: SpacePoint) -> Number:
    return p.xp.linalg.det(scatter(p, p.H).SW)


def _law(name: str, right: Function) -> Identity:
    return Identity(name, left=lambda p: least_loss(p, p.H), right=right, given=[_has_scatter])


TRACE = Identity("min_V L = (trace (K I + S'S)^{-1} - 1/K)/2", left=lambda p: least_loss(p, p.H), right=_over_trace)
ONES = Identity("S'S 1 = 0", left=lambda p: _gap(p) @ p.xp.ones((p.K,)), right=lambda p: p.xp.zeros((p.K,)))

CLAIMS = (
    Claim(
        id="han-invariance",
        where="invariance along the central path",
        kind="identity",
        attribution="recalled",
        says="min_V L(V; A H) = min_V L(V; H) for invertible A, with the same predictions",
        printed=r"\min_VL(V;AH)=\min_VL(V;H),\quad V_{LS}(AH)\,[AH;1]=V_{LS}(H)\,[H;1]",
        verdict="holds",
        reason="the predictions are Y times the projector on the rows of [H; 1], which A does not change",
        parts=(
            Part(PREDICTIONS, domain=MAPPED, proof=SOLVED, argument=SOLUTIONS, beyond=MAPS),
            Part(LOSSES, domain=MAPPED, proof=SOLVED, argument=SOLUTIONS, beyond=MAPS),
        ),
        neighbours=(
            Neighbour(_same("also for A that is not invertible", _losses, _image, ()), MAPPED),
            Neighbour(
                _same("also after a shift of the first class", _losses, lambda p: p.H + one_hot(p)[:1, :]), INVERTIBLE
            ),
            Neighbour(_same("W does not move either", lambda p, H: residual(p, H)[0], _image), INVERTIBLE),
        ),
    ),
    Claim(
        id="han-snr-loss",
        where="loss as a function of the SNR matrix",
        kind="identity",
        attribution="reading",
        says="min_V L(V; H) = (1/2) sum over K-1 singular values of 1/(K + w_j^2)",
        printed=r"\min_VL(V;H)=\tfrac12\sum_{j=1}^{K-1}\frac1{K+w_j^2}",
        verdict="holds",
        reason="1/K - (1/K) w^2/(K + w^2) for each direction; zeros count 1/K each, also where d < K-1; a reading, no "
        "verdict on the paper",
        parts=(
            Part(
                _law("min_V L = the sum over singular values", _over_spectrum),
                domain=ROUGH,
                proof=((TRACE, SNR), (ONES, SNR)),
                argument="the trace sums over the spectrum of S'S, to which the vector of ones adds a zero and so 1/K",
                beyond="with U = SW^{-1/2} Z/sqrt N the inverse of U U' + S S'/K is that of a block of rank d "
                "(Woodbury), whatever the sizes",
            ),
        ),
        neighbours=(
            Neighbour(_law("with w^2/K in the place of w^2", lambda p: _over_trace(p, p.xp.asarray(1) / p.K)), SNR),
            Neighbour(_law("summed over K values", lambda p: _over_trace(p, 1, 0)), SNR),
            Neighbour(_law("for classes of different sizes", _over_trace), UNEQUAL),
        ),
    ),
)
