"""`ncverify measure` on good files: its numbers, its table, its JSON."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ncverify.cli import build_parser, main
from ncverify.collapse import collapsed_point, definition, residuals
from ncverify.commands.feature_file import read_feature_file
from ncverify.commands.measurement import measure
from ncverify.point import Point
from ncverify.separation import optimality_gap
from ncverify.slack import margin_slack
from tests.metrics import oracles
from tests.metrics.samples import balanced, simplex, unbalanced

EPS32 = float(np.finfo(np.float32).eps)


def write(folder, features, labels, classifier, bias=None, suffix=".npz"):
    arrays = {"features": features, "labels": labels, "classifier": classifier}
    if bias is not None:
        arrays["bias"] = bias
    path = folder / f"last-layer{suffix}"
    if suffix == ".npz":
        np.savez(path, **arrays)
    else:
        save_file({key: torch.as_tensor(np.ascontiguousarray(array)) for key, array in arrays.items()}, path)
    return str(path)


def measured(path):
    return measure(read_feature_file(path))


def as_json(path, capsys):
    assert main(["measure", path, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_number_is_that_of_an_independent_computation(tmp_path, capsys, suffix, dtype):
    features, labels, W = balanced(1, K=4, n=6, d=5)
    features, W = features.astype(dtype), W.astype(dtype)
    found = as_json(write(tmp_path, features, labels, W, suffix=suffix), capsys)
    wide, W = features.astype(float), W.astype(float)
    point = Point(W, np.ascontiguousarray(wide[np.argsort(labels, kind="stable")].T))
    close = {"rel": 100 * EPS32, "abs": 100 * EPS32}

    assert found["metrics"] == pytest.approx(oracles.metrics(wide, labels, W), **close)
    plain = oracles.metrics(wide, labels, W, centred_cosines=False, centred_classifier=False)
    for name, value in found["metrics_uncentred"].items():
        assert value == pytest.approx(plain[name], **close), name
    assert found["papyan_nc1"] == pytest.approx(oracles.papyan_nc1(wide, labels, 4), rel=1e-9)
    for kind, centred in (("printed", False), ("centred", True)):
        expected = {k: float(v) for k, v in residuals(point, centred=centred)._asdict().items()}
        assert found["residuals"][kind] == pytest.approx(expected, **close), kind
    slack = margin_slack(point)
    assert found["q_min"] == pytest.approx(float(slack.q_min), rel=1e-12)
    for name in ("bound", "centring", "alignment", "spread"):
        assert found["theorem_3_1"][name] == pytest.approx(float(getattr(slack, name)), rel=1e-9, abs=1e-12), name
    assert found["theorem_3_1"]["q_min_over_bound"] == pytest.approx(float(slack.q_min / slack.bound), rel=1e-12)
    assert found["accuracy"] == np.mean(np.argmax(wide @ W.T, axis=1) == labels)
    assert found["nc4_agreement"] == oracles.nearest_mean_agreement(wide, labels, W)
    assert (found["samples"], found["classes"], found["dimension"]) == (24, 4, 5)
    assert found["class_sizes"] == [6] * 4
    assert found["dtype"] == np.dtype(dtype).name
    assert found["undefined"] == {}
    assert found["with_bias"] is None


def test_the_order_of_the_samples_does_not_matter(tmp_path, capsys):
    features, labels, W = balanced(2)
    order = np.random.default_rng(0).permutation(len(labels))
    first = as_json(write(tmp_path, features, labels, W), capsys)
    second = as_json(write(tmp_path, features[order], labels[order], W), capsys)
    assert second["theorem_3_1"] == pytest.approx(first["theorem_3_1"], rel=1e-12)
    assert second["metrics"] == pytest.approx(first["metrics"], rel=1e-12)


def test_many_chunks_give_the_numbers_of_one(tmp_path, monkeypatch):
    features, labels, W = balanced(3)
    path = write(tmp_path, features, labels, W, bias=np.array([0.5, 0.0, -0.5, 1.0]))
    whole = measured(path)
    monkeypatch.setattr("ncverify.commands.feature_file.CHUNK_NUMBERS", 12)
    chunks = measured(path)
    assert vars(chunks.bound) == pytest.approx(vars(whole.bound), rel=1e-12)
    assert vars(chunks.metrics) == pytest.approx(vars(whole.metrics), rel=1e-12)
    assert chunks.biased_decisions == whole.biased_decisions


class TestUnequalClasses:
    """What is defined is measured; what is not is named."""

    @pytest.fixture
    def path(self, tmp_path):
        return write(tmp_path, *unbalanced(4))

    def test_json_has_the_metrics_and_says_why_there_is_no_bound(self, path, capsys):
        found = as_json(path, capsys)
        features, labels, W = unbalanced(4)
        assert found["metrics"] == pytest.approx(oracles.metrics(features, labels, W), rel=1e-12)
        by_class = oracles.metrics(features, labels, W, centre="classes")
        for name, value in found["metrics_centred_by_class"].items():
            assert value == pytest.approx(by_class[name], rel=1e-12), name
        assert found["balanced"] is False
        assert found["theorem_3_1"] is None
        assert set(found["undefined"]) == {"bound", "centring", "alignment", "spread"}
        assert "unequal sizes" in found["undefined"]["bound"]

    def test_the_table_has_one_clear_line_about_it(self, path, capsys):
        assert main(["measure", path]) == 0
        table = capsys.readouterr().out
        assert "Bound and slack: undefined, the classes have unequal sizes" in table
        assert "within-class variation" in table
        assert "alignment" not in table


def test_a_bias_is_reported_beside_the_numbers_without_it(tmp_path, capsys):
    features, labels, W = balanced(5)
    bias = np.array([0.0, 4.0, 0.0, 0.0])
    with_bias, without = as_json(write(tmp_path, features, labels, W, bias=bias), capsys), {}
    without = as_json(write(tmp_path, features, labels, W), capsys)
    assert with_bias["q_min"] == without["q_min"]
    assert with_bias["theorem_3_1"] == without["theorem_3_1"]
    assert with_bias["with_bias"]["q_min"] != with_bias["q_min"]
    logits = features @ W.T + bias
    assert with_bias["with_bias"]["accuracy"] == np.mean(np.argmax(logits, axis=1) == labels)
    assert main(["measure", write(tmp_path, features, labels, W, bias=bias)]) == 0
    table = capsys.readouterr().out
    assert "the paper's model has no bias" in table
    assert "margin q_min with bias" in table


def test_bfloat16_from_safetensors_is_measured(tmp_path, capsys):
    features, labels, W = balanced(6)
    given = {"features": torch.from_numpy(features).bfloat16(), "classifier": torch.from_numpy(W).bfloat16()}
    save_file(given | {"labels": torch.from_numpy(labels)}, tmp_path / "b.safetensors")
    found = as_json(str(tmp_path / "b.safetensors"), capsys)
    expected = oracles.metrics(given["features"].double(), labels, given["classifier"].double())
    assert found["metrics"] == pytest.approx(expected, rel=100 * EPS32)


@pytest.mark.parametrize("labels_dtype", [np.int8, np.uint64, ">i4", np.float32])
def test_labels_of_every_whole_dtype_are_taken(tmp_path, capsys, labels_dtype):
    features, labels, W = balanced(7)
    found = as_json(write(tmp_path, features, labels.astype(labels_dtype), W), capsys)
    assert found["class_sizes"] == [5] * 4


def test_fortran_order_big_endian_and_compression_change_nothing(tmp_path, capsys):
    features, labels, W = balanced(8)
    plain = as_json(write(tmp_path, features, labels, W), capsys)
    path = tmp_path / "odd.npz"
    np.savez_compressed(path, features=np.asfortranarray(features).astype(">f8"), labels=labels, classifier=W)
    assert as_json(str(path), capsys)["metrics"] == plain["metrics"]


def test_a_hidden_layer_narrower_than_the_number_of_classes_is_measured(tmp_path, capsys):
    features, labels, W = balanced(9, K=6, d=2)
    assert as_json(write(tmp_path, features, labels, W), capsys)["theorem_3_1"]["alignment"] > 0


def test_a_collapsed_network_reads_as_collapsed(tmp_path, capsys):
    n = 4
    features, labels = np.repeat(simplex(3, 4) / np.sqrt(n), n, axis=0), np.repeat(np.arange(3), n)
    found = as_json(write(tmp_path, features, labels, simplex(3, 4)), capsys)
    assert max(found["metrics"].values()) < 1e-12
    assert max(found["residuals"]["printed"].values()) < 1e-12
    assert found["theorem_3_1"]["q_min_over_bound"] == pytest.approx(1, rel=1e-12)


def test_degenerate_features_are_measured_with_null_in_json_and_nan_in_the_table(tmp_path, capsys):
    path = write(tmp_path, np.ones((4, 3)), np.array([0, 1, 0, 1]), np.ones((2, 3)))
    found = as_json(path, capsys)
    assert found["metrics"]["within_class_variation"] is None
    assert found["undefined"]["within_class_variation"] == "a norm in a denominator is zero"
    assert main(["measure", path]) == 0
    assert "NaN, a norm in a denominator is zero" in capsys.readouterr().out


@pytest.mark.parametrize(("scale", "right"), [(1.0, True), (-1.0, False)])
def test_the_table_says_whether_every_sample_is_right(tmp_path, capsys, scale, right):
    labels = np.arange(3)
    path = write(tmp_path, simplex(3, 4), labels, scale * simplex(3, 4))
    assert main(["measure", path]) == 0
    assert ("Every sample is classified correctly." in capsys.readouterr().out) is right


def test_the_table_shows_every_part_with_its_source(tmp_path, capsys):
    assert main(["measure", write(tmp_path, *balanced(10))]) == 0
    table = capsys.readouterr().out
    for words in (
        "Section 4, 1",
        "Section 4, 4",
        "Theorem 3.1",
        "papyan-2020/nc1-measured",
        "NC4",
        "centring",
        "spread",
        "q_min",
    ):
        assert words in table


def test_a_hostile_file_name_cannot_draw_on_the_screen(tmp_path, capsys):
    features, labels, W = balanced(10)
    path = tmp_path / "a[red]\x1b[2J\nb.npz"
    with path.open("wb") as file:
        np.savez(file, features=features, labels=labels, classifier=W)
    assert main(["measure", str(path)]) == 0
    table = capsys.readouterr().out
    assert "\x1b" not in table
    assert "a[red]\\x1b[2J\\nb.npz" in table.replace("\n", "")


def test_progress_is_told_in_bytes_read_and_samples_measured(tmp_path):
    features, labels, W = balanced(11)
    path = write(tmp_path, features, labels, W)
    read, done = [], []
    file = read_feature_file(path, read.append)
    measure(file, done.append)
    assert sum(read) == features.nbytes + labels.nbytes + W.nbytes
    assert sum(done) == 2 * len(labels)


@pytest.mark.parametrize("watched", [True, False])
def test_large_files_get_a_progress_bar_on_standard_error_where_somebody_watches(
    tmp_path, capsys, monkeypatch, watched
):
    path = write(tmp_path, *balanced(11))
    monkeypatch.setattr("ncverify.commands.measure.LARGE", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched)
    assert main(["measure", path, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["samples"] == 20
    assert ("reading" in err and "measuring" in err) is watched


def test_help_is_quick_because_it_loads_no_heavy_library():
    code = "import sys; from ncverify.cli import main; main(['--help']); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(shown.splitlines()[-1].split())
    assert "measure" in shown
    assert not loaded & {"torch", "rich", "safetensors", "cvxpy", "sklearn"}


@pytest.mark.slow
def test_the_module_runs_as_a_program(tmp_path):
    path = write(tmp_path, *balanced(12))
    done = subprocess.run(
        [sys.executable, "-m", "ncverify.cli", "measure", path, "--json"], capture_output=True, text=True, check=True
    )
    assert math.isfinite(json.loads(done.stdout)["q_min"])


def test_the_parser_names_its_program():
    assert build_parser().prog == "ncverify"


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["measure"], ["measure", "--nonsense", "x.npz"]])
def test_wrong_usage_is_exit_code_two(argv, capsys):
    assert main(argv) == 2
    assert "usage:" in capsys.readouterr().err


def test_the_package_is_the_command_too():
    options = [sys.executable, "-m", "ncverify", "--version"]
    assert subprocess.run(options, capture_output=True, text=True, check=True).stdout.startswith("ncverify ")


def test_help_and_version_are_exit_code_zero(capsys):
    assert main(["--version"]) == 0
    assert main(["measure", "--help"]) == 0
    assert "exit codes" in capsys.readouterr().out


def test_the_gap_to_the_best_margin_is_that_of_the_balanced_point(tmp_path, capsys):
    point = collapsed_point(4, 5, 6, squared_norm=30.0, rotation=3)
    W, H = 3.0 * point.W, (point.H + 0.05 * np.random.default_rng(0).standard_normal(point.H.shape)) / 3.0
    factor = np.sqrt(np.linalg.norm(H) / np.linalg.norm(W))
    balanced = optimality_gap(Point(W * factor, H / factor))
    found = as_json(write(tmp_path, H.T, np.repeat(np.arange(4), 5), W), capsys)["gap_to_best_margin"]
    assert 0.01 < found < 0.5
    assert found == pytest.approx(balanced.relative, rel=1e-12)


def test_there_is_no_gap_where_samples_are_misclassified(tmp_path, capsys):
    point = collapsed_point(3, 2, 3)
    found = as_json(write(tmp_path, -point.H.T, np.repeat(np.arange(3), 2), point.W), capsys)
    assert found["gap_to_best_margin"] is None


class TestForms:
    """Files as other programs write them; each gives the numbers of the plain file."""

    features, labels, W = unbalanced(20, sizes=(30, 10, 60, 20, 90))
    bias = np.arange(5.0) / 8

    @pytest.fixture
    def expected(self, tmp_path, capsys):
        found = as_json(write(tmp_path, self.features, self.labels, self.W, self.bias), capsys)
        return {key: value for key, value in found.items() if key != "file"}

    def parts(self):
        cuts = np.array_split(np.arange(len(self.labels)), 11)
        return [(self.features[cut], self.labels[cut]) for cut in cuts]

    def same(self, capsys, expected, *argv):
        assert main(["measure", "--json", *map(str, argv)]) == 0
        found = json.loads(capsys.readouterr().out)
        del found["file"]
        assert found["metrics"] == pytest.approx(expected["metrics"], rel=1e-13)
        assert found["decisions" if "decisions" in found else "q_min"] == pytest.approx(expected["q_min"], rel=1e-13)
        assert found.keys() == expected.keys()
        assert (found["class_sizes"], found["accuracy"]) == (expected["class_sizes"], expected["accuracy"])

    def test_shards_with_an_index(self, tmp_path, capsys, expected):
        folder, places = tmp_path / "hub", {}
        folder.mkdir()
        for i, (features, labels) in enumerate(self.parts()):
            shard = f"model-{i + 1:05d}-of-00012.safetensors"
            tensors = {f"features.{i}": torch.from_numpy(features), f"labels.{i}": torch.from_numpy(labels)}
            save_file(tensors | {"other": torch.ones(3)}, folder / shard)
            places |= dict.fromkeys(tensors, shard)
        shard = "model-00012-of-00012.safetensors"
        save_file(
            {"lm_head.weight": torch.from_numpy(self.W), "lm_head.bias": torch.from_numpy(self.bias)}, folder / shard
        )
        places |= {"lm_head.weight": shard, "lm_head.bias": shard}
        index = folder / "model.safetensors.index.json"
        index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": places}))
        names = ("--array", "classifier=lm_head.weight", "--array", "bias=lm_head.bias")
        self.same(capsys, expected, index, *names)
        self.same(capsys, expected, folder, *names)

    def test_an_index_leads_nowhere_else(self, tmp_path, capsys):
        index = tmp_path / "i.json"
        for shard, words in (("../x.safetensors", "same folder"), ("x.safetensors", "No such file")):
            index.write_text(json.dumps({"weight_map": {"features": shard}}))
            assert main(["measure", str(index)]) == 2
            assert words in capsys.readouterr().err
        save_file({"labels": torch.ones(3)}, tmp_path / "x.safetensors")
        assert main(["measure", str(index)]) == 2
        assert "the index lists features, which is not there" in capsys.readouterr().err
        index.write_text('{"a": 1}')
        assert main(["measure", str(index)]) == 2
        assert "weight_map" in capsys.readouterr().err

    def test_a_folder_of_npy_files_in_parts(self, tmp_path, capsys, expected):
        folder = tmp_path / "npy"
        folder.mkdir()
        for i, (features, labels) in enumerate(self.parts()):
            np.save(folder / f"features_{i}.npy", np.asfortranarray(features) if i % 2 else features)
            np.save(folder / f"labels_{i}.npy", labels)
        np.save(folder / "classifier.npy", self.W)
        np.save(folder / "bias.npy", self.bias)
        self.same(capsys, expected, folder)
        self.same(
            capsys, expected, *sorted(folder.iterdir(), key=lambda p: int("0" + "".join(filter(str.isdigit, p.name))))
        )

    def test_several_archives_with_one_array_each_of_the_same_name(self, tmp_path, capsys, expected):
        for i, (features, labels) in enumerate(self.parts()):
            save = np.savez_compressed if i % 2 else np.savez
            save(tmp_path / f"p{i}.npz", features=features, labels=labels)
        np.savez(tmp_path / "last.npz", classifier=self.W, bias=self.bias)
        files = [tmp_path / f"p{i}.npz" for i in range(11)]
        self.same(capsys, expected, *files, tmp_path / "last.npz")
        assert main(["measure", *map(str, files), *[str(tmp_path / "last.npz")] * 2]) == 2
        assert ": expected one such array, got another in" in capsys.readouterr().err

    def test_labels_that_are_names_or_other_numbers(self, tmp_path, capsys, expected):
        names = np.array(["cat", "ant", "eel", "dog", "bat"])
        path = tmp_path / "n.npz"
        arrays = {"features": self.features, "classifier": self.W, "bias": self.bias}
        np.savez(path, **arrays, labels=names[self.labels], classes=names)
        self.same(capsys, expected, path)
        numbers = np.array([70, -3, 5, 1000, 8])
        np.savez(path, **arrays, labels=numbers[self.labels], classes=numbers)
        self.same(capsys, expected, path)
        np.savez(path, **arrays, labels=np.sort(names)[self.labels])
        self.same(capsys, expected, path)

    def test_ignored_labels_and_classes_without_samples_are_left_out_and_said(self, tmp_path, capsys):
        labels = np.where(self.labels == 3, -100, self.labels)
        kept = labels >= 0
        found = as_json(write(tmp_path, self.features, labels, self.W), capsys)
        assert found["samples"] == kept.sum()
        renamed = np.searchsorted([0, 1, 2, 4], labels[kept])
        expected = oracles.metrics(self.features[kept], renamed, self.W[[0, 1, 2, 4]])
        assert found["metrics"] == pytest.approx(expected, rel=1e-12)
        logits = self.features[kept] @ self.W.T
        assert found["accuracy"] == np.mean(logits.argmax(axis=1) == labels[kept])
        assert "label is -100" in found["remarks"][0]
        assert "1 of the 5 classes have no samples (first: class 3)" in found["remarks"][1]
        path = write(tmp_path, self.features, self.labels, self.W)
        assert main(["measure", path, "--classes", "0-2,4", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["metrics"] == pytest.approx(expected, rel=1e-12)
        assert main(["measure", path, "--html", str(tmp_path / "p.html"), "--classes", "0-2,4"]) == 0
        assert "have no samples" in capsys.readouterr().out

    def test_the_bound_of_as_many_samples_of_each_class(self, tmp_path, capsys):
        path = write(tmp_path, self.features, self.labels, self.W)
        assert main(["measure", path, "--json", "--balance", "10", "--seed", "3"]) == 0
        found = json.loads(capsys.readouterr().out)["theorem_3_1"]
        chosen = np.random.default_rng(3).permutation(len(self.labels))
        rows = np.concatenate([[i for i in chosen if self.labels[i] == k][:10] for k in range(5)])
        slack = margin_slack(Point(self.W, np.ascontiguousarray(self.features[rows].T)))
        for name in ("q_min", "bound", "centring", "alignment", "spread"):
            assert found[name] == pytest.approx(float(getattr(slack, name)), rel=1e-9, abs=1e-12), name
        assert found["samples_per_class"] == 10
        assert main(["measure", path, "--balance", "11"]) == 2
        assert "expected 1 to 10" in capsys.readouterr().err
        assert main(["measure", path]) == 0
        assert "--balance 10 takes as many of each" in " ".join(capsys.readouterr().out.split())

    def test_pairs_are_sampled_only_when_asked_for(self, tmp_path, capsys):
        path = write(tmp_path, self.features, self.labels, self.W)
        plain = as_json(path, capsys)["metrics"]
        assert main(["measure", path, "--json", "--pairs", "5000"]) == 0
        found = json.loads(capsys.readouterr().out)["metrics"]
        assert "feature_cosine_error" not in plain
        error = found["feature_cosine_error"]
        assert abs(found["feature_cosine_deviation"] - plain["feature_cosine_deviation"]) < 5 * error

    def test_what_does_not_fit_names_the_way_out(self, tmp_path, capsys):
        path = write(tmp_path, self.features, self.labels, self.W)
        assert main(["measure", path, "--memory", "1M"]) == 2
        assert "allow more with --memory" in capsys.readouterr().err
        assert main(["measure", path, "--memory", "1G"]) == 0

    @pytest.mark.parametrize(
        "option",
        [("--array", "x=y"), ("--classes", "a"), ("--classes", "0-99999999"), ("--pairs", "1"), ("--memory", "much")],
    )
    def test_options_that_are_none(self, tmp_path, capsys, option):
        assert main(["measure", "f.npz", *option]) == 2
        assert "expected" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_measuring_needs_no_torch(tmp_path, suffix):
    path = write(tmp_path, *balanced(12), suffix=suffix)
    blocked = "import sys; sys.modules['torch'] = None; from ncverify.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", blocked, "measure", path, "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["samples"] == 20
    broken = blocked.replace("from ncverify", "import torch; from ncverify")
    assert subprocess.run([sys.executable, "-c", broken, "measure", path], capture_output=True).returncode


def test_every_number_says_whose_definition_it_is_about(tmp_path, capsys):
    found = as_json(write(tmp_path, *balanced(1, K=4, n=6, d=5)), capsys)
    meant = found["definitions"]
    assert set(meant["metrics"]) == set(found["metrics"])
    assert set(meant["metrics_uncentred"]) == set(found["metrics_uncentred"])
    assert {kind: set(of) for kind, of in meant["residuals"].items()} == {
        kind: set(of) for kind, of in found["residuals"].items()
    }


@pytest.mark.parametrize(("kind", "paper"), [("printed", "ulpm-2022"), ("centred", "papyan-2020")])
def test_a_residual_vanishes_exactly_where_the_definition_that_it_names_holds(tmp_path, capsys, kind, paper):
    """Means with a common shift, and classifiers parallel to the centred ones."""
    features, labels, W = np.array([[3.0], [1.0]]), np.array([0, 1]), np.array([[1.0], [-1.0]])
    found = as_json(write(tmp_path, features, labels, W), capsys)
    point = Point(W, features.T)
    for name in ("nc2", "nc3"):
        assert found["definitions"]["residuals"][kind][name].startswith(f"{paper}/{name}")
        assert (found["residuals"][kind][name] < 1e-12) == bool(definition(f"{paper}/{name}").holds(point))
