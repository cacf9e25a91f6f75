import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import collapsed_point, integer_collapsed_point
from ncverify.domain import Shape
from ncverify.numbers import backend_namespace
from ncverify.separation import multipliers, nuclear_norm_dual, optimality_gap
from ncverify.separation.gap import margin_rounding
from tests.separation.textbook import EXAMPLE_3_1, near_collapse, separating_point


def test_collapse_has_no_gap():
    assert optimality_gap(collapsed_point(5, 3, 7, rotation=1, squared_norm=100.0)).relative < 1e-12
    assert optimality_gap(integer_collapsed_point(4, 3, 4)).relative == 0.0


def test_example_3_1_is_a_quarter_below_the_best_margin():
    gap = optimality_gap(EXAMPLE_3_1)
    assert gap.relative == pytest.approx(0.25)
    assert gap.objective == pytest.approx(4.0)
    assert gap.lower_bound == 3.0
    assert str(gap) == "within 25 % of the best possible margin for its norm"


def test_the_gap_is_that_of_the_objective_of_the_separation_problem():
    p = separating_point(4, 2, 5, seed=1)
    gap = optimality_gap(p)
    assert gap.objective == pytest.approx(multipliers(p).objective)
    assert gap.objective * (1 - gap.relative) == pytest.approx(gap.lower_bound)


def test_the_lower_bound_is_that_of_the_semidefinite_program():
    assert optimality_gap(separating_point(3, 2, 2, seed=1)).lower_bound == pytest.approx(nuclear_norm_dual(3, 2).bound)


def test_the_gap_does_not_depend_on_the_scale():
    p = near_collapse(3, 2, 4, 0.1)
    assert optimality_gap(Point(1e-60 * p.W, 1e-60 * p.H)).relative == pytest.approx(optimality_gap(p).relative)


def test_a_point_that_does_not_separate_is_said_not_to():
    gap = optimality_gap(Point(-EXAMPLE_3_1.W, EXAMPLE_3_1.H))
    assert gap.relative > 1
    assert gap.objective == np.inf
    assert str(gap).startswith("does not separate the classes")


def test_in_too_few_dimensions_the_bound_is_said_not_to_be_attained():
    angles = np.pi / 2 * np.arange(4)
    W = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    gap = optimality_gap(Point(W, W.T.copy()))
    assert not gap.attained
    assert gap.relative == pytest.approx(0.25)
    assert "not attained" in str(gap)


def test_the_origin_has_no_best_margin():
    with pytest.raises(ValueError, match="W = H = 0 has no best margin"):
        optimality_gap(Point(np.zeros((2, 1)), np.zeros((1, 2))))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rounding_is_part_of_the_certified_gap(dtype):
    p = collapsed_point(4, 5, 16, rotation=3)
    gap = optimality_gap(p.map(lambda array: array.astype(dtype)))
    eps = np.finfo(dtype).eps
    assert eps < gap.relative < 1000 * eps


@pytest.mark.parametrize("backend", ["torch", "strict", "jax"])
def test_every_backend_gives_the_same_gap(backend):
    pytest.importorskip({"torch": "torch", "strict": "array_api_strict", "jax": "jax"}[backend])
    p, xp = near_collapse(3, 2, 4, 0.1), backend_namespace(backend)
    assert optimality_gap(p.map(lambda array: xp.asarray(array.tolist()))).relative == pytest.approx(
        optimality_gap(p).relative
    )


def test_the_gap_of_a_tensor_with_a_gradient_is_a_number():
    p, torch = near_collapse(3, 2, 4, 0.1), pytest.importorskip("torch")
    found = optimality_gap(p.map(lambda array: torch.tensor(array, requires_grad=True)))
    assert found.relative == pytest.approx(optimality_gap(p).relative)


def test_the_rounding_of_a_margin_is_that_of_its_products_and_pairwise_sums():
    """d + 2 roundings of two logits of size 2 each, and log2(33) of the sum of 2 * 4 * (3 + 1) squares."""
    found = margin_rounding(2.0, 3.0, Shape(2, 3, 4), 0.5)
    assert found == pytest.approx(0.5 * (2 * 6 * 2.0 + np.log2(33) * 3.0), rel=1e-15)


def test_a_margin_of_zero_separates_nothing():
    gap = optimality_gap(Point(np.ones((2, 1)), np.ones((1, 2))))
    assert gap.q_min == 0
    assert str(gap).startswith("does not separate the classes (margin 0, ")
