"""Rational points of quadrics: exactly on them, and near where they were asked for."""

import numpy as np
import pytest
from flint import Ordering, fmpq, fmpq_mpoly_ctx

from ncverify.falsification.quadrics import rational_point

CONTEXT = fmpq_mpoly_ctx.get([f"x{i}" for i in range(8)], Ordering.lex)
X = CONTEXT.gens()


def squares(count):
    return sum((x * x for x in X[:count]), 0 * X[0])


QUADRICS = {
    "circle": (squares(2) - 1, [0.6, 0.8]),
    "circle, on the other side": (squares(2) - 1, [-0.28, -0.96]),
    "circle of radius 5/2 about (1, -2)": ((X[0] - 1) ** 2 + (X[1] + 2) ** 2 - fmpq(25, 4), [3.5, -2.01]),
    "hyperbola": (X[0] * X[1] - 3, [1.7, 3 / 1.7]),
    "parabola": (X[1] - X[0] ** 2, [1.3, 1.69]),
    "sphere": (squares(3) - 1, [1 / 3**0.5] * 3),
    "sphere in six dimensions": (squares(6) - 1, [0.5, -0.5, 0.5, 0.5, 0.0, 0.0]),
    "ellipsoid with products": (X[0] ** 2 + X[0] * X[1] + X[1] ** 2 + 2 * X[2] ** 2 - 3, [1.0, 1.0, 0.02]),
    "cone": (X[0] ** 2 + X[1] ** 2 - X[2] ** 2, [0.8, 0.61, 1.006]),
}


def value(quadric, point):
    return quadric.subs({f"x{v}": c for v, c in point.items()})


@pytest.mark.parametrize("denominator", [16, 1 << 12])
@pytest.mark.parametrize("name", QUADRICS)
def test_the_point_is_on_the_quadric_and_near(name, denominator):
    quadric, near = QUADRICS[name]
    point = rational_point(quadric, np.array(near + [0.0] * (8 - len(near))), denominator)
    assert set(point) == {v for v, d in enumerate(quadric.degrees()) if d}
    assert value(quadric, point).is_zero()
    assert max(abs(float(int(c.p)) / float(int(c.q)) - near[v]) for v, c in point.items()) < 20 / denominator


@pytest.mark.parametrize(
    "quadric",
    [
        squares(2) - 3,  # no rational point: 3 is no sum of two squares
        squares(2) + 1,  # no point at all
        X[0] ** 2 - 4,  # one unknown
        X[0] + X[1] - 1,  # of degree one
        X[0] ** 3 + X[1] - 1,  # of degree three
        squares(7) - 1,  # too many unknowns
    ],
    ids=str,
)
def test_where_none_is_known_there_is_none(quadric):
    assert rational_point(quadric, np.full(8, 0.4), 16) is None


def test_a_line_along_an_asymptote_meets_no_other_point():
    assert rational_point(X[0] * X[1] - 3, np.array([-1.0, 50.0] + [0.0] * 6), 16) is None
