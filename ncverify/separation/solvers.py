"""The one place where cvxpy is called: solver choice, options, and errors that say what happened."""

from __future__ import annotations

import warnings
from typing import Any

from ncverify.errors import SolverFailedError

DEFAULT_SOLVER = "CLARABEL"
SOLVER_GAP = 1e-12
"""Relative duality gap that Clarabel is asked for: near the end each iteration gains several digits."""
RESOLUTION = SOLVER_GAP**0.5
"""Relative size of a residual r whose half square is as small as that gap: r cannot be told from zero."""

_OPTIONS: dict[str, dict[str, Any]] = {
    "OSQP": {"eps_abs": 1e-10, "eps_rel": 1e-10, "max_iter": 100_000, "polishing": True},
    "SCS": {"eps_abs": 1e-9, "eps_rel": 1e-9, "max_iters": 100_000},
}


_MANY = 5_000
"""Variables beyond which Clarabel's supernodal factorisation (faer) overtakes the simple one (qdldl); measured."""


def cvxpy() -> Any:
    """The cvxpy module, imported on first use: it takes a second."""
    import cvxpy

    return cvxpy


def solve(problem: Any, solver: str = DEFAULT_SOLVER) -> str:
    """Solves a cvxpy problem in place; the solver's status, "optimal" or "optimal_inaccurate".

    Args:
        problem: the cvxpy problem.
        solver: the name of an installed cvxpy solver.

    Raises:
        ValueError: no solver of that name is installed.
        SolverFailedError: the solver ended without a solution.
    """
    cp = cvxpy()
    name = _installed(solver)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # an inaccurate solution is reported by its status, and checked by its residuals
            problem.solve(solver=name, **_options(name, problem))
    except cp.error.SolverError as error:
        raise SolverFailedError(f"{name} failed: {str(error).splitlines()[0]}") from error
    status = str(problem.status)
    if status not in ("optimal", "optimal_inaccurate"):
        raise SolverFailedError(f"{name} ended with status {status!r} on a problem of {_size(problem)}")
    return status


def _options(name: str, problem: Any) -> dict[str, Any]:
    if name == DEFAULT_SOLVER:
        many = problem.size_metrics.num_scalar_variables > _MANY
        method = "faer" if many else "qdldl"
        return {"direct_solve_method": method, "tol_gap_abs": SOLVER_GAP, "tol_gap_rel": SOLVER_GAP}
    return _OPTIONS.get(name, {})


def _installed(solver: str) -> str:
    names = [str(name) for name in cvxpy().installed_solvers()]
    if not isinstance(solver, str) or solver.upper() not in names:
        raise ValueError(f"solver: expected an installed cvxpy solver ({', '.join(names)}), got {solver!r}")
    return solver.upper()


def _size(problem: Any) -> str:
    metrics = problem.size_metrics
    constraints = metrics.num_scalar_eq_constr + metrics.num_scalar_leq_constr
    return f"{metrics.num_scalar_variables} variables and {constraints} scalar constraints"
