"""A small ledger that shows every feature of the report, with texts that try to break out of it."""

from __future__ import annotations

from typing import Any

HOSTILE = '<script>alert("x")</script> & "quotes" `ticks` |pipes| </style> {{ 7 * 7 }}'


SOURCE = {"kind": "Inequality", "source_sha256": "0" * 64}


def part(name: str, holds: bool | None, **more: Any) -> dict[str, Any]:
    blank = {"evidence": "sampled", "tried": 10, "tightest_slack": 0.5, "counterexample": None, "detail": ""}
    return {"name": name, "holds": holds} | blank | more


def entry(id_: str, verdict: str, **more: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "where": "Theorem 9",
        "kind": "claim",
        "printed": r"q_{\min} \le 1",
        "declared": verdict,
        "evidence": "sampled",
        "reason": "for a reason",
        "effect": None,
        "tried": 10,
        "hypothesis_rate": 0.5,
        "tightest_slack": 0.25,
        "counterexample": None,
        "correction": None,
        "corrected_verdict": None,
        "parts": [],
        "problems": [],
        "seconds": 0.5,
    }
    return {"id": id_, "verdict": verdict} | blank | more


ORIGIN = {"K": 2, "n": 1, "d": 1, "W": [["0"], ["0"]], "H": [["0", "0x1.8p+0"]]}


def ledger(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"paper": "A paper", "version": "1", "backend": "numpy", "seed": 0, "statements": list(entries)}


def sample() -> dict[str, Any]:
    """A true, a false (with counterexample and correction), a hostile, an open and an old-registry statement."""
    return ledger(
        entry("thm-3.1-bound", "holds", evidence="proved", parts=[part("bound", True, tightest_slack=1e-16)]),
        entry(
            "thm-3.1-equality",
            "false",
            severity="theorem",
            tried=2000,
            counterexample=ORIGIN,
            correction=r"(W, H) \ne 0",
            corrected_verdict="holds",
            parts=[
                part("collapse with |W| = |H| gives equality", True),
                part(
                    "equality gives collapse with |W| = |H|", False, evidence="proved", counterexample=ORIGIN, **SOURCE
                ),
                part("for (W, H) != 0: equality if and only if collapse with |W| = |H|", True),
            ],
        ),
        entry(
            HOSTILE,
            HOSTILE,
            reason=HOSTILE,
            effect=HOSTILE,
            printed=HOSTILE,
            correction=HOSTILE,
            where=HOSTILE,
            evidence=HOSTILE,
            problems=[HOSTILE],
            parts=[part(HOSTILE, None, detail=HOSTILE, counterexample={"K": HOSTILE, "W": [[HOSTILE]], "H": HOSTILE})],
        ),
        entry("nc4", "open", printed=r"\text{a text}", tried=0, tightest_slack=None, hypothesis_rate=None),
    )
