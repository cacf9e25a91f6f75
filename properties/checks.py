"""The two tests that every registered statement gets.

`drawn`: whatever the statement computes at points drawn by Hypothesis, on the backend of the run, held against exact
arithmetic (`properties.drawn`). `verdict`: the statement examined (attack, stored witnesses, proofs, controls), and the
verdict held against the one that the paper declares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from ncverify.ledger.drawn import LEAST, drawn_parts
from ncverify.ledger.entry import entry
from ncverify.ledger.examine import examine
from ncverify.ledger.examined import Examined
from ncverify.ledger.ledger import TRUE_AS_PRINTED
from ncverify.papers.claim import Claim
from properties.drawn import DrawnOnce
from properties.evidence import record
from properties.settings import RUN
from properties.strategies import FAMILIES

Check = Callable[..., None]


def checks(claims: Sequence[Claim], *, families: tuple[str, ...] = FAMILIES, paper: str = "") -> tuple[Check, Check]:
    """(test_drawn, test_verdict) for some claims; a test module binds them to names that start with `test_`.

    Args:
        claims: of one paper.
        families: of drawn points.
        paper: its key, for a test module that does not stand in the paper's folder.
    """
    by_claim = pytest.mark.parametrize("claim", claims, ids=[claim.id for claim in claims])
    sampled = [claim for claim in claims if drawn_parts(claim)]
    by_sampled = pytest.mark.parametrize("claim", sampled, ids=[claim.id for claim in sampled])

    draw, examined = DrawnOnce(), Examined()

    @by_sampled
    def test_drawn(claim: Claim) -> None:
        for index, part in drawn_parts(claim):
            assert draw(claim, index, part, families=families, paper=paper) >= LEAST

    @by_claim
    def test_verdict(claim: Claim, as_printed: bool) -> None:
        result = examine(claim, RUN.effort, examined)
        fields = entry(result)
        record("verdict", id=claim.id, entry=fields, paper=paper)
        assert not result.problems(), f"{claim.id}: " + "; ".join(result.problems())
        if as_printed and result.verdict not in TRUE_AS_PRINTED:
            pytest.fail(
                f"{claim.id} is {result.verdict} as printed: {claim.reason}. Counterexample: {fields['counterexample']}"
            )

    return test_drawn, test_verdict
