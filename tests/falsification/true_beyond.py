"""True statements under equality hypotheses, with counts and with ties: each invites a false alarm."""

from ncverify import Domain, Equivalence, Existence, Identity, Implication, Inequality
from tests.falsification.gallery import SMALL, Case, bound, squares
from tests.falsification.quantities import (
    ONE_EACH,
    PAIR,
    PLANE,
    balanced,
    centred,
    centred_features,
    collapsed,
    determinant,
    equal_norms,
    pattern,
    ranks,
    row_norms,
    same_row_norms,
    scatter,
    stationary,
    tied,
    zero,
)


def pairs(p):
    """The sum of |w_i - w_j|^2 over all ordered pairs."""
    return sum(squares(p.W[i, :] - p.W[j, :]) for i in range(p.K) for j in range(p.K))


BEYOND = (
    Case(Implication("balanced points have equal norms", balanced, equal_norms), "traces agree", SMALL),
    Case(
        Inequality(
            "the bound at equal norms",
            lambda p: squares(p.W) / ((p.K - 1) * p.xp.sqrt(p.n)) - p.q_min,
            given=[equal_norms],
        ),
        "tight at simplices on the variety",
        SMALL,
    ),
    Case(
        Implication(
            "three centred rows of one norm are a simplex",
            lambda p: centred(p) & same_row_norms(p),
            lambda p: 2 * (p.W[0, :] * p.W[1, :]).sum() == -row_norms(p)[0],
        ),
        "an equality on a variety",
        Domain(K=3, n=1, d=(1, 3)),
    ),
    Case(
        Implication(
            "self-dual logits are symmetric",
            lambda p: p.xp.all(p.H == p.W.T),
            lambda p: p.xp.all(p.logits == p.logits.T),
        ),
        "rounding of products",
        ONE_EACH,
    ),
    Case(Implication("collapse leaves no scatter", collapsed, lambda p: scatter(p) == 0), "means of n floats", SMALL),
    Case(Implication("no scatter means collapse", lambda p: scatter(p) == 0, collapsed), "a sum of squares", SMALL),
    Case(
        Implication(
            "singular rows are parallel",
            lambda p: determinant(p.W) == 0,
            lambda p: (p.W[0, :] * p.W[1, :]).sum() ** 2 == row_norms(p)[0] * row_norms(p)[1],
        ),
        "equality of Cauchy and Schwarz",
        PLANE,
    ),
    Case(
        Implication("stationary in one dimension", stationary, lambda p: p.q_min <= 0),
        "a gradient",
        Domain(K=2, n=1, d=1),
    ),
    Case(
        Implication(
            "orthonormal rows have determinant one",
            lambda p: p.xp.all(p.xp.eye(2) == p.W @ p.W.T),
            lambda p: determinant(p.W) ** 2 == 1,
        ),
        "orthogonal matrices",
        PLANE,
    ),
    Case(
        Implication(
            "three times the norm",
            lambda p: squares(p.W) == 3 * squares(p.H),
            lambda p: squares(p.W) >= 2.999 * squares(p.H),
        ),
        "irrational points",
        PAIR,
    ),
    Case(
        Implication(
            "a square twice a square",
            lambda p: p.W[0, 0] ** 2 == 2 * p.H[0, 0] ** 2,
            lambda p: p.W[0, 0] ** 4 == 4 * p.H[0, 0] ** 4,
        ),
        "an equality between irrational numbers",
        PAIR,
    ),
    Case(
        Inequality(
            "the margin on a sphere",
            lambda p: 1 / ((p.K - 1) * p.xp.sqrt(p.n)) - p.q_min,
            given=[lambda p: p.squared_norm == 2],
        ),
        "the maximum is attained",
        SMALL,
    ),
    Case(
        Inequality(
            "the margin on a sphere of squared radius 7", lambda p: 3.5 - p.q_min, given=[lambda p: p.squared_norm == 7]
        ),
        "attained at irrational points",
        PLANE,
    ),
    Case(
        Inequality(
            "sum one and squares one",
            lambda p: 2 * p.xp.min(p.W) + 1,
            given=[lambda p: p.xp.sum(p.W) == 1, lambda p: squares(p.W) == 1],
        ),
        "attained at one corner",
        PLANE,
    ),
    Case(
        Identity("pairs of centred rows", left=pairs, right=lambda p: 2 * p.K * squares(p.W), given=[centred]),
        "an identity on a subspace",
        SMALL,
    ),
    Case(
        Identity("pairs of rows", left=pairs, right=lambda p: 2 * p.K * squares(p.centred_classifiers)),
        "a polynomial identity",
        SMALL,
    ),
    Case(
        Implication("a count of all", lambda p: p.xp.sum(p.margins > 0) == p.K * p.n, lambda p: p.q_min > 0),
        "a count in the premise",
        SMALL,
    ),
    Case(Inequality("a count is at most all", lambda p: p.K * p.n - p.xp.sum(p.margins > 0)), "attained often", SMALL),
    Case(
        Inequality("a count of signs", lambda p: p.K * p.K * p.n - (pattern(p) * p.logits > 0).sum()),
        "attained rarely",
        Domain(K=3, n=1, d=(2, 3)),
    ),
    Case(
        Inequality(
            "ranks add up to at most those of distinct numbers", lambda p: p.K * (p.K - 1) / 2 - sum(ranks(p.W[:, 0]))
        ),
        "attained where no two agree",
        SMALL,
    ),
    Case(
        Equivalence("all margins are positive", lambda p: (p.margins > 0).sum() == p.K * p.n, lambda p: p.q_min > 0),
        "a count against a minimum",
        SMALL,
    ),
    Case(
        Inequality("tied at W = 0", lambda p: tied(squares(p.W), squares(p.H), p, depth=0.5)),
        "positive beyond every float",
        SMALL,
    ),
    Case(
        Inequality("tied at collapse", lambda p: tied(scatter(p), squares(p.W), p, depth=0.5)),
        "no digit of a float is left",
        Domain(K=2, n=2, d=(1, 2)),
    ),
    Case(
        Inequality(
            "Jensen",
            lambda p: (
                p.loss
                - p.K * p.n * p.xp.log1p((p.K - 1) * p.xp.exp(-p.xp.sum(p.logit_differences) / ((p.K - 1) * p.K * p.n)))
            ),
        ),
        "transcendental ties at every point whose differences agree",
        SMALL,
    ),
    Case(
        Implication(
            "equal margins are the mean",
            lambda p: p.xp.all(p.margins == p.q_min),
            lambda p: p.xp.mean(p.margins) == p.q_min,
        ),
        "a mean of n floats",
        SMALL,
    ),
    Case(
        Implication(
            "centred logits",
            lambda p: centred(p) & centred_features(p),
            lambda p: zero(p.xp.sum(p.logits, axis=0), p) & zero(p.xp.sum(p.logits, axis=1), p),
        ),
        "sums that cancel",
        SMALL,
    ),
    Case(
        Existence(
            "two centred classifiers oppose",
            witness=lambda p: p.xp.max(row_norms(p)),
            valid=lambda p, top: 2 * top == squares(p.W),
            given=[centred],
        ),
        "an equality of norms",
        Domain(K=2, n=1, d=(1, 3)),
    ),
    Case(
        Inequality("margins at equal norms", lambda p: bound(p) - p.q_min, given=[equal_norms, centred]),
        "two kinds of equations",
        SMALL,
    ),
)
