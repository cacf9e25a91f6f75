"""A process that dies between any two steps on the disk leaves what was there, or what was to be, and nothing between.

Every step is tried: a child dies just before its first change of the disk, the next before its second, and so on.
"""

import contextlib
import io
import json
import os

import numpy as np
import pytest
import torch

from ncverify import Point
from ncverify.cli import main
from ncverify.falsification.point_json import point_from_json
from ncverify.falsification.witness import read_witness, save_witness
from ncverify.files import UNFINISHED, write_whole
from ncverify.flow import Trajectory, gradient_flow
from ncverify.ledger.ledger import read_ledger, write_ledger
from ncverify.statements.types import Inequality
from tests.faults.children import crashes
from tests.report.sample import ORIGIN, sample
from training.checkpoint import Checkpoint, newest, save
from training.run_directory import RunDirectory
from training.settings import Settings

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="a matter of POSIX"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def whole(folder):
    """The names of the files that a program could take for finished."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def test_a_file_is_the_old_one_or_the_new_one(tmp_path):
    path = tmp_path / "x.txt"
    write_whole(path, "old")
    seen = set()
    for _ in crashes(lambda: write_whole(path, "new" * 1000)):
        seen.add(path.read_text())
        assert whole(tmp_path) == ["x.txt"]
        assert all(other.name.endswith(UNFINISHED) for other in tmp_path.iterdir() if other != path)
    assert seen == {"old"}  # the last step is the rename
    assert path.read_text() == "new" * 1000


def test_a_file_written_in_place_would_be_noticed(tmp_path):
    """Negative control."""
    path = tmp_path / "x.txt"
    path.write_text("old")

    def in_place():
        path.write_text("")
        with path.open("a") as file:
            file.write("new")

    assert "" in {path.read_text() for _ in crashes(in_place)}


def test_a_ledger_is_the_old_one_or_the_new_one(tmp_path):
    old, new = sample(), sample() | {"seed": 1}
    write_ledger(tmp_path, old)
    deaths = 0
    for _ in crashes(lambda: write_ledger(tmp_path, new)):
        deaths += 1
        assert read_ledger(tmp_path) in (old, new)
    assert deaths >= 2
    assert read_ledger(tmp_path) == new


def test_a_first_ledger_is_absent_or_whole(tmp_path):
    for _ in crashes(lambda: write_ledger(tmp_path / "deep" / "new", sample())):
        assert whole(tmp_path) == []
    assert read_ledger(tmp_path / "deep" / "new") == sample()


def test_a_witness_is_absent_or_whole(tmp_path):
    statement, path = Inequality("x", slack=lambda p: p.q_min), tmp_path / "w.json"
    for _ in crashes(lambda: save_witness(path, statement, point_from_json(ORIGIN))):
        assert not path.exists()
    assert read_witness(path)["name"] == "x"


@pytest.fixture(scope="module")
def flows():
    start = Point(np.array([[1.0, 0.2], [-1.0, 0.1]]), np.array([[1.0, -0.5], [0.1, 0.3]]))
    return [gradient_flow(start, until_log_t=end, record=[1.0, 2.0]) for end in (10.0, 20.0)]


def test_a_trajectory_is_the_old_one_or_the_new_one(tmp_path, flows):
    path = tmp_path / "trajectory.npz"
    flows[0].save(path)
    ends = set()
    for _ in crashes(lambda: flows[1].save(path)):
        ends.add(float(Trajectory.load(path)["log_t"][-1]))
    assert [round(end, 9) for end in ends] == [10.0]
    assert round(float(Trajectory.load(path)["log_t"][-1]), 9) == 20.0


def test_a_checkpoint_is_always_there(tmp_path):
    """Two are kept; whatever happens while the third is written, one that is whole can be gone on from."""

    def checkpoint(epoch):
        return Checkpoint(epoch, {"x": torch.full((3,), float(epoch))}, {"history": [], "losses": [], "sessions": []})

    save(tmp_path, checkpoint(1))
    save(tmp_path, checkpoint(2))
    epochs = set()
    for _ in crashes(lambda: save(tmp_path, checkpoint(3))):
        found = newest(tmp_path, pytest.fail)
        assert float(found.tensors["x"][0]) == found.epoch
        epochs.add(found.epoch)
    assert epochs == {2, 3}
    assert newest(tmp_path, pytest.fail).epoch == 3
    assert whole(tmp_path) == ["state.json", "state.json", "tensors.safetensors", "tensors.safetensors"]


@pytest.mark.slow
def test_a_run_directory_is_none_or_one_that_can_be_used(tmp_path):
    place, settings = tmp_path / "run", Settings(epochs=3)

    def used():
        directory = RunDirectory.opened(place, settings)
        directory.write_tables([{"epoch": 1, "x": 2.0}], [0.5])
        directory.write_result({"settings": settings.to_json()})

    for _ in crashes(used):
        RunDirectory.opened(place, settings).close()
        if (place / "result.json").exists():
            json.loads((place / "result.json").read_text())
    assert sorted(whole(place)) == ["losses.csv", "metrics.csv", "result.json", "settings.json"]


@pytest.mark.slow
def test_the_files_of_a_flow_are_each_whole_and_a_second_run_completes(tmp_path):
    command = ["flow", "--K", "2", "--n", "1", "--d", "1", "--until-log-t", "3", "--out", str(tmp_path)]
    deaths = 0
    for _ in crashes(lambda: _quietly(command)):
        deaths += 1
        for name in whole(tmp_path):
            if name == "trajectory.npz":
                Trajectory.load(tmp_path / name)
            assert (tmp_path / name).read_bytes().endswith((b"\n", b"\0\0"))
    assert deaths >= 8
    assert {"figure.svg", "table.csv", "trajectory.npz"} <= set(whole(tmp_path))


def _quietly(command):
    with contextlib.redirect_stdout(io.StringIO()):
        main(command)
