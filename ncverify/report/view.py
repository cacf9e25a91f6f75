"""The ledger as the report shows it: plain values in the order of reading, nothing left to decide for a template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ncverify.ledger.table import left_out
from ncverify.papers.claim import VERDICTS
from ncverify.report.formulas import prose
from ncverify.report.histogram import counts_of
from ncverify.report.points import arrays, sizes

MEANING = {
    "holds": "true as printed, under the assumptions that the paper states",
    "proof-gap": "the conclusion is true, a printed step that leads to it is not",
    "false": "false as printed, with an exact counterexample or a failed demonstration",
    "defect": "a definition or formula that cannot be meant as printed",
    "supported": "a statement about experiments, borne out by the run",
    "refuted": "a statement about experiments, not borne out by the run",
    "open": "not decided",
    "not-run": "not among the statements that this run examined",
}
MARK = {
    "holds": "\u2713",
    "supported": "\u2713",
    "proof-gap": "\u2248",
    "false": "\u2717",
    "refuted": "\u2717",
    "defect": "!",
    "open": "?",
    "not-run": "\u00b7",
}
"""A sign beside the colour of a verdict."""


@dataclass(frozen=True)
class PointView:
    """An exact point: its sizes, its arrays by name in readable form, and as the ledger has them."""

    shape: str
    arrays: list[tuple[str, list[list[str]]]]
    exact: Mapping[str, Any]


@dataclass(frozen=True)
class PartView:
    """One part of a statement, or of its correction."""

    number: int
    name: str
    outcome: str
    evidence: str
    tried: int
    slack: float | None
    decisive: float | None
    counts: Mapping[str, Mapping[str, int]]
    detail: str
    role: str
    kind: str
    shapes: str
    hypotheses: tuple[str, ...]
    point: PointView | None
    command: str | None


@dataclass(frozen=True)
class StatementView:
    """One statement with all that was found about it."""

    number: int
    id: str
    anchor: str
    where: str
    kind: str
    verdict: str
    evidence: str
    grades: str
    reason: str
    effect: str
    severity: str
    printed: str
    text: str | None
    correction: str | None
    correction_text: str | None
    corrected_verdict: str | None
    corrected_evidence: str
    tried: int
    hypothesis_rate: float | None
    slack: float | None
    parts: list[PartView]
    correction_parts: list[PartView]
    problems: list[str]
    seconds: float
    module: str
    point: PointView | None


@dataclass(frozen=True)
class ReportView:
    """A ledger as its report shows it."""

    paper: str
    run: list[tuple[str, str]]
    counts: list[tuple[str, int]]
    sentence: str
    statements: list[StatementView]
    problems: int
    evidence: list[str] = field(default_factory=list)


def view(ledger: Mapping[str, Any], commands: Mapping[tuple[str, int], str] | None = None) -> ReportView:
    """The report's content.

    Args:
        ledger: as `read_ledger` gives it.
        commands: for the counterexample of a part, by (id, position), the command that verifies it again.
    """
    statements = [_statement(i, e, commands or {}) for i, e in enumerate(ledger["statements"], start=1)]
    counts = Counter(s.verdict for s in statements)
    known = [v for v in (*VERDICTS, "not-run") if counts[v]] + sorted(set(counts) - {*VERDICTS, "not-run"})
    return ReportView(
        paper=str(ledger.get("paper") or "The statements"),
        run=_run(ledger),
        counts=[(verdict, counts[verdict]) for verdict in known],
        sentence=sentence(counts),
        statements=statements,
        problems=sum(bool(s.problems) for s in statements),
        evidence=sorted({s.evidence for s in statements}),
    )


def sentence(counts: Mapping[str, int]) -> str:
    """The outcome in a sentence.

    Example:
        >>> sentence({"holds": 2, "false": 1, "open": 1})
        'Of 4 statements 2 hold as printed, 1 is false as printed, 1 is not decided.'
    """
    words = {
        "holds": ("holds as printed", "hold as printed"),
        "supported": ("is supported by the experiments", "are supported by the experiments"),
        "proof-gap": ("is true with a gap in its proof", "are true with a gap in their proof"),
        "false": ("is false as printed", "are false as printed"),
        "defect": ("cannot be meant as printed", "cannot be meant as printed"),
        "refuted": ("is refuted by the experiments", "are refuted by the experiments"),
        "open": ("is not decided", "are not decided"),
        "not-run": ("was not run", "were not run"),
    }
    found = [f"{counts[v]} {words[v][counts[v] != 1]}" for v in words if counts.get(v)]
    return f"Of {sum(counts.values())} statements {', '.join(found)}."


def _run(ledger: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = ("version", "backend", "device", "dtype", "profile", "seed", "python")
    rows = [(name, str(ledger[name])) for name in names if ledger.get(name) is not None]
    packages = ledger.get("packages")
    if isinstance(packages, dict):
        rows += [(str(name), str(number)) for name, number in packages.items()]
    return rows


def _statement(number: int, e: Mapping[str, Any], commands: Mapping[tuple[str, int], str]) -> StatementView:
    raw = [p for p in e.get("parts") or [] if isinstance(p, dict)]
    parts = [_part(i, p, commands.get((str(e["id"]), i))) for i, p in enumerate(raw)]
    own = [p for p in parts if p.role != "correction"]
    slacks = [p.slack for p in own if p.slack is not None]
    return StatementView(
        number=number,
        id=str(e["id"]),
        anchor=f"s-{number}",
        where=str(e.get("where") or ""),
        kind=str(e.get("kind") or ""),
        verdict=verdict_of(e),
        evidence=str(e.get("evidence") or "none"),
        grades=in_words(e),
        reason=str(e.get("reason") or ""),
        effect=str(e.get("effect") or ""),
        severity=str(e.get("severity") or ""),
        printed=str(e.get("printed") or ""),
        text=prose(str(e.get("printed") or "")),
        correction=e.get("correction"),
        correction_text=prose(e.get("correction") or ""),
        corrected_verdict=e.get("corrected_verdict"),
        corrected_evidence=str(e.get("corrected_evidence") or ""),
        tried=int(e.get("tried") or 0),
        hypothesis_rate=e.get("hypothesis_rate"),
        slack=min(slacks, default=None),
        parts=own,
        correction_parts=[p for p in parts if p.role == "correction"],
        problems=[str(problem) for problem in e.get("problems") or []],
        seconds=float(e.get("seconds") or 0),
        module=str(e.get("module") or ""),
        point=_point(e.get("counterexample")),
    )


def verdict_of(e: Mapping[str, Any]) -> str:
    """The verdict of an entry, or "not-run": a statement that this run left out is not one that it could not decide.

    Example:
        >>> verdict_of({"verdict": "open", "declared": "holds", "parts": []})
        'not-run'
    """
    return "not-run" if left_out(e) else str(e["verdict"])


def in_words(e: Mapping[str, Any]) -> str:
    """The grade of an entry in words; of a gap in a proof, both grades.

    Example:
        >>> in_words({"evidence": "measured", "step_evidence": "proved", "conclusion_evidence": "measured"})
        'the failing step proved, the conclusion measured'
    """
    step, conclusion = e.get("step_evidence"), e.get("conclusion_evidence")
    if step and conclusion:
        return f"the failing step {step}, the conclusion {conclusion}"
    return str(e.get("evidence") or "none")


def _part(number: int, p: Mapping[str, Any], command: str | None) -> PartView:
    value = p.get("tightest_slack")
    demonstrated = p.get("kind") == "Demonstration"
    return PartView(
        number=number,
        name=str(p.get("name") or ""),
        outcome=outcome(p),
        evidence=str(p.get("evidence") or "none"),
        tried=int(p.get("tried") or 0),
        slack=None if demonstrated else value,
        decisive=value if demonstrated else None,
        counts=counts_of(p.get("distribution")),
        detail=str(p.get("detail") or "").removeprefix(f"{p.get('name')}: "),
        role=str(p.get("role") or ""),
        kind=str(p.get("kind") or "").lower(),
        shapes=str(p.get("over") or ""),
        hypotheses=tuple(map(str, p.get("hypotheses") or ())),
        point=_point(p.get("counterexample")),
        command=command,
    )


def outcome(part: Mapping[str, Any]) -> str:
    """The outcome of a part in words.

    Example:
        >>> outcome({"holds": False})
        'violated'
    """
    words = ("not violated", "violated")
    if part.get("refutes"):
        words = ("shown, against the claim", "not shown")
    elif part.get("kind") == "Demonstration":
        words = ("shown", "refuted")
    holds = part.get("holds")
    return words[not holds] if isinstance(holds, bool) else "not decided"


def _point(data: Any) -> PointView | None:
    if not isinstance(data, dict):
        return None
    return PointView(sizes(data), arrays(data), data)


def formulas(statements: Sequence[StatementView]) -> list[str]:
    """Every formula that is not plain text, once, in order of appearance."""
    wanted: dict[str, None] = {}
    for s in statements:
        if s.printed and s.text is None:
            wanted[s.printed] = None
        if s.correction and s.correction_text is None:
            wanted[s.correction] = None
    return list(wanted)
