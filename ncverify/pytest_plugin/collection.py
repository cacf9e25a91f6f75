"""The statements of a paper as tests: one for each part and each false neighbour, and one for the verdict."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ncverify.errors import BackendUnavailableError, StatementError
from ncverify.ledger.checking import (
    as_printed_account,
    claim_account,
    effort_of,
    neighbour_fault,
    one_thread,
    part_account,
    with_roles,
)
from ncverify.ledger.drawn import drawn_parts
from ncverify.ledger.entry import entry
from ncverify.ledger.examine import Effort, examine_part
from ncverify.ledger.ledger import TRUE_AS_PRINTED
from ncverify.ledger.results import ClaimResult, PartResult
from ncverify.ledger.sampled import sampled_fault
from ncverify.numbers import backend_namespace
from ncverify.papers import Claim, Neighbour, Paper, Part
from ncverify.papers.discovery import module_of
from ncverify.pytest_plugin.evidence import KEY, evidence_of

_EXAMINED = pytest.StashKey[dict[tuple[str, str, int], tuple[PartResult, float]]]()


class Disagreement(AssertionError):  # noqa: N818 - as in `CommandError`: no fault of a program
    """Raised when the verdict found is not the declared one; the message is all that a reader needs."""


class PaperFile(pytest.File):
    """A file with a PAPER; a variable of that name that holds something else is ignored."""

    def collect(self) -> Iterator[pytest.Collector]:
        """A node for each claim."""
        paper = getattr(module_of(self.path), "PAPER", None)
        if isinstance(paper, Paper):
            evidence_of(self.config).papers[str(self.path)] = paper
            for claim in paper.claims:
                yield ClaimNode.from_parent(self, name=claim.id, claim=claim)


class ClaimNode(pytest.Collector):
    """The tests of one claim."""

    def __init__(self, *, claim: Claim, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.claim = claim

    def collect(self) -> Iterator[pytest.Item]:
        """Parts, then false neighbours, then the verdict."""
        taken: Counter[str] = Counter()

        def unique(name: str) -> str:
            taken[name] += 1
            return name if taken[name] == 1 else f"{name} ({taken[name]})"

        for index, (role, part) in enumerate(with_roles(self.claim)):
            prefix = "" if role == "conclusion" else f"{role}: "
            name = unique(prefix + part.statement.name)
            yield PartItem.from_parent(self, name=name, claim=self.claim, part=part, index=index)
        if self.config.getoption("ncv_backend"):
            for index, part in drawn_parts(self.claim):
                name = unique(f"drawn: {part.statement.name}")
                yield DrawnItem.from_parent(self, name=name, claim=self.claim, part=part, index=index)
        for neighbour in self.claim.neighbours:
            name = unique(f"neighbour: {neighbour.statement.name}")
            yield NeighbourItem.from_parent(self, name=name, claim=self.claim, neighbour=neighbour)
        yield VerdictItem.from_parent(self, name=unique("verdict"), claim=self.claim)


class _Item(pytest.Item):
    def __init__(self, *, claim: Claim, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.claim = claim

    @property
    def effort(self) -> Effort:
        option = self.config.getoption
        return effort_of(option("ncv_profile"), option("ncv_seed"), option("ncv_device") or "cpu")

    def examined(self, index: int, part: Part) -> tuple[PartResult, float]:
        """A part's result and seconds; what this process has examined already is not examined again."""
        known = self.config.stash.setdefault(_EXAMINED, {})
        key = (str(self.path), self.claim.id, index)
        if key not in known:
            start = time.monotonic()
            with one_thread():
                result = examine_part(part, self.effort)
            known[key] = result, time.monotonic() - start
        return known[key]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Disagreement | StatementError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.claim.id}: {self.name}"


class PartItem(_Item):
    """One part of a claim or of its correction."""

    def __init__(self, *, part: Part, index: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.part, self.index = part, index

    def runtest(self) -> None:
        """Examines the part.

        Raises:
            Disagreement: the examination contradicts what is declared, or tested nothing.
        """
        result, _ = self.examined(self.index, self.part)
        if result.problem:
            raise Disagreement(part_account(self.claim, self.part, result))


class DrawnItem(_Item):
    """One part at points of its domain, on the backend of the run."""

    def __init__(self, *, part: Part, index: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.part, self.index = part, index

    def runtest(self) -> None:
        """Holds whatever the part computes on the backend against exact arithmetic.

        Raises:
            Disagreement: a number or truth is wrong there, or too few points meet the hypotheses.
            UsageError: the backend cannot be used here.
        """
        option = self.config.getoption
        backend, device, dtype = option("ncv_backend"), option("ncv_device"), option("ncv_dtype")
        try:
            xp = backend_namespace(backend, device=device, dtype=dtype)
        except BackendUnavailableError as error:
            raise pytest.UsageError(str(error)) from error
        with one_thread():
            what = sampled_fault(self.claim, self.index, self.part, xp, option("ncv_seed"), str(self.path))
        if what:
            raise Disagreement(what)


class NeighbourItem(_Item):
    """A false statement next to a claim, which has to be falsified."""

    def __init__(self, *, neighbour: Neighbour, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.neighbour = neighbour

    def runtest(self) -> None:
        """Attacks the neighbour.

        Raises:
            Disagreement: it was not falsified.
        """
        with one_thread():
            fault = neighbour_fault(self.claim, self.neighbour, self.effort)
        if fault:
            raise Disagreement(fault)


class VerdictItem(_Item):
    """The verdict on a claim, computed from its parts, against the declared one; carries the ledger's entry."""

    def runtest(self) -> None:
        """Computes the verdict; a process that has not examined all parts examines the others.

        Raises:
            Disagreement: it is not the declared one, or not true as printed where that is demanded.
        """
        if not self.claim.parts:
            pytest.skip(f"open: {self.claim.reason}")
        timed = [self.examined(index, part) for index, (_, part) in enumerate(with_roles(self.claim))]
        results, split = [result for result, _ in timed], len(self.claim.parts)
        seconds = sum(spent for _, spent in timed)
        result = ClaimResult(self.claim, results[:split], results[split:], seconds)
        evidence = {"file": str(self.path), "id": self.claim.id, "entry": entry(result)}
        self.user_properties.append((KEY, evidence))
        if result.problems():
            raise Disagreement(claim_account(result))
        if self.config.getoption("ncv_as_printed") and result.verdict not in TRUE_AS_PRINTED:
            raise Disagreement(as_printed_account(result))
