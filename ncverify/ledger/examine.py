"""From a registered claim to its ledger entry: every part examined, the verdict computed from what was found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ncverify.domain import Domain
from ncverify.errors import NotPolynomialError
from ncverify.falsification.exact import judge
from ncverify.falsification.point_json import point_as_json
from ncverify.falsification.polynomial import IdentityTest, prove_identity
from ncverify.falsification.tasks import STAGES, Stage
from ncverify.falsification.verdict import Verdict
from ncverify.ledger.facts import over
from ncverify.ledger.results import ClaimResult, PartResult
from ncverify.papers.claim import Claim, Demonstration, Part
from ncverify.point import Point
from ncverify.space import Space, SpacePoint
from ncverify.statements.types import Identity

Prover = Callable[..., IdentityTest]


@dataclass(frozen=True)
class Effort:
    """The effort with which a claim is examined.

    Args:
        evaluations: point evaluations per part.
        budget: seconds per part at most.
        seed: of every random choice.
        device: of torch, where points are evaluated and moved.
        stages: of the search: without "attack" a statement is judged at structured and random points only.
        shapes: for how many shapes points are drawn, at most.
    """

    evaluations: int = 12_000
    budget: float = 60.0
    seed: int = 0
    device: str = "cpu"
    stages: tuple[Stage, ...] = STAGES
    shapes: int | None = None


EFFORTS = {
    "quick": Effort(evaluations=1_200, stages=("structured", "random")),
    "default": Effort(evaluations=13_000),
    "thorough": Effort(evaluations=600_000),
}


def examine(claim: Claim, effort: Effort, of: Callable[[Part, Effort], PartResult] | None = None) -> ClaimResult:
    """Every part of a claim and of its correction, examined.

    Args:
        claim: of a paper.
        effort: how hard.
        of: what gives the result of a part: `examine_part`, or an `Examined` that knows some.
    """
    start, of = time.monotonic(), of or examine_part
    parts = [of(part, effort) for part in claim.parts]
    correction = [of(part, effort) for part in claim.correction.parts] if claim.correction else []
    return ClaimResult(claim, parts, correction, time.monotonic() - start)


def examine_part(part: Part, effort: Effort, prove: Prover = prove_identity) -> PartResult:
    """One part: a demonstration with its control, or an attack, with the stored witness and proof re-verified.

    Args:
        part: of a claim.
        effort: how hard.
        prove: tests an identity over its space: `prove_identity`, or what knows some of its results.
    """
    if isinstance(part.statement, Demonstration):
        return _demonstrate(part.statement, effort)
    verdict = _searched(part, effort)
    result = PartResult(
        name=part.statement.name,
        holds={"unfalsified": True, "proved": True, "falsified": False}.get(verdict.status),
        grade="attacked" if verdict.attacked else "sampled",
        tried=verdict.tried,
        slack=verdict.slack,
        hypothesis_rate=verdict.hypothesis_rate,
        distribution=verdict.distribution.as_json(),
        detail=str(verdict),
    )
    if verdict.status == "proved" and math.isnan(verdict.error_probability):  # every shape decided
        result.grade = "proved"
    if verdict.status == "falsified" and verdict.witness is not None:
        result.grade, result.counterexample = "proved", point_as_json(verdict.witness)
    if part.witness is not None:
        _recheck_witness(part, part.witness.point(part.domain), result)
    elif result.holds is False:
        result.problem = f"a counterexample was found: {result.counterexample}"
    if result.holds:
        _recheck_proof(part, result, lambda identity, over: prove(identity, over, seed=effort.seed))
    if verdict.status == "proved" and verdict.certificate and part.beyond and result.holds:
        result.grade = "proved"
        result.detail = f"{verdict} ({verdict.certificate}; other shapes: {part.beyond})"
    if verdict.status in ("vacuous", "undecided"):
        result.problem = f"{verdict.status} after {verdict.tried} points"
    return result


def _searched(part: Part, effort: Effort) -> Verdict:
    """The verdict of the first search that does not fall short, else of the last."""
    for turn in _efforts(part, effort):
        verdict = _attack(part, turn)
        if not _fell_short(part, verdict):
            break
    return verdict


def _efforts(part: Part, effort: Effort) -> Iterator[Effort]:
    """Efforts from small to large, of which the first that does not fall short is enough.

    Where nothing is attacked and a counterexample or a proof is stored, they begin with a single shape; they end with
    the default's effort.
    """
    stored = part.witness is not None or (part.identities and part.beyond)
    if stored and "attack" not in effort.stages:
        yield replace(effort, shapes=1)
    yield effort
    enough = EFFORTS["default"]
    if effort.evaluations < enough.evaluations:
        yield replace(effort, evaluations=enough.evaluations, stages=enough.stages)


def _attack(part: Part, effort: Effort) -> Verdict:
    from ncverify.falsification.campaign import falsify

    assert not isinstance(part.statement, Demonstration)
    return falsify(
        part.statement,
        part.domain,
        effort.seed,
        effort.budget,
        evaluations=effort.evaluations,
        stages=effort.stages,
        shapes=effort.shapes,
        simplify=part.witness is None,
        device=effort.device,
    )


def _fell_short(part: Part, verdict: Verdict) -> bool:
    """Whether a search came to nothing that an honest account could rest on: a larger one may do better."""
    missed = part.witness is not None and verdict.status != "falsified"
    return missed or verdict.status in ("vacuous", "undecided")


def _recheck_witness(part: Part, witness: Point | SpacePoint, result: PartResult) -> None:
    """A false part is refuted twice: by its stored witness, and by a search that starts from nothing."""
    assert not isinstance(part.statement, Demonstration)
    stored = judge(part.statement, witness)
    if not stored.violated:
        result.holds, result.problem = None, "the stored witness does not violate the statement"
    elif result.holds is not False:
        result.holds, result.problem = False, "the search did not find a violation again"
    result.counterexample, result.grade = point_as_json(witness), "proved"


def _recheck_proof(part: Part, result: PartResult, tested: Callable[[Identity, Any], IdentityTest]) -> None:
    """The identities behind a part, tested exactly: those of its proof, or the part itself if it is one.

    They are tested for some shapes; without a reason why they hold for the others the grade stays what it was.
    """
    itself = part.statement if isinstance(part.statement, Identity) and not part.statement.given else None
    shapes, error = part.shapes or part.domain, 0.0
    identities = part.identities or ([(itself, shapes)] if itself is not None else [])
    for identity, own in identities:
        try:
            test = tested(identity, own)
        except NotPolynomialError:
            if part.proof:
                raise
            return  # an identity with exponentials in it stays as it was attacked
        if not test.holds:
            result.problem, result.holds = f"the identity {identity.name!r} is false", None
            return
        error += test.error_probability
    if identities and part.beyond:
        argument = part.argument or "an identity of polynomials"
        result.grade, result.detail = (
            "proved",
            (
                f"{argument} (identities exact for {_spaces(identities)}, error probability {error:.0e}; "
                f"other shapes: {part.beyond})"
            ),
        )


def _spaces(identities: list[tuple[Identity, Domain | Space]]) -> str:
    """What the identities were tested over, each space once."""
    return " and for ".join(dict.fromkeys(over(own) for _, own in identities))


def _demonstrate(demonstration: Demonstration, effort: Effort) -> PartResult:
    shown = demonstration.run(effort.seed)
    result = PartResult(
        demonstration.name,
        shown.holds,
        demonstration.grade,
        tried=shown.cases,
        detail=shown.detail,
        slack=_value(shown.value),
        counterexample=None if shown.counterexample is None else point_as_json(shown.counterexample),
    )
    if demonstration.control(effort.seed).holds is not False:
        result.holds, result.problem = None, "its negative control was not rejected"
    return result


def _value(value: float | None) -> float:
    return math.nan if value is None else value
