"""What an examination found of a part and of a claim, and the verdict that follows from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ncverify.papers.claim import GRADES, Claim, Grade, VerdictName


@dataclass
class PartResult:
    """The result of examining one part.

    Attributes:
        name: of the part's statement.
        holds: True, False (with an exact counterexample or a failed demonstration), or None: not decided.
        grade: of the evidence.
        tried: points evaluated.
        slack: lowest scaled slack; NaN where there is none.
        hypothesis_rate: share of sampled points that met the hypotheses.
        counterexample: exact coordinates, as JSON, or None.
        distribution: counts of slacks by stage and class, as `Distribution.as_json`; None where nothing was attacked.
        detail: one line.
        problem: why the run contradicts what is stored, or "".
    """

    name: str
    holds: bool | None
    grade: Grade
    tried: int = 0
    slack: float = math.nan
    hypothesis_rate: float = 1.0
    counterexample: dict[str, Any] | None = None
    distribution: dict[str, dict[str, int]] | None = None
    detail: str = ""
    problem: str = ""


@dataclass
class ClaimResult:
    """A claim with everything that was found about it."""

    claim: Claim
    parts: list[PartResult]
    correction: list[PartResult] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def verdict(self) -> VerdictName:
        """The verdict computed from the parts."""
        return verdict_of(self.claim, self.parts)

    @property
    def corrected_verdict(self) -> VerdictName | None:
        """The verdict of the correction, None where there is none."""
        if self.claim.correction is None:
            return None
        states = [part.holds for part in self.correction]
        return "false" if False in states else "open" if None in states else "holds"

    @property
    def evidence(self) -> Grade:
        """The weakest grade among the parts that decide the verdict.

        A gap in a proof says two things, that a step fails and that the conclusion is true: the weaker grade of both.
        """
        if self.verdict == "proof-gap":
            return weakest([*self._failing(), *self._conclusions()])
        deciding = self.parts if self.verdict in ("holds", "supported") else self._failing() or self.parts
        return weakest(deciding)

    @property
    def step_evidence(self) -> Grade | None:
        """The grade with which the steps of a gap fail; None for other verdicts."""
        return weakest(self._failing()) if self.verdict == "proof-gap" else None

    @property
    def conclusion_evidence(self) -> Grade | None:
        """The grade with which the conclusion beyond a gap holds; None for other verdicts."""
        return weakest(self._conclusions()) if self.verdict == "proof-gap" else None

    @property
    def corrected_evidence(self) -> Grade | None:
        """The weakest grade among the parts of the correction, None where there is none."""
        return weakest(self.correction) if self.claim.correction else None

    def _failing(self) -> list[PartResult]:
        pairs = zip(self.claim.parts, self.parts, strict=True)
        return [p for part, p in pairs if p.holds is part.refutes]

    def _conclusions(self) -> list[PartResult]:
        pairs = zip(self.claim.parts, self.parts, strict=True)
        return [p for part, p in pairs if part.role == "conclusion"]

    def problems(self) -> list[str]:
        """Everything in which the run disagrees with what is declared; empty when all agree."""
        problems = [f"{p.name}: {p.problem}" for p in [*self.parts, *self.correction] if p.problem]
        if self.verdict != self.claim.verdict:
            why = [p.detail for p in self.parts if p.grade == "measured" and p.holds is not None]
            because = f": {'; '.join(why)}" if why else ""
            problems.append(f"declared {self.claim.verdict!r}, but the run came to {self.verdict!r}{because}")
        if self.claim.correction is not None and self.corrected_verdict != "holds":
            problems.append(f"the correction came out as {self.corrected_verdict!r}")
        return problems


def weakest(parts: Sequence[PartResult]) -> Grade:
    """The weakest grade of some parts, "none" where there are none."""
    return max((p.grade for p in parts), key=GRADES.index, default="none")


def verdict_of(claim: Claim, parts: list[PartResult]) -> VerdictName:
    """The verdict that the parts' outcomes imply; nothing is `holds` by default, and the declared verdict is not read.

    What is empirical is supported or refuted.
    """
    if not parts:
        return "open"
    failed = {part.role for part, result in zip(claim.parts, parts, strict=True) if result.holds is part.refutes}
    if claim.kind == "empirical":
        return "refuted" if failed else "open" if any(r.holds is None for r in parts) else "supported"
    if "form" in failed:
        return "defect"
    if "conclusion" in failed:
        return "false"
    if any(result.holds is None for result in parts):
        return "open"
    return "proof-gap" if failed else "holds"
