"""False statements whose violations lie on sets of measure zero: equality hypotheses of many kinds."""

import numpy as np

from ncverify import Domain, Equivalence, Existence, Identity, Implication, Inequality
from tests.falsification.gallery import Case, bound, squares
from tests.falsification.quantities import (
    ONE_EACH,
    PAIR,
    PLANE,
    SEVERAL,
    SQUARE,
    balanced,
    centred,
    centred_features,
    collapsed,
    determinant,
    equal_norms,
    row_norms,
    same_row_norms,
    scatter,
    stationary,
    zero,
)

ON_VARIETIES = (
    Case(Implication("balanced points have rows of one norm", balanced, same_row_norms), "W'W = HH', exactly"),
    Case(
        Implication("balanced points have small margins", balanced, lambda p: p.q_min <= bound(p, 0.9)),
        "near the equality case, on a variety",
    ),
    Case(
        Inequality(
            "balanced features are at least 0.3 apart", lambda p: squares(p.H[:, 0] - p.H[:, 1]) - 0.3, given=[balanced]
        ),
        "|W'W - HH'| = 0 and two features nearly agree",
        SEVERAL,
    ),
    Case(
        Inequality("equal norms and a small margin", lambda p: bound(p, 0.95) - p.q_min, given=[equal_norms]),
        "one quadric",
    ),
    Case(
        Inequality("equal norms keep logits apart", lambda p: (p.logits[0, 0] - 1.7) ** 2 - 1e-8, given=[equal_norms]),
        "a thin shell on a quadric",
    ),
    Case(
        Implication(
            "equal norms lose at least 0.2", lambda p: squares(p.W) == 2 * squares(p.H), lambda p: p.loss > 0.2
        ),
        "a cone",
    ),
    Case(
        Implication("centred classifiers are obtuse", centred, lambda p: p.xp.sum(p.W[0, :] * p.W[1, :]) <= 0),
        "true for two classes",
    ),
    Case(
        Implication(
            "centred classifiers have margins below 0.9 of the bound",
            lambda p: centred(p) & centred_features(p),
            lambda p: p.q_min <= bound(p, 0.98),
        ),
        "near the equality case",
        Domain(K=(3, 4), n=(1, 2), d=(2, 3), where=lambda K, n, d: d == K - 1),
    ),
    Case(
        Implication("collapse keeps 0.97 of the bound away", collapsed, lambda p: p.q_min <= bound(p, 0.97)),
        "needs the simplex of K-1 dimensions",
        Domain(K=4, n=2, d=3),
    ),
    Case(
        Inequality(
            "collapsed features of norm 2 have a logit below 1.9",
            lambda p: 1.9 - p.logits[0, 0],
            given=[collapsed, lambda p: squares(p.H) == 2, lambda p: squares(p.W) == 2],
        ),
        "collapse and two spheres",
        Domain(K=2, n=(1, 2), d=(1, 2)),
    ),
    Case(
        Implication(
            "no scatter, no margin", lambda p: (scatter(p) == 0) & (p.n > 1), lambda p: p.q_min <= bound(p, 0.6)
        ),
        "collapse as one sum of squares",
    ),
    Case(
        Inequality(
            "two features agree and lie near (1.3, -0.4)",
            lambda p: (p.H[0, 0] - 1.3) ** 2 + (p.H[1, 0] + 0.4) ** 2 - 1e-7,
            given=[collapsed],
        ),
        "a dent that collapsed points have to descend into",
        Domain(K=(2, 3), n=(2, 3), d=2),
    ),
    Case(
        Implication("stationary points have no features", stationary, lambda p: zero(p.H, p)), "W = 0, equal features"
    ),
    Case(
        Implication("stationary points have no classifiers", stationary, lambda p: zero(p.W, p)), "the other way round"
    ),
    Case(
        Implication("logits vanish at stationary points", stationary, lambda p: zero(p.logits, p)),
        "equal rows and equal columns",
    ),
    Case(
        Implication(
            "stationary without features has one entry zero",
            lambda p: stationary(p) & (squares(p.W) > 1),
            lambda p: p.W[0, 0] <= 0.5,
        ),
        "a gradient that vanishes on a subspace, away from the origin",
    ),
    Case(
        Implication(
            "singular matrices have rows of one norm", lambda p: determinant(p.W) == 0, lambda p: same_row_norms(p)
        ),
        "a determinant",
        SQUARE,
    ),
    Case(
        Implication(
            "a singular classifier separates nothing",
            lambda p: determinant(p.W) == 0,
            lambda p: p.q_min <= bound(p, 0.4),
        ),
        "three rows in a plane",
        Domain(K=3, n=1, d=3),
    ),
    Case(
        Inequality(
            "singular with entries (0.7, 1.9, -1.3) fixed",
            lambda p: (p.W[0, 0] - 0.7) ** 2 + (p.W[0, 1] - 1.9) ** 2 + (p.W[1, 0] + 1.3) ** 2 - 1e-6,
            given=[lambda p: determinant(p.W) == 0],
        ),
        "the last entry has to be solved for",
        PLANE,
    ),
    Case(
        Implication("logits of rank one have no margin", lambda p: determinant(p.logits) == 0, lambda p: p.q_min <= 0),
        "a quartic",
        Domain(K=2, n=1, d=(1, 3)),
    ),
    Case(
        Implication(
            "orthonormal rows are unit vectors",
            lambda p: p.xp.all(np.eye(2) == p.W @ p.W.T),
            lambda p: p.W[0, 0] * p.W[0, 1] == 0,
        ),
        "no such point has binary fractions for coordinates",
        PLANE,
    ),
    Case(
        Implication(
            "orthogonal rows have a small first entry",
            lambda p: (p.W[0, :] * p.W[1, :]).sum() == 0,
            lambda p: p.W[0, 0] * p.W[1, 0] <= 0.49 * p.xp.max(row_norms(p)),
        ),
        "a bilinear equation, and nearly the extreme of the quotient",
        PLANE,
    ),
    Case(
        Implication("four centred rows of one norm", lambda p: centred(p) & same_row_norms(p), lambda p: p.q_min > 0),
        "rectangles",
        Domain(K=4, n=1, d=(1, 2)),
    ),
    Case(
        Implication(
            "four centred unit rows are a square",
            lambda p: centred(p) & zero(row_norms(p) - 1, p),
            lambda p: 25 * p.xp.sum(p.W[0, :] * p.W[1, :]) != 7,
        ),
        "a rectangle of sides 3 to 4, as rational numbers",
        Domain(K=4, n=1, d=2),
    ),
    Case(
        Implication(
            "self-dual points have a positive margin", lambda p: p.xp.all(p.H == p.W.T), lambda p: p.q_min > -0.5
        ),
        "a linear variety",
        ONE_EACH,
    ),
    Case(
        Inequality(
            "dual up to two, at most 0.79 of the bound",
            lambda p: bound(p, 0.79) - p.q_min,
            given=[lambda p: p.xp.all(p.H == 2 * p.W.T)],
        ),
        "the maximum on the variety is 0.8",
        ONE_EACH,
    ),
    Case(
        Inequality("on the sphere of radius sqrt 2", lambda p: 0.9 - p.q_min, given=[lambda p: p.squared_norm == 2]),
        "Pythagorean coordinates, in the pair",
        PAIR,
    ),
    Case(
        Inequality("on a sphere of squared radius 7", lambda p: 3.49 - p.q_min, given=[lambda p: p.squared_norm == 7]),
        "the maximum is 3.5, at irrational points only; rational ones come near",
        PLANE,
    ),
    Case(
        Inequality(
            "sum one and squares one",
            lambda p: p.xp.min(p.W) + 0.45,
            given=[lambda p: p.xp.sum(p.W) == 1, lambda p: squares(p.W) == 1],
        ),
        "the minimum is -1/2, at one corner",
        PLANE,
    ),
    Case(
        Implication("all margins equal means centred", lambda p: p.xp.all(p.margins == p.q_min), centred),
        "equations with a minimum in them",
    ),
    Case(
        Implication(
            "margins of exactly one need a loss above 0.63",
            lambda p: p.xp.all(p.margins == 1),
            lambda p: 100 * p.loss > 63,
        ),
        "equations of the margins, where the other logits do not matter",
        Domain(K=(2, 3), n=1, d=(1, 2)),
    ),
    Case(Equivalence("balanced if and only if of equal norms", balanced, equal_norms), "one direction is true"),
    Case(
        Equivalence(
            "collapsed if and only if the first class is",
            lambda p: scatter(p) == 0,
            lambda p: p.xp.all(p.H[:, : p.n] == p.H[:, :1]),
        ),
        "one direction is true",
    ),
    Case(
        Existence(
            "centred classifiers have a dominant one",
            witness=lambda p: p.xp.max(row_norms(p)),
            valid=lambda p, top: 2 * top >= squares(p.W),
            given=[centred, lambda p: squares(p.W)],
        ),
        "true for three classes",
    ),
    Case(
        Identity(
            "centred logits",
            left=lambda p: p.xp.sum(p.logits, axis=1)[0],
            right=lambda p: 0 * p.K,
            given=[centred],
        ),
        "columns add up to zero, rows do not",
    ),
    Case(
        Implication(
            "three times the norm, in one dimension",
            lambda p: (squares(p.W) == 3 * squares(p.H)) & (squares(p.H) > 0),
            lambda p: p.q_min <= 0.8 * squares(p.H),
        ),
        "no rational point but the origin: three is no sum of two rational squares",
        PAIR,
    ),
    Case(
        Implication(
            "a square twice a square",
            lambda p: p.W[0, 0] ** 2 == 2 * p.H[0, 0] ** 2,
            lambda p: p.W[0, 0] * p.H[0, 0] <= 1,
        ),
        "irrational coordinates",
        PAIR,
    ),
    Case(
        Implication(
            "a fourth power twice a fourth power",
            lambda p: squares(p.W) ** 2 == 2 * squares(p.H) ** 2,
            lambda p: p.q_min <= 0.5 * squares(p.H),
        ),
        "the ratio of the squared norms is sqrt 2: not even square roots of integers suffice",
        PAIR,
    ),
    Case(
        Inequality(
            "no ratio of sqrt 2",
            lambda p: (squares(p.W) - p.xp.sqrt(2) * squares(p.H)) ** 2,
            strict=True,
            given=[lambda p: squares(p.H)],
        ),
        "violated on a cone without rational points",
        PAIR,
    ),
)
