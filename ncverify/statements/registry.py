"""All statements of the paper, in its order: one module of this package per numbered statement or display group."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ncverify.statements.claim import Claim

_NOT_CLAIMS = {"types", "reading", "claim", "registry"}


@dataclass(frozen=True)
class CatalogueEntry:
    """Where a statement stands in the paper, and of what kind it is."""

    id: str
    where: str
    kind: str
    says: str


@cache
def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every id of the ledger, in the paper's order."""
    text = resources.files("ncverify.statements").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return parsed(text)


def parsed(text: str) -> tuple[CatalogueEntry, ...]:
    r"""The entries of a catalogue in TOML.

    Raises:
        ValueError: no TOML, or not a list of statements of which each has an id, a place, a kind and what it says.

    Example:
        >>> parsed('[[statement]]\nid = "a"\nwhere = "b"\nkind = "claim"\nsays = "c"')[0].id
        'a'
    """
    try:
        entries = tuple(CatalogueEntry(**entry) for entry in tomllib.loads(text)["statement"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"expected a catalogue of statements in TOML: {error}") from error
    if not all(isinstance(value, str) for entry in entries for value in vars(entry).values()):
        raise ValueError("expected texts in every entry of the catalogue")
    return entries


@cache
def claims() -> dict[str, Claim]:
    """The registered claims by id, in the paper's order; ids that nobody examines yet are `open`.

    Raises:
        ValueError: a claim is registered twice or under an unknown id.
    """
    import ncverify.statements as package

    found: dict[str, Claim] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        if module in _NOT_CLAIMS or module.startswith("_"):
            continue
        for claim in importlib.import_module(f"ncverify.statements.{module}").CLAIMS:
            if claim.id in found:
                raise ValueError(f"{claim.id}: registered twice, the second time in {module}.py")
            found[claim.id] = claim
    known = [entry.id for entry in catalogue()]
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such id in catalogue.toml")
    return {id_: found.get(id_) or _open(id_) for id_ in known}


def _open(id_: str) -> Claim:
    entry = next(e for e in catalogue() if e.id == id_)
    return Claim(id=id_, printed=r"\text{" + entry.says + "}", verdict="open", reason="not yet examined")
