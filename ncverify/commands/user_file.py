"""Statements of a user's Python file."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from ncverify.commands.text import CommandError, one_line
from ncverify.domain import Domain, Range
from ncverify.papers.paper import Paper
from ncverify.space import Space
from ncverify.statements._described import raised_at
from ncverify.statements.types import STATEMENT_TYPES, Statement


@dataclass(frozen=True)
class UserStatement:
    """A statement with the name of the variable that holds it, and the points over which it is claimed."""

    variable: str
    statement: Statement
    domain: Domain | Space


def read_statements(path: str, ranges: dict[str, Range] | None = None) -> list[UserStatement]:
    """The statements that a Python file has at module level, in its order.

    Lists, tuples and dictionaries of statements count too; names that begin with an underscore do not. A `DOMAIN` or a
    `SPACE` at module level, one for all or a dictionary by variable or statement name, says over which points.

    Args:
        path: the file. It is executed: it has to be trusted as any program.
        ranges: K, n, d from the command line, which override the file's.

    Raises:
        CommandError: the file cannot be read or run, has no statement, two with one name, or a DOMAIN or SPACE of
            another type or for a name that no statement has.
    """
    module = _run(path)
    labelled: list[tuple[str, Statement]] = []
    for name, value in vars(module).items():
        if not name.startswith("_"):
            labelled += [
                (label, s) for label, s in _statements(name, value) if all(s is not known for _, known in labelled)
            ]
    if not labelled:
        kinds = ", ".join(kind.__name__ for kind in STATEMENT_TYPES)
        raise CommandError(f"{one_line(path)}: no statement at module level; expected one of {kinds}")
    names = [statement.name for _, statement in labelled]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise CommandError(f"{one_line(path)}: two statements are named {one_line(double)!r}; a name stands for one")
    given = {name: getattr(module, name, None) for name in ("DOMAIN", "SPACE")}
    known = {name for label, s in labelled for name in (label, s.name)}
    for name, value in given.items():
        _check_keys(path, name, value, known)
    return [UserStatement(label, s, _domain(path, given, (label, s.name), ranges or {})) for label, s in labelled]


def paper_of(path: str) -> Paper | None:
    """The PAPER of a Python file, which is executed; None where it has none."""
    paper = getattr(_run(path), "PAPER", None)
    return paper if isinstance(paper, Paper) else None


def _check_keys(path: str, name: str, value: object, known: set[str]) -> None:
    if not isinstance(value, dict):
        return
    for key in value:
        if key not in known:
            near = difflib.get_close_matches(str(key), sorted(known), 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(map(repr, sorted(known)))}"
            raise CommandError(f"{one_line(path)}: {name}: no statement {one_line(key)!r}{one_line(hint)}")


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


def _statements(name: str, value: object) -> list[tuple[str, Statement]]:
    if isinstance(value, STATEMENT_TYPES):
        return [(name, value)]
    if isinstance(value, dict):
        return [pair for key, entry in value.items() for pair in _statements(f"{name}[{key!r}]", entry)]
    if isinstance(value, list | tuple):
        return [pair for i, entry in enumerate(value) for pair in _statements(f"{name}[{i}]", entry)]
    return []


def _domain(path: str, given: dict[str, Any], names: tuple[str, str], ranges: dict[str, Range]) -> Domain | Space:
    chosen = []
    for kind, value in given.items():
        value = next((value[name] for name in names if name in value), None) if isinstance(value, dict) else value
        if value is None:
            continue
        if not isinstance(value, Domain | Space):
            raise CommandError(
                f"{one_line(path)}: {kind}: expected a Domain, a Space or a dictionary of them by name, "
                f"got {type(value).__name__}"
            )
        chosen.append((kind, value))
    if len(chosen) > 1:
        # a SPACE or DOMAIN for all gives way to an entry of a dictionary; two of one rank contradict each other
        chosen = [(kind, value) for kind, value in chosen if isinstance(given[kind], dict)]
        if len(chosen) != 1:
            raise CommandError(f"{one_line(path)}: {one_line(names[0])}: both DOMAIN and SPACE are given for it")
    over = chosen[0][1] if chosen else Domain()
    if isinstance(over, Space):
        if ranges:
            raise CommandError(f"--{next(iter(ranges))}: {one_line(names[0])} has a SPACE: its sizes stand in the file")
        return over
    try:
        return replace(over, **ranges)  # type: ignore[arg-type]
    except ValueError as error:
        raise CommandError(f"{one_line(path)}: {one_line(names[0])}: {one_line(error)}") from error
