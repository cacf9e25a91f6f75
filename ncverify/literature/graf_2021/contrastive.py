"""Graf et al.: the supervised contrastive loss over all batches of one size.

Let x be the mean of <z_i, z_k> over the members of other classes less that over the own class. A term is at least
log(l - 1 + (b - l) exp(x)) by Jensen (equality: inner products agree within either mean), which is convex and
increasing in x. By symmetry the mean x_l of x over all terms of one l takes every pair of different classes with one
weight and every pair of one class with another, so that for |z_i| = 1, with n > 1,

    x_l + K/(K-1) = (|sum z|^2 + D)/(n^2 K (K-1)) + (1 - share_l) D/(K n (n-1)),   D = sum over classes |z_i - z_j|^2/2,

share_l the part of the pairs that are a sample and itself (zero without repetition). Equality in the bound needs a term
with 2 <= l < b: with repetition there is one for b >= 3, without it exactly for n >= 2 and 3 <= b <= N.
"""

from __future__ import annotations

from typing import Any

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, one_hot, simplex, square
from ncverify.literature.graf_2021.batches import (
    Batches,
    least,
    loss,
    mean_exponents,
    multisets,
    subsets,
    terms,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import Sizes, SpacePoint
from ncverify.space.sizes import Where
from ncverify.space.space import Range
from ncverify.statements.types import Function


def _fits(s: Sizes) -> bool:
    return balanced(s) and s.d == s.K - 1 and (s.N <= 4 or s.b == 3)


def space(b: Range = (3, 4), n: Range = (1, 2), where: Where | None = _fits, high: int | None = None) -> Space:
    """Unit columns U, z_i = rho u_i, and batches of b; `high` bounds rho: exp(-rho^2) is soon beyond 4096 bits."""
    return Space(
        sizes={"K": (2, 3), "d": (1, 2), "b": b},
        classes=("K", n),
        where=where,
        variables={"U": Variable("d", "N", on="columns on sphere"), "rho": Variable(positive=True, high=high)},
    )


def gram(p: SpacePoint) -> Array:
    """<z_i, z_j>."""
    return p.rho**2 * (p.U.T @ p.U)


def bound(p: SpacePoint, batches: Batches, factor: Number = 1) -> Number:
    """The printed sum, with factor K rho^2/(K-1) in the exponent."""
    return least(p, batches, p.b, -factor * p.rho**2 * p.K / (p.K - 1))


def excess(p: SpacePoint, batches: Batches) -> Number:
    """loss - bound."""
    return loss(p, gram(p), batches, p.b) - bound(p, batches)


def is_simplex(p: SpacePoint) -> Number:
    """z_i = zeta_{y_i} with a simplex of radius rho: the Gram matrix of the u_i."""
    Y = one_hot(p)
    return -square(p, p.U.T @ p.U - Y.T @ simplex(p, p.K) @ Y)


def optimum(batches: Batches, name: str) -> Optimum:
    """The bound, and simplices where it is attained."""
    return Optimum(
        f"loss >= bound over {name}, with equality only at simplices",
        objective=lambda p: excess(p, batches),
        value=lambda p: p.xp.asarray(0),
        conclusion=is_simplex,
    )


def _jensen(p: SpacePoint, batches: Batches) -> Number:
    g = gram(p)
    return loss(p, g, batches, p.b) - least(p, batches, p.b, mean_exponents(p, g, batches, p.b))


def jensen(batches: Batches, name: str) -> Inequality:
    """The convex half of the proof."""
    return Inequality(f"over {name}: loss >= the sum with mean exponents x_l", slack=lambda p: _jensen(p, batches))


def _mean_sides(p: SpacePoint, batches: Batches) -> tuple[list[Any], list[Any]]:
    xp, K, n = p.xp, p.K, p.N // p.K
    G = p.U.T @ p.U
    same = one_hot(p).T @ one_hot(p)
    spread = xp.sum(same * (1 - G))
    left = mean_exponents(p, G, batches, p.b)
    right = []
    for size in left:
        pairs = [(i == j, c) for (i, own, _), c in terms(batches, p.class_sizes, p.b)[size].items() for j in own]
        apart = xp.asarray(sum(c for itself, c in pairs if not itself)) / sum(c for _, c in pairs)
        more = apart * spread / (K * n * (n - 1)) if n > 1 else 0
        right.append((xp.sum(G) + spread) / (n * n * K * (K - 1)) + more)
    return [value + xp.asarray(K) / (K - 1) for value in left.values()], right


def mean(batches: Batches, name: str) -> Identity:
    """The quadratic half of the proof."""
    return Identity(
        f"over {name}: x_l + K/(K-1) is a sum of squares, for unit vectors",
        left=lambda p: p.xp.stack(_mean_sides(p, batches)[0]),
        right=lambda p: p.xp.stack(_mean_sides(p, batches)[1]),
    )


def halves(batches: Batches, name: str, domain: Space) -> tuple[Part, Part]:
    """Both halves of the proof as parts."""
    identity = mean(batches, name)
    return Part(jensen(batches, name), domain=domain), Part(
        identity,
        domain=domain,
        proof=(identity,),
        argument="|sum z|^2 and the distances within classes are not negative",
        beyond="the batches are all of one size, so every pair of one kind has one weight, for all K, n and b",
    )


ALL, NEAR = space(), space(high=3)
DRAWN = space(n=(2, 2), where=lambda s: _fits(s) and s.b <= s.N)
LITERAL = space(b=(2, 3), where=lambda s: balanced(s) and s.d == s.K - 1 and s.N <= 4)
SETS = optimum(subsets, "subsets")


def _tight(batches: Batches, domain: Space) -> tuple[Neighbour, ...]:
    return scaled(
        lambda p, factor: loss(p, gram(p), batches, p.b) - bound(p, batches, factor),
        ("9/10", "5/10"),
        "the exponent",
        domain,
    )


def _other(p: SpacePoint, batches: Batches, over: Function) -> Number:
    return loss(p, gram(p), batches, p.b) - least(p, batches, p.b, -(p.rho**2) * over(p))


def _without_factor(batches: Batches, domain: Space) -> Neighbour:
    return Neighbour(
        Inequality("with rho^2 for K rho^2/(K-1)", slack=lambda p: _other(p, batches, lambda p: 1)), domain
    )


CLAIMS = (
    Claim(
        id="graf-supcon",
        where="theorem on the supervised contrastive loss",
        kind="claim",
        attribution="recalled",
        says="the loss over all multisets of b >= 3 is at least the closed form, with equality exactly at simplices",
        printed=(
            r"\ge\sum_B\sum_{|B_y|>1}|B_y|\log\bigl(|B_y|-1+(b-|B_y|)e^{-K\rho^2/(K-1)}\bigr)"
            r"\quad\text{with equality iff a simplex}"
        ),
        verdict="holds",
        reason="Jensen twice and |sum z|^2 >= 0; b >= 3 gives a batch with two of one class and others, for n = 1 too",
        parts=(Part(optimum(multisets, "multisets"), domain=NEAR), *halves(multisets, "multisets", ALL)),
        neighbours=(*_tight(multisets, ALL), _without_factor(multisets, ALL)),
    ),
    Claim(
        id="graf-supcon-any-batch",
        where="same theorem, batches",
        kind="equivalence",
        attribution="reading",
        says="over all b-subsets, b >= 2, n >= 1: equality if and only if a simplex",
        printed=r"\text{equality}\iff z_i=\zeta_{y_i},\ \zeta\text{ a simplex ETF of radius }\rho",
        verdict="false",
        reason="n = 1, b = 2 or b > N: loss and bound agree everywhere; a reading, no verdict on the paper",
        severity="local",
        effect="true for n >= 2 and 3 <= b <= N; the theorem's own batches have repetitions and b >= 3",
        parts=(Part(SETS, domain=LITERAL, witness=Witness(U=[[1, 1]], rho=1, class_sizes=(1, 1), b=2)),),
        correction=Correction(
            latex=r"n\ge2,\ 3\le b\le N",
            parts=(Part(SETS, domain=DRAWN), *halves(subsets, "subsets", DRAWN)),
        ),
        neighbours=(*_tight(subsets, DRAWN), _without_factor(subsets, DRAWN)),
    ),
)
