"""What a campaign mutates: the mathematics, the search and the verdicts, each part with the tests that judge it."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("model", "collapse", "metrics", "slack", "separation", "landscape", "flow", "numbers"),
    *("losses", "calculus", "optima", "space", "falsification", "ledger", "papers"),
)
# Not mutated: files that are read and written, and no mathematics; and a class whose method PyTorch calls while the
# class is made, before mutmut has its mutants.
LEFT_OUT = ("ncverify/flow/parquet.py", "ncverify/flow/storage.py", "ncverify/falsification/recording.py")


@dataclass(frozen=True)
class Target:
    """Files to mutate, in a folder of the package, and the tests that have to notice.

    Tests with JAX are left out unless asked for: on small arrays they take ten times as long as the others.
    """

    files: tuple[str, ...]
    tests: tuple[str, ...]
    deselected: tuple[str, ...] = ()
    jax: bool = False

    @property
    def pytest_arguments(self) -> list[str]:
        """How pytest is told which tests to run."""
        quick = [] if self.jax else ["-k", "not jax"]
        return [*self.tests, *(f"--deselect={test}" for test in self.deselected), *quick]


def _part(folder: str, names: str, tests: str, deselected: tuple[str, ...] = (), *, jax: bool = False) -> Target:
    """The modules of a folder and the tests of the mirrored folder, each by the words between test_ and .py."""
    return Target(
        tuple(f"ncverify/{folder}/{name}.py" for name in names.split()),
        tuple(f"tests/{folder}/test_{name}.py" for name in tests.split()),
        deselected,
        jax,
    )


# Deselected below: tests of the checks of arguments, which read signatures that mutmut's own functions
# hide; two that list the functions of the arrays, mutmut's among them; tests of more than a second.
VOCABULARY = ("tests/numbers/test_vocabulary_rows.py::test_every_function_has_a_row",)
LINALG = ("tests/numbers/test_linalg.py::test_what_is_not_there_is_refused_with_what_is",)
SEARCH = " ".join(
    sorted(
        module.stem
        for module in (ROOT / "ncverify/falsification").glob("*.py")
        if module.stem != "__init__" and f"ncverify/falsification/{module.name}" not in LEFT_OUT
    )
)
TARGETS = {
    "model": Target(("ncverify/model/*.py",), ("tests/model", "tests/test_point.py")),
    "collapse": Target(
        ("ncverify/collapse/*.py",),
        ("tests/collapse",),
        (
            "tests/collapse/test_simplex.py::test_what_is_no_collapsed_point_is_refused",
            "tests/collapse/test_simplex.py::test_integer_collapsed_points_that_do_not_exist_are_refused",
        ),
    ),
    "metrics": Target(("ncverify/metrics/*.py",), ("tests/metrics",)),
    "slack": Target(("ncverify/slack/*.py",), ("tests/slack",)),
    "separation": Target(("ncverify/separation/*.py",), ("tests/separation",)),
    "landscape": Target(("ncverify/landscape/*.py",), ("tests/landscape",)),
    "flow/field": _part("flow", "field", "field integration"),
    "flow/integration": _part(
        "flow",
        "integration implicit krylov records",
        "integration implicit krylov field",
        ("tests/flow/test_integration.py::test_starts_of_any_size_are_followed_to_the_end[1e-150]",),
    ),
    "flow/laws": _part("flow", "laws squared_loss unconstrained", "laws unconstrained"),
    "flow/limits": _part("flow", "limits kkt offsets", "limits"),
    "flow/escape": _part("flow", "escape", "escape"),
    "flow/rates": _part("flow", "rates", "rates field"),
    "flow/trajectory": _part("flow", "trajectory descent", "trajectory descent"),
    "flow/clock": _part(
        "flow",
        "clock invariants",
        "clock invariants",
        tuple(
            f"tests/flow/test_clock.py::test_the_quadrature_is_right_however_far_the_loss_falls[{t}]"
            for t in ("3000.0", "10000000.0")
        ),
    ),
    "numbers/arrays": _part(
        "numbers",
        "exact operators methods linalg field array_functions axes elementwise reductions shapes composed numpy_names "
        "elimination exact_matrices spectra native_linalg tracked_matrices",
        "exact_arrays agreement linalg matrices rational ball degree truth vocabulary_rows",
        VOCABULARY + LINALG,
    ),
    "numbers/namespaces": _part("numbers", "namespaces host", "namespaces", jax=True),
    "numbers/native": _part("numbers", "native slopes", "native agreement namespaces vocabulary_rows", VOCABULARY),
    "numbers/tracked": _part(
        "numbers", "tracked tracked_array tracked_truth", "tracked tracked_truth agreement vocabulary_rows", VOCABULARY
    ),
    "numbers/rational": _part("numbers", "rational surd", "rational exact_arrays"),
    "numbers/algebraic": _part("numbers", "algebraic roots reading", "algebraic"),
    "numbers/ball": _part("numbers", "ball", "ball exact_arrays"),
    "numbers/forms": _part("numbers", "form forms terms quotients", "forms"),
    "numbers/truth": _part("numbers", "truth", "truth"),
    "numbers/degree": _part("numbers", "degree", "degree"),
    "numbers/rounded": _part("numbers", "rounded rounded_matrices formats", "rounded"),
    "losses": Target(("ncverify/losses/*.py",), ("tests/losses",)),
    "calculus": Target(("ncverify/calculus/*.py",), ("tests/calculus",)),
    "optima": Target(("ncverify/optima/*.py",), ("tests/optima",)),
    "space": Target(("ncverify/space/*.py",), ("tests/space",)),
    "falsification": _part(
        "falsification",
        SEARCH,
        "campaign distribution equations false_alarms judge lbfgs on_spheres optimum_ties polynomial preflight shrink "
        "snapping source sphere trends",
    ),
    "ledger": Target(("ncverify/ledger/*.py",), ("tests/ledger",)),
    "papers": Target(("ncverify/papers/*.py",), ("tests/papers", "tests/ledger/test_examine.py", "tests/statements")),
}


def named(name: str) -> dict[str, Target]:
    """The targets of a name: one target, or all of a folder."""
    return {target: TARGETS[target] for target in TARGETS if name in (target, target.partition("/")[0])}


def mathematics() -> list[str]:
    """The modules that are mutated, as paths from the root."""
    modules = (path for folder in FOLDERS for path in (ROOT / "ncverify" / folder).glob("*.py"))
    names = sorted(str(path.relative_to(ROOT)) for path in modules if path.name != "__init__.py")
    return [name for name in names if name not in LEFT_OUT]


def target_of(module: str) -> list[str]:
    """The names of the targets that a module belongs to."""
    return [name for name, target in TARGETS.items() if any(fnmatch(module, pattern) for pattern in target.files)]
