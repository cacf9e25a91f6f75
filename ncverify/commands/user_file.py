"""Statements of a user's Python file."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from ncverify.commands.text import CommandError, one_line
from ncverify.domain import Domain, Range
from ncverify.statements._described import raised_at
from ncverify.statements.types import STATEMENT_TYPES, Statement


@dataclass(frozen=True)
class UserStatement:
    """A statement with the name of the variable that holds it, and the shapes over which it is claimed."""

    variable: str
    statement: Statement
    domain: Domain


def read_statements(path: str, ranges: dict[str, Range] | None = None) -> list[UserStatement]:
    """The statements that a Python file has at module level, in its order.

    Lists, tuples and dictionaries of statements count too; names that begin with an underscore do not. A `DOMAIN` at
    module level, one for all or a dictionary by variable or statement name, says over which shapes.

    Args:
        path: the file. It is executed: it has to be trusted as any program.
        ranges: K, n, d from the command line, which override the file's.

    Raises:
        CommandError: the file cannot be read or run, has no statement, two of one name, or a DOMAIN that is none.
    """
    module = _run(path)
    found: list[tuple[str, Statement]] = []
    for name, value in vars(module).items():
        if not name.startswith("_"):
            found += [(label, s) for label, s in _statements(name, value) if all(s is not known for _, known in found)]
    if not found:
        kinds = ", ".join(kind.__name__ for kind in STATEMENT_TYPES)
        raise CommandError(f"{one_line(path)}: no statement at module level; expected one of {kinds}")
    names = [statement.name for _, statement in found]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise CommandError(f"{one_line(path)}: two statements are named {one_line(double)!r}; a name stands for one")
    domain = getattr(module, "DOMAIN", None)
    return [UserStatement(label, s, _domain(path, domain, (label, s.name), ranges or {})) for label, s in found]


def _run(path: str) -> ModuleType:
    file = Path(path)
    if not file.is_file():
        raise CommandError(f"{one_line(path)}: no such file")
    spec = importlib.util.spec_from_file_location(f"ncverify_user_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise CommandError(f"{one_line(path)}: expected a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    folder = str(file.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        where = "" if error.lineno is None else f", line {error.lineno}"
        raise CommandError(f"{one_line(path)}{where}: {one_line(error.msg)}") from error
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {error}{raised_at(error)}"
        raise CommandError(f"{one_line(path)}: cannot be run: {one_line(text)}") from error
    finally:
        sys.path.remove(folder)
    return module


def _statements(name: str, value: Any) -> list[tuple[str, Statement]]:
    if isinstance(value, STATEMENT_TYPES):
        return [(name, value)]
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _statements(f"{name}[{key!r}]", one)]
    if isinstance(value, list | tuple):
        return [pair for i, one in enumerate(value) for pair in _statements(f"{name}[{i}]", one)]
    return []


def _domain(path: str, given: Any, names: tuple[str, str], ranges: dict[str, Range]) -> Domain:
    if isinstance(given, dict):
        given = next((given[name] for name in names if name in given), None)
    if given is not None and not isinstance(given, Domain):
        raise CommandError(
            f"{one_line(path)}: DOMAIN: expected a Domain or a dictionary of them by name, got {type(given).__name__}"
        )
    try:
        return replace(given or Domain(), **ranges)  # type: ignore[arg-type]
    except ValueError as error:
        raise CommandError(f"{one_line(path)}: {one_line(names[0])}: {one_line(error)}") from error
