"""A statement of a paper: what is printed, what is examined, what replaces it where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ncverify.domain import Domain
from ncverify.point import Point
from ncverify.space import Sizes, Space, SpacePoint
from ncverify.space.read import exact_array
from ncverify.statements.types import Identity, Statement

Role = Literal["conclusion", "step", "form"]
VerdictName = Literal["holds", "proof-gap", "false", "defect", "supported", "refuted", "open"]
VERDICTS: tuple[VerdictName, ...] = ("holds", "proof-gap", "false", "defect", "supported", "refuted", "open")
Grade = Literal["proved", "attacked", "sampled", "measured", "none"]
GRADES: tuple[Grade, ...] = ("proved", "attacked", "sampled", "measured", "none")

SMALL = Domain(K=(2, 4), n=(1, 4), d=(1, 4), where=lambda K, n, d: n != 3 and d <= K)
"""Shapes over which the paper's statements are examined by default: d below, at and above K-1."""

Attribution = Literal["seen", "recalled", "reading"]
ATTRIBUTIONS: tuple[Attribution, ...] = ("seen", "recalled", "reading")
Severity = Literal["theorem", "error", "proof", "local", "misprint"]
SEVERITIES: tuple[Severity, ...] = ("theorem", "error", "proof", "local", "misprint")
"""Worst first."""
EXACT_ARITHMETICS = ("integer", "rational", "ball")
NOT_RIGHT: tuple[VerdictName, ...] = ("false", "defect", "proof-gap", "refuted")


class Witness:
    """Exact coordinates of a counterexample: integers, fractions such as "1/2", or floats, by name.

    Args:
        pair: W and H, where they are not given by name.
        values: W (K rows of d entries) and H (d rows of K*n entries), or the variables of a `Space`, with `class_sizes`
            where it has classes and every size that no variable has as an axis; K, n and d alone for a statement about
            shapes.

    Example:
        >>> Witness(W=[[1], [-1]], H=[["1/2", -1]]).point().K
        2
    """

    def __init__(self, *pair: Any, **values: Any) -> None:
        self.values = dict(zip(("W", "H"), pair, strict=bool(pair))) | values

    def point(self, over: Domain | Space | None = None) -> Any:
        """The point in rational arithmetic: (W, H), one of a space, or for K, n and d alone one without variables."""
        if isinstance(over, Space):
            return (over if self.values.keys() & over.variables.keys() else over.without_variables()).point(
                **self.values
            )
        from ncverify.numbers.rational import RATIONAL

        if "W" not in self.values and "H" not in self.values:
            K, n, d = (self.values[name] for name in ("K", "n", "d"))
            return SpacePoint(Sizes({"K": K, "n": n, "d": d}, (n,) * K), {}, like=RATIONAL.ones(()))
        return Point(*(RATIONAL.asarray(exact_array(name, self.values[name])) for name in ("W", "H")))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Witness) and self.values == other.values

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Witness({', '.join(f'{name}={value!r}' for name, value in self.values.items())})"


@dataclass(frozen=True)
class Shown:
    """The result of a demonstration.

    Args:
        holds: whether it was shown; None where that could not be decided.
        detail: one line with the numbers that were measured.
        value: the decisive number, if there is one.
        cases: how many cases were examined.
        counterexample: the exact point that refutes the claim, if one does.
    """

    holds: bool | None
    detail: str
    value: float | None = None
    cases: int = 1
    counterexample: Any = None


@dataclass(frozen=True)
class Demonstration:
    """Evidence that is not a statement about a single point: a certificate, a trajectory, a stored experiment.

    Args:
        name: what is shown, in words.
        run: from a seed to the result.
        grade: the grade of evidence a success carries.
        control: a false variant of the same check, which must come out as not holding.
        exact: what decides it, and in which exact arithmetic; required for the grade "proved", which a table of floats
            never earns.

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
        domain: the points over which it is claimed: shapes of (W, H), or a `Space`.
        witness: a counterexample, required where the part is expected to fail; statements only.
        refutes: the part is a counter-statement: where it holds, the claim fails in this role.
        proof: polynomial identities from which the part follows by the argument; a pair (identity, space) where one is
            about variables of its own.
        argument: why it follows, in a sentence.
        shapes: the shapes of (W, H), or the `Space`, over which the identities are tested; by default `domain`.
        beyond: why they hold for all other shapes too. Without it nothing is proved.

    Raises:
        ValueError: a proof without the argument, or without the reason for other shapes; a counter-statement with a
            counterexample.
    """

    statement: Statement | Demonstration
    role: Role = "conclusion"
    domain: Domain | Space = SMALL
    witness: Witness | None = None
    refutes: bool = False
    proof: tuple[Identity | tuple[Identity, Domain | Space], ...] = ()
    argument: str = ""
    shapes: Domain | Space | None = None
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
    def identities(self) -> list[tuple[Identity, Domain | Space]]:
        """The identities of the proof, each with the shapes or the space over which it is tested."""
        common = self.shapes or self.domain
        return [proof if isinstance(proof, tuple) else (proof, common) for proof in self.proof]

    @property
    def expected(self) -> bool:
        """Whether the part is expected to hold: it is expected to fail exactly where a counterexample is stored."""
        return self.witness is None


@dataclass(frozen=True)
class Correction:
    """The statement that is true instead.

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
    domain: Domain | Space = SMALL


@dataclass(frozen=True)
class Claim:
    """A ledger entry before its examination.

    Args:
        id: unique within the paper, in lower case: "thm-3.1-bound".
        printed: the statement as printed, in LaTeX.
        verdict: what is declared; the examination has to arrive at the same.
        reason: one line.
        where: its place in the paper: "Theorem 3.1".
        kind: inequality, identity, equivalence, definition, claim, ...
        says: what it says, in one line.
        attribution: whose wording it is: "seen" (follows text that was read), "recalled" (attributed to the paper from
            memory), "reading" (our own reading or extension: a verdict on it is no verdict on the paper).
        position: orders the claims of a paper whose files do not follow its order.
        effect: for a statement that is not right as printed, what that does to the theorems; one line.
        severity: for a statement that is not right as printed, whether the theorems survive: "theorem" (a theorem, or
            what is concluded from one, does not stand as printed), "proof" (the theorems stand, a printed proof needs
            a repair), "local" (no theorem rests on it), "misprint" (the lines around it leave no doubt what is meant,
            and all of them hold with that), "error" (not said).
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
    where: str = ""
    kind: str = "claim"
    says: str = ""
    attribution: Attribution = "seen"
    position: float = 0.0
    parts: tuple[Part, ...] = ()
    correction: Correction | None = None
    neighbours: tuple[Neighbour, ...] = ()
    effect: str = ""
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.\-]*", self.id):
            raise ValueError(f"id: expected lower-case letters, digits, '.' and '-', got {self.id!r}")
        if self.severity not in SEVERITIES:
            raise ValueError(f"{self.id}: severity: expected one of {', '.join(SEVERITIES)}, got {self.severity!r}")
        if self.severity != "error" and self.verdict not in NOT_RIGHT:
            raise ValueError(f"{self.id}: severity {self.severity!r} of a statement that is declared {self.verdict!r}")
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.id}: verdict: expected one of {', '.join(VERDICTS)}, got {self.verdict!r}")
        if self.attribution not in ATTRIBUTIONS:
            known = ", ".join(ATTRIBUTIONS)
            raise ValueError(f"{self.id}: attribution: expected one of {known}, got {self.attribution!r}")
        if self.verdict != "open" and not self.parts:
            raise ValueError(f"{self.id}: declared {self.verdict!r} without anything that is examined")
        if self.verdict in ("false", "proof-gap", "defect") and self.correction is None:
            raise ValueError(f"{self.id}: declared {self.verdict!r} without a correction")
        if self.verdict == "proof-gap" and not any(p.role == "conclusion" for p in self.parts):
            raise ValueError(f"{self.id}: declared 'proof-gap' without a part that examines the conclusion")
