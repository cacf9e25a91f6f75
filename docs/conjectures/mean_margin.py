"""Is the bound of Theorem 3.1 true of the mean margin, not only of the smallest one?"""

from ncverify import Domain, Inequality

DOMAIN = Domain(K=(2, 3), n=(1, 2), d=(1, 3))

mean_margin = Inequality(
    name="the mean margin obeys the bound of Theorem 3.1",
    slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.xp.mean(p.margins),
)
