"""The script that trains a real network, and `ncverify measure` on what it saves; a few epochs, not a thousand."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from ncverify.cli import main as ncverify
from training.digits import Recipe, digits, main, network, train


def run(path, *options):
    threads = torch.get_num_threads()
    try:
        return main(["--out", str(path), "--width", "32", "--depth", "2", *options])
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_what_it_saves_can_be_measured(tmp_path, capsys, suffix):
    path = tmp_path / f"digits{suffix}"
    assert run(path, "--epochs", "8") == 0
    assert "training error" in capsys.readouterr().out
    assert ncverify(["measure", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["class_sizes"] == [174] * 10
    assert found["dimension"] == 32
    assert found["with_bias"] is None
    assert found["accuracy"] > 0.8
    assert 0 < found["metrics"]["within_class_variation"] < 1


def test_one_seed_gives_one_file_and_another_seed_another(tmp_path):
    files = []
    for seed in ("3", "3", "4"):
        run(tmp_path / "f.npz", "--epochs", "1", "--seed", seed)
        files.append((tmp_path / "f.npz").read_bytes())
    assert files[0] == files[1] != files[2]


@pytest.mark.slow
def test_training_goes_on_to_collapse_the_features(tmp_path, capsys):
    variations = []
    for epochs in ("2", "60"):
        run(tmp_path / "f.npz", "--epochs", epochs, "--depth", "4")
        capsys.readouterr()
        assert ncverify(["measure", str(tmp_path / "f.npz"), "--json"]) == 0
        variations.append(json.loads(capsys.readouterr().out)["metrics"]["within_class_variation"])
    assert variations[1] < 0.9 * variations[0]


def test_all_samples_and_a_bias_are_options(tmp_path, capsys):
    run(tmp_path / "f.npz", "--epochs", "2", "--bias", "--no-balanced")
    with np.load(tmp_path / "f.npz") as saved:
        assert saved["features"].shape == (1797, 32)
        assert saved["bias"].shape == (10,)
    capsys.readouterr()
    assert ncverify(["measure", str(tmp_path / "f.npz")]) == 0
    assert "undefined" in capsys.readouterr().out


def test_the_balanced_digits_are_the_first_of_each_class():
    images, labels = digits(balanced=True)
    everything, all_labels = digits(balanced=False)
    assert torch.equal(torch.bincount(labels), torch.full((10,), 174))
    assert len(all_labels) == 1797
    assert torch.equal(images[labels == 3], everything[all_labels == 3][:174])
    assert 0 <= float(images.min()) < float(images.max()) == 1


def test_the_page_shows_the_rows_that_measure_prints(tmp_path, capsys):
    run(tmp_path / "f.npz", "--epochs", "1")
    capsys.readouterr()
    assert ncverify(["measure", str(tmp_path / "f.npz")]) == 0
    printed = capsys.readouterr().out
    page = (Path(__file__).parent.parent / "docs" / "network.md").read_text()
    shown = page.partition("<!-- measure -->")[2].partition("<!-- /measure -->")[0]
    assert quantities(shown) == quantities(printed)


def quantities(table):
    rows = re.split(r"\u2500+\s*\n", table)[1].splitlines()
    return [re.split(r"\s{2,}-?[\d.]", row.strip())[0] for row in rows if re.search(r"\S\s{2,}-?\d", row)]


def test_no_weight_decays():
    """Images of zeros give the first weights no gradient, so only decay could move them."""
    recipe = Recipe(epochs=1, depth=1, width=4, learning_rate=1.0)
    body, _ = train(recipe, torch.zeros(4, 64), torch.tensor([0, 0, 0, 0]), lambda *report: None)
    start, _ = network(recipe)
    assert torch.equal(body[0].weight, start[0].weight)


@pytest.mark.parametrize("options", [["--out", "f.txt"], ["--out", "f.npz", "--epochs", "0"], []])
def test_wrong_usage_is_told(options, capsys):
    with pytest.raises(SystemExit) as stop:
        main(options)
    assert stop.value.code == 2
    assert "error" in capsys.readouterr().err
