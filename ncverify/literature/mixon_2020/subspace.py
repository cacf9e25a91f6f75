"""Mixon, Parshall and Pi: strong collapse, and the flow of the squared loss on the invariant subspace S."""

from __future__ import annotations

from ncverify import FlowLaw, Identity, Implication, Inequality, Space, Variable
from ncverify.calculus import gradient
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import balanced, one_hot, square
from ncverify.literature._means import centred, class_means, decides_alike, deviations, frame, is_dual, is_simplex
from ncverify.literature.mixon_2020._model import (
    centred_rows,
    model,
    on_subspace,
    paired,
    projection,
    repeated,
    risk,
    root,
    subspace,
)
from ncverify.papers import Claim, Neighbour, Part
from ncverify.papers.neighbours import unequal
from ncverify.space import Sizes, SpacePoint
from ncverify.statements.types import Function

S = subspace()
FREE = model()
SHAPES = "multiplied out, whatever the shapes: only (I - J/K) 1 = 0 and Y Y' = n I are used"

# --- strong collapse -------------------------------------------------------------------------------------------------

COLLAPSED = Space(
    sizes={"K": (2, 3), "d": (2, 3)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={
        "U": Variable("d", "K", on="orthonormal columns"),
        "r": Variable(positive=True),
        "s": Variable(positive=True),
        "h": Variable("d"),
    },
)


def _collapsed(p: SpacePoint) -> SpacePoint:
    """W = r (I - J/K) U', H = s W' Y: strong collapse up to the two scales."""
    W = p.r * frame(p).T
    return SpacePoint(p.sizes, {"W": W, "H": p.s * W.T @ one_hot(p)})


def _has_all(p: SpacePoint) -> TruthValue:
    """(NC1) to (NC3) with centred means and with means as they are, (NC4) at h for a constant bias."""
    q = _collapsed(p)
    M = class_means(q)
    shape = is_simplex(q, M) & is_simplex(q, centred(q, M)) & is_dual(q, q.W, M) & is_dual(q, q.W, centred(q, M))
    return p.xp.all(deviations(q) == 0) & shape & decides_alike(p, q.W @ p.h, M)


def _collapse_implies(name: str, conclusion: Function) -> Implication:
    return Implication(name, premise=lambda p: p.r > 0, conclusion=conclusion)


def _own(p: SpacePoint) -> Array:
    """W H + 1 1'/K - Y with H = n^{-1/2} (W kron 1_n)', W free."""
    return p.W @ repeated(p, p.W) + p.xp.ones((p.K, p.N)) / p.K - one_hot(p)


RESIDUAL = Identity(
    "W H + 11'/K - Y = (n^{-1/2} W W' - P) Y for H = n^{-1/2} (W kron 1_n)'",
    left=_own,
    right=lambda p: (p.W @ p.W.T / root(p) - projection(p)) @ one_hot(p),
)
MEANS = Identity(
    "the means of n^{-1/2} (W kron 1_n)' are n^{-1/2} W'",
    left=lambda p: repeated(p, p.W) @ one_hot(p).T * p.K / p.N,
    right=lambda p: p.W.T / root(p),
)
SUM = Identity(
    "|W'1|^2 = 1' W W' 1", left=lambda p: square(p, p.xp.sum(p.W, axis=0)), right=lambda p: p.xp.sum(p.W @ p.W.T)
)
STRONG = Claim(
    id="mixon-strong-nc",
    where="definition of strong neural collapse and its consequence",
    kind="claim",
    attribution="seen",
    says="W W' = sqrt(n) P, H = n^{-1/2} (W kron 1_n)', b = 1/K: R = 0, (NC1)-(NC3) centred and uncentred, (NC4)",
    printed=r"WW^\top=\sqrt n\,P,\ H=n^{-1/2}(W\otimes\mathbf1_n)^\top,\ b=\tfrac1K\mathbf1",
    verdict="holds",
    reason="W H = P Y = Y - 11'/K; the means n^{-1/2} w_k have Gram matrix n^{-1/2} P and sum 0",
    parts=(
        Part(
            RESIDUAL,
            domain=FREE,
            proof=(RESIDUAL,),
            argument="with W W' = sqrt(n) P the right side is 0, so R = 0",
            beyond=SHAPES,
        ),
        Part(
            _collapse_implies("(NC1) to (NC4), centred and uncentred, at every h", _has_all),
            domain=COLLAPSED,
            proof=((MEANS, FREE), (SUM, FREE)),
            argument="M = n^{-1/2} W', so M'M = n^{-1/2} P and M 1 = 0: a simplex, its own centred means, "
            "W = sqrt(n) M', and with equal lengths the nearest mean has the largest <w_k, h> + 1/K",
            beyond=SHAPES,
        ),
    ),
    neighbours=(
        Neighbour(
            Identity("W W' = sqrt(n) I will do", left=RESIDUAL.left, right=lambda p: 0 * one_hot(p)), model(d=(2, 3))
        ),
        Neighbour(
            Identity(
                "without the bias",
                left=lambda p: _own(p) - p.xp.ones((p.K, p.N)) / p.K,
                right=RESIDUAL.right,
            ),
            FREE,
        ),
        Neighbour(
            _collapse_implies(
                "W equals the means, without a factor",
                lambda p: p.xp.all(class_means(_collapsed(p)) == _collapsed(p).W.T),
            ),
            COLLAPSED,
        ),
    ),
)

# --- the subspace ----------------------------------------------------------------------------------------------------


def _leaves(p: SpacePoint, scale: Number = 1) -> Array:
    """What of the gradient of R at a point of S is not in S: 1'G_W, G_H - n^{-1/2} (G_W kron 1)', G_b - mean."""
    q = on_subspace(p)
    G = gradient(risk, q, ("W", "H", "b"))
    parts = (p.xp.sum(G["W"], axis=0), G["H"] - scale * repeated(p, G["W"]), G["b"] - p.xp.mean(G["b"]))
    return p.xp.concat([p.xp.reshape(x, (-1,)) for x in parts], axis=0)


def _zero(p: SpacePoint) -> Array:
    return p.xp.zeros((p.d + p.d * p.N + p.K,))


INVARIANT = Identity("at a point of S the gradient of R lies in S", left=_leaves, right=_zero)


def _not_in_subspace(p: SpacePoint) -> Array:
    """The same at any W, not centred, with H = n^{-1/2} (W kron 1_n)' and b = beta 1."""
    return p.xp.sum(gradient(risk, paired(p, p.A), ("W",))["W"], axis=0)


SUBSPACE = Claim(
    id="mixon-subspace-invariant",
    where="invariant subspace S",
    kind="claim",
    attribution="reading",
    says="at a point of S the gradient of R lies in S, so that the flow stays in S",
    printed=r"\nabla R(S)\subset S",
    verdict="holds",
    reason="G_W = W W'W - sqrt(n) W, G_H = n^{-1/2} (G_W kron 1_n)', G_b = n (K beta - 1) 1; the flow is unique",
    parts=(
        Part(
            INVARIANT,
            domain=S,
            proof=(INVARIANT,),
            argument="a linear subspace to which a smooth field is tangent is invariant",
            beyond=SHAPES,
        ),
    ),
    neighbours=(
        Neighbour(Identity("with H = (W kron 1_n)'", left=lambda p: _leaves(p, root(p)), right=_zero), subspace(n=2)),
        Neighbour(
            Identity("without 1'W = 0", left=_not_in_subspace, right=lambda p: p.xp.zeros((p.d,))),
            S,
        ),
        Neighbour(
            Identity(
                "the gradient vanishes",
                left=lambda p: gradient(risk, on_subspace(p), ("W",))["W"],
                right=lambda p: 0 * p.A,
            ),
            S,
        ),
    ),
)


def _distance(p: SpacePoint, factor: Number = 1) -> Number:
    """(n/2) (|n^{-1/2} W W' - P|^2 + factor (K beta - 1)^2)."""
    W = centred_rows(p, p.A)
    gap = W @ W.T / root(p) - projection(p)
    return (square(p, gap) + factor * (p.K * p.beta - 1) ** 2) * p.N / (2 * p.K)


DECOMPOSED = Identity(
    "R = (n/2) (|n^{-1/2} W W' - P|^2 + (K beta - 1)^2) on S", left=lambda p: risk(on_subspace(p)), right=_distance
)
RISK = Claim(
    id="mixon-risk-on-s",
    where="decomposition of the empirical risk on S",
    kind="identity",
    attribution="reading",
    says="R = (n/2) (|n^{-1/2} W W' - P|^2 + (K beta - 1)^2) on S",
    printed=r"R=\tfrac n2\bigl(\|n^{-1/2}WW^\top-P\|^2+(K\beta-1)^2\bigr)",
    verdict="holds",
    reason="the residual is (n^{-1/2} W W' - P + (beta - 1/K) J) Y, and J is orthogonal to the rest",
    parts=(Part(DECOMPOSED, domain=S, proof=(DECOMPOSED,), argument="polynomials in A and beta", beyond=SHAPES),),
    neighbours=(
        Neighbour(
            Identity("half of the last term", left=DECOMPOSED.left, right=lambda p: _distance(p, p.xp.asarray(1) / 2)),
            S,
        ),
        Neighbour(unequal(DECOMPOSED, "2"), S),
        Neighbour(
            Inequality(
                "and at most (n/2) (K beta - 1)^2",
                slack=lambda p: (p.K * p.beta - 1) ** 2 * p.N / (2 * p.K) - risk(on_subspace(p)),
            ),
            S,
        ),
    ),
)

# --- the flow on it --------------------------------------------------------------------------------------------------


def velocity(p: SpacePoint, W: Array, q: Array) -> Array:
    """q W - W W'W."""
    return q * W - W @ W.T @ W


def _field(p: SpacePoint) -> Array:
    G = gradient(risk, on_subspace(p), ("W", "b"))
    return p.xp.concat([-G["W"], -p.xp.expand_dims(G["b"], 1)], axis=1)


def _printed_field(p: SpacePoint, factor: Number = 1) -> Array:
    W = centred_rows(p, p.A)
    drift = -p.xp.ones((p.K, 1)) * (p.N * (p.beta - 1 / p.xp.asarray(p.K)))
    return p.xp.concat([velocity(p, W, factor * root(p)), drift], axis=1)


FIELD = Identity("on S: W' = sqrt(n) W - W W'W, beta' = -nK (beta - 1/K)", left=_field, right=_printed_field)
SVD = Space(
    sizes={"K": (2, 3), "d": (2, 3), "r": (1, 2)},
    variables={
        "U": Variable("K", "r", on="orthonormal columns"),
        "V": Variable("d", "r", on="orthonormal columns"),
        "s": Variable("r"),
        "q": Variable(positive=True),
    },
)


def _product(p: SpacePoint, s: Sizes) -> Array:
    return (p.U * p.xp.expand_dims(s, 0)) @ p.V.T


VECTORS = Identity(
    "for W = U diag(s) V': q W - W W'W = U diag(q s - s^3) V'",
    left=lambda p: velocity(p, _product(p, p.s), p.q),
    right=lambda p: _product(p, p.q * p.s - p.s**3),
)
CLOCK = Space(
    sizes={},
    variables={
        "x": Variable(low=0, high=1),
        "u": Variable(positive=True),
        "q": Variable(positive=True),
        "y": Variable(low=0, high=1),
        "m": Variable(positive=True),
        "beta": Variable(),
        "c": Variable(),
    },
)


def squared_value(p: SpacePoint) -> Number:
    """q/(1 + (q/u - 1) x): the squared singular value at x = exp(-2 q t) that begins with u at x = 1."""
    return p.q / (1 + (p.q / p.u - 1) * p.x)


def _bias(p: SpacePoint) -> Array:
    return p.c + (p.beta - p.c) * p.y


def _times(p: SpacePoint) -> dict[str, Array]:
    """x = exp(-2 q t) and y = exp(-m t)."""
    return {"x": -2 * p.q * p.x, "y": -p.m * p.y}


LOGISTIC = FlowLaw(
    "u(t) = q/(1 + (q/u - 1) exp(-2 q t)): u' = 2 q u - 2 u^2",
    quantity=squared_value,
    field=_times,
    rate=lambda p: 2 * p.q * squared_value(p) - 2 * squared_value(p) ** 2,
)
BIAS = FlowLaw(
    "beta(t) = c + (beta - c) exp(-m t): beta' = -m (beta - c)",
    quantity=_bias,
    field=_times,
    rate=lambda p: -p.m * (_bias(p) - p.c),
)
LAWS = (
    Part(FIELD, domain=S, proof=(FIELD,), argument="the velocity of the gradient flow of R on S", beyond=SHAPES),
    Part(
        VECTORS,
        domain=SVD,
        proof=(VECTORS,),
        argument="U and V stay, and s_j' = sqrt(n) s_j - s_j^3; the flow is unique",
        beyond="only U'U = V'V = I is used, whatever the shapes",
    ),
    Part(
        LOGISTIC,
        domain=CLOCK,
        proof=(LOGISTIC,),
        argument="u = s_j^2, q = sqrt(n), which begins with s_j(0)^2 at x = 1",
        beyond="an identity of rational functions of numbers",
    ),
    Part(
        BIAS,
        domain=CLOCK,
        proof=(BIAS,),
        argument="c = 1/K, m = nK, which begins with beta(0) at y = 1",
        beyond="an identity of polynomials in numbers",
    ),
)
WRONG = (
    Neighbour(
        FlowLaw(
            "with exp(-q t)",
            quantity=squared_value,
            field=lambda p: {"x": -p.q * p.x},
            rate=lambda p: 2 * p.q * squared_value(p) - 2 * squared_value(p) ** 2,
        ),
        CLOCK,
    ),
    Neighbour(Identity("W' = 2 sqrt(n) W - W W'W", left=_field, right=lambda p: _printed_field(p, 2)), S),
    Neighbour(
        FlowLaw("beta' = -m (beta - 2c)", quantity=_bias, field=_times, rate=lambda p: -p.m * (_bias(p) - 2 * p.c)),
        CLOCK,
    ),
)
FLOW = Claim(
    id="mixon-flow-on-s",
    where="dynamics on S",
    kind="identity",
    attribution="reading",
    says="W' = sqrt(n) W - W W'W; s_j(t)^2 and beta(t) in closed form; singular vectors are constant",
    printed=r"s_j(t)^2=\tfrac{\sqrt n}{1+(\sqrt n/s_j(0)^2-1)e^{-2\sqrt nt}},\ "
    r"\beta(t)=\tfrac1K+(\beta(0)-\tfrac1K)e^{-nKt}",
    verdict="holds",
    reason="U diag(s) V' stays of this form: one logistic equation for each s_j^2, a linear one for beta",
    parts=LAWS,
    neighbours=WRONG,
)


def _gap(p: SpacePoint) -> Array:
    """W W' - sqrt(n) P on S."""
    W = centred_rows(p, p.A)
    return W @ W.T - root(p) * projection(p)


def _flow(p: SpacePoint) -> dict[str, Array]:
    """A moves so that (I - J/K) A moves with the flow."""
    return {"A": velocity(p, centred_rows(p, p.A), root(p))}


APPROACH = FlowLaw(
    "d/dt |W W' - sqrt(n) P|^2 = -4 |(W W' - sqrt(n) P) W|^2",
    quantity=lambda p: square(p, _gap(p)),
    field=_flow,
    rate=lambda p: -4 * square(p, _gap(p) @ centred_rows(p, p.A)),
)
LEFT = Identity(
    "u(t) - q is (u - q) q/u times exp(-2 q t) / (1 + (q/u - 1) exp(-2 q t))",
    left=lambda p: squared_value(p) - p.q,
    right=lambda p: (p.u - p.q) * p.q / p.u * p.x / (1 + (p.q / p.u - 1) * p.x),
)
LIMIT = Claim(
    id="mixon-limit-on-s",
    where="main theorem: convergence to strong neural collapse from S",
    kind="claim",
    attribution="reading",
    says="from S with rank W(0) = K-1 the flow converges to a point of strong collapse",
    printed=r"\operatorname{rank}W(0)=K-1\Rightarrow WW^\top\to\sqrt nP,\ b\to\tfrac1K\mathbf1",
    verdict="holds",
    reason="all K-1 squared singular values tend to sqrt(n) with constant vectors that span 1^perp; beta to 1/K",
    parts=(
        *LAWS,
        Part(
            LEFT,
            domain=CLOCK,
            proof=(LEFT,),
            argument="the denominator is at least min(1, q/u): u(t) -> q like exp(-2 q t), and W = U diag(s) V' "
            "converges to sqrt(q) U V', U U' = P",
            beyond="an identity of rational functions of numbers",
        ),
        Part(
            APPROACH,
            domain=S,
            proof=(APPROACH,),
            argument="|W W' - sqrt(n) P| falls at the rate of the least s_j^2 > 0 at least",
            beyond=SHAPES,
        ),
    ),
    neighbours=(
        *WRONG[:1],
        Neighbour(
            FlowLaw(
                "at twice the rate",
                quantity=lambda p: square(p, _gap(p)),
                field=_flow,
                rate=lambda p: -8 * square(p, _gap(p) @ centred_rows(p, p.A)),
            ),
            S,
        ),
        Neighbour(
            Implication(
                "whatever the rank: a stationary point is of strong collapse",
                premise=lambda p: p.xp.all(velocity(p, centred_rows(p, p.A), root(p)) == 0),
                conclusion=lambda p: p.xp.all(_gap(p) == 0),
            ),
            subspace(n=1),
        ),
    ),
)

CLAIMS = (STRONG, SUBSPACE, RISK, FLOW, LIMIT)
