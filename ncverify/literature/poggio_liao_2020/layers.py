"""Poggio and Liao: ReLU networks without biases are homogeneous in each layer, and what that gives at critical points.

Where no pre-activation is zero the pattern of active units is locally constant, and the network is linear in each
layer: identities are proved for every pattern, with the units' factors D_k as free variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from ncverify import Identity, Implication, Space, Variable
from ncverify.calculus import directional, gradient, replaced
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import flat
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

LAYERS = ("W1", "W2", "W3")
WEIGHTS = {"W1": Variable("a", "d"), "W2": Variable("m", "a"), "W3": Variable("c", "m"), "x": Variable("d")}
NET = Space(sizes={"d": (1, 2), "a": (1, 2), "m": (1, 2), "c": (1, 2)}, variables=WEIGHTS)
PATTERN = Space(sizes=NET.ranges, variables=WEIGHTS | {"D1": Variable("a"), "D2": Variable("m")})


def _first(p: SpacePoint) -> Array:
    return p.W1 @ p.x


def _second(p: SpacePoint) -> Array:
    return p.W2 @ p.xp.relu(_first(p))


def network(p: SpacePoint) -> Array:
    """W_3 relu(W_2 relu(W_1 x)), shape (c,)."""
    return p.W3 @ p.xp.relu(_second(p))


def _patterned(p: SpacePoint) -> Array:
    """The same with factors of the units in the place of relu."""
    return p.W3 @ (p.D2 * (p.W2 @ (p.D1 * _first(p))))


def _no_kink(p: SpacePoint) -> Number:
    """The least |pre-activation|."""
    return p.xp.minimum(p.xp.min(p.xp.abs(_first(p))), p.xp.min(p.xp.abs(_second(p))))


def _derivatives(f: Function, p: SpacePoint) -> Array:
    """<W_k, df/dW_k> for every layer, shape (3, c)."""
    return p.xp.stack([directional(f, p, {name: p.variables[name]}) for name in LAYERS])


def _euler(name: str, f: Function, factor: Number = 1, given: Sequence[Function] = (_no_kink,)) -> Identity:
    return Identity(
        name,
        left=lambda p: _derivatives(f, p),
        right=lambda p: factor * p.xp.stack([f(p)] * len(LAYERS)),
        given=given,
    )


def _squared_units(p: SpacePoint) -> Array:
    return p.W3 @ (p.xp.relu(p.W2 @ p.xp.relu(_first(p))) ** 2)


def _with_bias(p: SpacePoint) -> Array:
    return p.W3 @ p.xp.relu(p.W2 @ p.xp.relu(_first(p) + 1))


EULER = _euler("<W_k, df/dW_k> = f(x) for each layer, where no pre-activation is zero", network)
MULTILINEAR = _euler("the same for every pattern of active units", _patterned, given=())
LINEAR = "for a pattern of active units f is linear in each layer, whatever their number and widths"
EULER_CLAIM = Claim(
    id="poggio-euler",
    where="structural lemma for ReLU networks",
    kind="identity",
    attribution="recalled",
    says="<W_k, df/dW_k> = f(x) for every layer of a ReLU network without biases",
    printed=r"\langle W_k,\partial f/\partial W_k\rangle=f(x)",
    verdict="holds",
    reason="near W the pattern of active units does not change, and f is linear in each W_k",
    parts=(
        Part(
            EULER,
            domain=NET,
            proof=((MULTILINEAR, PATTERN),),
            argument="no pre-activation is zero: relu(z) = D z with a locally constant D",
            beyond=LINEAR,
        ),
    ),
    neighbours=(
        Neighbour(_euler("L f(x) for each layer", network, 3), NET),
        Neighbour(_euler("with squared units", _squared_units), NET),
        Neighbour(_euler("with a bias in the first layer", _with_bias, given=()), NET),
    ),
)

# --- the norm --------------------------------------------------------------------------------------------------------

FITTED = {"f": Variable("N"), "rho": Variable(low=0), "lam": Variable(low=0)}
SAMPLES = Space(sizes={"K": 2}, classes=("K", (1, 2)), variables=FITTED)
TWICE = Space(sizes={"K": 2}, classes=("K", (1, 2)), variables=FITTED | {"sigma": Variable(low=0)})


def _signs(p: SpacePoint) -> Array:
    """y: 1 for the first class, -1 for the second."""
    return p.xp.asarray([1] * p.class_sizes[0] + [-1] * p.class_sizes[1])


def _fit(p: SpacePoint) -> Number:
    return p.xp.sum((1 - p.rho * _signs(p) * p.f) ** 2) + p.lam * p.rho**2


def _slope(p: SpacePoint, rho: Number) -> Number:
    """d/drho of the fit."""
    q = replaced(p, {"rho": rho})
    return directional(_fit, q, {"rho": 1 + 0 * rho})


def _weight(p: SpacePoint) -> Number:
    return p.lam + p.xp.sum(p.f * p.f)


def _quotient(p: SpacePoint) -> Number:
    return p.xp.sum(_signs(p) * p.f) / _weight(p)


NORMAL = Identity(
    "half the slope in rho is (lambda + sum f^2) rho - sum y f",
    left=lambda p: _slope(p, p.rho),
    right=lambda p: 2 * (_weight(p) * p.rho - p.xp.sum(_signs(p) * p.f)),
)
ONE_RHO = Implication(
    "there is one stationary rho, the quotient",
    premise=lambda p: (_slope(p, p.rho) == 0) & (_slope(p, p.sigma) == 0),
    conclusion=lambda p: p.rho == p.sigma,
)


def _solved(p: SpacePoint) -> Number:
    """(lambda + sum f^2) (rho - quotient)."""
    return 2 * _weight(p) * (p.rho - _quotient(p))


SOLVED = Identity(
    "the slope is 2 (lambda + sum f^2) (rho - quotient) where lambda + sum f^2 > 0",
    left=lambda p: _slope(p, p.rho),
    right=_solved,
    given=[_weight],
)
RHO = Claim(
    id="poggio-rho-eq",
    where="equilibrium of the norm",
    kind="identity",
    attribution="seen",
    says="rho stationary for sum (1 - rho y f)^2 + lambda rho^2: rho = sum y f/(lambda + sum f^2), lambda >= 0",
    printed=r"\rho=\frac{\sum_ny_nf_n}{\lambda+\sum_nf_n^2}",
    verdict="false",
    reason="lambda = 0 and all f_n = 0 are allowed: there every rho is stationary, and the quotient is 0/0",
    severity="local",
    effect="true with lambda > 0, or with one f_n that is not zero",
    parts=(
        Part(ONE_RHO, domain=TWICE, witness=Witness(f=[0, 0], rho=1, lam=0, sigma=2, class_sizes=(1, 1))),
        Part(
            NORMAL,
            domain=SAMPLES,
            proof=(NORMAL,),
            argument="y^2 = 1: stationary iff (lambda + sum f^2) rho = sum y f",
            beyond="a derivative in one number; every sample adds one term",
        ),
    ),
    correction=Correction(
        latex=r"\bigl(\lambda+\sum_nf_n^2\bigr)\rho=\sum_ny_nf_n;\ \text{divided where }\lambda+\sum_nf_n^2>0",
        parts=(
            Part(
                SOLVED,
                domain=SAMPLES,
                proof=(NORMAL,),
                argument="zero iff rho is the quotient",
                beyond="a derivative in one number; every sample adds one term",
            ),
        ),
    ),
    neighbours=(
        Neighbour(ONE_RHO, TWICE),
        Neighbour(
            Identity(
                "with 2 lambda",
                left=NORMAL.left,
                right=lambda p: 2 * ((_weight(p) + p.lam) * p.rho - p.xp.sum(_signs(p) * p.f)),
            ),
            SAMPLES,
        ),
        Neighbour(
            Identity("without the signs", left=NORMAL.left, right=lambda p: 2 * (_weight(p) * p.rho - p.xp.sum(p.f))),
            SAMPLES,
        ),
    ),
)

# --- layers of unit norm ---------------------------------------------------------------------------------------------

UNIT = {
    "V1": Variable("a", "d", on="sphere"),
    "V2": Variable("m", "a", on="sphere"),
    "V3": Variable("m", on="sphere"),
    "X": Variable("d", "N"),
    "y": Variable("N"),
    "rho": Variable(),
}
SIZES = {"d": (1, 2), "a": (1, 2), "m": (1, 2), "N": (1, 2)}
CRITICAL = Space(sizes=SIZES, variables=UNIT, where=lambda s: s.a * s.m * s.N <= 4)
PATTERNS = Space(sizes=SIZES, variables=UNIT | {"D1": Variable("a", "N"), "D2": Variable("m", "N")})
NORMED = ("V1", "V2", "V3")


def _outputs(p: SpacePoint) -> Array:
    """f_n for the columns of X."""
    return p.V3 @ p.xp.relu(p.V2 @ p.xp.relu(p.V1 @ p.X))


def _patterned_outputs(p: SpacePoint) -> Array:
    return p.V3 @ (p.D2 * (p.V2 @ (p.D1 * (p.V1 @ p.X))))


def _without_kinks(p: SpacePoint) -> Number:
    first = p.V1 @ p.X
    second = p.V2 @ p.xp.relu(first)
    return p.xp.minimum(p.xp.min(p.xp.abs(first)), p.xp.min(p.xp.abs(second)))


def _tangential(f: Function, p: SpacePoint) -> Array:
    """The gradient of sum (1 - rho y f)^2 by each layer, less its part along the layer."""
    slopes = gradient(lambda q: q.xp.sum((1 - q.rho * q.y * f(q)) ** 2), p, NORMED)
    return flat(p, *(slopes[name] - p.xp.sum(slopes[name] * p.variables[name]) * p.variables[name] for name in NORMED))


def _constraint(f: Function, p: SpacePoint, along: Number = 1) -> Array:
    """2 rho (V_k sum r y f - sum r y df/dV_k) of each layer."""
    weights = (1 - p.rho * p.y * f(p)) * p.y
    sums = gradient(lambda q: q.xp.sum(f(q) * weights), p, NORMED)
    total = along * p.xp.sum(weights * f(p))
    return flat(p, *(2 * p.rho * (p.variables[name] * total - sums[name]) for name in NORMED))


def _critical(name: str, f: Function, along: Number = 1, given: Sequence[Function] = (_without_kinks,)) -> Identity:
    return Identity(name, left=lambda p: _tangential(f, p), right=lambda p: _constraint(f, p, along), given=given)


STATIONARY = _critical("the gradient on the spheres is 2 rho (V_k sum r y f - sum r y df/dV_k)", _outputs)
CRITICAL_CLAIM = Claim(
    id="poggio-v-critical",
    where="constraints on the layers at critical points of the normalised dynamics",
    kind="identity",
    attribution="recalled",
    says="V stationary on the unit spheres, rho != 0: V_k sum r y f = sum r y df/dV_k for every k",
    printed=r"V_k\sum_nr_ny_nf_n=\sum_nr_ny_n\frac{\partial f_n}{\partial V_k}",
    verdict="holds",
    reason="the gradient by V_k is a multiple of V_k, which <V_k, df/dV_k> = f gives; a differentiable f that is "
    "homogeneous in V_k is all that is used",
    parts=(
        Part(
            STATIONARY,
            domain=CRITICAL,
            proof=((_critical("the same for every pattern of active units", _patterned_outputs, given=()), PATTERNS),),
            argument="rho != 0: the gradient on the spheres vanishes iff the equations hold",
            beyond=LINEAR,
        ),
    ),
    neighbours=(
        Neighbour(_critical("with half of the left side", _outputs, 0.5), CRITICAL),
        Neighbour(_critical("without the left side", _outputs, 0), CRITICAL),
        Neighbour(_critical("with the number of layers", _outputs, 3), CRITICAL),
    ),
)

CLAIMS = (EULER_CLAIM, RHO, CRITICAL_CLAIM)
