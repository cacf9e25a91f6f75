"""The suite looks at itself: no test without an assertion, no registered statement without a negative control.

A test asserts where it, or a function of the project that it calls by name, has an `assert`, `pytest.raises`,
`pytest.warns` or `pytest.fail`, or calls one of the asserting functions of NumPy. Names are resolved in the same file
and in the files of the project that it imports from.
"""

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ncverify import Inequality
from ncverify.papers.claim import Claim, Demonstration, Neighbour, Part
from tests.ulpm import claims

ROOT = Path(__file__).parents[1]
FILES = sorted(path for folder in ("tests", "properties") for path in (ROOT / folder).rglob("*.py"))
OF_PYTEST = {"raises", "warns", "fail"}
WITHOUT = {
    "test_what_was_found_once_is_not_found_again": "`fed` raises Violation where a reader breaks a promise",
    "test_the_statement_does_not_need_the_training_package": "the assertion runs in a process of its own, checked",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> dict[str, Function]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}


def imported(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions that a file takes from other files of the project, under the names that it gives them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            path = ROOT / (node.module.replace(".", "/") + ".py")
            found = functions(parsed(path)) if path.is_relative_to(ROOT / "tests") and path.is_file() else {}
            yield from ((a.asname or a.name, found[a.name]) for a in node.names if a.name in found)


def asserts(function: Function, known: dict[str, Function], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function, or one that it calls, can fail a test on purpose."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and _call_asserts(node.func, known, seen | {function.name}):
            return True
    return False


def _call_asserts(called: ast.expr, known: dict[str, Function], seen: frozenset[str]) -> bool:
    if isinstance(called, ast.Attribute):
        owner = called.value.id if isinstance(called.value, ast.Name) else ""
        if owner == "self" and called.attr in known and called.attr not in seen:
            return asserts(known[called.attr], known, seen)
        return (owner == "pytest" and called.attr in OF_PYTEST) or called.attr.startswith("assert_")
    name = called.id if isinstance(called, ast.Name) else ""
    if name in known:
        return name not in seen and asserts(known[name], known, seen)
    return name.startswith("assert_")


def without_assertion(tree: ast.Module) -> list[str]:
    """The tests of a file that assert nothing."""
    known = dict(imported(tree)) | functions(tree)
    tests = [node for node in ast.walk(tree) if isinstance(node, Function) and node.name.startswith("test")]
    return [node.name for node in tests if not asserts(node, known)]


def without_control(claim: Claim) -> bool:
    """Whether nothing false stands next to a claim: no neighbour, no counterexample, no control of a demonstration."""
    parts = (*claim.parts, *(claim.correction.parts if claim.correction else ()))
    by_part = any(part.witness is not None or isinstance(part.statement, Demonstration) for part in parts)
    return not (by_part or claim.neighbours)


@pytest.mark.slow
def test_every_test_asserts_something():
    found = {f"{path.relative_to(ROOT)}: {name}" for path in FILES for name in without_assertion(parsed(path))}
    assert {entry for entry in found if entry.split(": ")[1] not in WITHOUT} == set()
    assert {entry.split(": ")[1] for entry in found} == set(WITHOUT), "an exception that is none"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def test_a():\n    compute()", ["test_a"]),
        ("def helper():\n    compute()\ndef test_a():\n    helper()", ["test_a"]),
        ("def test_a():\n    test_a()", ["test_a"]),
        ("class TestA:\n    def test_a(self):\n        record.fail()", ["test_a"]),
        ("def helper():\n    assert 1\ndef test_a():\n    helper()", []),
        ("from tests.landscape.oracle import nothing\ndef test_a():\n    nothing()", ["test_a"]),
        ("def test_a():\n    with pytest.raises(ValueError):\n        compute()", []),
        ("class TestA:\n    def same(self):\n        assert 1\n    def test_a(self):\n        self.same()", []),
        ("class TestA:\n    def same(self):\n        one()\n    def test_a(self):\n        self.same()", ["test_a"]),
        ("def test_a():\n    np.testing.assert_allclose(1, 1)", []),
        ("def assert_nothing():\n    compute()\ndef test_a():\n    assert_nothing()", ["test_a"]),
    ],
)
def test_a_test_without_an_assertion_is_found(text: str, found: list[str]):
    assert without_assertion(ast.parse(text)) == found


def test_every_registered_statement_has_a_negative_control():
    assert [id_ for id_, claim in claims().items() if without_control(claim)] == []


def test_a_statement_without_a_negative_control_is_found():
    bare = Claim("nc1", "x", "holds", "why", parts=(Part(Inequality("squares", slack=lambda p: p.squared_norm)),))
    assert without_control(bare)
    assert not without_control(replace(bare, neighbours=(Neighbour(bare.parts[0].statement),)))
