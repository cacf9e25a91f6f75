"""Comparison of ledgers: where backends, dtypes or versions disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """A statement that the ledgers do not agree on.

    Args:
        id: of the statement.
        what: "verdict", "corrected_verdict", or "part" with its name.
        values: what each ledger says, in the order of the ledgers.
    """

    id: str
    what: str
    values: tuple[str, ...]


def compare(ledgers: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Every verdict, corrected verdict and outcome of a part that is not the same in all ledgers.

    A statement that one ledger does not have is a difference; so is one that was not examined in one run.

    Raises:
        ValueError: fewer than two ledgers.

    Example:
        >>> first, second = ({"statements": [{"id": "a", "verdict": verdict}]} for verdict in ("holds", "false"))
        >>> compare([first, second])
        [Difference(id='a', what='verdict', values=('holds', 'false'))]
    """
    if len(ledgers) < 2:
        raise ValueError(f"ledgers: expected at least two to compare, got {len(ledgers)}")
    by_id = [{str(e["id"]): e for e in ledger["statements"]} for ledger in ledgers]
    ids = dict.fromkeys(id_ for entries in by_id for id_ in entries)
    return [difference for id_ in ids for difference in _of_statement(id_, [entries.get(id_) for entries in by_id])]


def _of_statement(id_: str, entries: Sequence[Mapping[str, Any] | None]) -> list[Difference]:
    differences = [_difference(id_, name, entries, _field(name)) for name in ("verdict", "corrected_verdict")]
    if all(entry and entry.get("parts") for entry in entries):
        keys = dict.fromkeys(key for entry in entries if entry for key in _outcomes(entry))
        differences += [_difference(id_, f"part {name!r}", entries, _outcome((name, count))) for name, count in keys]
    return [difference for difference in differences if difference is not None]


def _difference(
    id_: str, what: str, entries: Sequence[Mapping[str, Any] | None], read: Callable[[Mapping[str, Any]], str]
) -> Difference | None:
    values = tuple("absent" if entry is None else read(entry) for entry in entries)
    return Difference(id_, what, values) if len(set(values)) > 1 else None


def _field(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda entry: str(entry.get(name) or "none")


def _outcome(key: tuple[str, int]) -> Callable[[Mapping[str, Any]], str]:
    return lambda entry: _outcomes(entry).get(key, "absent")


def _outcomes(entry: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    """The outcome of each part by its name and, where parts share a name, which of them it is."""
    words = {True: "holds", False: "fails"}
    outcomes: dict[tuple[str, int], str] = {}
    for part in entry.get("parts") or []:
        name = str(part.get("name"))
        count = sum(known == name for known, _ in outcomes)
        holds = part.get("holds")
        outcomes[name, count] = words[holds] if isinstance(holds, bool) else "not decided"
    return outcomes


def label(ledger: Mapping[str, Any]) -> str:
    """A ledger in a few words: version, backend, device, dtype, profile and seed.

    Example:
        >>> label({"version": "0.1.0", "backend": "torch", "device": "cpu", "dtype": "float64", "seed": 0})
        '0.1.0 torch cpu float64 seed 0'
    """
    words = [str(ledger[name]) for name in ("version", "backend", "device", "dtype", "profile") if ledger.get(name)]
    return " ".join([*words, f"seed {ledger['seed']}"] if "seed" in ledger else words)
