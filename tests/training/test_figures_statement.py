"""The verdict on Figures 1 and 3 to 8 follows from stored results and from nothing else."""

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from ncverify.ledger.examine import Effort, examine
from ncverify.literature.ulpm_2022 import _figure_results as stored
from ncverify.literature.ulpm_2022 import figures
from ncverify.literature.ulpm_2022.figures import EXCEPTION, METRICS, PANELS, decreases, deviations, judge_panel
from tests.processes import python

ROOT = Path(__file__).parents[2]
MNIST, CIFAR = PANELS[:2]
FASHION = PANELS[-1]
STEPS = (469, 4690, 46900)


def result(panel, *, rising=(), epochs=100, **changes):
    settings = stored.PAPER | {"network": panel.network, "dataset": panel.dataset} | changes
    history = [
        {"epoch": round(epochs * t / STEPS[-1]), "step": t, "train_accuracy": 1.0}
        | {name: math.log(t) if name in rising else 1 / math.log(t) for name in METRICS}
        for t in STEPS
    ]
    return {"settings": settings, "history": history, "hardware": ["CPU, 2 cores"], "data": {"missing": []}}


def examined(directory, monkeypatch, *results):
    for number, one in enumerate(results):
        (directory / f"{number}.json").write_text(json.dumps(one))
    monkeypatch.setenv("NCVERIFY_RESULTS", str(directory))
    claim = next(claim for claim in figures.CLAIMS if claim.id == "fig-1")
    return examine(claim, Effort(10, 1.0, 0))


def test_without_results_the_statement_is_open_and_says_what_is_missing(tmp_path, monkeypatch):
    found = examined(tmp_path, monkeypatch)
    assert found.verdict == "open"
    assert found.problems() == []
    assert "missing: resnet18 on mnist as the paper trained it, at least 100 epochs" in found.parts[0].detail


def test_with_results_for_every_panel_it_is_supported(tmp_path, monkeypatch):
    found = examined(tmp_path, monkeypatch, result(MNIST), result(CIFAR))
    assert (found.verdict, found.evidence) == ("supported", "measured")
    assert found.problems()[0].startswith("declared 'open', but the run came to 'supported': resnet18 on mnist")
    assert "100 epochs on CPU, 2 cores" in found.parts[0].detail


def test_one_panel_alone_leaves_it_open(tmp_path, monkeypatch):
    assert examined(tmp_path, monkeypatch, result(MNIST)).verdict == "open"


def test_one_metric_that_rises_refutes_figure_1_and_is_named(tmp_path, monkeypatch):
    found = examined(tmp_path, monkeypatch, result(MNIST, rising=[EXCEPTION]), result(CIFAR))
    assert found.verdict == "refuted"
    (problem,) = found.problems()
    assert problem.startswith("declared 'open', but the run came to 'refuted': ")
    assert f"did not decrease: {EXCEPTION} in 0.json" in problem  # the file that is against it
    assert "1.json" not in problem
    assert f"did not decrease: {EXCEPTION}" in found.parts[0].detail


def test_a_second_seed_that_rises_refutes_too(tmp_path, monkeypatch):
    runs = result(MNIST), result(CIFAR), result(CIFAR, rising=["self_duality_distance"], seed=1)
    assert examined(tmp_path, monkeypatch, *runs).verdict == "refuted"


def test_the_exception_that_the_paper_names_is_no_refutation_of_the_other_figures():
    shown = judge_panel(FASHION, [result(FASHION, rising=[EXCEPTION])])
    assert shown.holds is True
    assert EXCEPTION in shown.detail
    assert judge_panel(FASHION, [result(FASHION, rising=["within_class_variation"])]).holds is False


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weight_decay": 5e-4}, "weight decay 0.0005"),
        ({"width": 0.125}, "width 0.125"),
        ({"per_class": 100}, "per class 100"),
        ({"label_noise": 0.1}, "label noise 0.1"),
        ({"features": 4}, "features 4"),
        ({"learning_rate": 0.1}, "learning rate 0.1"),
        ({"loss": "mse"}, "loss mse"),
        ({"epochs": 50}, "50 epochs"),
    ],
)
def test_a_run_that_the_paper_did_not_make_decides_nothing_and_is_told(changes, said):
    for rising in ((), METRICS):
        other = result(MNIST, rising=rising, **changes)
        assert deviations(other) == [said]
        shown = judge_panel(MNIST, [other])
        assert shown.holds is None
        assert f"with {said}: {6 - len(rising)} of 6 metrics decreased" in shown.detail


def test_missing_data_and_other_products_are_told_where_a_run_counts():
    partial = result(CIFAR, precision="bfloat16")
    partial["data"]["missing"] = ["training batch 3"]
    shown = judge_panel(CIFAR, [partial])
    assert shown.holds is True
    assert "without training batch 3" in shown.detail
    assert "products in bfloat16" in shown.detail


def test_a_run_measured_twice_decides_nothing():
    short = result(MNIST)
    del short["history"][0]
    assert judge_panel(MNIST, [short]).holds is None


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.figure}-{panel.dataset}")
def test_every_negative_control_is_rejected(panel):
    assert judge_panel(panel, [figures._growing(panel)]).holds is False


def test_a_metric_that_ends_lower_after_a_rising_line_has_not_decreased():
    values = (1.0, 0.5, 2.0, 2.0, 0.9)
    rows = [{"step": 10**k, "within_class_variation": v} for k, v in enumerate(values, 1)]
    trend = decreases(rows)["within_class_variation"]
    assert (trend.first, trend.last, trend.highest, trend.rises, trend.steps) == (1.0, 0.9, 2.0, 1, 4)
    assert trend.slope > 0
    assert not trend.decreased


def test_files_that_are_no_results_are_passed_over_by_name(tmp_path):
    texts = {"a": "{", "b": "[]", "c": '{"settings": {}, "history": []}', "d": '{"settings": {}, "history": [{}]}'}
    texts["e"] = '{"settings": {}, "history": [{"epoch": 1, "step": 1, "within_class_variation": "x"}]}'
    texts["f"] = json.dumps(result(MNIST)).replace("469,", "NaN,", 1)
    for name, text in texts.items():
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "good.json").write_text(json.dumps(result(MNIST)))
    found, unreadable = stored.read_results(tmp_path)
    assert len(found) == 1
    assert unreadable == [f"{name}.json" for name in texts]


def test_results_are_looked_for_in_the_variable_here_and_in_the_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("NCVERIFY_RESULTS", str(tmp_path))
    assert stored.results_directory() == tmp_path
    monkeypatch.delenv("NCVERIFY_RESULTS")
    (tmp_path / "training" / "results").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert stored.results_directory() == tmp_path / "training" / "results"
    assert stored.read_results(None) == ([], [])


@pytest.mark.slow
def test_the_statement_does_not_need_the_training_package():
    code = (
        "import sys, ncverify.literature.ulpm_2022.figures\n"
        "assert not any(m.split('.')[0] == 'training' for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=300)


def test_the_stored_results_are_readable_and_judged():
    found, unreadable = stored.read_results(ROOT / "training" / "results")
    assert unreadable == []
    for one in found:
        assert all(trend is not None for trend in decreases(one["history"]).values())
        assert one["hardware"]
        assert one["seconds"] > 0


@pytest.mark.slow
def test_planted_rising_results_turn_a_run_red_and_the_message_names_the_file(tmp_path):
    """The whole way: `pytest properties/` on a folder of results in which a metric rises."""
    for number, one in enumerate((result(MNIST, rising=["self_duality_distance"]), result(CIFAR))):
        (tmp_path / f"planted-{number}.json").write_text(json.dumps(one))
    options = ("-q", "-k", "fig-1", "--profile", "quick")
    changes = {"NCVERIFY_RESULTS": str(tmp_path)}
    done = python("-m", "pytest", "properties/ulpm_2022", *options, cwd=ROOT, changes=changes)
    assert done.returncode == 1, done.stdout
    assert "declared 'open', but the run came to 'refuted'" in done.stdout
    assert "self_duality_distance in planted-0.json" in done.stdout


@pytest.mark.parametrize("declared", ["open", "supported", "refuted"])
@pytest.mark.parametrize("rising", [(), ("self_duality_distance",)])
def test_what_is_declared_does_not_change_what_is_found(tmp_path, monkeypatch, declared, rising):
    for number, one in enumerate((result(MNIST, rising=rising), result(CIFAR))):
        (tmp_path / f"{number}.json").write_text(json.dumps(one))
    monkeypatch.setenv("NCVERIFY_RESULTS", str(tmp_path))
    claim = dataclasses.replace(next(claim for claim in figures.CLAIMS if claim.id == "fig-1"), verdict=declared)
    assert examine(claim, Effort(10, 1.0, 0)).verdict == ("refuted" if rising else "supported")
