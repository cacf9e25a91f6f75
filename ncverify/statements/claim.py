"""A registered statement of the paper: what is printed, what is examined, what replaces it where it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from ncverify.domain import Domain
from ncverify.point import Point
from ncverify.statements.types import Identity, Statement

Role = Literal["conclusion", "step", "form"]
VerdictName = Literal["holds", "proof-gap", "false", "defect", "supported", "refuted", "open"]
VERDICTS: tuple[VerdictName, ...] = ("holds", "proof-gap", "false", "defect", "supported", "refuted", "open")
Grade = Literal["proved", "attacked", "sampled", "measured", "none"]
Severity = Literal["error", "misprint"]
SEVERITIES: tuple[Severity, ...] = ("error", "misprint")
EXACT_ARITHMETICS = ("integer", "rational", "ball")
NOT_RIGHT: tuple[VerdictName, ...] = ("false", "defect", "proof-gap", "refuted")
GRADES: tuple[Grade, ...] = ("proved", "attacked", "sampled", "measured", "none")

SMALL = Domain(K=(2, 4), n=(1, 4), d=(1, 4), where=lambda K, n, d: n != 3 and d <= K)
"""Shapes over which the paper's statements are examined by default: d below, at and above K-1."""

Entries = Sequence[Sequence[int | str | Fraction | float]]


@dataclass(frozen=True)
class Witness:
    """Exact coordinates of a counterexample: integers, fractions such as "1/2", or floats.

    Args:
        W: classifiers, K rows of d entries.
        H: features, d rows of K*n entries.
    """

    W: Entries
    H: Entries

    def point(self) -> Point:
        """The point in rational arithmetic."""
        from ncverify.numbers.rational import RATIONAL

        return Point(_matrix(self.W, RATIONAL), _matrix(self.H, RATIONAL))


def _matrix(rows: Entries, xp: Any) -> Any:
    return xp.asarray([xp.asarray([Fraction(v) for v in row]) for row in rows])


@dataclass(frozen=True)
class Shown:
    """The result of a demonstration.

    Args:
        holds: whether what was to be shown is so; None where it could not be decided.
        detail: one line with the numbers that were measured.
        value: the decisive number, if there is one.
        cases: how many cases were examined.
        counterexample: the exact point that refutes the claim, if one does.
    """

    holds: bool | None
    detail: str
    value: float | None = None
    cases: int = 1
    counterexample: Point | None = None


@dataclass(frozen=True)
class Demonstration:
    """Evidence that is not a statement about a single point: a certificate, a trajectory, a stored experiment.

    Args:
        name: what is shown, in words.
        run: from a seed to the result.
        grade: the grade of evidence a success carries.
        control: a false variant of the same check, which must come out as not holding.
        exact: what decides it, in which exact arithmetic; required of what is graded "proved", which no table of floats
            may be.

    Raises:
        ValueError: graded "proved" without an exact arithmetic.
    """

    name: str
    run: Callable[[int], Shown]
    grade: Grade
    control: Callable[[int], Shown]
    exact: str = ""

    def __post_init__(self) -> None:
        if self.grade == "proved" and not any(word in self.exact for word in EXACT_ARITHMETICS):
            raise ValueError(
                f"{self.name!r}: a demonstration graded 'proved' has to say what decides it in "
                f"{', '.join(EXACT_ARITHMETICS)} arithmetic, got {self.exact!r}"
            )


@dataclass(frozen=True)
class Part:
    """One quantifier and one relation of a claim.

    Args:
        statement: what is examined: a statement about points, or a demonstration.
        role: "conclusion" (it fails: the claim is false), "step" (it fails: the proof has a gap), "form" (it fails: the
            definition or formula cannot be meant as printed).
        domain: shapes over which it is claimed.
        witness: a counterexample, required where the part is expected to fail; statements only.
        refutes: the part is a counter-statement: where it holds, the claim fails in this role.
        proof: polynomial identities from which the part follows by the argument.
        argument: why it follows, in a sentence.
        shapes: over which the identities are tested; by default those of `domain`.
        beyond: why they hold for all other shapes too. Without it nothing is proved.

    Raises:
        ValueError: a proof without the argument, or without the reason for other shapes; a counter-statement with a
            counterexample.
    """

    statement: Statement | Demonstration
    role: Role = "conclusion"
    domain: Domain = SMALL
    witness: Witness | None = None
    refutes: bool = False
    proof: tuple[Identity, ...] = ()
    argument: str = ""
    shapes: Domain | None = None
    beyond: str = ""

    def __post_init__(self) -> None:
        if self.proof and not self.argument:
            raise ValueError(f"{self.statement.name!r}: a proof by identities needs the argument that connects them")
        if self.proof and not self.beyond:
            raise ValueError(
                f"{self.statement.name!r}: a proof by identities is tested for some shapes: `beyond` has to say why it "
                "holds for the others"
            )
        if self.refutes and self.witness is not None:
            raise ValueError(
                f"{self.statement.name!r}: a counter-statement is expected to hold and has no counterexample"
            )

    @property
    def expected(self) -> bool:
        """Whether the part is expected to hold: it is expected to fail exactly where a counterexample is stored."""
        return self.witness is None


@dataclass(frozen=True)
class Correction:
    """What is true instead.

    Args:
        latex: the corrected statement.
        parts: its examination; all are expected to hold.
    """

    latex: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Neighbour:
    """A false statement next to a true one: the suite has to falsify it."""

    statement: Statement
    domain: Domain = SMALL


@dataclass(frozen=True)
class Claim:
    """A ledger entry before its examination.

    Args:
        id: the id of the catalogue.
        printed: the statement as printed, in LaTeX.
        verdict: what the registry declares; the run has to come to the same.
        reason: one line.
        effect: for a statement that is not right as printed, what that does to the theorems; one line.
        severity: for a statement that is not right as printed: "misprint" where the lines around it leave no doubt
            what is meant, and all of them hold with that; otherwise "error".
        parts: what is examined.
        correction: what replaces a statement that is not true as printed.
        neighbours: false statements next to it.

    Raises:
        ValueError: an inconsistent entry.
    """

    id: str
    printed: str
    verdict: VerdictName
    reason: str
    parts: tuple[Part, ...] = ()
    correction: Correction | None = None
    neighbours: tuple[Neighbour, ...] = ()
    effect: str = ""
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"{self.id}: severity: expected one of {', '.join(SEVERITIES)}, got {self.severity!r}")
        if self.severity == "misprint" and self.verdict not in NOT_RIGHT:
            raise ValueError(f"{self.id}: a misprint that is declared {self.verdict!r}")
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.id}: verdict: expected one of {', '.join(VERDICTS)}, got {self.verdict!r}")
        if self.verdict != "open" and not self.parts:
            raise ValueError(f"{self.id}: declared {self.verdict!r} without anything that is examined")
        if self.verdict in ("false", "proof-gap", "defect") and self.correction is None:
            raise ValueError(f"{self.id}: declared {self.verdict!r} without a correction")
        if self.verdict == "proof-gap" and not any(p.role == "conclusion" for p in self.parts):
            raise ValueError(f"{self.id}: declared 'proof-gap' without a part that examines the conclusion")
