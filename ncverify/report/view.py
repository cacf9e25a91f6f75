"""The ledger as the report shows it: plain values in the order of reading, nothing left to decide for a template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ncverify.ledger.table import left_out
from ncverify.papers.claim import VERDICTS
from ncverify.report.formulas import prose
from ncverify.report.histogram import counts_of
from ncverify.report.points import PointView, WitnessFile, point_view
from ncverify.report.severity import SURVIVAL, rank, severity_of

Witnesses = Mapping[tuple[str, int], WitnessFile]
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
_CONTROLS = ("theme", "search", "verdict", "evidence", "severity", "order", "reset", "shown", "open-all", "close-all")
PLACES = frozenset(
    (*_CONTROLS, "summary", "statements", "table", "nothing", "details", "figures", "reading", "announce")
)
"""The page's own ids."""


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
    witness: WitnessFile | None


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
    survival: str
    rank: int
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
    severities: list[tuple[str, int, str]] = field(default_factory=list)


def view(ledger: Mapping[str, Any], witnesses: Witnesses | None = None) -> ReportView:
    """The report's content.

    Args:
        ledger: as `read_ledger` gives it.
        witnesses: the witness files of counterexamples of parts, by (id, position).
    """
    statements = [_statement(i, e, witnesses or {}) for i, e in enumerate(ledger["statements"], start=1)]
    counts, severe = verdict_counts(ledger), Counter(s.severity for s in statements)
    return ReportView(
        paper=str(ledger.get("paper") or "The statements"),
        run=_run(ledger),
        counts=counts,
        sentence=sentence(dict(counts)),
        statements=statements,
        problems=sum(bool(s.problems) for s in statements),
        evidence=sorted({s.evidence for s in statements}),
        severities=[(name, count, SURVIVAL[name]) for name in SURVIVAL if (count := severe[name])],
    )


def verdict_counts(ledger: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The number of statements with each verdict, in the order of the verdicts; unknown ones last."""
    counts = Counter(map(verdict_of, ledger["statements"]))
    known = [verdict for verdict in (*VERDICTS, "not-run") if counts[verdict]]
    return [(verdict, counts[verdict]) for verdict in known + sorted(set(counts) - set(known))]


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
    phrases = [f"{counts[v]} {words[v][counts[v] != 1]}" for v in words if counts.get(v)]
    return f"Of {sum(counts.values())} statements {', '.join(phrases)}."


def _run(ledger: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = ("version", "backend", "device", "dtype", "profile", "seed", "python")
    rows = [(name, str(ledger[name])) for name in names if ledger.get(name) is not None]
    packages = ledger.get("packages")
    if isinstance(packages, dict):
        rows += [(str(name), str(number)) for name, number in packages.items()]
    return rows


def _statement(number: int, e: Mapping[str, Any], witnesses: Witnesses) -> StatementView:
    raw = [p for p in e.get("parts") or [] if isinstance(p, dict)]
    parts = [_part(i, p, witnesses.get((str(e["id"]), i))) for i, p in enumerate(raw)]
    own = [p for p in parts if p.role != "correction"]
    slacks = [p.slack for p in own if p.slack is not None]
    return StatementView(
        number=number,
        id=str(e["id"]),
        anchor=anchor(str(e["id"]), number),
        where=str(e.get("where") or ""),
        kind=str(e.get("kind") or ""),
        verdict=verdict_of(e),
        evidence=str(e.get("evidence") or "none"),
        grades=in_words(e),
        reason=str(e.get("reason") or ""),
        effect=str(e.get("effect") or ""),
        severity=severity_of(e),
        survival=SURVIVAL.get(severity_of(e), ""),
        rank=rank(severity_of(e)),
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
        point=point_view(e.get("counterexample")),
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


def _part(number: int, p: Mapping[str, Any], witness: WitnessFile | None) -> PartView:
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
        point=point_view(p.get("counterexample")),
        witness=witness,
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


def anchor(id_: str, number: int) -> str:
    """The address of a statement in the page: its id, where that is one, and not a place of the page itself.

    Example:
        >>> anchor("cor-3.1", 7), anchor("summary", 8), anchor("<x>", 9)
        ('cor-3.1', 's-8', 's-9')
    """
    return id_ if re.fullmatch(r"[a-z0-9][a-z0-9.\-]*", id_) and id_ not in PLACES else f"s-{number}"


def formulas(statements: Sequence[StatementView]) -> list[str]:
    """Every formula that is not plain text, once, in order of appearance."""
    wanted: dict[str, None] = {}
    for s in statements:
        if s.printed and s.text is None:
            wanted[s.printed] = None
        if s.correction and s.correction_text is None:
            wanted[s.correction] = None
    return list(wanted)
