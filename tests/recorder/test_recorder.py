"""The recorder in a loop: when it measures, what it writes, and what its page says."""

import csv
import json
import math
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ncverify import Point
from ncverify.collapse import DEFINITIONS, collapsed_point, residuals
from ncverify.metrics import metrics_of, scatter_ratio
from ncverify.recorder import CollapseRecorder, MeasurementOptions, Wishes, log_epochs, measured
from ncverify.recorder.passes import vectors
from ncverify.recorder.schedule import schedule
from ncverify.recorder.writers import csv_text, json_text
from tests.recorder.networks import body_and, data

EPS = float(np.finfo(np.float32).eps)


def trained(tmp_path, epochs=12, **options):
    """A recorder that has seen a short training with AdamW, weight decay, a bias and unequal classes."""
    x, y = data(90)
    x, y = x[:80] + 2 * nn.functional.one_hot(y[:80], 8), y[:80]
    model = body_and(nn.Linear(6, 3))
    loader = DataLoader(TensorDataset(x, y), 16, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), 0.02, weight_decay=0.01)
    recorder = CollapseRecorder(model, loader, test=(x[:20], y[:20]), **options)
    for epoch in range(epochs):
        for inputs, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()
        recorder.record(epoch)
    return recorder


def test_two_lines_in_a_loop_record_the_epochs_of_the_schedule(tmp_path):
    recorder = trained(tmp_path)
    assert [row["epoch"] for row in recorder.rows] == [0, 1, 2, 4, 8]
    assert all(isinstance(value, float | int) for row in recorder.rows for value in row.values())
    assert recorder.rows[-1]["train_loss"] < recorder.rows[0]["train_loss"]
    assert recorder.rows[-1]["step"] == 8 * 5


@pytest.mark.parametrize(
    ("epochs", "last", "expected"),
    [
        ("log", None, [0, 1, 2, 4, 8, 16]),
        ("log", 19, [0, 1, 2, 4, 8, 16, 19]),
        (7, None, [0, 7, 14]),
        ([1, 4], 3, [1, 3, 4]),
        ("all", None, list(range(20))),
    ],
)
def test_schedules(epochs, last, expected):
    assert [epoch for epoch in range(20) if schedule(epochs, last)(epoch)] == expected


def test_the_logarithmic_schedule_is_that_of_a_run_of_known_length():
    assert [e for e in range(2000) if schedule("log")(e)] == [e for e in log_epochs(1999) if e != 1999]


@pytest.mark.parametrize("epochs", [0, -1, True, "linear", 1.5, None, [1.5], [-1]])
def test_schedules_that_are_none_are_refused(epochs):
    with pytest.raises((TypeError, ValueError), match="epochs: expected"):
        schedule(epochs)


def test_the_numbers_are_those_of_all_samples_in_one_array():
    x, y = data(90)
    model = body_and(nn.Linear(6, 3))
    row = measured(model, (x, y)).row
    with torch.no_grad():
        features = model[:2](x).double().numpy()
    W = model[2].weight.detach().double().numpy()
    for name, value in vars(metrics_of(features, y.numpy(), W)).items():
        assert row[name] == pytest.approx(value, rel=1000 * EPS), name
    point = Point(W, np.concatenate([features[y.numpy() == k] for k in range(3)]).T)
    expected = residuals(point, centred=True)
    for name in ("nc1", "nc2", "nc3"):
        assert row[f"{name}_residual"] == pytest.approx(float(getattr(expected, name)), rel=1e-4), name
    assert row["nc4_residual"] == 1 - row["nc4_agreement"]
    assert row["papyan_nc1"] == pytest.approx(scatter_ratio(features, y.numpy(), 3), rel=1e-4)


def collapsed(noise=0.0):
    p = collapsed_point(3, 20, 8, squared_norm=600.0)
    head = nn.Linear(8, 3, bias=False).double()
    head.weight.data.copy_(torch.from_numpy(p.W))
    x = torch.from_numpy(np.ascontiguousarray(p.H.T))
    return head, (x + noise * torch.randn_like(x), [k for k in range(3) for _ in range(20)])


def test_a_collapsed_network_is_certified_and_a_noisy_one_is_not():
    row = measured(*collapsed(), options=MeasurementOptions(kkt=True)).row
    for name in ("nc1_residual", "nc2_residual", "nc3_residual", "nc4_residual", "papyan_nc1", "gap_to_best_margin"):
        assert abs(row[name]) < 1e-7, name
    assert row["balanced_margin_ratio"] == pytest.approx(1)
    assert row["gap_to_best_margin"] >= 0
    assert row["kkt_stationarity"] < 1e-6
    noisy = measured(*collapsed(0.5), options=MeasurementOptions(kkt=True)).row
    assert min(noisy[name] for name in ("nc1_residual", "gap_to_best_margin", "kkt_stationarity")) > 0.01
    assert noisy["gap_to_best_margin"] >= 1 - noisy["balanced_margin_ratio"]


def test_files_hold_the_rows(tmp_path):
    recorder = trained(tmp_path, csv=tmp_path / "a.csv", json=tmp_path / "a.json", last=10)
    found = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [int(row["epoch"]) for row in found] == [row["epoch"] for row in recorder.rows]
    assert float(found[-1]["margin"]) == recorder.rows[-1]["margin"]
    loaded = json.loads((tmp_path / "a.json").read_text())
    assert loaded[-1]["margin"] == recorder.rows[-1]["margin"]
    rows = [{"epoch": 0, "a": math.nan}, {"epoch": 1, "b": 2}]
    assert csv_text(rows) == "epoch,a,b\n0,,\n1,,2\n"
    assert json.loads(json_text(rows)) == [{"epoch": 0, "a": None}, {"epoch": 1, "b": 2}]


class Board:
    def __init__(self):
        self.seen = []

    def add_scalar(self, tag, value, step):
        self.seen.append((tag, value, step))


class Run:
    def __init__(self):
        self.seen = []

    def log(self, values):
        self.seen.append(values)


def test_writers_that_are_handed_in_get_the_numbers_that_exist(tmp_path):
    board, run = Board(), Run()
    recorder = trained(tmp_path, 1, writers=[board, run])
    row = recorder.rows[0]
    assert ("collapse/margin", row["margin"], 0) in board.seen
    assert run.seen[0]["collapse/margin"] == row["margin"]
    assert run.seen[0]["epoch"] == 0
    assert all(math.isfinite(value) for _, value, _ in board.seen)
    with pytest.raises(TypeError, match="add_scalar"):
        trained(tmp_path, 0, writers=[3])


def test_the_frame_has_a_column_for_each_number(tmp_path):
    recorder = trained(tmp_path, 2)
    frame = recorder.frame()
    assert list(frame["epoch"]) == [0, 1]
    assert set(recorder.rows[0]) == set(frame)


def test_rows_go_on_from_a_checkpoint(tmp_path):
    recorder, other = trained(tmp_path, 2), trained(tmp_path, 0)
    other.load_state_dict(recorder.state_dict())
    other.record(2)
    assert [row["epoch"] for row in other.rows] == [0, 1, 2]
    again = other.record(2)
    assert len(other.rows) == 3
    assert again is other.rows[-1]


@pytest.mark.parametrize("epoch", [-1, 1.5, None, True])
def test_an_epoch_that_is_none_is_refused(tmp_path, epoch):
    with pytest.raises(ValueError, match="epoch: expected an integer >= 0"):
        trained(tmp_path, 0).record(epoch)


def test_a_page_before_anything_was_recorded_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nothing has been recorded"):
        trained(tmp_path, 0).page(tmp_path / "page.html")
    with pytest.raises(TypeError, match=r"expected a torch.nn.Module"):
        CollapseRecorder(3, data())


def test_the_page_has_curves_matrices_with_names_causes_and_conclusions(tmp_path):
    recorder = trained(tmp_path, 12, classes=["ant & bee", "cat", "dog"], layers=["0", "1"])
    recorder.page(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count('class="chart panel"') == 4
    assert page.count('class="chart heat"') == 3
    assert "ant &amp; bee" in page
    assert "unequal norms of W and H" in page
    assert "of the six metrics of Section 4 fell" in page
    assert "Collapse by depth" in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert not re.search(r"\bnan\b", page)


def test_the_page_says_what_the_last_row_says(tmp_path):
    recorder = trained(tmp_path, 2)
    recorder.rows[-1]["train_accuracy"] = 1.0
    recorder.page(tmp_path / "page.html")
    assert "epoch 1 is the first that was measured so" in (tmp_path / "page.html").read_text()
    recorder.rows[-1]["train_accuracy"] = 0.5
    recorder.page(tmp_path / "page.html")
    assert "50.00% of the training samples are not classified correctly" in (tmp_path / "page.html").read_text()


@pytest.mark.slow
def test_the_plot_has_the_paper_s_panels_and_a_map_of_the_layers(tmp_path):
    pytest.importorskip("matplotlib")
    assert len(trained(tmp_path, 3, layers="1").plot().axes) == 6
    assert len(trained(tmp_path, 3).plot().axes) == 4


def test_other_layers_are_measured_as_if_they_were_the_last(tmp_path):
    x, y = data(90)
    model = body_and(nn.Linear(6, 3))
    found = measured(model, (x, y), test=(x, y), options=MeasurementOptions(layers=["1", model[0]]))
    assert list(found.depth) == ["1", "0"]
    for name in ("feature_norm_variation", "within_class_variation", "feature_cosine_deviation", "papyan_nc1"):
        assert found.depth["1"][name] == pytest.approx(found.row[name], rel=1e-6)
    with torch.no_grad():
        h = model[0](x).double()
    means = torch.stack([h[y == k].mean(dim=0) for k in range(3)])
    right = (torch.cdist(h, means).argmin(dim=1) == y).double().mean()
    assert found.depth["0"]["nearest_mean_accuracy"] == pytest.approx(float(right))
    assert found.depth["0"]["test_nearest_mean_accuracy"] == pytest.approx(float(right))
    assert found.depth["0"]["within_class_variation"] != pytest.approx(found.row["within_class_variation"], rel=1e-3)


def test_outputs_become_vectors_by_the_stated_rule():
    image, words = torch.randn(5, 3, 4, 4), torch.randn(5, 7, 6)
    assert torch.equal(vectors(image, "flatten", (5,), "a"), image.reshape(5, -1))
    assert torch.allclose(vectors(image, "mean", (5,), "a"), image.mean(dim=(2, 3)), atol=1e-6)
    assert torch.equal(vectors(words, "mean", (5,), "a"), words.mean(dim=1))
    assert torch.equal(vectors(words, "mean", (5, 7), "a"), words.reshape(35, 6))
    assert torch.equal(vectors(words, lambda t: t[:, 0], (5,), "a"), words[:, 0])
    with pytest.raises(ValueError, match="pool: expected"):
        vectors(words, "max", (5,), "a")
    with pytest.raises(ValueError, match=r"'a' gives \(5, 6\), expected \(35, d\)"):
        vectors(words.mean(dim=1), "mean", (5, 7), "a")
    with pytest.raises(ValueError, match="'x' is no layer"):
        measured(body_and(nn.Linear(6, 3)), data(), options=MeasurementOptions(layers=["x"]))


def test_classes_of_unequal_size_are_bounded_on_the_first_of_each():
    x, _ = data(21)
    labels = torch.tensor([0] * 5 + [1] * 9 + [2] * 7)
    model = body_and(nn.Linear(6, 3, bias=False))
    chosen = torch.cat([torch.nonzero(labels == k)[:5, 0] for k in range(3)])
    parts = [(x[i : i + 4], labels[i : i + 4]) for i in range(0, 21, 4)]
    found, expected = measured(model, parts).row, measured(model, (x[chosen], labels[chosen])).row
    for name in ("margin", "margin_bound", "slack_alignment", "slack_spread", "images_per_class"):
        assert found[name] == pytest.approx(expected[name], rel=1e-5), name


def test_classes_without_samples_are_left_out_and_counted(tmp_path):
    x, _ = data(40)
    few, many = body_and(nn.Linear(6, 3)), body_and(nn.Linear(6, 5))
    with torch.no_grad():
        many[2].weight[[0, 2, 4]] = few[2].weight
        many[2].bias[[0, 2, 4]] = few[2].bias
        many[2].bias[[1, 3]] = -1000.0
    labels = torch.arange(40) % 3
    options = MeasurementOptions(kkt=True, layers=["0"])
    expected = measured(few, (x, labels), test=(x, labels), options=options)
    found = measured(many, (x, 2 * labels), test=(x, 2 * labels), options=options)
    assert found.row["empty_classes"] == 2
    for name, value in expected.row.items():
        if name != "empty_classes":
            assert found.row[name] == pytest.approx(value, rel=1e-5, nan_ok=True), name
    assert found.depth == expected.depth
    recorder = CollapseRecorder(many, (x, 2 * labels), classes="abcde")
    recorder.record(0)
    assert recorder.classes == ["a", "c", "e"]
    recorder.page(tmp_path / "page.html")
    assert "classes without samples" in (tmp_path / "page.html").read_text()
    with pytest.raises(ValueError, match="at least two classes, got 1"):
        measured(many, (x, 0 * labels))


def test_many_classes_are_compared_in_blocks(monkeypatch, tmp_path):
    from ncverify.recorder import numbers, page

    model, (x, _) = body_and(nn.Linear(6, 9)), data()
    expected = measured(model, (x, torch.arange(60) % 9)).row
    monkeypatch.setattr(numbers, "BLOCK", 20)
    assert measured(model, (x, torch.arange(60) % 9)).row == pytest.approx(expected, nan_ok=True)
    monkeypatch.setattr(page, "MOST_CLASSES", 4)
    recorder = CollapseRecorder(model, (x, torch.arange(60) % 9))
    recorder.record(0)
    recorder.page(tmp_path / "page.html")
    assert "One class in 3 is shown" in (tmp_path / "page.html").read_text()


def test_a_layer_that_is_not_called_is_told():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Linear(8, 3), nn.Linear(8, 3)

        def forward(self, x):
            return self.used(x)

    with pytest.raises(ValueError, match="'idle' was not called"):
        measured(Idle(), data(), options=MeasurementOptions(layers=["idle"]))


def test_the_page_and_the_recorder_say_whose_definition_a_number_is_about(tmp_path):
    recorder = trained(tmp_path, epochs=2)
    assert recorder.definitions["nc2_residual"] == "papyan-2020/nc2"
    assert set(recorder.definitions) < set(recorder.rows[0])
    assert {key.partition(",")[0] for key in recorder.definitions.values() if "/nc" in key} <= {
        one.key for one in DEFINITIONS
    }
    recorder.page(tmp_path / "page.html")
    assert "papyan-2020/nc2" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_options_have_their_name_of_version_0_2_too():
    x, y = data(40)
    model = body_and(nn.Linear(6, 3))
    assert Wishes is MeasurementOptions
    new = measured(model, (x, y), options=MeasurementOptions(ignore_index=0)).row
    assert measured(model, (x, y), wishes=Wishes(ignore_index=0)).row == new
    assert new != measured(model, (x, y)).row
