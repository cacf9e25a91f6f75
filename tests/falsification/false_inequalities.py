"""The false inequalities of the gallery."""

import numpy as np

from ncverify import Domain, Inequality
from tests.falsification.gallery import CORRIDOR, SMALL, Case, bound, in_window, small_loss, squares

INEQUALITIES = (
    Case(Inequality("bound lowered by 0.1 %", slack=lambda p: bound(p, 0.999) - p.q_min), "false near simplices only"),
    Case(
        Inequality("bound lowered by 1e-7", slack=lambda p: bound(p, 1 - 1e-7) - p.q_min),
        "false very near simplices only",
    ),
    Case(
        Inequality("bound lowered by 0.1 %, d = K-1", slack=lambda p: bound(p, 0.999) - p.q_min),
        "only shapes in which the simplex just fits",
        Domain(K=(3, 5), n=(1, 3), d=(2, 4), where=lambda K, n, d: d == K - 1),
    ),
    Case(
        Inequality("bound without sqrt n for K = 5", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.n) - p.q_min),
        "true for n = 1",
        Domain(K=5, n=(1, 4), d=(1, 8)),
    ),
    Case(
        Inequality("nothing exceeds 1e100", slack=lambda p: 1e100 - p.xp.max(p.xp.abs(p.W))),
        "false only at extreme scale",
    ),
    Case(
        Inequality("nothing exceeds 1e200", slack=lambda p: 1e200 - p.xp.max(p.xp.abs(p.W))),
        "false only where every product overflows",
    ),
    Case(Inequality("the loss is at least 1e-300", slack=lambda p: p.loss - 1e-300), "false only at tiny losses"),
    Case(
        Inequality("log L >= -1e30", slack=lambda p: p.log_loss + 1e30),
        "false only where the loss is far beyond underflow",
    ),
    Case(
        Inequality("L exp(q_min) >= 1", slack=lambda p: p.log_loss + p.q_min, given=[lambda p: p.q_min - 60]),
        "violated by exp(-60) relative: invisible to floats",
        slow=True,
    ),
    Case(
        Inequality("L >= 1.0001 log(1+exp(-q_min))", slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min) - 1e-4),
        "needs every other sample far away",
    ),
    Case(
        Inequality(
            "L >= 2 log(1+exp(-q_min)), K = 3", slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min) - p.xp.log(2)
        ),
        "true at every simplex",
        Domain(K=3),
    ),
    Case(
        Inequality(
            "norms of order 1e50 are excluded",
            slack=lambda p: abs(p.xp.log(p.squared_norm) - 230) - 1,
        ),
        "false only in a window of scales far out",
    ),
    Case(
        Inequality("a dent", slack=lambda p: (p.W[0, 0] - 3) ** 2 + (p.H[0, 0] + 2) ** 2 - 1e-12),
        "false in a disc of radius 1e-6",
    ),
    Case(
        Inequality(
            "a dent on a thin shell",
            slack=lambda p: p.xp.sum(p.W[0, :] * p.H[:, 0]) + 0.4999,
            given=in_window(lambda p: p.squared_norm, 1, 1 + 1e-6),
        ),
        "a corner of the hypotheses",
    ),
    Case(Inequality("two classes", slack=lambda p: p.K - 2 + squares(p.W) - 1e-3), "false only for K = 2 at small W"),
    Case(
        Inequality(
            "features of a class agree in sign",
            slack=lambda p: p.xp.min(p.H[0, 0] * p.H[0, : p.n]),
            given=[lambda p: p.q_min],
        ),
        "false only for n >= 2, K >= 3 or d >= 2",
    ),
    Case(
        Inequality("strict", slack=lambda p: bound(p) - p.q_min, strict=True, given=[lambda p: p.squared_norm]),
        "false only at exact equality",
    ),
    Case(Inequality("no dimension is too small", slack=lambda p: p.d - p.K + 1.5), "false for d < K-1 only"),
    Case(
        Inequality(
            "margin of few dimensions",
            slack=lambda p: p.q_min - 0.9 * bound(p),
            given=[lambda p: p.q_min - 0.8 * bound(p)],
        ),
        "the hypothesis needs d >= K-1 and a near simplex",
    ),
    Case(
        Inequality(
            "nearly optimal points are more nearly balanced",
            slack=lambda p: 1.09 * squares(p.H) - squares(p.W),
            given=CORRIDOR,
        ),
        "a corridor of width 1e-3, and false at its very end",
        SMALL,
        slow=True,
    ),
    Case(
        Inequality("L < 1e-6 needs a margin of 13.815511", slack=lambda p: p.q_min - 13.815511, given=[small_loss]),
        "false in a corridor of relative width 7e-8",
        slow=True,
    ),
    Case(
        Inequality(
            "a small loss at a small norm needs n <= 2",
            slack=lambda p: 2.5 - p.n,
            given=[small_loss, lambda p: 60 - p.squared_norm],
        ),
        "false for K = 2, n = 3 only; no gradient leads there",
        slow=True,
    ),
    Case(
        Inequality(
            "separated points are not lopsided",
            slack=lambda p: 1e12 * squares(p.H) - squares(p.W),
            given=[lambda p: p.q_min - 1],
        ),
        "false where |W| is a million times |H|",
    ),
    Case(
        Inequality(
            "a pole left out, wrongly",
            slack=lambda p: p.xp.where(squares(p.W) > 0, squares(p.logits) / squares(p.W), -1),
        ),
        "false exactly where rational arithmetic divides by zero",
    ),
    Case(
        Inequality("NumPy's functions", slack=lambda p: np.where(np.all(p.margins > 0), 1 - np.max(p.margins), 1.0)),
        "written without p.xp",
    ),
    Case(
        Inequality(
            "Python's control flow",
            slack=lambda p: 1 - max(p.margins) if all(q > 0 for q in p.margins) and p.loss < 1 else 1,
        ),
        "branches on values",
    ),
)
