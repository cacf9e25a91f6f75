"""Parts that several claims share: each is examined once in a run, and the result stands in all of these claims."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ncverify.domain import Domain
from ncverify.falsification.polynomial import IdentityTest, prove_identity
from ncverify.ledger.examine import Effort, examine_part
from ncverify.ledger.results import PartResult
from ncverify.papers.claim import Part
from ncverify.space import Space
from ncverify.statements.types import Identity


def same(part: Part) -> tuple[Any, ...]:
    """Equal for parts whose examination is the same: statement, domain, witness and proof are the same objects.

    Objects, not values: two functions that read alike may differ. It means something while the part is alive.
    """
    objects = (part.statement, part.domain, part.witness, part.shapes, *_pieces(part))
    return (*map(id, objects), part.argument, part.beyond)


def _pieces(part: Part) -> list[Any]:
    """The identities of a proof and the spaces of those that have their own, which may stand in fresh pairs."""
    return [piece for proof in part.proof for piece in (proof if isinstance(proof, tuple) else (proof, None))]


class Examined:
    """Gives the result of a part, from its examination now or, where it was the same one, before."""

    def __init__(self) -> None:
        self._parts: dict[Any, tuple[Part, PartResult]] = {}
        self._tests: dict[Any, tuple[Any, IdentityTest]] = {}

    def __call__(self, part: Part, effort: Effort) -> PartResult:
        """The result of a part at an effort.

        Args:
            part: of any claim.
            effort: how hard.
        """
        key = same(part), effort
        if key not in self._parts:
            self._parts[key] = part, examine_part(part, effort, self._tested)
        return replace(self._parts[key][1])

    def _tested(self, identity: Identity, over: Domain | Space, *, seed: int) -> IdentityTest:
        """An identity of several proofs over one space is tested once."""
        key = id(identity), id(over), seed
        if key not in self._tests:
            self._tests[key] = (identity, over), prove_identity(identity, over, seed=seed)
        return self._tests[key][1]
