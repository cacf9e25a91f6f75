"""Dang et al.: Neural Collapse in Deep Linear Networks; here the bias-free squared loss with unequal classes.

Duality with E = diag(delta) Y, delta_k = min(1, t/sqrt n_k)/N, t = N sqrt(lw lh): E E' <= lw lh I, so that at every
minimiser W H = diag((1 - t/sqrt n_k)_+) Y and lh H'H = E'W H. The rows of W follow from the balance lw W'W = lh H H'.
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Number
from ncverify.literature._layer_peeled import one_hot, square
from ncverify.literature._regularised_squared import objective, positive_part, proved, root_of_sizes, space, threshold
from ncverify.papers import Claim, Neighbour, Paper, Part
from ncverify.papers.neighbours import raised
from ncverify.space import SpacePoint

WIDE = space(n=(1, 4), d=(2, 3), where=lambda s: s.d == s.K and s.N <= 5 - (s.K - 2))


def value(p: SpacePoint) -> Number:
    """(1/N) sum_k (t sqrt n_k - t^2/2, or n_k/2 where n_k <= t^2)."""
    reach = p.xp.minimum(threshold(p), root_of_sizes(p))
    return p.xp.sum(reach * root_of_sizes(p) - reach**2 / 2) / p.N


def _norms(p: SpacePoint) -> Number:
    """Features collapse, means are orthogonal, |w_k|^2 and |m_k|^2 as printed."""
    xp, Y = p.xp, one_hot(p)
    n = root_of_sizes(p) ** 2
    M = p.H @ Y.T / n
    room = positive_part(p, root_of_sizes(p) - threshold(p))
    rows = xp.sum(p.W * p.W, axis=1) - xp.sqrt(p.lh / p.lw) * room
    gram = M.T @ M - xp.eye(p.K) * (xp.sqrt(p.lw / p.lh) * room / n)
    return -square(p, p.H - M @ Y) - square(p, rows) - square(p, gram)


NORMS = Optimum(
    "collapse, orthogonal means, |w_k|^2 = sqrt(lh/lw) (sqrt n_k - t)_+, |m_k|^2 = sqrt(lw/lh) (sqrt n_k - t)_+/n_k",
    objective=objective,
    value=value,
    conclusion=_norms,
)

DIAGONAL = Space(
    sizes={"K": (2, 3), "d": (2, 3)},
    classes=("K", (1, 2)),
    variables={
        "U": Variable("d", "K", on="orthonormal columns"),
        "r": Variable("K"),
        "m": Variable("K"),
        "lw": Variable(positive=True),
        "lh": Variable(positive=True),
    },
)


def _at_diagonal(p: SpacePoint) -> Number:
    W, H = (p.U * p.r).T, (p.U * p.m) @ one_hot(p)
    return square(p, W @ H - one_hot(p)) / (2 * p.N) + (p.lw * square(p, W) + p.lh * square(p, H)) / 2


REACHED = Part(
    Identity(
        "W = diag(r) U', H = U diag(m) Y: f = sum_k n_k (1 - r_k m_k)^2/(2N) + (lw r_k^2 + lh n_k m_k^2)/2",
        left=_at_diagonal,
        right=lambda p: (
            p.xp.sum(p.xp.asarray(list(p.class_sizes)) * ((1 - p.r * p.m) ** 2 / p.N + p.lh * p.m**2) + p.lw * p.r**2)
            / 2
        ),
    ),
    domain=DIAGONAL,
    argument="with r_k^2, m_k^2 as printed a term is (t sqrt n_k - t^2/2)/N, or n_k/(2N) for r_k = m_k = 0: the bound",
    beyond="only U'U = I is used, whatever the shapes",
)

RAISED = raised(NORMS, ("11/10",), WIDE)
MEAN_SIZE = Neighbour(
    Inequality(
        "f >= what classes of equal size would have",
        slack=lambda p: objective(p) - _of_equal_classes(p),
        given=[lambda p: 1 - p.N * p.K * p.lw * p.lh],
    ),
    space(K=(2, 2), n=(1, 9), d=(2, 2), where=lambda s: s.class_sizes == (9, 1)),
)
LATER = Neighbour(
    Inequality(
        "f >= 1/2 from 2 t^2 >= max n_k on",
        slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
        given=[lambda p: 2 * p.N**2 * p.lw * p.lh - max(p.class_sizes)],
    ),
    WIDE,
)


def _of_equal_classes(p: SpacePoint) -> Number:
    c = p.xp.sqrt(p.N * p.K * p.lw * p.lh)
    return c - c**2 / 2


PAPER = Paper(
    key="dang-2023",
    title="Neural Collapse in Deep Linear Networks: From Balanced to Imbalanced Data",
    authors="Hien Dang, Tho Tran, Stanley Osher, Hung Tran-The, Nhat Ho, Tan Nguyen",
    arxiv="2301.00437",
    year=2023,
    claims=(
        Claim(
            id="dang-unequal-biasfree",
            where="theorem on imbalanced bias-free squared loss",
            kind="identity",
            attribution="reading",
            says="orthogonal collapse, |w_k|^2 = sqrt(lh/lw)(sqrt n_k - t)_+; class k vanishes iff n_k <= t^2",
            printed=r"\|w_k\|^2=\sqrt{\lambda_H/\lambda_W}(\sqrt{n_k}-t)_+,\ t=N\sqrt{\lambda_W\lambda_H}",
            verdict="holds",
            reason="duality with E = diag(min(1, t/sqrt n_k)/N) Y; equal sizes and n_k = t^2 included",
            parts=(
                proved(
                    NORMS,
                    WIDE,
                    "E E' <= lw lh I; R = T = 0 give W H and lh H'H = E'W H, and lw W'W = lh H H' the rows of W",
                ),
                REACHED,
            ),
            neighbours=(*RAISED, MEAN_SIZE, LATER),
        ),
    ),
)
