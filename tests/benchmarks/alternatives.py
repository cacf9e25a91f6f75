"""What this project wrote itself against the libraries that do it too; the figures of docs/decisions/0024 to 0029.

`python -m tests.benchmarks.alternatives [integrator] [descent] [drawing] [roots] [nested] [ledger]` prints tables,
seconds of processor time, medians over rounds that alternate between the sides. A library that is not installed is
named and left out; no test asks for it (pip install scikit-sundae).
"""

import importlib
import io
import json
import math
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
from flint import fmpq

from ncverify import Domain, Inequality, Point
from ncverify.domain import Shape
from ncverify.falsification import starts
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.layouts import layout_of
from ncverify.falsification.lbfgs import minimise
from ncverify.flow.field import Field
from ncverify.flow.implicit import BackwardDifferences
from ncverify.ledger.entry import entry
from ncverify.ledger.examine import EFFORTS, examine
from ncverify.numbers.algebraic import root_of_number
from ncverify.numbers.surd import square_root
from ncverify.report.bars import margin_histogram
from ncverify.statements.reading import goals

ROUNDS = 5
Sides = Mapping[str, Callable[[], Any]]


def library(name: str) -> Any:
    """A module, or None with a word about it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        print(f"{name}: not installed, left out")
        return None


def raced(sides: Sides, rounds: int = ROUNDS) -> dict[str, tuple[float, Any]]:
    """Median processor seconds of each side and what it returned last."""
    spent: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, Any] = {}
    for _ in range(rounds):
        for name, side in sides.items():
            start = time.process_time()
            found[name] = side()
            spent[name].append(time.process_time() - start)
    return {name: (median(spent[name]), found[name]) for name in sides}


# The flow.


def own_flow(field: Field, x: Any, rtol: float, end: float) -> Any:
    solver = BackwardDifferences(field, x, rtol=rtol)
    while solver.sigma < end:
        solver.step()
    return solver.dense(end)


def by_cvode(cvode: Any, field: Field, x: Any, rtol: float, end: float) -> Any:
    """SUNDIALS' variable-order BDF with GMRES on our own Hessian products, at the same tolerance over rho."""
    around: list[Any] = []

    def velocity(_: float, y: Any, out: Any) -> None:
        out[:] = -field.at(np.array(y)).gradient

    def settle(_: float, y: Any, out: Any) -> None:
        around[:] = [field.at(np.array(y))]

    def product(_: float, y: Any, out: Any, v: Any, image: Any) -> None:
        image[:] = -around[0].hessian_product(np.array(v))

    atol = rtol * float(np.linalg.norm(x)) / math.sqrt(field.size)
    options = {"linsolver": "gmres", "krylov_dim": 20, "max_num_steps": 10**6}
    solver = cvode.CVODE(velocity, rtol=rtol, atol=atol, jactimes=cvode.CVODEJacTimes(settle, product), **options)
    return solver.solve(np.array([0.0, end]), x).y[-1]


def integrator() -> None:
    """Both at two tolerances, on the problems of test_bench_flow; the error is that of theta over rho at the end."""
    cvode = library("sksundae.cvode")
    for shape, log_loss in ((Shape(5, 10, 20), -1e4), (Shape(50, 10, 100), -100.0)):
        rng = np.random.default_rng(0)
        W, H = rng.standard_normal((shape.K, shape.d)), rng.standard_normal((shape.d, shape.K * shape.n))
        field = Field(shape)
        x = field.pack(Point(W, H))
        solver = BackwardDifferences(field, x, rtol=1e-6)
        while solver.local.log_loss > log_loss:
            solver.step()
        end = solver.sigma
        exact = own_flow(field, x, 1e-10, end)
        for rtol in (1e-6, 1e-8):
            sides: dict[str, Callable[[], Any]] = {"ours": partial(own_flow, field, x, rtol, end)}
            if cvode is not None:
                sides["CVODE"] = partial(by_cvode, cvode, field, x, rtol, end)
            for name, (spent, last) in raced(sides, 3).items():
                error = np.linalg.norm(last - exact) / np.linalg.norm(exact)
                print(f"flow, {field.size} unknowns, rtol {rtol:.0e}: {name} {spent:.3f} s, error {error:.1e}")


# Descent from many starts.


def descent() -> None:
    """The smoothed slack of the bound of Theorem 3.1 from 64 random starts, at most 80 evaluations of each."""
    bound = Inequality("bound", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.q_min)
    shape = Shape(3, 2, 4)
    goal = BatchedGoal(goals(bound)[0], layout_of(Domain(), shape), bound.name)
    W, H = starts.random(shape, 64, np.random.default_rng(0))
    x = torch.as_tensor(goal.layout.pack({"W": torch.as_tensor(W), "H": torch.as_tensor(H)}))
    objective = goal.objective(0.01, 0.0)
    sides = {
        "ours, all rows in one call": lambda: minimise(objective, x, calls=80)[0],
        "torch.optim.LBFGS on the sum of all rows": lambda: by_torch(objective, x),
        "torch.optim.LBFGS, one row after another": lambda: torch.cat([by_torch(objective, row[None]) for row in x]),
        "SciPy's L-BFGS-B, one row after another": lambda: torch.stack([by_scipy(objective, row) for row in x]),
    }
    for name, (spent, last) in raced(sides, 3).items():
        values = objective(last)[1].numpy()
        print(f"descent: {name}: {spent:.2f} s, median {np.median(values):.1e}, best {values.min():.1e}")


def by_torch(objective: Any, x: torch.Tensor) -> torch.Tensor:
    x = x.clone().requires_grad_()
    options = {"max_iter": 80, "max_eval": 80, "history_size": 8, "tolerance_change": 0.0}
    optimiser = torch.optim.LBFGS([x], line_search_fn="strong_wolfe", **options)

    def closure() -> torch.Tensor:
        x.grad, values = objective(x.detach())
        return values.sum()

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return x.detach()


def by_scipy(objective: Any, row: torch.Tensor) -> torch.Tensor:
    from scipy.optimize import minimize

    def function(x: Any) -> tuple[float, Any]:
        gradient, value = objective(torch.as_tensor(x)[None])
        return float(value[0]), gradient[0].numpy()

    options = {"maxfun": 80, "maxcor": 8}
    return torch.as_tensor(minimize(function, row.numpy(), jac=True, method="L-BFGS-B", options=options).x)


# Figures.


def drawing() -> None:
    """The margins of 50,000 samples as a histogram with 48 bins, and what an import costs."""
    margins = np.random.default_rng(0).standard_normal(50_000)

    def by_matplotlib() -> str:
        import matplotlib as mpl

        mpl.use("svg")
        from matplotlib import pyplot as plt

        figure, axes = plt.subplots()
        axes.hist(margins, bins=48, log=True)
        axes.axvline(0.0)
        out = io.StringIO()
        figure.savefig(out, format="svg")
        plt.close(figure)
        return out.getvalue()

    sides = {"ours": lambda: margin_histogram([("a", margins)]), "matplotlib": by_matplotlib}
    for name, (spent, last) in raced(sides).items():
        print(f"histogram: {name} {1000 * spent:.1f} ms, {len(last.encode()) / 1000:.1f} kB")
    for module in ("numpy", "ncverify.report.bars", "matplotlib.pyplot"):
        print(f"import {module}: {median(imported(module) for _ in range(3)):.2f} s")


def imported(module: str) -> float:
    code = f"import time, {module}; print(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


# Sums of square roots.


def roots() -> None:
    """Sums and products of 20 numbers of the form a + b sqrt(m), and the zero test of each result."""
    from flint.types import _gr

    ours = {m: square_root(fmpq(m)) for m in (2, 3, 5, 6, 10, 15)}
    sides: dict[str, Callable[[], Any]] = {"ours": lambda: chain(ours, lambda x: x == 0)}
    for name, ring in (("flint's qqbar", "gr_real_qqbar_ctx"), ("flint's Calcium", "gr_real_ca_ctx")):
        context = getattr(_gr, ring).new()
        theirs = {m: context(m).sqrt() for m in ours}
        sides[name] = partial(chain, theirs, lambda x: bool(x.is_zero()))
    for name, (spent, last) in raced(sides).items():
        print(f"roots: {name} {1000 * spent:.2f} ms, zero where it has to be: {last}")


def chain(root: Mapping[int, Any], is_zero: Callable[[Any], bool]) -> bool:
    zeros = True
    for a in range(1, 21):
        x, y = root[2] * a + root[3], root[3] * a - root[5]
        product = x * y
        expanded = root[6] * a * a - root[10] * a + a * 3 - root[15]
        zeros = zeros and is_zero(product - expanded) and not is_zero(product - expanded + 1)
    return zeros


# Roots of roots.


def nested() -> None:
    """Products of 20 numbers in q = 2^(1/4) and s = sqrt(1 + sqrt(2)), a field of degree 8, with zero tests."""
    from flint.types import _gr

    own = _nested(fmpq(2), fmpq(1), root_of_number)
    sides: dict[str, Callable[[], Any]] = {"ours": lambda: products(*own, _is_zero)}
    for name, ring in (("flint's qqbar", "gr_real_qqbar_ctx"), ("flint's Calcium", "gr_real_ca_ctx")):
        new = getattr(_gr, ring).new()
        q, s = _nested(new(2), new(1), lambda x: x.sqrt())
        sides[name] = partial(products, q, s, lambda x: bool(x.is_zero()))
    if (sympy := library("sympy")) is not None:
        pair = _nested(sympy.Integer(2), sympy.Integer(1), sympy.sqrt)
        field = sympy.QQ.algebraic_field(*pair)
        sides["SymPy's number field, made before"] = partial(products, *map(field.from_sympy, pair), lambda x: not x)
        sides["SymPy, with its number field"] = partial(_in_a_new_field, sympy, pair)
    for name, (spent, last) in raced(sides).items():
        print(f"nested: {name} {1000 * spent:.1f} ms, zero where it has to be: {last}")


def _is_zero(x: Any) -> bool:
    return bool(x == 0)


def _nested(two: Any, one: Any, root: Callable[[Any], Any]) -> tuple[Any, Any]:
    return root(root(two)), root(one + root(two))


def _in_a_new_field(sympy: Any, pair: tuple[Any, Any]) -> bool:
    field = sympy.QQ.algebraic_field(*pair)
    return products(*map(field.from_sympy, pair), lambda x: not x)


def products(q: Any, s: Any, is_zero: Callable[[Any], bool]) -> bool:
    """Whether (a q + s)(a q - s) - a^2 q^2 + s^2 is zero, and is not once q is added."""
    zeros = True
    for a in range(1, 21):
        gap = (q * a + s) * (q * a - s) - q * q * (a * a) + s * s
        zeros = zeros and is_zero(gap) and not is_zero(gap + q)
    return zeros


# The ledger.


def ledger() -> None:
    """A real entry, 105 times: written, read, and its size, in JSON and in a database."""
    from ncverify.papers import find

    claim = next(claim for claim in find("ulpm-2022").claims if claim.id == "lem-b.5")
    one = entry(examine(claim, EFFORTS["quick"]))
    entries = [one | {"id": f"lem-{i}"} for i in range(105)]

    def in_json(indent: int | None) -> tuple[int, int]:
        text = json.dumps(entries, indent=indent)
        return len(text), len(json.loads(text))

    def in_a_database() -> tuple[int, int]:
        base = sqlite3.connect(":memory:")
        base.execute("create table statements (id text primary key, verdict text, entry text)")
        rows = [(e["id"], e["verdict"], json.dumps(e)) for e in entries]
        base.executemany("insert into statements values (?, ?, ?)", rows)
        read = [json.loads(text) for (text,) in base.execute("select entry from statements")]
        return len(base.serialize()), len(read)

    sides = {"JSON": lambda: in_json(1), "JSON in one line": lambda: in_json(None), "SQLite": in_a_database}
    for name, (spent, (size, _)) in raced(sides).items():
        print(f"ledger: {name} {1000 * spent:.1f} ms to write and read, {size / 1000:.0f} kB")


PARTS = {part.__name__: part for part in (integrator, descent, drawing, roots, nested, ledger)}

if __name__ == "__main__":
    torch.set_num_threads(1)
    for chosen in sys.argv[1:] or PARTS:
        PARTS[chosen]()
