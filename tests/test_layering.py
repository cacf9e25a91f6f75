"""Imports run one way, and cheap imports stay cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ncverify

ROOT = Path(ncverify.__file__).parent
LAYERS = (
    {"errors", "interrupted", "kinds", "text"},
    {"files", "npz"},
    {"numbers"},
    {"arguments"},
    {"losses", "model"},
    {"space"},
    {"point"},
    {"unequal"},
    {"domain", "calculus", "certificates"},
    {"collapse", "metrics", "slack"},
    {"separation", "landscape", "flow", "optima", "weight_decay"},
    {"statements"},
    {"falsification"},
    {"papers", "strategies", "testing"},
    {"ledger"},
    {"report"},
    {"pytest_plugin"},
    {"literature"},
    {"commands"},
    {"recorder"},
    {"cli"},
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# what the mathematics must not know of
OUTSIDE = {"hypothesis", "properties", "pytest", "tests", "training"}


def sources():
    """The code of every module by its dotted name, without the __init__ of the whole, which gathers from all layers."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    del found[""]
    return found


def imports(code):
    """Dotted names that a module imports, wherever in it, with the line of each."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield "." * node.level + (node.module or ""), node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "ncverify":
            yield from ((f"ncverify.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module, node.lineno


def complain(modules):
    """Imports that run against the layers, as phrases "module:line imports name"."""
    complaints = []
    for module, code in modules.items():
        own = module.split(".")[0]
        if own not in LEVEL:
            complaints.append(f"{module} is in no layer")
            continue
        for name, line in imports(code):
            if not allowed(own, name):
                complaints.append(f"{module}:{line} imports {name}")
    return complaints


def allowed(own, name):
    top, _, rest = name.partition(".")
    if top == "ncverify" and rest.startswith("literature") and own != "literature":
        return False  # the machine knows no paper
    if top != "ncverify":
        known = {"pytest_plugin": {"pytest"}, "strategies": {"hypothesis"}}.get(own, set())
        return top not in OUTSIDE - known and not name.startswith(".")
    other = rest.split(".")[0]
    if own == "literature" and rest in ncverify.__all__:
        return True  # a built-in paper is written as a stranger's would be, with the public names
    return rest == "__version__" or LEVEL.get(other, len(LAYERS)) <= LEVEL[own]


def cycles(modules):
    """Packages of one layer that import each other."""
    edges = {
        (module.split(".")[0], name.split(".")[1])
        for module, code in modules.items()
        for name, _ in imports(code)
        if name.startswith("ncverify.") and name.split(".")[1] in LEVEL
    }
    return sorted({tuple(sorted(edge)) for edge in edges if edge[0] != edge[1] and edge[::-1] in edges})


def edges(modules):
    """Which modules each one imports, in function bodies too; what only a type checker reads does not count."""
    found = {}
    for module, code in modules.items():
        tree = ast.parse(code)
        skipped = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node)
        }
        names = set()
        for node in ast.walk(tree):
            if id(node) not in skipped and isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif id(node) not in skipped and isinstance(node, ast.ImportFrom) and node.module:
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                inside = {name for name in parts if name.removeprefix("ncverify.") in modules}
                names |= inside or {node.module}
        found[module] = {name.removeprefix("ncverify.") for name in names} & modules.keys()
    return found


def circles(modules):
    """Modules on a circle of imports: those that reach themselves."""
    graph = edges(modules)

    def reached(start):
        seen, waiting = set(), list(graph[start])
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting += graph[module]
        return seen

    return sorted(module for module in graph if module in reached(module))


@pytest.mark.slow
def test_no_module_imports_itself_through_others_not_even_in_a_function():
    assert circles(sources()) == []


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ("def f():\n    from ncverify.slack.b import g", ["slack.a", "slack.b", "slack.c"]),
        ("def f():\n    import ncverify.slack.b", ["slack.a", "slack.b", "slack.c"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ncverify.slack.b import g", []),
    ],
)
def test_a_planted_circle_is_reported(late, expected):
    planted = {"slack.a": late, "slack.b": "from ncverify.slack import c", "slack.c": "from ncverify.slack.a import f"}
    assert circles(planted) == expected


@pytest.mark.slow
def test_no_module_imports_one_that_stands_later():
    assert complain(sources()) == []


@pytest.mark.slow
def test_no_two_packages_import_each_other():
    assert cycles(sources()) == []


def test_every_package_has_its_place():
    names = {module.split(".")[0] for module in sources()}
    assert names == set(LEVEL)


@pytest.mark.parametrize(
    ("module", "code", "complaint"),
    [
        ("numbers.ball", "from ncverify.point import Point", "numbers.ball:1 imports ncverify.point"),
        ("model.loss", "def f():\n    import ncverify.collapse", "model.loss:2 imports ncverify.collapse"),
        ("collapse.simplex", "from ncverify import separation", "collapse.simplex:1 imports ncverify.separation"),
        ("flow.rates", "from ncverify import Point", "flow.rates:1 imports ncverify.Point"),
        (
            "statements.types",
            "from ncverify.falsification import judge",
            "statements.types:1 imports ncverify.falsification",
        ),
        (
            "commands.check",
            "from ncverify.literature import ulpm_2022",
            "commands.check:1 imports ncverify.literature",
        ),
        (
            "falsification.search",
            "import ncverify.ledger.table",
            "falsification.search:1 imports ncverify.ledger.table",
        ),
        ("point", "from .model import loss", "point:1 imports .model"),
        ("pytest_plugin.plugin", "import hypothesis", "pytest_plugin.plugin:1 imports hypothesis"),
        ("testing", "import pytest", "testing:1 imports pytest"),
        ("testing", "import hypothesis", "testing:1 imports hypothesis"),
        ("strategies", "import pytest", "strategies:1 imports pytest"),
        ("metrics.rows", "import hypothesis.strategies", "metrics.rows:1 imports hypothesis.strategies"),
        ("commands.measure", "from training import networks", "commands.measure:1 imports training"),
        ("attic.old", "", "attic.old is in no layer"),
    ],
)
def test_a_planted_violation_is_reported(module, code, complaint):
    assert complain({module: code}) == [complaint]


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("literature.nc1", "from ncverify import Space, Variable, ForAll"),
        ("literature.nc1", "from ncverify.flow.rates import speed\nfrom ncverify.slack import margin_slack"),
        ("falsification.exact", "from ncverify.statements.types import Inequality"),
        ("cli", "from ncverify import __version__\nimport torch"),
        ("point", "from ncverify import model"),
        ("slack.loss", "from ncverify.slack.margin import margin_bound"),
        ("pytest_plugin.plugin", "import pytest"),
        ("strategies", "from hypothesis import strategies as st"),
    ],
)
def test_imports_in_the_right_direction_are_not_reported(module, code):
    assert complain({module: code}) == []


def test_two_packages_that_import_each_other_are_reported():
    planted = {"slack.a": "import ncverify.metrics.rows", "metrics.b": "from ncverify.slack import margin"}
    assert cycles(planted) == [("metrics", "slack")]


HEAVY = ("torch", "cvxpy", "sklearn", "jax", "joblib", "dask", "matplotlib", "hypothesis", "pytest", "array_api_strict")


def loaded_by(code):
    """Heavy libraries that a fresh interpreter has loaded after running some code."""
    report = f"import sys; print(*[name for name in {(*HEAVY, 'flint', 'scipy')} if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{code}\n{report}"],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_importing_ncverify_loads_no_heavy_library():
    assert loaded_by("import ncverify") == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "import ncverify.falsification.exact, ncverify.papers",
        "from ncverify.papers import find; find('ulpm-2022').claims",
        "import ncverify.numbers, ncverify.model, ncverify.collapse, ncverify.slack, ncverify.metrics",
        "import numpy as np, ncverify\np = ncverify.Point(np.eye(2), np.eye(2)); p.loss, p.gradient, p.q_min",
        "import ncverify; ncverify.judge",
        "import ncverify.cli",
    ],
)
def test_exact_judgement_and_arithmetic_load_no_heavy_library(code):
    assert loaded_by(code) & set(HEAVY) == set()


@pytest.mark.slow
def test_the_pytest_plugin_costs_a_run_that_does_not_use_it_nothing():
    loaded = loaded_by("import ncverify.pytest_plugin.plugin")
    assert loaded & {*HEAVY, "flint", "scipy"} == {"pytest"}


def test_judging_a_claim_in_exact_arithmetic_needs_no_torch():
    code = (
        "import ncverify, ncverify.collapse as c\n"
        "claim = ncverify.Inequality('bound', slack=lambda p: p.squared_norm - p.q_min)\n"
        "assert ncverify.judge(claim, c.integer_collapsed_point(2, 1, 1)).holds"
    )
    assert loaded_by(code) & set(HEAVY) == set()


@pytest.mark.slow
def test_a_library_that_is_loaded_is_noticed():
    assert "torch" in loaded_by("import ncverify.falsification.batch")
