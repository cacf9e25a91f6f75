"""Han et al.: the least-squares classifier and the two decompositions of the squared loss.

With X = [H; 1] and A = X X'/N + lam I the loss is L(V) = trace(V A V')/2 - trace(V X Y')/N + 1/2, least at V = Y X'
A^{-1}/N. For every V, classifier or not, X X'/N = SW~ + sum_k (n_k/N) m~_k m~_k' splits it into what V makes of the
scatter within the classes, and sum_k (n_k/N) |V m~_k - e_k|^2: equal classes have the weights 1/K, others do not.
"""

from __future__ import annotations

from dataclasses import replace

from ncverify import Equivalence, Identity, Implication, Optimum, Space, Variable
from ncverify.certificates import NonNegative, SumOfNonNegative, positive
from ncverify.certificates import square as square_form
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import balanced, one_hot, square
from ncverify.literature.han_2021._scatter import form, loss, means, residual, scatter, second_moment, with_ones, within
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint
from ncverify.space.sizes import Where
from ncverify.space.space import Range
from ncverify.statements.types import Function

VARIABLES = {"H": Variable("d", "N"), "W": Variable("K", "d"), "b": Variable("K"), "lam": Variable(positive=True)}
EQUAL = Space(sizes={"K": (2, 3), "d": (1, 2)}, classes=("K", (1, 2)), variables=VARIABLES, where=balanced)
ANY = Space(sizes={"K": (2, 3), "d": 1}, classes=("K", (1, 2)), variables=VARIABLES)
SHAPES = "both sides multiplied out are the same sums over samples, whatever the sizes"


def classifier(p: SpacePoint) -> Array:
    """V = [W, b], (K, d+1)."""
    return p.xp.concat([p.W, p.xp.reshape(p.b, (p.K, 1))], axis=1)


def printed(p: SpacePoint) -> Array:
    """(1/K) M~' (SW~ + SB~ + m~_G m~_G' + lam I)^{-1}, with SB~ = Mc Mc'/K for classes of any sizes."""
    xp, Mc = p.xp, scatter(p, p.H).Mc
    Mc = xp.concat([Mc, xp.zeros((1, p.K))], axis=0)
    m = xp.mean(with_ones(p, p.H), axis=1, keepdims=True)
    return means(p).T @ xp.linalg.inv(within(p) + Mc @ Mc.T / p.K + m @ m.T + p.lam * xp.eye(p.d + 1)) / p.K


def weights(p: SpacePoint) -> Array:
    """n_k/N."""
    return p.xp.sum(one_hot(p), axis=1) / p.N


def least_squares(p: SpacePoint) -> Array:
    """(M~ diag(n_k/N))' (X X'/N + lam I)^{-1}: the minimiser for classes of any sizes."""
    return (means(p) * weights(p)).T @ p.xp.linalg.inv(second_moment(p, p.lam))


def parts_of_loss(p: SpacePoint, V: Array, weight: Number, factor: Number = 1) -> Number:
    """trace(V (SW~ + factor lam I) V')/2 + sum_k weight_k |V m~_k - e_k|^2/2."""
    off = p.xp.sum((V @ means(p) - p.xp.eye(p.K)) ** 2, axis=0)
    return (form(p, V, within(p)) + factor * p.lam * square(p, V) + p.xp.sum(weight * off)) / 2


def off_minimum(p: SpacePoint, best: Function) -> Number:
    """L(V*) + trace((V - V*) (ST~ + m~_G m~_G' + lam I) (V - V*)')/2."""
    return loss(p, best(p), p.lam) + form(p, classifier(p) - best(p), second_moment(p, p.lam)) / 2


def _first(best: Function, name: str) -> Identity:
    return Identity(name, left=lambda p: loss(p, classifier(p), p.lam), right=lambda p: off_minimum(p, best))


def _argmin(best: Function, name: str) -> Optimum:
    return Optimum(
        name,
        objective=lambda p: loss(p, classifier(p), p.lam),
        value=lambda p: loss(p, best(p), p.lam),
        conclusion=lambda p: -square(p, classifier(p) - best(p)),
    )


def _second(name: str, V: Function, weight: Function, factor: Number = 1) -> Identity:
    return Identity(
        name,
        left=lambda p: loss(p, V(p), p.lam),
        right=lambda p: parts_of_loss(p, V(p), weight(p), factor),
    )


def equal_weights(p: SpacePoint) -> Array:
    """1/K for every class."""
    return p.xp.ones((p.K,)) / p.K


FIRST = _first(printed, "L(V) = L(V_LS) + the quadratic form of V - V_LS")
SECOND = _second("L(V_LS) = L_NC1 + L_NC23", printed, equal_weights)
EVERY = _second("L(V) = L_NC1 + L_NC23 for every V", classifier, equal_weights)
FIRST_ANY = _first(least_squares, "L(V) = L(V_LS) + the quadratic form, classes of any sizes")
SECOND_ANY = _second("L(V) = L_NC1 + sum_k (n_k/N) |V m~_k - e_k|^2/2 for every V", classifier, weights)
NORMAL = Identity(
    "V_LS A = Y X'/N",
    left=lambda p: printed(p) @ second_moment(p, p.lam),
    right=lambda p: one_hot(p) @ with_ones(p, p.H).T / p.N,
)

DOUBLE = Neighbour(
    Identity(
        "the quadratic form without its half",
        left=lambda p: loss(p, classifier(p), p.lam),
        right=lambda p: 2 * off_minimum(p, printed) - loss(p, printed(p), p.lam),
    ),
    EQUAL,
)


def _forms(p: SpacePoint) -> list[NonNegative]:
    away = classifier(p) - printed(p)
    return [square_form(p, away @ with_ones(p, p.H)) / (2 * p.N), positive(p, "lam") * square_form(p, away) / 2]


LEAST = replace(
    _argmin(printed, "V_LS is the only minimiser"),
    certificate=SumOfNonNegative(_forms, conclude=lambda p: [0, -1], factor=lambda p: positive(p, "lam") / 2),
)
UNSCALED = Neighbour(_argmin(lambda p: p.K * printed(p), "without the factor 1/K"), EQUAL)
NO_WEIGHT_DECAY = Neighbour(_second("L_NC1 without lam I", classifier, equal_weights, 0), EQUAL)
UNEQUAL_NORMAL = Neighbour(replace(NORMAL, name="V_LS A = Y X'/N for the printed V_LS, unequal classes"), ANY)
UNEQUAL_FIRST = Neighbour(_first(printed, "the first decomposition with the printed V_LS, unequal classes"), ANY)
UNEQUAL_SECOND = Neighbour(EVERY, ANY)


def pseudo(p: SpacePoint) -> Array:
    """(1/K) M~' (SW~ + SB~ + m~_G m~_G')^+: the minimiser of least norm, equal classes."""
    return means(p).T @ p.xp.linalg.pinv(second_moment(p, 0)) / p.K


def _first_term(p: SpacePoint) -> Number:
    """-2 L_NC1 at lam = 0: >= 0 exactly where L_NC1 = 0."""
    return -form(p, pseudo(p), within(p))


def _rank(p: SpacePoint, A: Array) -> Number:
    return p.xp.linalg.matrix_rank(A)


def _independent(p: SpacePoint) -> TruthValue:
    """The class means are affinely independent."""
    return _rank(p, scatter(p, p.H).Mc) == p.K - 1


def _no_scatter(p: SpacePoint) -> Number:
    return -square(p, scatter(p, p.H).Z)


def _apart(p: SpacePoint) -> TruthValue:
    """rank ST = rank SB + rank SW: the ranges of SW and of Mc meet in zero only."""
    s = scatter(p, p.H)
    return _rank(p, s.SW + s.Mc @ s.Mc.T / p.K) == _rank(p, s.SW) + _rank(p, s.Mc)


def _features(K: Range, n: Range, d: Range, where: Where | None = balanced) -> Space:
    return Space(sizes={"K": K, "d": d}, classes=("K", n), variables={"H": Variable("d", "N")}, where=where)


TERM = _features((2, 3), (1, 2), (1, 3), lambda s: balanced(s) and s.d >= s.K - 1)
THIN = _features((2, 3), (1, 2), (1, 2), lambda s: balanced(s) and s.d == s.K - 1)
ZERO = Equivalence("L_NC1 = 0 if and only if SW = 0", left=_first_term, right=_no_scatter, given=[_independent])
NARROW = Equivalence(
    "d = K-1: L_NC1 = 0 if and only if SW = 0", left=_first_term, right=_no_scatter, given=[_independent]
)
MEETING = Equivalence(
    "L_NC1 = 0 if and only if the ranges of SW and SB meet in zero only",
    left=_first_term,
    right=_apart,
    given=[_independent],
)
ONTO = Identity(
    "W_LS ST = Mc'/K",
    left=lambda p: residual(p, p.H)[0] @ (scatter(p, p.H).SW + scatter(p, p.H).Mc @ scatter(p, p.H).Mc.T / p.K),
    right=lambda p: scatter(p, p.H).Mc.T / p.K,
)
ENOUGH = Implication("SW = 0 gives L_NC1 = 0", premise=_no_scatter, conclusion=_first_term)
MANY = Neighbour(
    Equivalence("L_NC1 = 0 if and only if SW = 0, more dimensions than samples", _first_term, _no_scatter),
    _features(2, 2, (3, 4)),
)


def _lies_flat(p: SpacePoint) -> Number:
    s = scatter(p, p.H)
    return -square(p, s.Mc.T @ s.SW)


FLAT = Neighbour(
    Equivalence("L_NC1 = 0 if and only if Mc' SW = 0", _first_term, _lies_flat, given=[_independent]), TERM
)

CLAIMS = (
    Claim(
        id="han-ls-classifier",
        where="least-squares classifier (Webb and Lowe)",
        kind="identity",
        attribution="seen",
        says="argmin_V L = (1/K) M~' (ST~ + m~_G m~_G' + lambda I)^{-1}",
        printed=r"V_{LS}=\tfrac1K\tilde M^\top(\tilde\Sigma_T+\tilde m_G\tilde m_G^\top+\lambda I)^{-1}",
        verdict="holds",
        reason="the normal equations, for equal classes; strictly convex for lambda > 0: there is no other minimiser",
        parts=(
            Part(
                LEAST,
                domain=EQUAL,
                beyond=SHAPES,
            ),
        ),
        neighbours=(UNSCALED, DOUBLE, UNEQUAL_NORMAL),
    ),
    Claim(
        id="han-decomposition",
        where="first decomposition",
        kind="identity",
        attribution="recalled",
        says="L(V) = L(V_LS) + trace((V - V_LS)(ST~ + m~_G m~_G' + lambda I)(V - V_LS)')/2",
        printed=r"L(V)=L(V_{LS})+\tfrac12\mathrm{tr}((V-V_{LS})(\tilde\Sigma_T+\tilde m_G\tilde m_G^\top+\lambda I)"
        r"(V-V_{LS})^\top)",
        verdict="holds",
        reason="a quadratic function around its minimum, for equal classes",
        parts=(Part(FIRST, domain=EQUAL, proof=(FIRST,), argument="it is the identity itself", beyond=SHAPES),),
        neighbours=(DOUBLE, UNEQUAL_FIRST, UNSCALED),
    ),
    Claim(
        id="han-nc1-nc23",
        where="second decomposition",
        kind="identity",
        attribution="seen",
        says="L(V_LS) = trace(V_LS (SW~ + lambda I) V_LS')/2 + |V_LS M~ - I|^2/(2K)",
        printed=r"L(V_{LS})=\tfrac12\mathrm{tr}(V_{LS}(\tilde\Sigma_W+\lambda I)V_{LS}^\top)+\tfrac1{2K}\|V_{LS}"
        r"\tilde M-I\|^2",
        verdict="holds",
        reason="V x - e_k = (V m~_k - e_k) + V (x - m~_k), of mean zero over a class; so for every V, and lambda = 0",
        parts=(
            Part(SECOND, domain=EQUAL, proof=(SECOND,), argument="it is the identity itself", beyond=SHAPES),
            Part(EVERY, domain=EQUAL, proof=(EVERY,), argument="it is the identity itself", beyond=SHAPES),
        ),
        neighbours=(NO_WEIGHT_DECAY, UNEQUAL_SECOND, DOUBLE),
    ),
    Claim(
        id="han-unequal-classes",
        where="both decompositions",
        kind="identity",
        attribution="reading",
        says="L(V_LS) = L_NC1 + L_NC23 for classes of any sizes, with the formulas of equal classes",
        printed=r"L(V_{LS})=L_{NC1}+L_{NC23}\text{ for any }n_k",
        verdict="false",
        reason="the second term has to weigh |V m~_k - e_k|^2 with n_k/N, not 1/K, and V_LS is another; a reading, no "
        "verdict on the paper",
        severity="local",
        effect="both hold with the weights n_k/N, in V_LS, in SB and in L_NC23",
        parts=(
            Part(SECOND, domain=ANY, witness=Witness(H=[[1, 0, 0]], W=[[0], [0]], b=[0, 0], lam=1, class_sizes=(1, 2))),
            Part(
                _second("with the minimiser in the place of V_LS", least_squares, equal_weights),
                domain=ANY,
                witness=Witness(H=[[1, 0, 0]], W=[[0], [0]], b=[0, 0], lam=1, class_sizes=(1, 2)),
            ),
        ),
        correction=Correction(
            latex=r"V_{LS}=(\tilde MD)^\top(\tilde\Sigma_W+\tilde MD\tilde M^\top+\lambda I)^{-1},\quad L_{NC23}="
            r"\tfrac12\|(V_{LS}\tilde M-I)D^{1/2}\|^2,\quad D=\mathrm{diag}(n_k/N)",
            parts=(
                Part(FIRST_ANY, domain=ANY, proof=(FIRST_ANY,), argument="the identity itself", beyond=SHAPES),
                Part(SECOND_ANY, domain=ANY, proof=(SECOND_ANY,), argument="the identity itself", beyond=SHAPES),
            ),
        ),
        neighbours=(UNEQUAL_FIRST, UNEQUAL_SECOND),
    ),
    Claim(
        id="han-nc1-term-zero",
        where="interpretation of the terms",
        kind="equivalence",
        attribution="reading",
        says="L_NC1 = 0 if and only if SW = 0, at lambda = 0",
        printed=r"L_{NC1}=0\iff\Sigma_W=0",
        verdict="false",
        reason="scatter that the classifier does not see, beside the class means (d >= K) or with d >= N-1; a reading, "
        "no verdict on the paper",
        severity="local",
        effect="L_NC1 = 0 is no within-class collapse: it says that the samples are fitted exactly",
        parts=(Part(ZERO, domain=TERM, witness=Witness(H=[[1, 1, -1, -1], [1, -1, 1, -1]], class_sizes=(2, 2))),),
        correction=Correction(
            latex=r"L_{NC1}=0\iff\mathrm{range}\,\Sigma_W\cap\mathrm{range}\,\Sigma_B=0;\quad d=K-1:\iff\Sigma_W=0",
            parts=(
                Part(MEETING, domain=TERM),
                Part(
                    NARROW,
                    domain=THIN,
                    proof=(ONTO,),
                    argument="for d = K-1 the rank of Mc is d, so W_LS x = 0 has no solution but zero, and W_LS SW = 0 "
                    "leaves SW = 0",
                    beyond=SHAPES,
                ),
                Part(ENOUGH, domain=TERM),
            ),
        ),
        neighbours=(Neighbour(ZERO, TERM), MANY, FLAT),
    ),
)
