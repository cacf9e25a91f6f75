"""Where descent ends with weight decay, by dimension; saddles; a local minimum that is not global."""

import math

import numpy as np
import pytest

from ncverify.optima import certify_regularised, regularised_optimum
from ncverify.weight_decay import (
    DecayProblem,
    Triple,
    classify_decay,
    decay_phases,
    decay_value,
    merged_decay_point,
    minimise_decay,
    newton_decay,
    random_decay_point,
)


@pytest.mark.slow
@pytest.mark.parametrize("lambda_b", [0.0, 0.5])
@pytest.mark.parametrize(("K", "n"), [(2, 2), (3, 1), (4, 1)])
def test_from_k_minus_one_dimensions_on_descent_ends_at_the_closed_form(K, n, lambda_b):
    problem = DecayProblem((n,) * K, 0.01, 0.02, lambda_b)
    best = regularised_optimum(K, n, 0.01, 0.02).value
    below, *above = decay_phases(problem, [max(1, K - 2), K - 1, K, K + 1], starts=4)
    assert all(cell.share("global minimum") == 1.0 for cell in above)
    assert all(abs(end.value - best) < 1e-12 for cell in above for end in cell.ends)
    if K > 2:
        assert below.share("global minimum") == 0.0
        assert all(end.value > best + 1e-3 and end.excess > 1e-4 for end in below.ends)


def test_unequal_classes_too_with_a_certificate_by_duality():
    problem = DecayProblem((5, 2, 1), 0.01, 0.01, 0.1)
    for cell in decay_phases(problem, [2, 3], starts=4):
        (end,) = cell.ends
        assert end.kind == "global minimum"
        means = np.stack([part.mean(axis=1) for part in np.split(end.point.H, [5, 7], axis=1)], axis=1)
        bounds = certify_regularised([5, 2, 1], 0.01, 0.01, 0.1, end.point.W, means, end.point.b)
        assert bounds.lower <= end.value <= bounds.upper + 1e-15
        assert bounds.gap < 1e-12


def test_in_one_dimension_descent_has_several_ends():
    (cell,) = decay_phases(DecayProblem((4, 2, 1), 0.01, 0.01, 0.1), [1], starts=8)
    assert len(cell.ends) > 1
    assert cell.share("local minimum") == 1.0
    assert cell.ends[0].value < cell.ends[1].value


def test_beyond_the_threshold_the_origin_is_the_global_minimum():
    problem = DecayProblem((2,) * 3, 0.3, 0.3, 0.1)
    for cell in decay_phases(problem, [1, 2], starts=3):
        assert cell.share("global minimum") == 1.0
        assert all(abs(end.value - math.log(3)) < 1e-12 and end.rank == 0 for end in cell.ends)


def test_newton_from_random_starts_finds_strict_saddles_and_no_spurious_minimum():
    problem, kinds = DecayProblem((2,) * 4, 0.01, 0.01), set()
    for seed in range(12):
        end = classify_decay(problem, newton_decay(problem, random_decay_point(problem, 3, seed), steps=60))
        if end.residual > 1e-10:
            continue
        kinds.add(end.kind)
        assert end.kind in ("saddle", "global minimum")
        assert (end.kind == "saddle") == (end.smallest < -1e-6)
    assert "saddle" in kinds


def test_a_local_minimum_that_is_not_the_minimum_of_its_dimension():
    problem = DecayProblem((1,) * 5, 0.01, 0.01)
    W = 2.4 * np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1], [0, 0]])
    spurious = classify_decay(problem, minimise_decay(problem, Triple(W, W.T.copy(), np.array([0, 0, 0, 0, 2.9]))))
    assert spurious.kind == "local minimum"
    assert abs(spurious.value - 0.3187788) < 1e-7
    (cell,) = decay_phases(problem, [2], starts=3)
    assert cell.ends[0].value < spurious.value - 0.01


@pytest.mark.parametrize("blocks", [2, 4])
def test_kinds_of_points_in_closed_form(blocks):
    problem, p = merged_decay_point(4, 1, 3, 0.01, 0.02, blocks=blocks)
    found = classify_decay(problem, p)
    assert found.kind == ("global minimum" if blocks == 4 else "saddle")
    assert found.rank == blocks - 1
    assert found.residual < 1e-15
    assert found.value == decay_value(problem, p)
    moved = classify_decay(problem, Triple(p.W + 0.3, 0.1 * p.H, p.b))
    assert moved.residual > 0.01


def test_what_is_out_of_range_is_refused_by_name():
    problem = DecayProblem((1, 1), 0.1, 0.1)
    with pytest.raises(ValueError, match="starts"):
        decay_phases(problem, [1], starts=0)
    with pytest.raises(ValueError, match="d: expected dimensions >= 1"):
        decay_phases(problem, [0], starts=1)
