"""Exact values next to floats: a root that exact arithmetic refuses is left as it is."""

from fractions import Fraction

import numpy as np
import pytest

from ncverify import Space, Variable
from ncverify.errors import NotRationalError
from ncverify.falsification.layouts import layout_of
from ncverify.falsification.snapping import snapped
from ncverify.numbers.rational import RATIONAL

SPACE = Space(variables={"x": Variable(), "y": Variable()})
LARGE = 40_000**2 + 321 + Fraction(1, 59)  # its root is beside no short fraction


def moved(**coordinates):
    layout = layout_of(SPACE, SPACE.shapes()[0])
    return list(snapped(layout, layout.of_coordinates({n: np.asarray(v) for n, v in coordinates.items()})))


def test_a_root_of_a_short_fraction_is_found():
    assert any(bool(p.x * p.x == RATIONAL.asarray(2)) for p in moved(x=2**0.5, y=1.0))


def test_a_root_that_exact_arithmetic_refuses_stays_a_float():
    with pytest.raises(NotRationalError):
        RATIONAL.sqrt(RATIONAL.asarray(LARGE))
    assert moved(x=float(LARGE) ** 0.5, y=1 / 3)
