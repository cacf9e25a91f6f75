"""A slack that works on plain floats only: math.sqrt knows neither gradients nor exact arithmetic."""

import math

from ncverify import Domain, Inequality

DOMAIN = Domain(K=(2, 3), n=(1, 2), d=(1, 3))

plain = Inequality(
    name="the norm is at least the root of the margin",
    slack=lambda p: math.sqrt(p.squared_norm) - math.sqrt(p.q_min),
    given=[lambda p: p.q_min],
)
