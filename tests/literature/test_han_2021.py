"""The two flows of Han et al. as the statements have them, beside those that are integrated; control of the witness."""

import numpy as np
import pytest

from ncverify.flow import projected_velocity, renormalised_velocity
from ncverify.literature.han_2021 import PAPER
from ncverify.literature.han_2021._scatter import projected, renormalised
from ncverify.literature.han_2021.central_path import UNIT, bend, on_path
from ncverify.numbers import to_numpy
from ncverify.numbers.rational import RATIONAL

FIELDS = {"projected": (projected, projected_velocity), "renormalised": (renormalised, renormalised_velocity)}


POINT = UNIT.point(
    M=[[1, 2, 0, -1], [0, 1, 1, 3]],
    U=[["1/2", "1/2"], ["1/2", "-1/2"], ["1/2", "1/2"], ["1/2", "-1/2"]],
    class_sizes=(2, 2, 2, 2),
)


@pytest.mark.parametrize("name", FIELDS)
def test_the_velocities_are_those_of_the_flows_that_are_integrated(name):
    stated, followed = FIELDS[name]
    other = FIELDS["projected" if name == "renormalised" else "renormalised"][1]
    exact = on_path(POINT, POINT.M)
    H = np.asarray(to_numpy(exact), dtype=np.float64)
    np.testing.assert_allclose(np.asarray(to_numpy(stated(POINT, exact)), dtype=np.float64), followed(H, 4), atol=1e-14)
    assert np.abs(followed(H, 4) - other(H, 4)).max() > 1e-3


def test_the_witness_has_no_fourth_power_and_has_one_along_the_other_flow():
    (part,) = PAPER.claim("han-step-renormalise").parts
    p = part.witness.point(part.domain)
    assert bool(RATIONAL.all(bend(p, renormalised) == 0))
    assert bool(RATIONAL.all(bend(p, projected) == 2))  # 4 c3 = n
