"""How cvxpy is asked: options by size, and which statuses are solutions."""

from types import SimpleNamespace

import pytest

from ncverify.collapse import collapsed_point
from ncverify.errors import SolverFailedError
from ncverify.separation import nuclear_norm_dual, nuclear_norm_primal, smallest_delta, smallest_epsilon
from ncverify.separation.solvers import SOLVER_GAP, solve


class Problem:
    """Ends with a given status, and keeps what it was asked for."""

    def __init__(self, status: str = "optimal", variables: int = 3):
        self.status = status
        self.size_metrics = SimpleNamespace(
            num_scalar_variables=variables, num_scalar_eq_constr=2, num_scalar_leq_constr=5
        )
        self.asked: dict = {}

    def solve(self, **options):
        self.asked = options


@pytest.mark.parametrize(("variables", "method"), [(5_000, "qdldl"), (5_001, "faer")])
def test_large_problems_are_factorised_in_blocks(variables, method):
    problem = Problem(variables=variables)
    solve(problem, "clarabel")
    gaps = {"tol_gap_abs": SOLVER_GAP, "tol_gap_rel": SOLVER_GAP}
    assert problem.asked == {"solver": "CLARABEL", "direct_solve_method": method, **gaps}


@pytest.mark.parametrize("status", ["optimal", "optimal_inaccurate"])
def test_a_solution_may_be_inaccurate(status):
    assert solve(Problem(status)) == status


@pytest.mark.parametrize("status", ["infeasible", "unbounded", "infeasible_inaccurate", "user_limit"])
def test_every_other_status_is_an_error_that_has_it_and_the_size(status):
    message = f"^CLARABEL ended with status '{status}' on a problem of 3 variables and 7 scalar constraints$"
    with pytest.raises(SolverFailedError, match=message):
        solve(Problem(status))


def programs():
    p = collapsed_point(2, 1, 1, squared_norm=2.0)
    return {
        "smallest epsilon": lambda **options: smallest_epsilon(p, 0.1, **options),
        "smallest delta": lambda **options: smallest_delta(p, 0.1, **options),
        "nuclear norm, primal": lambda **options: nuclear_norm_primal(2, 1, **options),
        "nuclear norm, dual": lambda **options: nuclear_norm_dual(2, 1, **options),
    }


@pytest.mark.parametrize("program", programs().values(), ids=programs().keys())
def test_every_program_asks_the_solver_that_was_named_and_tells_its_status(program):
    assert program().status == "optimal"
    with pytest.raises(ValueError, match=r"^solver: expected an installed cvxpy solver .*, got 'abacus'$"):
        program(solver="abacus")
