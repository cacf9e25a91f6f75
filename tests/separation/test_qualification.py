import numpy as np
import pytest

from ncverify.separation import constraint_qualification, mangasarian_fromovitz, scaled_to_unit_margin
from tests.separation.textbook import EXAMPLE_3_1, SHAPES, constraint_gradients, separating_point, vector


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("every", [False, True])
def test_it_holds_at_feasible_points_in_the_direction_of_the_point(shape, every):
    p = scaled_to_unit_margin(separating_point(*shape, seed=11))
    found = mangasarian_fromovitz(p, every_constraint=every)
    assert found.holds
    assert found.slope == pytest.approx(-2.0)
    G, _ = constraint_gradients(p)
    assert (vector(p) @ G).min() == pytest.approx(2.0)


def test_it_is_asked_at_feasible_points_only():
    small = scaled_to_unit_margin(EXAMPLE_3_1)
    with pytest.raises(ValueError, match="MFCQ is asked at feasible points"):
        mangasarian_fromovitz(small.map(lambda array: array / 2))


def test_without_active_constraints_it_holds():
    p = scaled_to_unit_margin(EXAMPLE_3_1).map(lambda array: 2 * array)
    found = mangasarian_fromovitz(p)
    assert found.holds
    assert found.slope == -np.inf
    assert found.combination is None


@pytest.mark.parametrize(
    "gradients",
    [[[0.0]], [[1.0], [-1.0]], [[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]], [[0.0, 0.0], [1.0, 1.0]]],
    ids=["x^2 <= 0", "x <= 0 <= x", "a triangle around the origin", "one zero gradient"],
)
def test_it_fails_where_a_convex_combination_vanishes(gradients):
    found = constraint_qualification(np.array(gradients))
    assert not found.holds
    assert found.direction is None
    assert found.combination.sum() == pytest.approx(1.0)
    assert (found.combination >= 0).all()
    assert np.abs(found.combination @ np.array(gradients)).max() < 1e-4


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_the_direction_descends_every_constraint(scale):
    rng = np.random.default_rng(12)
    G = scale * (rng.standard_normal((20, 6)) + 2 * np.eye(6)[0] * 3)
    found = constraint_qualification(G)
    assert found.holds
    assert (G @ found.direction).max() == pytest.approx(found.slope)
    assert found.slope < 0


def test_it_agrees_with_the_closed_form_on_the_constraints_of_the_problem():
    p = scaled_to_unit_margin(separating_point(4, 2, 3, seed=13))
    G, _ = constraint_gradients(p)
    assert constraint_qualification(-G.T).holds


def test_gradients_that_are_no_matrix_are_refused():
    with pytest.raises(ValueError, match="gradients: expected a matrix"):
        constraint_qualification(np.array([1.0, np.nan]))


def test_no_gradients_at_all_satisfy_it():
    found = constraint_qualification(np.zeros((0, 3)))
    assert found.holds
    assert found.direction.tolist() == [0, 0, 0]
    assert (found.slope, found.combination) == (-np.inf, None)


@pytest.mark.parametrize(("tilt", "holds"), [(1e-9, False), (1e-3, True)])
def test_a_direction_that_cannot_be_told_from_none_is_none(tilt, holds):
    """Two opposite gradients, tilted: the point of least norm between them is as long as the tilt."""
    assert constraint_qualification(np.array([[1.0, tilt], [-1.0, tilt]])).holds is holds
