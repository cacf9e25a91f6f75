"""`python -m training`: run, figure, budget, and what they say when something is wrong."""

import json
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from tests.training.tiny import write_cifar, write_idx
from training import experiments
from training.command_line import STOPPED, main
from training.experiments import CONTROLS, Place, carry_out, plan, settings_of
from training.figures import draw
from training.run_directory import RunDirectory
from training.settings import Settings
from training.tables import controls_table, cosine_floor, run_table

SMALL = ["--network", "mlp", "--width", "0.1", "--device", "cpu", "--threads", "1"]


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_a_run_writes_settings_tables_checkpoint_and_result(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["run", *SMALL, "--epochs", "5", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "1,438 training and 359 test images" in shown
    assert "as published  scikit-learn's digits" in shown
    result = json.loads((out / "result.json").read_text())
    assert [row["epoch"] for row in result["history"]] == [0, 1, 2, 3, 5]
    assert result["hardware"][0].startswith("CPU, ")
    assert result["sessions"][0]["versions"]["torch"] == torch.__version__
    assert result["settings"]["learning_rate"] == 0.01
    assert result["history"][-1]["step"] == 5 * 12
    lines = (out / "metrics.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,step,train_loss")
    assert len(lines) == 6
    assert len((out / "losses.csv").read_text().splitlines()) == 6
    assert main(["run", *SMALL, "--epochs", "5", "--out", str(out), "--resume"]) == 0
    assert json.loads((out / "result.json").read_text())["history"] == result["history"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dataset", "mnist"], "needs the directory of its files: --data DIR"),
        (["--dataset", "mnist", "--data", "absent"], "absent: no such directory"),
        (["--epochs", "0"], "epochs: expected a positive number, got 0"),
        (["--momentum", "1"], "0 <= momentum < 1"),
        (["--width", "0"], "0 < width"),
        (["--per-class", "500"], "expected 1 to 127 images per class"),
        (["--device", "abacus"], "expected auto, cpu, cuda or cuda:N"),
        (["--resume"], "there is no run to resume"),
        (["--learning-rate", "1e30"], "the training loss is"),
        (["--time-limit", "0"], ""),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(tmp_path, capsys, monkeypatch, options, message):
    monkeypatch.delenv("NCVERIFY_DATA", raising=False)
    code = main(["run", *SMALL, "--epochs", "1", "--out", str(tmp_path / "run"), *options])
    assert code == (1 if "loss" in message else 2 if message else STOPPED)
    assert message in capsys.readouterr().err


def test_missing_data_leaves_no_run_directory_behind(tmp_path, monkeypatch):
    monkeypatch.delenv("NCVERIFY_DATA", raising=False)
    assert main(["run", *SMALL, "--dataset", "mnist", "--out", str(tmp_path / "run")]) == 2
    assert not (tmp_path / "run").exists()


def test_a_directory_in_use_is_exit_code_3(tmp_path, capsys):
    pytest.importorskip("fcntl")
    held = RunDirectory.opened(tmp_path / "run", Settings(network="mlp", width=0.1, epochs=1))
    assert main(["run", *SMALL, "--epochs", "1", "--out", str(tmp_path / "run")]) == 3
    assert "another process is training here" in capsys.readouterr().err
    held.close()
    assert main(["run", *SMALL, "--epochs", "1", "--out", str(tmp_path / "run")]) == 0


def test_other_settings_are_refused(tmp_path, capsys):
    out = str(tmp_path / "run")
    assert main(["run", *SMALL, "--epochs", "1", "--out", out]) == 0
    assert main(["run", *SMALL, "--epochs", "1", "--out", out, "--seed", "1"]) == 2
    assert "seed was 0, now 1" in capsys.readouterr().err


def test_tensorboard_gets_the_metrics_or_the_lack_of_it_is_told(tmp_path, capsys, monkeypatch):
    written = []
    fake = ModuleType("torch.utils.tensorboard")
    fake.SummaryWriter = lambda directory: type(
        "Writer", (), {"add_scalar": lambda self, *scalar: written.append(scalar), "close": lambda self: None}
    )()
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", fake)
    command = ["run", *SMALL, "--epochs", "1", "--tensorboard", "--out"]
    assert main([*command, str(tmp_path / "a")]) == 0
    assert {(name, epoch) for name, _, epoch in written} >= {("train_loss", 0), ("within_class_variation", 1)}
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert main([*command, str(tmp_path / "b")]) == 3
    assert "pip install tensorboard" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--precision", "bfloat16"],
        ["--schedule", "cosine"],
        ["--features", "4"],
        ["--label-noise", "0.2"],
        ["--weight-decay", "0.1"],
        ["--no-bias"],
        ["--balanced"],
        ["--kkt"],
    ],
)
def test_every_option_trains(tmp_path, options):
    assert main(["run", *SMALL, "--epochs", "2", "--out", str(tmp_path / "run"), *options]) == 0
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["history"][-1]["train_loss"] < result["history"][0]["train_loss"]


@pytest.mark.slow
def test_every_data_set_trains(tmp_path):
    write_idx(tmp_path / "mnist")
    write_cifar(tmp_path / "cifar-10")
    for name in ("mnist", "cifar-10"):
        for network in ("resnet18", "vgg13", "vgg13-plain"):
            out = tmp_path / f"{name}-{network}"
            command = ["run", "--network", network, "--dataset", name, "--width", "0.05", "--epochs", "1"]
            assert main([*command, "--data", str(tmp_path), "--out", str(out), "--device", "cpu"]) == 0
            result = json.loads((out / "result.json").read_text())
            assert result["data"]["missing"]
            assert str(tmp_path) not in json.dumps(result)


def test_the_schedule_ends_near_zero_and_weights_decay():
    from training.data import load
    from training.loop import Trainer
    from training.processes import Processes

    settings = Settings(network="mlp", width=0.1, schedule="cosine", epochs=4, weight_decay=0.5)
    trainer = Trainer(settings, load("digits"), Processes(0, 1, torch.device("cpu")))
    rates = []
    while not trainer.done:
        trainer.train_epoch()
        rates.append(trainer.optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([0.01 * (1 + np.cos(np.pi * k / 4)) / 2 for k in range(4)])
    plain = Trainer(Settings(network="mlp", width=0.1, epochs=4), load("digits"), trainer.group)
    assert plain.network.classifier.weight.norm() > trainer.network.classifier.weight.norm()


@pytest.mark.slow
def test_a_plan_goes_on_where_the_budget_ended(tmp_path, monkeypatch):
    tiny = [Settings(network="mlp", width=0.1, epochs=3, seed=seed) for seed in range(2)]
    place, said = Place(tmp_path / "runs", tmp_path / "results", device="cpu", quiet=True), []
    from training import runner

    monkeypatch.setattr(runner._Session, "_out_of_time", lambda self, longest: longest > 0)
    lefts = []
    for _ in range(20):
        left, failed = carry_out(tiny, place, None, said.append)
        assert failed == 0
        lefts.append(left)
        if not left:
            break
    assert lefts[0] == 2
    assert lefts[-1] == 0
    assert sorted(path.stem for path in place.results.glob("*.json")) == sorted(one.name for one in tiny)
    assert carry_out(tiny, place, None, said.append) == (0, 0)
    assert said[-1].endswith("has a result")


def test_a_spent_budget_starts_nothing_and_a_failing_run_does_not_stop_the_others(tmp_path, monkeypatch):
    monkeypatch.delenv("NCVERIFY_DATA", raising=False)
    place = Place(tmp_path / "runs", tmp_path / "results", device="cpu", quiet=True)
    runs = [Settings(network="mlp", width=0.1, epochs=1, dataset=name) for name in ("mnist", "digits")]
    assert carry_out(runs, place, 0.0, lambda line: None) == (2, 0)
    assert not place.runs.exists()
    said = []
    assert carry_out(runs, place, None, said.append) == (0, 1)
    assert "failed: mnist: needs the directory" in said[0]
    assert "done" in said[1]


@pytest.mark.slow
def test_the_budget_command_says_what_is_left(tmp_path, capsys):
    command = ["budget", "--plan", "controls", "--epochs", "2", "--runs", str(tmp_path / "r"), "--quiet"]
    command += ["--results", str(tmp_path / "s"), "--device", "cpu", "--threads", "1", "--seconds"]
    assert main([*command, "0"]) == STOPPED
    assert "0 of 4 runs have results; 4 to go on with; 0 failed" in capsys.readouterr().out
    assert main([*command, "1000"]) == 0
    assert "cosine floor" in capsys.readouterr().out


@pytest.mark.slow
def test_a_figure_is_drawn_with_its_table_and_the_same_bytes_each_time(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(experiments, "settings_of", settings_of)
    command = ["figure", "4", "--scale", "digits", "--epochs", "4", "--runs", str(tmp_path / "runs"), "--quiet"]
    command += ["--results", str(tmp_path / "results"), "--device", "cpu"]
    assert main([*command, "--draw-only"]) == 1
    assert "missing: vgg13-digits-epochs4-width0.125-seed0" in capsys.readouterr().out
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "| within-class variation |" in shown
    drawing = tmp_path / "results" / "figures" / "figure-4-digits.svg"
    first = drawing.read_bytes()
    assert first.startswith(b"<?xml")
    assert main([*command, "--draw-only"]) == 0
    assert drawing.read_bytes() == first


def test_without_matplotlib_or_results_drawing_is_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="nothing to draw"):
        draw({}, tmp_path / "f.svg")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ValueError, match="figures need matplotlib"):
        draw({"a": {}}, tmp_path / "f.svg")


def test_the_full_plan_is_that_of_the_paper():
    runs = plan("full")
    assert len(runs) == 8
    assert {(run.network, run.dataset) for run in runs} == {
        (network, data)
        for network in ("resnet18", "vgg13")
        for data in ("mnist", "fashion-mnist", "kmnist", "cifar-10")
    }
    for run in runs:
        found = (run.learning_rate, run.momentum, run.batch, run.weight_decay, run.width, run.per_class)
        assert found == (0.01, 0.3, 128, 0.0, 1.0, None)
        assert run.epochs >= 100
    assert len(plan("digits")) == 2
    with pytest.raises(ValueError, match="expected one of full"):
        plan("grand")


def test_names_of_different_settings_differ():
    runs = [*plan("full"), *plan("reduced"), *plan("digits"), *plan("controls"), *plan("full", seed=1)]
    assert len({run.name for run in runs}) == len(set(runs))


@pytest.mark.parametrize("d", [1, 2, 4, 8, 9, 20])
def test_cosines_in_few_dimensions_stay_above_their_floor(d):
    floor = cosine_floor({"settings": {"features": d}})
    assert (floor > 0) == (d < 9)
    generator = np.random.default_rng(d)
    for _ in range(200):
        u = generator.standard_normal((10, d))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        u = np.linalg.qr(u)[0] if d > 1 and generator.random() < 0.5 else u  # a tight frame, close to the floor
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        off = ~np.eye(10, dtype=bool)
        assert np.abs((u @ u.T)[off] + 1 / 9).mean() >= floor - 1e-12


def test_tables_name_what_differs_and_what_did_not_decrease():
    rows = [
        {"epoch": e, "step": 12 * e, "within_class_variation": 1 + e, "self_duality_distance": 1 / e} for e in (1, 2, 4)
    ]
    result = {
        "settings": CONTROLS["bottleneck"].to_json(),
        "history": rows,
        "hardware": ["CPU, 2 cores"],
        "epochs": 4,
        "seconds": 1.0,
        "data": {"training_images": 1270, "missing": ["a batch"]},
    }
    text = run_table(result)
    assert "features 4" in text
    assert "without a batch" in text
    assert "| within-class variation | 2 | 5 | 5 | 2.5 |" in text
    assert "**no** |" in text
    assert "not measured" in text
    assert "| cosine floor 1/d - 1/(K-1) | 0.139 |" in controls_table({"bottleneck": result})
