"""What the float constants of a formula mean: read from its source where they are written, in doubt where computed.

Python computes `1 - 0.9 - 0.1` before any arithmetic of ours sees it. Written constants and constant expressions have
an exact value, read from the source. A float that was computed in any other way is known only up to a stated doubt.
"""

from __future__ import annotations

import ast
import dis
import linecache
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import lru_cache
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

_EXACT: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FLOAT_MODULES = ("math", "np", "numpy", "cmath", "scipy", "torch")
_PLAIN_FUNCTIONS = ("array", "asarray", "eye", "ones", "zeros", "arange", "full", "where", "sum", "max", "min", "abs")
_WHOLE_FUNCTIONS = ("comb", "factorial", "gcd", "isqrt", "lcm", "perm")  # of math: whole numbers in and out
_LARGEST_POWER = 4096
_STATEMENTS = ("ncverify.statements", "ncverify.literature")


@dataclass(frozen=True)
class Constants:
    """The constants of a formula's source.

    Attributes:
        meanings: from each float that a written constant or constant expression comes to, to its exact values.
        computes: whether the source calls functions of floats, such as math.exp.
    """

    meanings: dict[float, frozenset[Fraction]]
    computes: bool


@lru_cache(maxsize=64)
def constants_of(statement: Any) -> Constants:
    """The constants in the files of a statement's functions and of the functions that they use."""
    functions = [value for f in fields(statement) if callable(value := getattr(statement, f.name))]
    codes = [f.__code__ for f in _reachable((*functions, *statement.given))]
    meanings: dict[float, set[Fraction]] = {}
    for name in sorted({code.co_filename for code in codes}):
        for value, exact in _meanings(name).items():
            meanings.setdefault(value, set()).update(exact)
    nodes = [_nodes(code.co_filename, code.co_firstlineno, _last_line(code)) for code in codes]
    computes = any(not written or any(map(_computes, written)) for written in nodes)
    return Constants({value: frozenset(exact) for value, exact in meanings.items()}, computes)


def rests_on_rounding(function: Callable[..., Any]) -> bool:
    """Whether Python's own truths in a function may be rounded.

    It divides, takes powers or has float constants, or it uses a value that was computed elsewhere and may be rounded:
    anything but whole numbers, fractions, texts, modules and functions that can be read.
    """
    used = _reachable((function,))
    sources = [list(_within(f.__code__)) for f in used] or [[]]
    if any(not nodes or any(_computes(node) or _divides(node) for node in nodes) for nodes in sources):
        return True
    return not all(_is_exact(value) for f in used for value in _values(f))


def _values(f: FunctionType) -> Iterator[Any]:
    """What a function closes over, names in its module, or has as a default."""
    yield from (cell.cell_contents for cell in f.__closure__ or () if _is_filled(cell))
    yield from (f.__globals__[name] for name in _globals(f.__code__) if name in f.__globals__)
    yield from (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values())


def _globals(code: Any) -> Iterator[str]:
    yield from (i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            yield from _globals(constant)


def _is_exact(value: Any) -> bool:
    if isinstance(value, tuple | list | set | frozenset):
        return all(map(_is_exact, value))
    if isinstance(value, FunctionType):  # its own source is read, or it is ncverify's
        return not _is_library(value) or (value.__module__ or "").startswith("ncverify")
    if isinstance(value, BuiltinFunctionType):
        return value.__name__ in _WHOLE_FUNCTIONS
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole or value is None or value is Fraction or isinstance(value, Fraction | str | ModuleType)


def _within(code: Any) -> Iterator[ast.AST]:
    """What is written where a function's instructions come from, and not beside it on the same lines."""
    places = [place for place in _positions(code) if None not in place]
    if not places:
        return
    first, last = min((a, c) for a, _, c, _ in places), max((b, d) for _, b, _, d in places)
    for node in _nodes(code.co_filename, first[0], last[0]):
        start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        if start >= first and end <= last:
            yield node


def _positions(code: Any) -> Iterator[Any]:
    """(line, end line, column, end column) of every instruction, those of inner functions included."""
    yield from (place for place in list(code.co_positions())[1:] if place[3])  # the first one is the line of the def
    for constant in code.co_consts:
        if hasattr(constant, "co_positions"):
            yield from _positions(constant)


def _reachable(functions: Any) -> list[FunctionType]:
    """The functions and those that they close over or name, all but ncverify's own machinery."""
    seen: dict[int, FunctionType] = {}
    waiting = list(functions)
    while waiting:
        f = waiting.pop()
        f = getattr(f, "__func__", getattr(f, "func", f))  # methods and partial functions
        if not isinstance(f, FunctionType) or id(f) in seen or _is_library(f):
            continue
        seen[id(f)] = f
        cells = [cell.cell_contents for cell in f.__closure__ or () if _is_filled(cell)]
        named = [f.__globals__.get(name) for name in _names(f.__code__)]
        waiting.extend(v for v in (*cells, *named, *(f.__defaults__ or ())) if callable(v))
    return list(seen.values())


def _is_library(f: FunctionType) -> bool:
    module = f.__module__ or ""
    root = module.partition(".")[0]
    if root == "ncverify":
        return not module.startswith(_STATEMENTS)
    return root in sys.stdlib_module_names or "site-packages" in f.__code__.co_filename


def _is_filled(cell: Any) -> bool:
    try:
        return bool(cell.cell_contents is not cell)
    except ValueError:
        return False


def _names(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            yield from _names(constant)


def _value(node: ast.AST) -> Fraction | None:
    """The exact value of a constant expression, None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        try:
            return Fraction(repr(node.value)) if isinstance(node.value, float) else Fraction(node.value)
        except ValueError:
            return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        operand = _value(node.operand)
        return operand if operand is None or isinstance(node.op, ast.UAdd) else -operand
    if isinstance(node, ast.BinOp):
        return _combined(node)
    return None


def _combined(node: ast.BinOp) -> Fraction | None:
    left, right = _value(node.left), _value(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Pow):
        whole = right.denominator == 1 and abs(right) <= _LARGEST_POWER and (left != 0 or right > 0)
        return left ** int(right) if whole else None
    if type(node.op) not in _EXACT or (isinstance(node.op, ast.Div) and right == 0):
        return None
    exact: Fraction = _EXACT[type(node.op)](left, right)
    return exact


def _written(tree: ast.AST) -> Iterator[tuple[float, Fraction]]:
    """Every constant expression that Python makes a float of, with its exact value."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant | ast.UnaryOp | ast.BinOp):
            continue
        exact = _value(node)
        if exact is None:
            continue
        try:
            value = eval(compile(ast.Expression(node), "<constant>", "eval"))
        except (ArithmeticError, ValueError):
            continue
        if isinstance(value, float):
            yield value, exact
            yield -value, -exact


@lru_cache(maxsize=256)
def _tree(name: str) -> ast.AST:
    try:
        return ast.parse("".join(linecache.getlines(name)))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


@lru_cache(maxsize=256)
def _meanings(name: str) -> dict[float, set[Fraction]]:
    meanings: dict[float, set[Fraction]] = {}
    for value, exact in _written(_tree(name)):
        meanings.setdefault(value, set()).add(exact)
    return meanings


@lru_cache(maxsize=1024)
def _nodes(name: str, first: int, last: int) -> list[ast.AST]:
    """What is written between two lines of a file; nothing where Python does not find the source."""
    return [node for node in ast.walk(_tree(name)) if first <= getattr(node, "lineno", 0) <= last]


def _last_line(code: Any) -> int:
    nested = [_last_line(c) for c in code.co_consts if hasattr(c, "co_lines")]
    lines: list[int] = [code.co_firstlineno, *nested, *(line or 0 for _, _, line in code.co_lines())]
    return max(lines)


def _divides(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(getattr(node, "op", None), ast.Div | ast.Pow)


def _computes(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module in _FLOAT_MODULES
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    return node.value.id in _FLOAT_MODULES and node.attr not in _PLAIN_FUNCTIONS
