"""Mixon, Parshall and Pi: small starts, the flow linearised near the origin, and what the flow conserves."""

from __future__ import annotations

from ncverify import FlowLaw, Identity
from ncverify.calculus import GradientField, LinearisedField
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, flat, one_hot, square
from ncverify.literature.mixon_2020._model import centred_rows, model, repeated, risk, root
from ncverify.literature.mixon_2020.subspace import SHAPES
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

EQUAL = model(where=lambda s: balanced(s) and s.N <= 4)
ANY = model(where=lambda s: s.N <= 3)


def _targets(p: SpacePoint) -> Array:
    """Y_c = P kron 1_n', shape (K, N)."""
    return centred_rows(p, one_hot(p))


def _linear(p: SpacePoint) -> dict[str, Array]:
    """The linear flow as printed."""
    Y = _targets(p)
    return {"W": Y @ p.H.T, "H": p.W.T @ Y, "b": -p.N * (p.b - 1 / p.xp.asarray(p.K))}


def _flat(p: SpacePoint, velocity: dict[str, Array]) -> Array:
    return flat(p, *(velocity[name] for name in ("W", "H", "b")))


def _origin(p: SpacePoint) -> dict[str, Array]:
    return {"W": 0 * p.W, "H": 0 * p.H, "b": 0 * p.b + 1 / p.xp.asarray(p.K)}


LINEARISED = Identity(
    "the linear flow is the gradient flow of R linearised at W = H = 0, b = 1/K",
    left=lambda p: _flat(p, LinearisedField(risk, _origin)(p)),
    right=lambda p: _flat(p, _linear(p)),
)


def _growing(p: SpacePoint, sign: Number = 1) -> Array:
    """P W + n^{-1/2} Y_c H', which is 2 W on E and zero on its complement; with a minus the falling part."""
    return centred_rows(p, p.W) + sign * _targets(p) @ p.H.T / root(p)


def _falling(p: SpacePoint) -> Array:
    return _growing(p, -1)


def _still(p: SpacePoint) -> Array:
    """What does not move: the mean row of W, and the part of H that the centred targets do not see."""
    Y = _targets(p)
    rest = p.H - (p.H @ Y.T) @ Y * p.K / p.N
    return p.xp.concat([p.xp.mean(p.W, axis=0), p.xp.reshape(rest, (-1,))], axis=0)


def _sizes(p: SpacePoint) -> Number:
    mean, Y = p.xp.mean(p.W, axis=0), _targets(p)
    rest = square(p, p.H - (p.H @ Y.T) @ Y * p.K / p.N)
    return (square(p, _growing(p)) + square(p, _falling(p))) / 2 + p.K * square(p, mean) + rest


def _grows(name: str, rate: Function) -> FlowLaw:
    return FlowLaw(name, quantity=_growing, field=_linear, rate=lambda p: rate(p) * _growing(p))


GROWS = _grows("P W + n^{-1/2} Y_c H' grows at the rate sqrt(n)", root)
FALLS = FlowLaw(
    "P W - n^{-1/2} Y_c H' falls at the rate sqrt(n)",
    quantity=_falling,
    field=_linear,
    rate=lambda p: -root(p) * _falling(p),
)
STAYS = FlowLaw("the rest of W and H stays", quantity=_still, field=_linear)
SQUARES = Identity(
    "|W|^2 + |H|^2 is the sum of the squares of the growing part /2, the falling part /2 and the rest",
    left=lambda p: square(p, p.W) + square(p, p.H),
    right=_sizes,
)


def _of_growing(p: SpacePoint) -> Array:
    """On E, E being made of the growing part alone: W and H of a point of E."""
    W = centred_rows(p, p.W)
    Y = _targets(p)
    H = repeated(p, W)
    return p.xp.concat([Y @ H.T - root(p) * W, (W.T @ Y - root(p) * H).T], axis=0)


EIGEN = Identity(
    "on E the velocity is sqrt(n) times the point",
    left=_of_growing,
    right=lambda p: p.xp.zeros((p.K + p.N, p.d)),
)
SPLIT = "four parts that are orthogonal: rates sqrt(n) on E, -sqrt(n), 0 and 0"
LINEAR = Claim(
    id="mixon-linearised",
    where="linearised gradient flow near the origin",
    kind="claim",
    attribution="reading",
    says="E is the eigenspace of the largest rate sqrt(n); dist((W, H), E)/|(W, H)| -> 0, unless orthogonal at 0",
    printed=r"\dot W=Y_cH^\top,\ \dot H=W^\top Y_c:\ \operatorname{dist}((W,H),E)/|(W,H)|\to0",
    verdict="holds",
    reason="Y_c Y_c' = n P: rates sqrt(n) on E, -sqrt(n) on W = P W, H = -n^{-1/2} (W kron 1_n)', and 0 on the rest",
    parts=(
        Part(LINEARISED, domain=EQUAL, proof=(LINEARISED,), argument="derivatives of a polynomial", beyond=SHAPES),
        Part(EIGEN, domain=EQUAL, proof=(EIGEN,), argument="an eigenspace of sqrt(n)", beyond=SHAPES),
        Part(GROWS, domain=EQUAL, proof=(GROWS,), argument=SPLIT, beyond=SHAPES),
        Part(FALLS, domain=EQUAL, proof=(FALLS,), argument=SPLIT, beyond=SHAPES),
        Part(STAYS, domain=EQUAL, proof=(STAYS,), argument=SPLIT, beyond=SHAPES),
        Part(
            SQUARES,
            domain=EQUAL,
            proof=(SQUARES,),
            argument="dist^2 is half the square of the falling part and that of the rest, which stay bounded, while "
            "the growing part grows like exp(sqrt(n) t) unless it is zero",
            beyond=SHAPES,
        ),
    ),
    neighbours=(
        Neighbour(_grows("at the rate n", lambda p: p.N / p.xp.asarray(p.K)), model(n=2)),
        Neighbour(
            FlowLaw(
                "W and H as a whole grow at the rate",
                quantity=lambda p: p.W,
                field=_linear,
                rate=lambda p: root(p) * p.W,
            ),
            EQUAL,
        ),
        Neighbour(
            FlowLaw("the mean feature of each class stays", quantity=lambda p: p.H @ one_hot(p).T, field=_linear), EQUAL
        ),
    ),
)


def _balance(p: SpacePoint) -> Array:
    """W'W - H H'."""
    return p.W.T @ p.W - p.H @ p.H.T


FLOWS = GradientField(risk, ("W", "H", "b"))
CONSERVES = FlowLaw("W'W - H H' does not change along the gradient flow of R", quantity=_balance, field=FLOWS)
KEPT = Part(
    CONSERVES,
    domain=ANY,
    proof=(CONSERVES,),
    argument="both terms change by -(W'E H' + H E'W), E the residual",
    beyond="multiplied out, whatever the shapes and class sizes",
)
UNKEPT = (
    Neighbour(FlowLaw("W'W + H H'", quantity=lambda p: p.W.T @ p.W + p.H @ p.H.T, field=FLOWS), ANY),
    Neighbour(FlowLaw("W'W", quantity=lambda p: p.W.T @ p.W, field=FLOWS), ANY),
    Neighbour(FlowLaw("W'W - 2 H H'", quantity=lambda p: p.W.T @ p.W - 2 * p.H @ p.H.T, field=FLOWS), ANY),
)
CONSERVED = Claim(
    id="mixon-conserved",
    where="gradient flow of the unconstrained model with bias",
    kind="identity",
    attribution="reading",
    says="W'W - H H' does not depend on t, for any class sizes",
    printed=r"W^\top W-HH^\top=\text{const}",
    verdict="holds",
    reason="grad_W = E H', grad_H = W'E: W' grad_W = grad_H H'",
    parts=(KEPT,),
    neighbours=UNKEPT,
)

BALANCED = Identity(
    "W'W - H H' of every start is that of strong collapse, zero",
    left=lambda p: p.W.T @ p.W,
    right=lambda p: p.H @ p.H.T,
)
COLLAPSE_BALANCED = Identity(
    "H = n^{-1/2} (W kron 1_n)' has H H' = W'W",
    left=lambda p: repeated(p, p.W) @ repeated(p, p.W).T,
    right=lambda p: p.W.T @ p.W,
)
NECESSARY = Part(
    COLLAPSE_BALANCED,
    domain=EQUAL,
    proof=(COLLAPSE_BALANCED,),
    argument="at strong collapse W'W - H H' = 0, so a limit of strong collapse has W'W = H H' at the start",
    beyond=SHAPES,
)
SMALL = Claim(
    id="mixon-small-start",
    where="empirical observation: small random start ends in collapse",
    kind="claim",
    attribution="reading",
    says="for small generic starts the limit of the flow of R is exactly a point of strong collapse",
    printed=r"|(W,H,b)(0)|<\varepsilon\Rightarrow\lim(W,H,b)\text{ is strongly collapsed}",
    verdict="false",
    reason="W'W - H H' is conserved, zero at strong collapse and not zero at generic starts, however small; a reading, "
    "no verdict on the paper",
    severity="local",
    effect="collapse is approximate: the limit keeps W'W - H H', which is of the order of the start's square",
    parts=(
        Part(
            BALANCED,
            domain=EQUAL,
            witness=Witness(W=[["1/100"], ["-1/200"]], H=[["1/300", "-1/400"]], b=[0, 0], class_sizes=(1, 1)),
        ),
    ),
    correction=Correction(
        latex=r"\lim\text{ strongly collapsed}\Rightarrow W(0)^\top W(0)=H(0)H(0)^\top",
        parts=(NECESSARY, KEPT),
    ),
    neighbours=(Neighbour(BALANCED, EQUAL), *UNKEPT[:2]),
)

CLAIMS = (LINEAR, CONSERVED, SMALL)
