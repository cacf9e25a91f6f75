"""A conjecture about points that Theorem 3.1 excludes: whatever it claims, nothing is tested."""

from ncverify import Domain, Inequality

DOMAIN = Domain(K=(2, 3), n=(1, 2), d=(1, 3))

beyond_the_bound = Inequality(
    name="margins one per cent above the bound need a small loss",
    slack=lambda p: 1 - p.loss,
    given=[
        lambda p: p.q_min - 1.01 * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)),
        lambda p: p.squared_norm,
    ],
)
