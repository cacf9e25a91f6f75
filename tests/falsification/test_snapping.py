"""Exact values next to floats: a root that exact arithmetic refuses is left as it is."""

from fractions import Fraction

import numpy as np
import pytest

from ncverify import Inequality, Space, Variable, judge
from ncverify.errors import NotRationalError, WitnessError
from ncverify.falsification.layouts import layout_of
from ncverify.falsification.snapping import snapped
from ncverify.falsification.witness import read_witness, recheck, save_witness
from ncverify.numbers.rational import RATIONAL
from ncverify.space.text import as_witness

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


def test_a_witness_with_square_roots_is_saved_read_and_confirmed_again(tmp_path):
    space = Space({"m": 2}, variables={"x": Variable("m"), "lam": Variable()})
    two, three = RATIONAL.sqrt(2), RATIONAL.sqrt(3)
    statement = Inequality(
        "(x1 - sqrt 2)^2 + (x2 - sqrt 2 / 3 - sqrt 3)^2 is positive",
        slack=lambda p: (p.x[0] - p.xp.sqrt(2)) ** 2 + (p.x[1] - p.xp.sqrt(2) / 3 - p.xp.sqrt(3)) ** 2 + 0 * p.lam,
        strict=True,
    )
    p = space.point(x=[two.item(), (two / 3 + three).item()], lam=1)
    assert judge(statement, p).violated
    save_witness(tmp_path / "w.json", statement, p)
    content = read_witness(tmp_path / "w.json")
    assert content["point"]["x"] == ["0 + 1 sqrt(2)", "0 + 1/3 sqrt(2) + 1 sqrt(3)"]
    assert recheck(content, statement, space).violated
    again = eval(as_witness(p), {"Witness": lambda **given: space.point(**given)})
    assert judge(statement, again).violated
    assert "sqrt" in p.to_latex()
    content["point"]["x"] = ["0 + 1 sqrt(2)", "0 + 1/3 sqrt(2) + 2 sqrt(3)"]
    with pytest.raises(WitnessError, match="does not violate"):
        recheck(content, statement, space)
    content["point"]["x"] = ["0 + 1 sqrt(2)", "0 + sqrt(3)"]
    with pytest.raises(WitnessError, match=r"^x: expected"):
        recheck(content, statement, space)
