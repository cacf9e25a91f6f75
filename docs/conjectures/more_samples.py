"""Do more samples of a class bring the margin down like 1/n? Theorem 3.1 has a square root of n there."""

from ncverify import Domain, Implication, Inequality

DOMAIN = Domain(K=(2, 3), n=(1, 2), d=(1, 3))

without_root = Inequality(
    name="the margin is at most |theta|^2 / (2 (K-1) n)",
    slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.n) - p.q_min,
)
mean_loss = Implication(
    name="a mean loss below log 2 separates the classes",
    premise=lambda p: p.loss < p.K * p.n * p.xp.log(2),
    conclusion=lambda p: p.q_min > 0,
)
