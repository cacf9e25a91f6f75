"""A part as plain data for the ledger: its kind, role, shapes, hypotheses, and a hash of its source."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable
from typing import Any

from ncverify.domain import Domain
from ncverify.falsification.source import source_hash
from ncverify.papers.claim import Claim, Demonstration, Part
from ncverify.space import Space


def part_facts(part: Part, role: str) -> dict[str, Any]:
    """Kind, role, whether it speaks against the claim, shapes in words, hypotheses, and the SHA-256 of its source.

    Args:
        part: of a claim or of its correction.
        role: conclusion, step or form; "correction" for a part of the correction.
    """
    demonstrated = isinstance(part.statement, Demonstration)
    given = () if isinstance(part.statement, Demonstration) else part.statement.given
    return {
        "kind": type(part.statement).__name__,
        "role": role,
        "refutes": part.refutes,
        "over": "" if demonstrated else over(part.domain),
        "hypotheses": [hypothesis(function) for function in given],
        "source_sha256": source_hash(part.statement),
    }


def over(domain: Domain | Space) -> str:
    """The points that a part is claimed over, in words.

    Example:
        >>> from ncverify import Variable
        >>> over(Space({"K": (2, 3)}, variables={"b": Variable("K"), "lam": Variable(positive=True)}))
        "K 2 to 3; b: Variable('K'), lam: Variable(positive=True)"
    """
    if isinstance(domain, Domain):
        return shapes(domain)
    words = [
        f"{name} {low}" if low == high else f"{name} {low} to {high}" for name, (low, high) in domain.ranges.items()
    ]
    if domain.classes is not None:
        low, high = domain.class_range
        words.append(f"class sizes {low} to {high}")
    variables = ", ".join(f"{name}: {variable!r}" for name, variable in domain.variables.items())
    return "; ".join(filter(None, [", ".join(words), variables]))


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


def source_module(claim: Claim) -> str:
    """The dotted name of the module whose functions the claim's parts are made of; "" where none is known."""
    for part in claim.parts:
        for value in vars(part.statement).values():
            code = getattr(inspect.unwrap(value), "__module__", "") if callable(value) else ""
            if code and not code.startswith(("ncverify.papers", "ncverify.statements", "functools", "builtins")):
                return str(code)
    return ""
