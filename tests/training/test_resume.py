"""A run that stops, or is killed, anywhere goes on to bit for bit the weights of a run that never stopped."""

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.processes import Program, python
from tests.training.tiny import TINY
from training.checkpoint import TENSORS, load
from training.run_directory import RunError
from training.runner import Launch, run

ROOT = Path(__file__).parents[2]
OFTEN = {"device": "cpu", "checkpoint_seconds": 0.0, "quiet": True}


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    ended = run(TINY, Launch(out, **OFTEN))
    return final(out), rows(ended.result)


def final(out: Path) -> dict[str, torch.Tensor]:
    return load(out / "checkpoints" / "epoch-00000004").tensors


def rows(result) -> list:
    return [{name: value for name, value in row.items() if name != "tracker_seconds"} for row in result["history"]]


def same(out: Path, whole) -> bool:
    ended = run(TINY, Launch(out, **OFTEN))
    tensors, history = whole
    found = final(out)
    assert rows(ended.result) == history
    return found.keys() == tensors.keys() and all(torch.equal(found[name], tensors[name]) for name in tensors)


@pytest.mark.slow
def test_a_run_that_stops_after_each_epoch_ends_like_one_that_does_not(tmp_path, uninterrupted, monkeypatch):
    from training import runner

    monkeypatch.setattr(runner._Session, "_out_of_time", lambda self, longest: longest > 0)
    for _ in range(TINY.epochs):
        run(TINY, Launch(tmp_path / "run", **OFTEN))
    assert same(tmp_path / "run", uninterrupted)


def test_the_generator_of_the_network_goes_on_too(tmp_path):
    from training.data import load as load_data
    from training.loop import Trainer
    from training.processes import Processes

    trainers = [Trainer(TINY, load_data("digits"), Processes(0, 1, torch.device("cpu"))) for _ in range(2)]
    torch.rand(5)
    saved = trainers[0].checkpoint()
    expected = torch.rand(3)
    torch.manual_seed(1)
    trainers[1].restore(saved)
    assert torch.equal(torch.rand(3), expected)


KILLED = """
import os, signal, sys
from training import checkpoint, command_line
whole = checkpoint.write_durably
def half(path, content):
    if path.parent.name == "unfinished-00000003" and path.name == {name!r}:
        with open(path, "wb") as file:
            file.write(content[:len(content) // 2])
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    whole(path, content)
checkpoint.write_durably = half
rename = checkpoint.Path.rename
def renamed(self, target):
    if target.name == "epoch-00000003" and {name!r} in ("before", "after"):
        if {name!r} == "after":
            rename(self, target)
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
checkpoint.Path.rename = renamed
sys.exit(command_line.main(sys.argv[1:]))
"""


def arguments(out: Path) -> list[str]:
    settings = ["--network", TINY.network, "--width", str(TINY.width), "--per-class", str(TINY.per_class)]
    settings += ["--batch", str(TINY.batch), "--epochs", str(TINY.epochs)]
    return ["run", *settings, "--out", str(out), "--device", "cpu", "--threads", "1", "--checkpoint-seconds", "0"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tensors.safetensors", "state.json", "before", "after"])
def test_a_run_killed_in_the_middle_of_a_write_ends_like_one_that_was_not(tmp_path, uninterrupted, name):
    out = tmp_path / "run"
    ended = python("-c", KILLED.format(name=name), *arguments(out), cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    there = sorted(entry.name for entry in (out / "checkpoints").iterdir())
    assert ("unfinished-00000003" in there) == (name != "after")
    assert same(out, uninterrupted)
    assert not list((out / "checkpoints").glob("unfinished*"))


@pytest.mark.slow
def test_a_run_killed_at_some_moment_ends_like_one_that_was_not(tmp_path, uninterrupted):
    out = tmp_path / "run"
    with Program("-m", "training", *arguments(out), cwd=ROOT):
        end = time.monotonic() + 300
        while not list(out.glob("checkpoints/epoch-*")):
            assert time.monotonic() < end
            time.sleep(0.001)
    assert same(out, uninterrupted)


def test_a_damaged_newest_checkpoint_costs_an_epoch_and_changes_nothing(tmp_path, uninterrupted, capsys):
    out = tmp_path / "run"
    run(TINY, Launch(out, **OFTEN))
    newest = out / "checkpoints" / "epoch-00000004" / TENSORS
    newest.write_bytes(newest.read_bytes()[:100])
    assert same(out, uninterrupted)
    assert "trying the one before it" in capsys.readouterr().err


LIMITED = """
import resource, signal, sys
from training.command_line import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.dont_write_bytecode = True  # a module's would be cut short, and stay so for everybody
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="file size limits are a matter of POSIX")
def test_a_file_that_cannot_be_written_is_told_by_the_command(tmp_path, uninterrupted):
    out = tmp_path / "run"
    # a measurement of coverage could not write its own file either
    changes = dict.fromkeys(name for name in os.environ if name.startswith("COVERAGE_"))
    ended = python("-c", LIMITED, *arguments(out), cwd=ROOT, changes=changes, fresh=True)
    assert ended.returncode == 3
    assert "a checkpoint of 0." in ended.stderr
    assert "could not be written (File too large" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert same(out, uninterrupted)


def test_other_settings_are_refused_by_name(tmp_path):
    out = tmp_path / "run"
    run(replace(TINY, epochs=1), Launch(out, **OFTEN))
    with pytest.raises(RunError, match=r"with other settings: learning_rate was 0\.01, now 0\.1\. Choose"):
        run(replace(TINY, learning_rate=0.1), Launch(out, **OFTEN))
    with pytest.raises(RunError, match=r"learning_rate was 0\.01, now 0\.1; momentum was 0\.3, now 0\.2"):
        run(replace(TINY, learning_rate=0.1, momentum=0.2), Launch(out, **OFTEN))


def test_a_finished_run_is_trained_longer_like_one_that_was_longer_from_the_start(tmp_path, uninterrupted):
    out = tmp_path / "run"
    assert run(replace(TINY, epochs=2), Launch(out, **OFTEN)).epoch == 2
    assert same(out, uninterrupted)
    assert json.loads((out / "settings.json").read_text()) == TINY.to_json()
    sessions = json.loads((out / "result.json").read_text())["sessions"]
    assert [session["epochs"] for session in sessions] == [[0, 2], [2, 4]]
    with pytest.raises(RunError, match="epochs was 4, now 2"):
        run(replace(TINY, epochs=2), Launch(out, **OFTEN))


def test_a_rate_that_depends_on_the_number_of_epochs_keeps_that_number(tmp_path):
    out = tmp_path / "run"
    cosine = replace(TINY, epochs=1, schedule="cosine")
    run(cosine, Launch(out, **OFTEN))
    for other in (replace(cosine, epochs=2), replace(cosine, epochs=2, schedule="none")):
        with pytest.raises(RunError, match="epochs was 1, now 2"):
            run(other, Launch(out, **OFTEN))
    assert json.loads((out / "settings.json").read_text()) == cosine.to_json()


def test_a_directory_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("words")
    with pytest.raises(RunError, match="is no run directory"):
        run(TINY, Launch(tmp_path, **OFTEN))
    with pytest.raises(RunError, match="no run to resume"):
        run(TINY, Launch(tmp_path / "absent", must_exist=True, **OFTEN))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["thesis.tex"]


def test_two_processes_do_not_train_in_one_directory(tmp_path):
    pytest.importorskip("fcntl")
    from training.run_directory import RunDirectory

    held = RunDirectory.opened(tmp_path / "run", TINY)
    with pytest.raises(RunError, match="another process is training here"):
        RunDirectory.opened(tmp_path / "run", TINY)
    held.close()
    RunDirectory.opened(tmp_path / "run", TINY).close()
