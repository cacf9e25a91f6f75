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
    {"domain", "calculus"},
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
