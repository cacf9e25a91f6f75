"""What a check of a paper needs beside the examination: effort, neighbours, facts of the run, failures in words."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ncverify import __version__
from ncverify.errors import WitnessError
from ncverify.falsification.point_json import point_from_json
from ncverify.ledger.examine import EFFORTS, Effort
from ncverify.ledger.results import ClaimResult, PartResult
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.space.text import as_witness

_PACKAGES = ("numpy", "scipy", "torch", "python-flint")


def effort_of(profile: str, seed: int, device: str = "cpu") -> Effort:
    """The effort of a profile ("quick", "default" or "thorough") with a seed, on a device of torch."""
    return replace(EFFORTS[profile], seed=seed, device=device)


def run_facts(profile: str, seed: int, device: str = "cpu") -> dict[str, Any]:
    """The facts about the run that the ledger records; the search works on float64 tensors of torch."""
    return {
        "version": __version__,
        "backend": "torch",
        "device": device,
        "dtype": "float64",
        "seed": seed,
        "profile": profile,
        "python": platform.python_version(),
        "packages": {name: installed for name in _PACKAGES if (installed := _version(name))},
    }


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: small matrices gain nothing from more, and processes side by side lose much by them."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def with_roles(claim: Claim) -> list[tuple[str, Part]]:
    """The parts of a claim, then those of its correction, each with its role."""
    corrected = claim.correction.parts if claim.correction else ()
    return [(str(part.role), part) for part in claim.parts] + [("correction", part) for part in corrected]


def neighbour_fault(claim: Claim, neighbour: Neighbour, effort: Effort) -> str:
    """The reason why a false neighbour counts against a check, "" where it was falsified; default effort at least."""
    from ncverify.falsification.campaign import falsify

    evaluations = max(effort.evaluations, EFFORTS["default"].evaluations)
    verdict = falsify(
        neighbour.statement,
        neighbour.domain,
        effort.seed,
        effort.budget,
        evaluations=evaluations,
        device=effort.device,
    )
    if verdict.status == "falsified":
        return ""
    return f"{_heading(claim)}: a neighbour has to be false, and was not falsified\n  {verdict}"


def part_account(claim: Claim, part: Part, result: PartResult) -> str:
    """A part whose examination contradicts what is declared: its sentence, what was found, the point to paste."""
    truth = {True: "holds", False: "false", None: "not decided"}[result.holds]
    lines = [
        f"{_heading(claim)}: {part.statement.name}",
        f"  expected: {'holds' if part.expected else 'false'}; found: {truth} ({result.grade}), {result.tried} points",
        f"  {_without_point(result.problem, result.counterexample)}",
        *_counterexample(result.counterexample),
    ]
    return "\n".join(line for line in lines if line.strip())


def claim_account(result: ClaimResult) -> str:
    """A claim whose verdict is not the declared one: printed, declared and found verdict, problems, counterexamples."""
    claim = result.claim
    lines = [f"{_heading(claim)}: declared {claim.verdict!r}, found {result.verdict!r}", f"  printed: {claim.printed}"]
    seen: list[Any] = []
    for part in (*result.parts, *result.correction):
        if part.problem:
            lines.append(f"  {part.name}: {_without_point(part.problem, part.counterexample)}")
            seen.append(part.counterexample)
            lines += _counterexample(part.counterexample)
    if result.corrected_verdict not in (None, "holds"):
        lines.append(f"  the correction came out as {result.corrected_verdict!r}")
    lines += [
        line
        for part in result.parts
        if part.counterexample not in seen
        for line in _counterexample(part.counterexample)
    ]
    return "\n".join(lines)


def as_printed_account(result: ClaimResult) -> str:
    """A claim that is not true as printed, its declared verdict notwithstanding."""
    claim = result.claim
    lines = [f"{_heading(claim)} is {result.verdict} as printed: {claim.reason}", f"  printed: {claim.printed}"]
    return "\n".join(lines + [line for part in result.parts for line in _counterexample(part.counterexample)])


def _heading(claim: Claim) -> str:
    return f"{claim.id} ({claim.where})" if claim.where else claim.id


def _without_point(problem: str, counterexample: object) -> str:
    return problem.replace(f": {counterexample}", "")


def _counterexample(data: Mapping[str, Any] | None) -> list[str]:
    """The line of Python that stands for a point of the ledger, ready for `Part(witness=...)`."""
    if not data:
        return []
    try:
        return [f"  counterexample, as Python: {as_witness(point_from_json(dict(data)))}"]
    except WitnessError:
        return [f"  counterexample: {data}"]
