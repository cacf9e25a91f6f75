"""Every registered statement that holds carries false neighbours, and the default effort falsifies each of them."""

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ncverify import falsify
from ncverify.falsification.witness import read_witness, recheck
from ncverify.ledger.examine import EFFORTS
from ncverify.papers.claim import Claim, Neighbour
from tests.ulpm import claims

WANTED = 3
DEFAULT = EFFORTS["default"]


def neighbours() -> list[tuple[str, Neighbour]]:
    return [(claim.id, neighbour) for claim in claims().values() for neighbour in claim.neighbours]


def needs_neighbours(claim: Claim) -> bool:
    """Declared true, and not by running an experiment."""
    return claim.verdict == "holds"


@dataclass
class Detection:
    """What became of one neighbour."""

    id: str
    name: str
    falsified: bool
    seconds: float
    tried: int


def test_every_statement_that_holds_has_three_false_neighbours() -> None:
    lacking = {c.id: len(c.neighbours) for c in claims().values() if needs_neighbours(c) and len(c.neighbours) < WANTED}
    assert not lacking, f"ids with fewer than {WANTED} false neighbours: {lacking}"


def test_names_of_neighbours_are_unique_within_a_statement() -> None:
    for claim in claims().values():
        names = [neighbour.statement.name for neighbour in claim.neighbours]
        assert len(set(names)) == len(names), claim.id


@pytest.fixture(scope="module")
def detections() -> list[Detection]:
    return []


@pytest.mark.parametrize(("id_", "neighbour"), neighbours(), ids=[f"{i}: {n.statement.name}" for i, n in neighbours()])
def test_the_default_effort_falsifies(
    id_: str, neighbour: Neighbour, detections: list[Detection], tmp_path: Path
) -> None:
    verdict = falsify(
        neighbour.statement, neighbour.domain, DEFAULT.seed, DEFAULT.budget, evaluations=DEFAULT.evaluations
    )
    name = neighbour.statement.name
    detections.append(Detection(id_, name, verdict.status == "falsified", verdict.seconds, verdict.tried))
    assert verdict.status == "falsified", str(verdict)
    assert verdict.exact
    verdict.save(tmp_path / "witness.json")
    assert recheck(read_witness(tmp_path / "witness.json"), neighbour.statement).violated


def summary(detections: list[Detection]) -> dict[str, dict[str, float]]:
    """Per statement: share of neighbours falsified, median seconds and median points until then."""
    found: dict[str, dict[str, float]] = {}
    for id_ in dict.fromkeys(d.id for d in detections):
        own = [d for d in detections if d.id == id_]
        hits = [d for d in own if d.falsified]
        found[id_] = {
            "neighbours": len(own),
            "detection_rate": len(hits) / len(own),
            "median_seconds": round(statistics.median(d.seconds for d in hits), 3) if hits else float("nan"),
            "median_points": statistics.median(d.tried for d in hits) if hits else float("nan"),
        }
    return found


def test_detection_rates_are_reported(
    detections: list[Detection],
    tmp_path_factory: pytest.TempPathFactory,
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Last, so that it sees all of them; a run of a part of the file reports that part."""
    report = summary(detections)
    path = tmp_path_factory.getbasetemp() / "power.json"
    path.write_text(json.dumps(report, indent=1), encoding="utf-8")
    record_property("power", report)
    lines = [
        f"  {id_:34} {row['detection_rate']:6.0%} of {row['neighbours']}  median {row['median_seconds']:.3g} s"
        for id_, row in report.items()
    ]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", f"{len(detections)} neighbours, {path}", *lines, ""]))
    assert all(row["detection_rate"] == 1 for row in report.values())
