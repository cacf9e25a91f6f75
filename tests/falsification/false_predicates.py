"""The false statements of the gallery that are no inequalities."""

import numpy as np

from ncverify import Domain, Equivalence, Existence, Identity, Implication, Trend
from tests.falsification.gallery import SMALL, Case, bound, descent, differences

PREDICATES = (
    Case(
        Identity("log of a mean", left=lambda p: p.xp.log(p.xp.mean(p.xp.exp(p.W))), right=lambda p: p.xp.mean(p.W)),
        "equal where all classifiers agree",
    ),
    Case(
        Identity("off by 1e-13", left=lambda p: p.squared_norm * (1 + 1e-13), right=lambda p: p.squared_norm),
        "near the rounding level",
    ),
    Case(
        Identity(
            "off by 1e-30", left=lambda p: p.squared_norm + 1e-30 * p.W[0, 0] ** 2, right=lambda p: p.squared_norm
        ),
        "far below the rounding level",
    ),
    Case(
        Implication(
            "equality gives equal features",
            premise=lambda p: bound(p) == p.q_min,
            conclusion=lambda p: p.xp.all(p.H[:, 0] == p.H[:, 1]),
        ),
        "the premise has measure zero",
    ),
    Case(
        Implication(
            "a mean loss below log 2 separates",
            premise=lambda p: p.loss < p.K * p.n * p.xp.log(2),
            conclusion=lambda p: p.q_min > 0,
        ),
        "a changed factor",
    ),
    Case(
        Implication(
            "loss below 1.0001 log 2 separates",
            premise=lambda p: p.loss < 1.0001 * p.xp.log(2),
            conclusion=lambda p: p.q_min > 0,
        ),
        "false in a corner of width 1e-4",
    ),
    Case(
        Equivalence(
            "separated if and only if the mean difference is positive",
            left=lambda p: p.q_min > 0,
            right=lambda p: p.xp.mean(differences(p)) > 0,
        ),
        "one direction is true",
    ),
    Case(
        Equivalence(
            "collapsed features if and only if the first two agree",
            left=lambda p: p.xp.all(p.H[:, :1] == p.H),
            right=lambda p: p.xp.all(p.H[:, 0] == p.H[:, 1]),
        ),
        "both sides have measure zero",
    ),
    Case(
        Existence(
            "a factor that brings the margin to one",
            witness=lambda p: 1 / p.q_min,
            valid=lambda p, a: a * a * p.q_min == 1,
            given=[lambda p: p.q_min],
        ),
        "right where the margin is one",
    ),
    Case(
        Existence(
            "the largest classifier belongs to the class of the largest feature",
            witness=lambda p: p.xp.max(p.xp.sum(p.W * p.W, axis=1)),
            valid=lambda p, top: top >= p.xp.max(p.xp.sum(p.H * p.H, axis=0)),
        ),
        "false for half of all points",
    ),
    Case(
        Trend(
            "the loss falls like exp(-t)",
            trajectory=descent,
            quantity=lambda q: q.loss,
            rate=lambda t: np.exp(-t),
        ),
        "true for a few steps",
    ),
    Case(
        Trend(
            "the norm vanishes like 1/t",
            trajectory=descent,
            quantity=lambda q: q.squared_norm,
            rate=lambda t: 1 / t,
        ),
        "the opposite of what happens",
    ),
    Case(
        Implication(
            "a margin of 2 at nearly the least norm is the margin of all",
            premise=lambda p: (p.q_min > 2) & (p.squared_norm < 4.01 * (p.K - 1) * p.xp.sqrt(p.n)),
            conclusion=lambda p: p.xp.max(p.margins) < 2.005,
        ),
        "a corridor in one predicate",
        SMALL,
        slow=True,
    ),
    Case(
        Implication(
            "tiny margins need tiny points",
            premise=lambda p: (p.q_min > 0) & (p.loss > 0.999 * p.K * p.n * p.xp.log(p.K)),
            conclusion=lambda p: p.squared_norm < 0.1,
        ),
        "false where one of W and H is tiny and the other is not",
    ),
    Case(
        Equivalence(
            "stationary at the origin only",
            left=lambda p: p.xp.all(p.gradient.W == 0) & p.xp.all(p.gradient.H == 0),
            right=lambda p: p.squared_norm == 0,
        ),
        "a gradient that vanishes exactly, behind exponentials",
    ),
    Case(
        Equivalence(
            "the largest logit is the right one",
            left=lambda p: p.xp.all(p.xp.argmax(p.logits, axis=0) == np.repeat(np.arange(p.K), p.n)),
            right=lambda p: p.q_min > 0,
        ),
        "ties go to the first class",
    ),
    Case(
        Implication(
            "three quarters of the bound in two dimensions",
            premise=lambda p: p.d < p.K - 1,
            conclusion=lambda p: p.q_min <= bound(p, 0.74),
        ),
        "the square, for K = 4 and d = 2 only",
        Domain(K=4, n=(1, 2), d=(1, 4)),
    ),
)
