"""What the registry knows about a statement and the ledger does not: source file, parts, shapes, hypotheses."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ncverify.domain import Domain
from ncverify.statements.claim import Claim, Demonstration, Part
from ncverify.statements.registry import claims


@dataclass(frozen=True)
class PartFacts:
    """A part of a claim as the registry has it.

    Attributes:
        kind: Inequality, Identity, ..., or Demonstration.
        role: conclusion, step or form; "correction" for a part of the correction.
        refutes: whether the claim fails where this part holds.
        shapes: over which it is examined; "" for a demonstration.
        hypotheses: under which, one text for each.
    """

    kind: str
    role: str
    refutes: bool
    shapes: str
    hypotheses: tuple[str, ...]


def part_facts(id_: str, names: list[str]) -> list[PartFacts | None]:
    """For the named parts of a statement, in the order of the ledger: the claim's, then the correction's.

    None for a part that the registry, of another version than the ledger, does not have at that place.
    """
    claim = claims().get(id_)
    known: list[tuple[Part, str] | None] = []
    if claim is not None:
        known += [(part, part.role) for part in claim.parts]
        known += [(part, "correction") for part in _correction(claim)]
    known += [None] * (len(names) - len(known))
    pairs = zip(known, names, strict=False)
    return [_facts(*pair) if pair and pair[0].statement.name == name else None for pair, name in pairs]


def _correction(claim: Claim) -> tuple[Part, ...]:
    return claim.correction.parts if claim.correction else ()


def _facts(part: Part, role: str) -> PartFacts:
    if isinstance(part.statement, Demonstration):
        return PartFacts("Demonstration", role, part.refutes, "", ())
    hypotheses = tuple(hypothesis(function) for function in part.statement.given)
    return PartFacts(type(part.statement).__name__, role, part.refutes, shapes(part.domain), hypotheses)


def shapes(domain: Domain) -> str:
    """The shapes of a domain in words.

    Example:
        >>> shapes(Domain(K=(2, 4), n=1, d=(1, 3), where=lambda K, n, d: d >= K - 1))
        'K 2 to 4, n 1, d 1 to 3; 6 shapes (K, n, d)'
    """
    return domain.in_words()


def hypothesis(function: Callable[..., Any]) -> str:
    """A hypothesis in words: the first line of the function's docstring, or the source of the lambda.

    Example:
        >>> def separates(p):
        ...     "Every margin is positive."
        >>> hypothesis(separates)
        'Every margin is positive.'
    """
    doc = inspect.getdoc(function)
    if doc:
        return doc.splitlines()[0]
    name = getattr(function, "__name__", type(function).__name__)
    return (_lambda_source(function) or "not named") if name == "<lambda>" else name.strip("_").replace("_", " ")


def _lambda_source(function: Callable[..., Any]) -> str:
    code = function.__code__
    spans = [
        (line, start, stop)
        for line, last, start, stop in code.co_positions()
        if line is not None and line == last and start is not None and stop is not None and stop > start
    ]
    if not spans or len({line for line, _, _ in spans}) != 1:
        return ""
    text = linecache.getline(code.co_filename, spans[0][0])
    source = text.encode()[min(s for _, s, _ in spans) : max(s for _, _, s in spans)].decode().strip()
    return source if any(sign in source for sign in "<>=") else f"{source} > 0"


@cache
def source_modules() -> dict[str, str]:
    """For each registered statement the dotted name of the module that registers it."""
    import importlib
    import pkgutil

    import ncverify.statements as package

    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(package.__path__, "ncverify.statements."):
        for claim in getattr(importlib.import_module(module.name), "CLAIMS", ()):
            found.setdefault(claim.id, module.name)
    return found
