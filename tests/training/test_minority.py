"""Minority collapse of a network on unequal digits: it follows the closed form, and another one would be noticed."""

import csv
import math
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import torch

from ncverify.optima import minimise_regularised
from training.command_line import main
from training.minority import Imbalance, Measured, figure, measure, table, threshold
from training.unequal_digits import unequal_digits

pytest.importorskip("sklearn")


def quick(share, **fields):
    weight = share * threshold(20, 5, 5)
    return Imbalance(20, 5, 5, weight, epochs=500, width=64, learning_rate=1e-2, **fields)


def test_the_subset_has_the_sizes_that_were_asked_for():
    images, labels = unequal_digits(Imbalance(30, 4, 3, 0.1).sizes)
    assert torch.bincount(labels).tolist() == [30] * 3 + [4] * 7
    assert images.shape == (30 * 3 + 4 * 7, 64)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_below_the_threshold_the_network_has_the_contrast_of_the_closed_form(share):
    row = measure(quick(share))
    assert abs(row.theory - (1 - share)) < 1e-12
    assert abs(row.measured - row.theory) < 0.01
    assert abs(row.measured - (1 - share**2)) > 0.1  # as if the threshold were one of lambda_W lambda_H
    assert row.cosine < 0.5
    assert row.train_error == 0.0


@pytest.mark.slow
def test_beyond_the_threshold_the_minority_has_one_classifier():
    setting = quick(1.05)
    row, model = measure(setting), minimise_regularised(setting.sizes, setting.weight, setting.weight, 0)
    assert row.theory == 0.0
    assert row.measured < 1e-3
    assert row.cosine > 0.9
    norms = np.linalg.norm(model.W, axis=1)
    assert row.norm == pytest.approx(norms[-1] / norms[0], abs=0.01)
    assert row.train_error == 0.2  # four of five minority classes


@pytest.mark.slow
def test_far_beyond_it_the_classifiers_of_the_minority_are_zero_and_have_no_cosine():
    row = measure(quick(1.5))
    assert row.norm < 0.01
    assert math.isnan(row.cosine)
    assert row.measured < 1e-3


def test_the_command_writes_table_and_page(tmp_path, capsys):
    options = ["--n-A", "6", "--n-B", "2", "3", "--share", "0.5", "1.5", "--epochs", "3"]
    assert main(["minority", "--out", str(tmp_path), *options]) == 0
    with (tmp_path / "minority.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == Measured._fields
    assert [(row["n_B"], round(float(row["share"]), 9)) for row in rows] == [
        ("2", 0.5),
        ("2", 1.5),
        ("3", 0.5),
        ("3", 1.5),
    ]
    page = (tmp_path / "minority.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert capsys.readouterr().out.count("\n") == 5


def test_the_figure_has_both_curves():
    rows = [measure(Imbalance(6, 2, 5, share * threshold(6, 2, 5), epochs=2)) for share in (0.5, 0.8)]
    drawn = ElementTree.fromstring(figure(rows))
    assert {e.get("class") for e in drawn.iter() if e.tag.endswith("polyline")} == {"curve one", "curve two"}
    assert table(rows).count("\n") == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--majority", "9"], "--majority"),
        (["--n-A", "0"], "--n-A"),
        (["--n-B", "500"], "--n-B"),
        (["--share", "0"], "--share"),
        (["--epochs", "0"], "--epochs"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(tmp_path, capsys, options, message):
    assert main(["minority", "--out", str(tmp_path), *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
