"""One ledger entry: everything found about a statement, as plain data."""

from __future__ import annotations

import math
from typing import Any

from ncverify.ledger.facts import part_facts, source_module
from ncverify.ledger.results import ClaimResult, PartResult
from ncverify.papers.claim import NOT_RIGHT, Claim, Part

FIELDS = (
    "id",
    "where",
    "kind",
    "says",
    "attribution",
    "module",
    "printed",
    "verdict",
    "declared",
    "evidence",
    "step_evidence",
    "conclusion_evidence",
    "reason",
    "effect",
    "severity",
    "tried",
    "hypothesis_rate",
    "tightest_slack",
    "counterexample",
    "correction",
    "corrected_verdict",
    "corrected_evidence",
    "parts",
    "problems",
    "seconds",
)


def entry(result: ClaimResult) -> dict[str, Any]:
    """The ledger entry of an examined claim; every value is plain data, NaN written as null.

    A demonstration may give NumPy's numbers; the workers of pytest-xdist can send Python's own alone.
    """
    claim = result.claim
    parts = [*result.parts, *result.correction]
    slacks = [float(p.slack) for p in result.parts if math.isfinite(p.slack)]
    return _base(claim) | {
        "verdict": result.verdict,
        "evidence": result.evidence,
        "step_evidence": result.step_evidence,
        "conclusion_evidence": result.conclusion_evidence,
        "tried": sum(p.tried for p in parts),
        "hypothesis_rate": min((p.hypothesis_rate for p in parts), default=None),
        "tightest_slack": min(slacks, default=None),
        "counterexample": next((p.counterexample for p in result.parts if p.counterexample), None),
        "corrected_verdict": result.corrected_verdict,
        "corrected_evidence": result.corrected_evidence,
        "parts": [_part(p, part, role) for p, (part, role) in zip(parts, _with_roles(claim), strict=True)],
        "problems": result.problems(),
        "seconds": round(result.seconds, 3),
    }


def unexamined(claim: Claim, reason: str) -> dict[str, Any]:
    """The entry of a statement that was not examined in this run: open, with the reason."""
    return _base(claim) | {"reason": reason}


def _base(claim: Claim) -> dict[str, Any]:
    blank = dict.fromkeys(FIELDS)
    return blank | {
        "id": claim.id,
        "where": claim.where,
        "kind": claim.kind,
        "says": claim.says,
        "attribution": claim.attribution,
        "module": source_module(claim),
        "printed": claim.printed,
        "verdict": "open",
        "declared": claim.verdict,
        "evidence": "none",
        "reason": claim.reason,
        "effect": claim.effect or None,
        "severity": claim.severity if claim.verdict in NOT_RIGHT else None,
        "tried": 0,
        "correction": claim.correction.latex if claim.correction else None,
        "parts": [],
        "problems": [],
        "seconds": 0.0,
    }


def _with_roles(claim: Claim) -> list[tuple[Part, str]]:
    corrected = claim.correction.parts if claim.correction else ()
    return [(part, part.role) for part in claim.parts] + [(part, "correction") for part in corrected]


def _part(result: PartResult, part: Part, role: str) -> dict[str, Any]:
    return {
        "name": result.name,
        **part_facts(part, role),
        "holds": None if result.holds is None else bool(result.holds),
        "evidence": result.grade,
        "tried": result.tried,
        "tightest_slack": float(result.slack) if math.isfinite(result.slack) else None,
        "distribution": result.distribution,
        "counterexample": result.counterexample,
        "detail": result.detail,
    }
