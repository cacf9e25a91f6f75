"""Trajectories: saved and loaded to the last bit, joined, refused when damaged."""

import math
import sys
from dataclasses import replace

import numpy as np
import pytest

from ncverify.domain import Shape
from ncverify.flow import KKT, METRICS, QUANTITIES, Trajectory
from ncverify.flow.descent import gradient_descent
from ncverify.flow.integration import gradient_flow, loss_reaches
from ncverify.metrics import section_4_metrics
from ncverify.separation import softmax_multipliers
from tests.flow.starts import gaussian

ROUNDING = 1e-12  # of log L beside log log 2: an event that is recorded there lies on either side


@pytest.fixture(scope="module")
def path():
    p = gaussian(Shape(3, 2, 4), scale=0.5)
    return gradient_flow(p, until_log_t=100.0, record=[1.0, 10.0], events=[loss_reaches(math.log(2))])


def test_a_saved_trajectory_comes_back_to_the_last_bit(path, tmp_path):
    file = tmp_path / "path with spaces.npz"
    path.save(file)
    back = Trajectory.load(file)
    for name in QUANTITIES:
        np.testing.assert_array_equal(back[name], path[name])
    np.testing.assert_array_equal(back.W, path.W)
    np.testing.assert_array_equal(back.H, path.H)
    np.testing.assert_array_equal(back.origin.balance, path.origin.balance)
    assert (back.events, back.settings, back.ended) == (path.events, dict(path.settings), path.ended)


def test_a_parquet_file_has_the_same_to_the_last_bit(path, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra parquet")
    file = tmp_path / "path.parquet"
    path.save(file)
    back = Trajectory.load(file)
    for name in (*QUANTITIES, *METRICS, *KKT):
        np.testing.assert_array_equal(back[name], path[name])
    np.testing.assert_array_equal(back.W, path.W)
    np.testing.assert_array_equal(back.H, path.H)
    np.testing.assert_array_equal(back.origin.balance, path.origin.balance)
    np.testing.assert_array_equal(back.origin.classifier_sum, path.origin.classifier_sum)
    assert (back.events, back.settings, back.ended) == (path.events, dict(path.settings), path.ended)
    table = parquet.read_table(file)
    assert table.column_names == [*QUANTITIES, *METRICS, "W", "H"]
    assert table["rho"].to_pylist() == path["rho"].tolist()
    assert table["W"][1].as_py() == path.W[1].ravel().tolist()


@pytest.mark.parametrize("spoil", ["bytes", "cut", "other", "shapes"])
def test_a_damaged_parquet_file_is_refused_with_its_name(path, spoil, tmp_path):
    pa = pytest.importorskip("pyarrow", reason="pyarrow is in the extra parquet")
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra parquet")
    file = tmp_path / "damaged.parquet"
    path.save(file)
    if spoil == "bytes":
        file.write_bytes(b"PAR1 no PAR1")
    elif spoil == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    elif spoil == "other":
        parquet.write_table(pa.table({"rho": [1.0]}), file)
    else:
        table = parquet.read_table(file)
        metadata = {key: value.replace(b'"W": [3, 4]', b'"W": [4, 3]') for key, value in table.schema.metadata.items()}
        parquet.write_table(table.replace_schema_metadata(metadata), file)
    with pytest.raises(ValueError, match=r"damaged\.parquet: not a saved trajectory"):
        Trajectory.load(file)


def test_without_pyarrow_a_parquet_file_is_refused_with_what_to_do(path, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"ncverify\[parquet\]"):
        path.save(tmp_path / "path.parquet")
    assert not list(tmp_path.iterdir())


def test_the_four_kkt_residuals_are_those_of_the_separation_problem(path):
    for row in range(len(path)):
        found = [path[name][row] for name in KKT]
        if path["q_min"][row] <= 0:
            assert np.isnan(found).all()
            continue
        expected = softmax_multipliers(path.point(row))
        assert path["kkt_stationarity"][row] == pytest.approx(expected.stationarity, rel=1e-10)
        assert path["kkt_stationarity"][row] == pytest.approx(path["stationarity"][row], rel=1e-10)
        assert path["kkt_complementarity"][row] == pytest.approx(expected.complementarity, rel=1e-10)
        assert path["kkt_feasibility"][row] <= 1e-14
        assert path["kkt_sign"][row] == 0.0
        if np.isfinite(path["delta"][row]):
            assert path["kkt_complementarity"][row] <= path["delta"][row]


def test_a_saved_descent_comes_back_too(tmp_path):
    descent = gradient_descent(gaussian(Shape(2, 1, 1)), learning_rate=0.1, steps=30)
    descent.save(tmp_path / "descent.npz")
    back = Trajectory.load(tmp_path / "descent.npz")
    np.testing.assert_array_equal(back["log_loss"], descent["log_loss"])
    assert back.settings["diverged_at"] is None


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 damaged"])
def test_a_damaged_file_is_refused_with_its_name(content, tmp_path):
    file = tmp_path / "damaged.npz"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged\.npz"):
        Trajectory.load(file)


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", W=np.ones(2))
    with pytest.raises(ValueError, match="not a saved trajectory"):
        Trajectory.load(tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError):
        Trajectory.load(tmp_path / "absent.npz")


def test_metrics_are_those_of_the_points(path):
    for row in range(len(path)):
        metrics = section_4_metrics(path.point(row))
        for name in METRICS:
            assert path[name][row] == float(getattr(metrics, name))


def _rows(path, rows, shift=0.0):
    columns = {name: values[rows].copy() for name, values in path.columns.items()}
    columns["sigma"] -= shift
    return replace(path, columns=columns, W=path.W[rows], H=path.H[rows], events=path.events[rows])


def test_two_halves_joined_are_the_whole(path):
    cut = 2
    first = _rows(path, slice(0, cut + 1))
    later = replace(_rows(path, slice(cut, None), shift=path["sigma"][cut]), ended="later", settings={"a": 1})
    joined = first.joined(later)
    assert len(joined) == len(path) > 3
    for name in QUANTITIES:
        expected = np.maximum.accumulate(path[name]) if name == "relative_drift" else path[name]
        np.testing.assert_allclose(joined[name], expected, rtol=1e-14, err_msg=name)
    np.testing.assert_array_equal(joined.W, path.W)
    np.testing.assert_array_equal(joined.H, path.H)
    assert joined.events == first.events + later.events
    assert joined.origin is first.origin
    assert (joined.ended, joined.settings) == ("later", {"a": 1})


def test_directions_have_norm_one(path):
    np.testing.assert_allclose(np.linalg.norm(path.directions(), axis=1), 1.0, rtol=1e-14)


def test_an_unknown_quantity_is_refused_by_name(path):
    with pytest.raises(KeyError, match="log_t"):
        path["speed"]


def test_quantities_of_small_loss_are_not_defined_before_it(path):
    above = path["log_loss"] - math.log(math.log(2))
    assert (above > ROUNDING).any()
    assert np.isnan(path["epsilon"][above > ROUNDING]).all()
    assert np.isfinite(path["epsilon"][above < -ROUNDING]).all()
    np.testing.assert_array_equal(np.isnan(path["delta"]), np.isnan(path["epsilon"]))
