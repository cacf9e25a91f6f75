"""False statements that floats and descents find hard: counts, ranks, and slacks that tie on whole subspaces."""

import numpy as np

from ncverify import Domain, Implication, Inequality
from tests.falsification.gallery import Case, squares
from tests.falsification.quantities import SEVERAL, pattern, ranks, scatter, tied

TIES = (
    Case(
        Inequality("some sign is wrong", lambda p: p.K * p.K * p.n - 1 - p.xp.sum(pattern(p) * p.logits > 0)),
        "one of 2^18 sign patterns, and a count without a slope",
        Domain(K=3, n=2, d=3),
    ),
    Case(
        Implication(
            "some sign is wrong, by a clear margin",
            premise=lambda p: p.squared_norm < 100,
            conclusion=lambda p: (pattern(p) * p.logits > 0.5).sum() < p.K * p.K * p.n,
        ),
        "the same as an implication",
        Domain(K=(3, 4), n=1, d=(3, 4)),
    ),
    Case(
        Inequality(
            "eight norms are never in order",
            lambda p: sum(abs(r - i) for i, r in enumerate(ranks(p.xp.sum(p.H * p.H, axis=0)))) - 1,
        ),
        "one of 40,320 orders",
        Domain(K=4, n=2, d=(1, 2)),
    ),
    Case(
        Inequality(
            "eleven of twelve margins are negative",
            lambda p: p.xp.sum(p.margins > 0) - 1 + p.xp.sum(p.margins < -50),
            given=[lambda p: p.q_min + 40],
        ),
        "nothing is classified rightly",
        Domain(K=(3, 4), n=3, d=(1, 3)),
    ),
    Case(
        Inequality(
            "a hole beside W = 0",
            lambda p: tied(squares(p.W), 1e5 * ((p.H[0, 0] - 1.5) ** 2 + (p.H[0, 1] + 0.7) ** 2), p),
        ),
        "every descent ends at W = 0",
    ),
    Case(
        Inequality(
            "a hole beside the features' zero",
            lambda p: tied(squares(p.H), 1e6 * ((p.W[0, 0] - 0.4) ** 2 + (p.W[1, 0] - 2.3) ** 2), p),
        ),
        "every descent ends at H = 0",
    ),
    Case(
        Inequality(
            "a hole beside collapse",
            lambda p: tied(scatter(p), 1e5 * ((p.W[0, 0] + 1.5) ** 2 + (p.W[1, 0] - 0.7) ** 2), p),
        ),
        "every descent ends where the scatter vanishes",
        Domain(K=(2, 3), n=(2, 3), d=(1, 3)),
    ),
    Case(
        Inequality(
            "a hole beside two equal rows",
            lambda p: tied(squares(p.W[0, :] - p.W[1, :]), 1e5 * ((p.H[0, 0] + 1.5) ** 2 + (p.H[0, 1] - 1.7) ** 2), p),
        ),
        "every descent ends where two classifiers agree",
        SEVERAL,
    ),
    Case(
        Inequality(
            "a hole beside the simplex of one class",
            lambda p: (
                p.xp.log(p.xp.mean(p.xp.exp(p.W)))
                - p.xp.mean(p.W)
                - 9 * squares(p.W - p.xp.mean(p.W)) / (1 + 1e6 * (p.H[0, 0] - 2.5) ** 2)
            ),
        ),
        "equal where all entries agree",
        Domain(K=(2, 3), n=(1, 2), d=(1, 2)),
    ),
    Case(
        Inequality(
            "Jensen, a little too much",
            lambda p: (
                p.loss
                - p.K
                * p.n
                * p.xp.log1p((p.K - 1) * p.xp.exp(-0.999 * p.xp.sum(p.logit_differences) / ((p.K - 1) * p.K * p.n)))
            ),
        ),
        "transcendental ties at every structured point of margin zero",
    ),
    Case(
        Inequality(
            "a dent beside transcendental ties",
            lambda p: (
                p.xp.logsumexp(p.W[:, 0])
                - p.xp.log(p.K)
                - p.xp.mean(p.W[:, 0])
                + p.xp.log1p(squares(p.H)) * ((squares(p.H) - 3.3) ** 2 + (p.H[0, 0] - 1.1) ** 2 - 1e-5)
            ),
        ),
        "a tie of logarithms at W = 0 = H in every shape",
    ),
    Case(
        Inequality(
            "a count of large classifiers",
            lambda p: p.xp.sum(p.xp.sum(p.W * p.W, axis=1) < 1) - 1 + np.where(p.K < 5, 1, 0),
            given=[lambda p: 5.4 - squares(p.W)],
        ),
        "five squares above one in a budget of 5.4",
        Domain(K=5, n=1, d=(1, 2)),
    ),
)
