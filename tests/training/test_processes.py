"""Two processes with gloo on the CPU: the tracker's numbers are those of one process, bit for bit."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.processes import Program
from training.checkpoint import load
from training.data import load as load_data
from training.loop import Trainer
from training.processes import Processes, chosen_device, lost_another
from training.run_directory import RunDirectory
from training.runner import Launch, run
from training.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(network="mlp", width=1 / 8, epochs=3, learning_rate=0.05, kkt=True)
ALONE = Processes(0, 1, torch.device("cpu"))


def in_two_processes(*arguments: str) -> list[subprocess.CompletedProcess[str]]:
    """What the two processes of one command returned and printed; the variables are those that torchrun sets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = ["-m", "training", *arguments, "--device", "cpu", "--threads", "1"]
    where = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    first, second = ({**where, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(2))
    with Program(*command, cwd=ROOT, changes=first) as one, Program(*command, cwd=ROOT, changes=second) as other:
        return [process.ended(300) for process in (one, other)]


def numbers(row):
    return {name: value for name, value in row.items() if name != "tracker_seconds"}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """(a trainer with the final weights of two processes, their rows, the rows of one process)."""
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("two")
    options = ["--network", "mlp", "--width", "0.125", "--epochs", "3", "--learning-rate", "0.05", "--kkt"]
    ended = in_two_processes("run", *options, "--out", str(out / "run"))
    assert [process.returncode for process in ended] == [0, 0], ended[0].stderr + ended[1].stderr
    assert "done" in ended[0].stdout
    assert ended[1].stdout == ""
    trainer = Trainer(SETTINGS, load_data("digits"), ALONE)
    trainer.restore(load(out / "run" / "checkpoints" / "epoch-00000003"))
    single = run(SETTINGS, Launch(out / "single", device="cpu", quiet=True))
    return trainer, trainer.history, single.result["history"]


@pytest.mark.slow
def test_the_tracker_of_two_processes_gives_the_numbers_of_one(both):
    trainer, rows, single = both
    assert numbers(rows[0]) == numbers(single[0])  # untrained: the same weights
    again = Trainer(SETTINGS, load_data("digits"), ALONE)
    again.network.load_state_dict(trainer.network.state_dict())
    again.epoch = 3
    again._track()
    assert numbers(again.history[0]) == numbers(rows[-1])


def test_two_processes_train_like_one_up_to_rounding(both):
    _, rows, single = both
    assert len(rows) == len(single)
    half_the_digits = torch.finfo(torch.float32).eps ** 0.5
    for two, one in zip(rows, single, strict=True):
        for name in ("train_loss", "within_class_variation", "self_duality_distance", "margin_bound"):
            assert two[name] == pytest.approx(one[name], rel=half_the_digits), (two["epoch"], name)


def test_a_last_batch_too_small_for_the_processes_is_refused():
    settings = replace(SETTINGS, batch=1437)
    with pytest.raises(ValueError, match="1,438 images in batches of 1437 end with one of 1, too few for 2 processes"):
        Trainer(settings, load_data("digits"), Processes(0, 2, torch.device("cpu")))


def test_devices_that_are_not_there_are_refused():
    assert chosen_device("cpu").type == "cpu"
    with pytest.raises(ValueError, match="expected auto, cpu, cuda or cuda:N"):
        chosen_device("abacus")
    with pytest.raises(ValueError, match="is not there; this machine has"):
        chosen_device(f"cuda:{torch.cuda.device_count()}")


@pytest.mark.slow
def test_two_processes_go_through_a_whole_plan_and_one_writes_it(tmp_path):
    places = ["--runs", str(tmp_path / "runs"), "--results", str(tmp_path / "results"), "--quiet"]
    ended = in_two_processes("budget", "--plan", "controls", "--epochs", "1", "--seconds", "300", *places)
    assert [process.returncode for process in ended] == [0, 0], ended[0].stderr + ended[1].stderr
    assert "4 of 4 runs have results" in ended[0].stdout
    assert ended[1].stdout == ""
    assert len(list((tmp_path / "results").glob("*.json"))) == 4


@pytest.mark.slow
def test_a_refused_directory_is_told_by_every_process(tmp_path):
    (tmp_path / "thesis.tex").write_text("words")
    ended = in_two_processes("run", "--network", "mlp", "--epochs", "1", "--out", str(tmp_path))
    assert [process.returncode for process in ended] == [2, 2]
    assert "is no run directory" in ended[0].stderr


@pytest.mark.slow
def test_a_directory_in_use_is_told_by_every_process_as_the_environment(tmp_path):
    pytest.importorskip("fcntl")
    settings = Settings(network="mlp", epochs=1)
    held = RunDirectory.opened(tmp_path / "run", settings)
    ended = in_two_processes("run", "--network", "mlp", "--epochs", "1", "--out", str(tmp_path / "run"))
    held.close()
    assert [process.returncode for process in ended] == [3, 3]
    for process in ended:
        assert re.fullmatch(r"error: .*another process is training here\n", process.stderr)


def test_only_the_loss_of_another_process_is_taken_for_it():
    gone = RuntimeError("[../third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed by peer [127.0.0.1]:1")
    assert lost_another(gone)
    assert lost_another(torch.distributed.DistBackendError("NCCL error"))
    assert not lost_another(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


@pytest.mark.slow
def test_torchrun_starts_a_run_and_goes_on_with_it(tmp_path):
    """Its first two epochs are one process's, its third that of two which torchrun has started."""
    out = tmp_path / "run"
    settings = replace(SETTINGS, kkt=False)
    launch = Launch(out, device="cpu", checkpoint_seconds=0, quiet=True)
    run(settings, launch)
    shutil.rmtree(out / "checkpoints" / "epoch-00000003")
    (out / "result.json").unlink()
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    options = ["--network", "mlp", "--width", "0.125", "--epochs", "3", "--learning-rate", "0.05", "--device", "cpu"]
    command += ["-m", "training", "run", *options, "--out", str(out), "--resume"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("going on after epoch 2 of 3") == 1
    sessions = json.loads((out / "result.json").read_text())["sessions"]
    assert [(session["processes"], session["epochs"]) for session in sessions] == [(1, [0, 2]), (2, [2, 3])]
