import numpy as np
import pytest

from ncverify import Domain, Identity, Point
from ncverify.collapse import collapsed_point
from ncverify.falsification.polynomial import prove_identity
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.rational import RATIONAL
from ncverify.separation import (
    collapse_multipliers,
    dual_objective_gap,
    is_kkt_point,
    nuclear_norm_dual,
    nuclear_norm_primal,
    optimal_value,
    relaxation,
    verify_certificate,
)

PARTS = [
    "multipliers_sum_to_the_value",
    "weights_have_norm_one",
    "logits_are_feasible",
    "logits_have_the_value",
    "logits_factor",
]
WEAK_DUALITY = Identity(
    "objective minus weighted differences is a sum of squares",
    left=lambda p: p.squared_norm / 2 - p.xp.sum(collapse_multipliers(p.K, p.n, p.xp) * p.logit_differences),
    right=dual_objective_gap,
)


@pytest.mark.parametrize("K", range(2, 9))
@pytest.mark.parametrize("n", [1, 2, 3, 4, 9, 16])
def test_the_certificate_is_exact(K, n):
    found = verify_certificate(K, n)
    assert found.holds
    assert found.arithmetic == "rational"


@pytest.mark.parametrize("K", range(2, 9))
@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_certificate_holds_in_balls_where_sqrt_n_is_irrational(K, n):
    with precision(192):
        assert verify_certificate(K, n, xp=BALL).holds


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("factor", [0.999, 1.001])
def test_multipliers_off_by_a_thousandth_are_no_certificate(n, factor):
    M = collapse_multipliers(4, n, RATIONAL) * RATIONAL.asarray(factor)
    found = verify_certificate(4, n, multipliers=M)
    assert not found.holds
    assert not found.weights_have_norm_one
    assert not found.multipliers_sum_to_the_value


def test_a_certificate_for_other_n_is_none():
    M = collapse_multipliers(3, 4, RATIONAL) * 2  # right for n = 1 only
    assert not verify_certificate(3, 4, multipliers=M).weights_have_norm_one


def test_a_negative_multiplier_is_no_certificate():
    assert not verify_certificate(3, 1, multipliers=-collapse_multipliers(3, 1, RATIONAL)).multipliers_sum_to_the_value


def test_bad_sizes_are_refused():
    with pytest.raises(ValueError, match="expected K >= 2"):
        verify_certificate(1, 1)


def test_weak_duality_is_an_identity():
    result = prove_identity(WEAK_DUALITY, Domain(K=(2, 4), n=(1, 4), d=(1, 4)))
    assert result.holds
    assert result.error_probability < 1e-30


def test_weak_duality_fails_for_other_multipliers():
    wrong = Identity(
        "weak duality with 1/K",
        left=lambda p: p.squared_norm / 2 - p.xp.sum(p.logit_differences) / p.K,
        right=dual_objective_gap,
    )
    assert not prove_identity(wrong, Domain(K=3, n=2, d=2)).holds


@pytest.mark.parametrize("K", [2, 3, 5])
@pytest.mark.parametrize("n", [1, 4])
def test_the_constant_multipliers_show_that_collapse_is_a_kkt_point_exactly(K, n):
    # W = a (K I - 11'), H = W'Y / sqrt n has q_min = a^2 K^2 / sqrt n
    root = {1: 1, 4: 2}[n]
    simplex = RATIONAL.asarray(K * np.eye(K, dtype=int) - 1)
    scale = RATIONAL.sqrt(RATIONAL.asarray(root)) / K
    p = Point(simplex * scale, RATIONAL.asarray(np.repeat(K * np.eye(K, dtype=int) - 1, n, axis=1)) * scale / root)
    assert bool(p.q_min == 1)
    assert is_kkt_point(p, collapse_multipliers(K, n, RATIONAL))
    assert not is_kkt_point(p, collapse_multipliers(K, n, RATIONAL) * 2)
    assert bool(p.squared_norm / 2 == optimal_value(K, n, RATIONAL))


@pytest.mark.parametrize("shape", [(2, 1), (2, 4), (3, 2), (4, 3)], ids=str)
def test_the_semidefinite_programs_agree_with_the_closed_form(shape):
    K, n = shape
    value = (K - 1) * n**0.5
    primal, dual = nuclear_norm_primal(K, n), nuclear_norm_dual(K, n)
    assert primal.value == pytest.approx(value, rel=1e-6)
    assert dual.value == pytest.approx(value, rel=1e-6)
    # what the matrices certify by themselves encloses the value
    assert dual.bound * (1 - 1e-12) <= value <= primal.bound * (1 + 1e-12)
    assert primal.bound - dual.bound < 1e-5 * value


def test_the_primal_solution_is_the_closed_form_up_to_a_shift_of_columns():
    found = nuclear_norm_primal(3, 2).matrix
    expected = np.repeat(np.eye(3), 2, axis=1) - 1 / 3
    assert np.abs(found - found.mean(axis=0) - expected).max() < 1e-4


def test_the_solver_of_the_semidefinite_program_can_be_chosen():
    assert nuclear_norm_dual(3, 1, solver="SCS").value == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize("program", [nuclear_norm_primal, nuclear_norm_dual])
def test_programs_of_bad_size_are_refused(program):
    with pytest.raises(ValueError, match=r"expected (K >= 2|n >= 1)"):
        program(2, 0)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_needed(part):
    import dataclasses

    assert not dataclasses.replace(verify_certificate(3, 1), **{part: False}).holds


def test_random_feasible_points_obey_the_lower_bound():
    rng = np.random.default_rng(0)
    base = collapsed_point(4, 2, 4)
    for _ in range(50):
        p = Point(base.W + 0.05 * rng.standard_normal(base.W.shape), base.H + 0.05 * rng.standard_normal(base.H.shape))
        if p.q_min > 0:
            assert p.squared_norm / (2 * p.q_min) >= 3 * 2**0.5


@pytest.mark.parametrize(("K", "n"), [(2, 3), (3, 1), (4, 2)])
def test_the_multipliers_of_the_dual_are_feasible_and_attain_its_value(K, n):
    found = nuclear_norm_dual(K, n)
    M, own = found.matrix, np.repeat(np.eye(K), n, axis=1)
    assert (M >= 0).all()
    assert (M[own > 0] == 0).all()
    # the solver's gap of 1e-12 leaves a residual of its square root
    assert np.linalg.norm(own * M.sum(axis=0) - M, 2) == pytest.approx(1.0, abs=1e-5)
    assert M.sum() == pytest.approx(found.value, rel=1e-5)


@pytest.mark.parametrize(("K", "n"), [(1, 1), (3, 0)])
def test_programs_without_two_classes_or_a_sample_are_refused(K, n):
    with pytest.raises(ValueError, match=f"^K, n: expected K >= 2 classes and n >= 1 samples per class, got {K}, {n}$"):
        relaxation.nuclear_norm_primal(K, n)
