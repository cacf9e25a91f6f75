"""Counts of drawn points: written, read, and held against each other by `ncverify compare --drawn`."""

from __future__ import annotations

import json

import pytest

from ncverify.cli import main
from ncverify.ledger.drawn_counts import compare_drawn, read_drawn, write_drawn

ENOUGH = {"tried": 20, "applicable": 9, "compared": 300}


def record(directory, backend, counts, key="ulpm-2022"):
    return write_drawn(directory / backend, key, {"version": "1", "backend": backend, "dtype": "float64"}, counts)


def test_what_is_written_is_read(tmp_path):
    found = read_drawn(record(tmp_path, "torch", {"a": {0: ENOUGH, 2: ENOUGH}}))
    assert found["backend"] == "torch"
    assert [(row["id"], row["part"], row["compared"]) for row in found["drawn"]] == [("a", 0, 300), ("a", 2, 300)]


@pytest.mark.parametrize(
    ("other", "value"),
    [
        ({"a": {0: ENOUGH | {"applicable": 4}}}, "4 applicable points"),
        ({"a": {0: ENOUGH | {"compared": 0}}}, "nothing compared"),
        ({"b": {0: ENOUGH}}, "not drawn"),
    ],
)
def test_too_little_on_one_backend_is_a_difference_and_fails_the_command(tmp_path, capsys, other, value):
    paths = [record(tmp_path, "numpy", {"a": {0: ENOUGH}}), record(tmp_path, "torch", other)]
    differences = compare_drawn([read_drawn(path) for path in paths])
    assert differences[0].values == ("enough", value)
    assert main(["compare", "--drawn", str(tmp_path)]) == 1
    assert value in capsys.readouterr().out


def test_the_same_parts_with_enough_points_agree(tmp_path, capsys):
    for backend in ("numpy", "torch", "strict"):
        record(tmp_path, backend, {"a": {0: ENOUGH}})
    assert main(["compare", "--drawn", str(tmp_path)]) == 0
    assert "every part was compared at enough points on every backend" in capsys.readouterr().out


def test_one_backend_is_nothing_to_compare_and_damage_is_named(tmp_path, capsys):
    path = record(tmp_path, "numpy", {"a": {0: ENOUGH}})
    assert main(["compare", "--drawn", str(tmp_path)]) == 2
    assert "at least two backends" in capsys.readouterr().err
    path.write_text(json.dumps({"key": "x", "drawn": [{"id": "a"}]}))
    with pytest.raises(ValueError, match=r"expected counts of drawn points"):
        read_drawn(path)
