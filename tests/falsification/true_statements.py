"""The true statements of the gallery: none may ever be called false."""

import numpy as np

from ncverify import Domain, Equivalence, Existence, Identity, Implication, Inequality, Trend
from tests.falsification.gallery import (
    CORRIDOR,
    SEPARABLE,
    SMALL,
    Case,
    bound,
    descent,
    differences,
    in_window,
    motzkin,
    small_loss,
    squares,
)

TRUE = (
    Case(Inequality("margin bound", slack=lambda p: bound(p) - p.q_min), "tight at simplices only"),
    Case(
        Inequality(
            "arithmetic and geometric mean of the norms",
            slack=lambda p: p.squared_norm - 2 * p.xp.sqrt(squares(p.W)) * p.xp.sqrt(squares(p.H)),
        ),
        "tight on a hypersurface, with two different square roots",
    ),
    Case(
        Inequality("loss and margin", slack=lambda p: p.loss - p.xp.log1p(p.xp.exp(-p.q_min))),
        "both sides underflow, then differ by less than rounding",
    ),
    Case(
        Inequality(
            "log-sum-exp is at least max", slack=lambda p: p.xp.logsumexp(p.logits) - p.xp.max(p.logits), strict=True
        ),
        "strict, with a difference of exp(-1e200)",
    ),
    Case(Inequality("the loss is positive", slack=lambda p: p.loss, strict=True), "strict, underflows to zero"),
    Case(
        Identity("added and taken away", left=lambda p: (p.W + 1e16) - 1e16, right=lambda p: p.W),
        "false in every float arithmetic",
    ),
    Case(
        Inequality("a square, expanded", slack=lambda p: p.W[0, 0] ** 2 - 2 * p.W[0, 0] * p.H[0, 0] + p.H[0, 0] ** 2),
        "cancels to rounding noise of either sign",
    ),
    Case(
        Inequality(
            "a sixth power, expanded",
            slack=lambda p: sum(
                c * p.W[0, 0] ** (6 - i) * p.H[0, 0] ** i for i, c in enumerate((1, -6, 15, -20, 15, -6, 1))
            ),
        ),
        "flat at its zeros: float noise dwarfs the value",
    ),
    Case(
        Identity(
            "probabilities add up to one",
            left=lambda p: p.xp.sum(
                p.xp.exp(p.logits - p.xp.expand_dims(p.xp.logsumexp(p.logits, axis=0), axis=0)), axis=0
            ),
            right=lambda p: p.xp.ones((p.K * p.n,)),
        ),
        "no exact arithmetic ever proves two transcendental numbers equal",
    ),
    Case(
        Inequality("1e150 times the bound", slack=lambda p: 1e150 * bound(p) - 1e150 * p.q_min),
        "overflows at large points",
    ),
    Case(
        Inequality(
            "Jensen for the loss of one sample",
            slack=lambda p: p.xp.logsumexp(p.logits[:, 0]) - p.xp.log(p.K) - p.xp.mean(p.logits[:, 0]),
        ),
        "tight where all logits agree",
    ),
    Case(
        Inequality(
            "the margin where it is exactly attained",
            slack=lambda p: p.q_min * p.q_min - 1,
            given=[lambda p: p.q_min - 1],
        ),
        "tight at the edge of its hypothesis",
    ),
    Case(
        Inequality(
            "a thin shell", slack=lambda p: p.squared_norm - 1, given=in_window(lambda p: p.squared_norm, 1, 1 + 1e-9)
        ),
        "random points never meet the hypothesis",
    ),
    Case(
        Implication(
            "a loss below log 2 separates", premise=lambda p: p.loss < p.xp.log(2), conclusion=lambda p: p.q_min > 0
        ),
        "tight for one sample whose loss is nearly log 2",
    ),
    Case(
        Implication(
            "equal classifiers give no margin",
            premise=lambda p: p.xp.all(p.W[0, :] == p.W[1, :]),
            conclusion=lambda p: p.q_min <= 0,
        ),
        "a premise of measure zero",
    ),
    Case(
        Equivalence(
            "separated if and only if every difference is positive",
            left=lambda p: p.q_min > 0,
            right=lambda p: p.xp.all(differences(p) > 0),
        ),
        "both sides change together",
    ),
    Case(
        Existence(
            "some class has a classifier of at least mean norm",
            witness=lambda p: p.xp.max(p.xp.sum(p.W * p.W, axis=1)),
            valid=lambda p, top: top * p.K >= squares(p.W),
        ),
        "tight where all norms agree",
    ),
    Case(
        Existence(
            "a factor that brings the margin to one",
            witness=lambda p: 1 / p.xp.sqrt(p.q_min),
            valid=lambda p, a: (a * a) * p.q_min == 1,
            given=[lambda p: p.q_min],
        ),
        "an equality with a square root in it",
    ),
    Case(
        Trend(
            "the norm grows at most like log t",
            trajectory=descent,
            quantity=lambda q: q.squared_norm,
            rate=lambda t: 1 + np.log(t),
        ),
        "a limit seen over a short horizon",
        SEPARABLE,
    ),
    Case(
        Trend("the loss stays bounded", trajectory=descent, quantity=lambda q: q.loss, rate=lambda t: 1.0),
        "constant rate",
        SEPARABLE,
    ),
    Case(
        Inequality(
            "two features of a class",
            slack=lambda p: squares(p.H[:, 0]) + squares(p.H[:, 1]) - 2 * p.xp.sum(p.H[:, 0] * p.H[:, 1]),
        ),
        "tight where two features agree",
        Domain(n=(2, 4)),
    ),
    Case(
        Inequality(
            "nearly optimal points are nearly balanced",
            slack=lambda p: 1.1 * squares(p.H) - squares(p.W),
            given=CORRIDOR,
        ),
        "hypotheses that leave a corridor of width 1e-3; its edge is at 1.0935",
        SMALL,
    ),
    Case(
        Inequality("L < 1e-6 needs a margin of 13.81551", slack=lambda p: p.q_min - 13.81551, given=[small_loss]),
        "the edge is at 13.815510058",
    ),
    Case(
        Inequality(
            "L < 1e-6 needs |theta|^2 > 29 (K-1) sqrt n",
            slack=lambda p: p.squared_norm - 29 * (p.K - 1) * p.xp.sqrt(p.n),
            given=[small_loss],
        ),
        "the edge is at 29.02, for K = 2 and n = 1",
        SMALL,
    ),
    Case(
        Inequality("a ratio", slack=lambda p: 1 / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.q_min / p.squared_norm),
        "no value at the origin",
    ),
    Case(
        Inequality(
            "a pole left out",
            slack=lambda p: p.xp.where(squares(p.W) > 0, squares(p.logits) / squares(p.W), 1),
        ),
        "rational arithmetic divides by zero before the pole is left out",
    ),
    Case(
        Implication("a separated line has two classes", premise=lambda p: p.q_min > 0, conclusion=lambda p: p.K == 2),
        "the conclusion is a plain Python truth",
        Domain(K=(2, 4), n=(1, 2), d=1),
    ),
    Case(
        Identity("tenths", left=lambda p: 0.1 * p.W + 0.2 * p.W, right=lambda p: 0.3 * p.W),
        "true of the numbers that are meant, not of the floats",
    ),
    Case(
        Inequality("Motzkin's polynomial", slack=lambda p: motzkin(p.W[0, 0] - 0.25, p.H[0, 0] + 0.5)),
        "non-negative, no sum of squares, zero at four points",
    ),
)
