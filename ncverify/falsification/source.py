"""The source behind a statement: its functions, the constants and helper functions that they use, and theirs.

A hash of it ties a witness to what was refuted: when any of it changes, the witness is no longer one for the statement.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

_PLAIN = (int, float, complex, str, bytes, bool, Fraction, type(None))
_DEEP = 12  # functions behind functions
_MACHINE = str(Path(__file__).resolve().parents[1])
_LITERATURE = str(Path(_MACHINE) / "literature")


def source_hash(statement: Any) -> str:
    """SHA-256 of a statement's kind, name and whole source.

    Example:
        >>> from ncverify import Inequality
        >>> def bound(c):
        ...     return Inequality("bound", slack=lambda p: c - p.q_min)
        >>> source_hash(bound(1)) == source_hash(bound(1)), source_hash(bound(1)) == source_hash(bound(2))
        (True, False)
    """
    return hashlib.sha256(source_text(statement).encode()).hexdigest()


def source_text(statement: Any) -> str:
    """Everything that decides what a statement says, as text: the same whenever the source is the same."""
    return "\n".join(_described(statement, set(), 0))


def _described(value: Any, seen: set[int], depth: int) -> Iterator[str]:
    """Lines that stand for a value: numbers by their value, functions by code and what the code refers to."""
    if isinstance(value, _PLAIN):
        yield f"{type(value).__name__} {value!r}"
    elif isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        yield f"{type(value).__name__} of {len(items)}"
        for item in items:
            yield from _described(item, seen, depth)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield f"key {key!r}"
            yield from _described(entry, seen, depth)
    elif isinstance(value, ModuleType | type):
        yield f"{type(value).__name__} {value.__module__ if isinstance(value, type) else ''}.{value.__name__}"
    elif id(value) in seen or depth > _DEEP:
        yield f"again {getattr(value, '__qualname__', type(value).__name__)}"
    else:
        seen.add(id(value))
        yield from _compound(value, seen, depth + 1)


def _compound(value: Any, seen: set[int], depth: int) -> Iterator[str]:
    if isinstance(value, FunctionType):
        yield from _function(value, seen, depth)
    elif is_dataclass(value) and not isinstance(value, type):
        yield f"{type(value).__name__}"
        for field in fields(value):
            yield field.name
            yield from _described(getattr(value, field.name), seen, depth)
    elif hasattr(value, "func") and hasattr(value, "keywords"):  # functools.partial
        yield "partial"
        yield from _described((value.func, value.args, value.keywords), seen, depth)
    elif inspect.ismethod(value):
        yield from _described((value.__func__, value.__self__), seen, depth)
    elif callable(value) and hasattr(value, "__wrapped__"):
        yield from _described(value.__wrapped__, seen, depth)
    elif hasattr(value, "tolist"):
        yield f"{type(value).__name__} {value.tolist()!r}"
    else:
        yield f"{type(value).__module__}.{getattr(value, '__qualname__', type(value).__qualname__)}"
        if not isinstance(value, type) and hasattr(value, "__dict__"):
            yield from _described(vars(value), seen, depth)


def _function(function: FunctionType, seen: set[int], depth: int) -> Iterator[str]:
    if _is_foreign(function):
        yield f"function {function.__module__}.{function.__qualname__}"
        return
    yield from _code(function.__code__)
    yield from _described((function.__defaults__, function.__kwdefaults__), seen, depth)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield f"free {name}"
        try:
            yield from _described(cell.cell_contents, seen, depth)
        except ValueError:
            yield "empty"
    for name in sorted(_names(function.__code__)):
        if name in function.__globals__:
            yield f"global {name}"
            yield from _described(function.__globals__[name], seen, depth)


def _is_foreign(function: FunctionType) -> bool:
    """Functions of ncverify's machine and of other libraries stand for themselves; their version is in the ledger."""
    file = function.__code__.co_filename
    own = file.startswith(_MACHINE) and not file.startswith(_LITERATURE)
    return own or "site-packages" in file or "dist-packages" in file or file.startswith("<frozen")


def _names(code: CodeType) -> set[str]:
    nested = [_names(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*nested)


def _code(code: CodeType) -> Iterator[str]:
    """A function's own source without comments and line breaks; its instructions where there is none."""
    node = _node(code)
    if node is not None:
        yield ast.unparse(node)
        return
    yield f"code {code.co_argcount} {code.co_varnames} {code.co_names} {code.co_code.hex()}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(constant)


def _node(code: CodeType) -> ast.AST | None:
    """The whole function or lambda in the syntax tree of its file; None where the file is not at hand."""
    name, place = code.co_name, [p for p in code.co_positions() if p[0] is not None and p[2] is not None]
    lambdas: list[ast.Lambda] = []
    for node in _functions("".join(linecache.getlines(code.co_filename))):
        if isinstance(node, ast.Lambda):
            inside = name == "<lambda>" and node.lineno <= code.co_firstlineno <= (node.end_lineno or 0)
            if inside and all(_within(node.body, p) for p in place if p[1] != p[0] or p[2] != p[3]):
                lambdas.append(node)
        elif name == node.name and code.co_firstlineno in (node.lineno, *(d.lineno for d in node.decorator_list)):
            return cast(ast.AST, node)
    return min(lambdas, key=lambda node: len(ast.unparse(node)), default=None)


def _within(body: ast.expr, place: tuple[int | None, ...]) -> bool:
    line, end_line, start, end = (n or 0 for n in place)
    if line == body.lineno and start < body.col_offset:
        return False
    return body.lineno <= line <= end_line <= (body.end_lineno or 0) and not (
        end_line == body.end_lineno and end > (body.end_col_offset or 0)
    )


@lru_cache(maxsize=64)
def _functions(text: str) -> tuple[Any, ...]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    return tuple(n for n in ast.walk(tree) if isinstance(n, ast.Lambda | ast.FunctionDef))
