"""Three processes with gloo, the last one without a batch: the numbers are those of one process."""

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import Program

ROOT = Path(__file__).parents[2]


def started(world, folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = ["-m", "tests.recorder.three_processes", str(folder)]
    where = {"WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    with ExitStack() as stack:
        running = [
            stack.enter_context(Program(*command, cwd=ROOT, changes={**where, "RANK": str(rank)}))
            for rank in range(world)
        ]
        return [json.loads(process.ended(300).stdout) for process in running]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("three")
    return started(1, folder)[0], started(3, folder), folder


def same(row, other):
    return all(other[name] == value or value != value for name, value in row.items()) and set(row) == set(other)


@pytest.mark.slow
def test_a_loader_gives_the_same_bits_in_any_number_of_processes(found):
    one, three, _ = found
    assert all(same(one["loader"], other["loader"]) for other in three)
    assert not same(one["loader"], {**three[0]["loader"], "margin": 0.0})


def test_a_process_without_a_batch_takes_part(found):
    one, three, _ = found
    assert all(same(three[0]["stream"], other["stream"]) for other in three)
    # which samples are the first of their class depends on the order, and each process has its own
    for name in ("train_loss", "nc4_agreement", "within_class_variation", "self_duality_distance", "margin_with_bias"):
        value = one["stream"][name]
        assert three[0]["stream"][name] == pytest.approx(value, rel=1e-6, nan_ok=True), name


def test_buffers_are_the_first_process_s_meanwhile_and_each_its_own_afterwards(found):
    _, three, _ = found
    assert [other["kept"] for other in three] == [True] * 3


def test_one_process_writes_and_all_have_the_rows(found):
    _, three, folder = found
    assert (folder / "rows.csv").read_text().count("\n") == 2
    assert (folder / "page.html").is_file()
    assert [other["epochs"] for other in three] == [1, 1, 1]


def test_what_one_process_cannot_read_is_told_by_all_and_none_waits(found):
    _, three, _ = found
    assert "expected integers in 0..2" in three[1]["failure"]
    assert three[0]["failure"] == three[2]["failure"]
    assert "process 1: ValueError: labels: expected integers in 0..2" in three[0]["failure"]
