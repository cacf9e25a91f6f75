"""`falsify(..., device=)`: points are evaluated and moved there, and the verdict for a seed is the host's."""

import dataclasses

import numpy as np
import pytest
import torch

from ncverify import Domain, Identity, Implication, Inequality, StatementError, falsification, falsify
from ncverify.cli import main
from ncverify.errors import BackendUnavailableError
from properties.settings import Run
from tests.falsification.elsewhere import NAME, Elsewhere, There
from tests.falsification.points import coordinates

# PyTorch takes norms in an older way on devices that it does not list
pytestmark = pytest.mark.filterwarnings("ignore:at..frobenius_norm is deprecated")

SMALL = Domain(K=(2, 3), n=1, d=2)


def bound(p, factor=1):
    return factor * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


STATEMENTS = [
    Inequality("bound", slack=lambda p: bound(p) - p.q_min),
    Inequality("bound lowered by 0.1 %", slack=lambda p: bound(p, 0.999) - p.q_min),
    Inequality("ties along W = 0", slack=lambda p: p.xp.sum(p.W * p.W) * p.xp.max(p.H * p.H)),
    Implication("below log 2", premise=lambda p: p.loss < p.xp.log(2), conclusion=lambda p: p.q_min > 0),
    Inequality(
        "on a variety",
        given=(lambda p: p.xp.sum(p.W) == 0,),
        slack=lambda p: p.xp.sum(p.W * p.W) - p.xp.sum(p.W) ** 2,
    ),
    Inequality("where and take", slack=lambda p: p.xp.max(p.xp.where(p.W[0] > 0, p.W[0], -p.W[0])) + p.H[0, 0] ** 2),
    Identity("not at all", left=lambda p: p.xp.sum(p.W), right=lambda p: p.xp.sum(p.H)),
    Inequality("point by point", slack=lambda p: p.squared_norm if bool(p.W[0, 0] > 0) else 1 + p.squared_norm),
]


@pytest.fixture(autouse=True)
def short_attacks(monkeypatch):
    """The abstracted device takes a hundred times as long for each operation."""
    monkeypatch.setattr(falsification.campaign, "_CALLS", (3,))
    monkeypatch.setattr(falsification.adversary, "_LAX_CALLS", 3)
    monkeypatch.setattr(falsification.feasible, "_CALLS", 3)


def campaign(statement, device="cpu"):
    verdict = falsify(statement, SMALL, seed=2, evaluations=1, budget=1e9, device=device, simplify=False)
    found = {f.name: getattr(verdict, f.name) for f in dataclasses.fields(verdict) if f.name != "seconds"}
    for name in ("witness", "tightest"):
        if found[name] is not None:
            found[name] = np.concatenate(list(map(np.ravel, coordinates(found[name]))))
    return found


def nearly(found):
    """What equals it up to rounding: on the host NumPy carries out what PyTorch does elsewhere."""
    points = {name: pytest.approx(found[name]) for name in ("witness", "tightest") if found[name] is not None}
    slack = pytest.approx(found["slack"], abs=1e-7, nan_ok=True)
    error = pytest.approx(found["error_probability"], rel=0, abs=0, nan_ok=True)  # of exact arithmetic, on the host
    return found | points | {"slack": slack, "error_probability": error}


@pytest.mark.slow
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.name)
def test_the_search_runs_on_the_device_and_comes_to_the_same_verdict(statement):
    with Elsewhere() as device:
        found = campaign(statement, NAME)
    assert found == nearly(campaign(statement))
    assert device.operations.total() > 20


@pytest.mark.slow
def test_the_descent_itself_is_on_the_device():
    with Elsewhere() as device:
        falsify(STATEMENTS[0], Domain(3, 2, 2), evaluations=1, device=NAME, stages=["attack"])
    assert device.operations["aten.cat.default"] > 10  # of the memory of L-BFGS


def test_a_tensor_that_stayed_behind_is_found_out(monkeypatch):
    """The abstracted device refuses what CUDA refuses: here the rows are left on the host."""
    monkeypatch.setattr(falsification.batch.BatchedGoal, "_there", lambda self, x: x)
    with Elsewhere(), pytest.raises(StatementError, match="same device"):
        falsify(STATEMENTS[0], SMALL, evaluations=1, device=NAME)


def test_the_abstracted_device_refuses_mixing_and_numpy():
    with Elsewhere():
        there = torch.ones(3, device=NAME)
        assert isinstance(there, There)
        assert str(there.device) == NAME
        with pytest.raises(RuntimeError, match="same device"):
            there + torch.ones(3)
        with pytest.raises(TypeError, match="numpy"):
            there.numpy()
        assert (there + torch.tensor(1.0)).cpu().tolist() == [2, 2, 2]


@pytest.mark.parametrize("device", [NAME, "tensor-unit"])
def test_a_device_that_is_not_there_is_refused_by_name_before_anything_starts(device):
    def slack(p):
        raise AssertionError("started")

    with pytest.raises(BackendUnavailableError, match=device):
        falsify(Inequality("never evaluated", slack=slack), SMALL, device=device)


@pytest.mark.parametrize(
    ("backend", "device", "expected"),
    [("torch", "cuda", "cuda"), ("torch", None, "cpu"), ("numpy", "cpu", "cpu"), ("jax", None, "cpu")],
)
def test_the_device_of_a_run_of_the_properties_is_that_of_its_search(backend, device, expected):
    assert Run(backend=backend, device=device).effort.device == expected


def test_the_command_refuses_it_too(tmp_path, capsys):
    (tmp_path / "own.py").write_text(
        "from ncverify import Inequality\nbound = Inequality('bound', slack=lambda p: p.squared_norm)\n"
    )
    assert main(["falsify", str(tmp_path / "own.py"), "--device", NAME]) == 2
    assert f"--device: backend 'torch' on device '{NAME}' cannot be used here" in capsys.readouterr().err
