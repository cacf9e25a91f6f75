"""A network, its gradients and all random generators are as before a measurement."""

import random
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ncverify.recorder import measured, measurement
from ncverify.recorder.undisturbed import full_float32, undisturbed
from tests.processes import python
from tests.recorder.networks import data

ROOT = Path(__file__).parents[2]


def frozen():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(8, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3))
    network.train()
    network[1].eval()
    network[3].eval()
    return network


def modes(network):
    return [module.training for module in network.modules()]


def random_numbers():
    return torch.rand(3).tolist(), np.random.rand(3).tolist(), random.random()  # noqa: NPY002


class Noisy(nn.Module):
    """Draws from every generator, as augmentations do."""

    def forward(self, x):
        return x + torch.rand(1) * 0 + np.random.rand() * 0 + random.random() * 0  # noqa: NPY002


def test_every_module_gets_its_own_mode_back():
    network = frozen()
    before = modes(network)
    running = network[1].running_mean.clone()
    measured(network, data())
    assert modes(network) == before == [True, True, False, True, False, True]
    network(data()[0])
    assert torch.equal(network[1].running_mean, running)


def test_modes_come_back_after_a_failure_too():
    network = frozen()
    before = modes(network)
    with pytest.raises(ValueError, match="one for each"):
        measured(network, [(torch.randn(4, 8), torch.zeros(3))])
    assert modes(network) == before


def test_a_train_of_one_s_own_is_not_called():
    class Own(nn.Sequential):
        def train(self, mode=True):
            raise AssertionError("called")

    measured(Own(nn.Linear(8, 6), nn.Linear(6, 3)), data())
    with pytest.raises(AssertionError, match="called"):
        Own(nn.Linear(8, 3)).eval()


def test_all_generators_go_on_as_if_nothing_had_happened():
    network = nn.Sequential(Noisy(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3))
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(TensorDataset(*data()), 16, shuffle=True, generator=generator)
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    state = generator.get_state()
    measured(network, loader)
    measured(network, list(loader.dataset.tensors))
    found = random_numbers()
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    assert found == random_numbers()
    assert torch.equal(generator.get_state(), state)


def test_gradients_and_the_switch_for_them_stay():
    network, (x, y) = frozen(), data()
    nn.functional.cross_entropy(network(x), y).backward()
    before = [p.grad.clone() for p in network.parameters()]
    measured(network, (x, y))
    assert torch.is_grad_enabled()
    assert all(torch.equal(p.grad, g) for p, g in zip(network.parameters(), before, strict=True))
    with torch.no_grad():
        measured(network, (x, y))
        assert not torch.is_grad_enabled()


def test_autocast_is_off_inside_and_back_outside():
    network = frozen()
    with torch.autocast("cpu", torch.bfloat16):
        with undisturbed(network):
            assert network(data()[0]).dtype == torch.float32
        assert torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("precision", ["high", "medium", "highest"])
def test_products_are_full_inside_and_as_before_outside(precision):
    def state():
        found = torch.get_float32_matmul_precision()
        return found, torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32

    default = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        before = state()
        with full_float32():
            assert torch.backends.cuda.matmul.fp32_precision == "ieee"
        assert state() == before
    finally:
        torch.set_float32_matmul_precision(default)


@pytest.mark.slow
def test_either_way_to_ask_for_tf32_is_borne():
    """In a process of its own: PyTorch does not let a process go back to the older names."""
    code = (
        "import torch; torch.backends.cuda.matmul.fp32_precision = 'tf32'\n"
        "from ncverify.recorder import measured\n"
        "measured(torch.nn.Linear(4, 2), (torch.randn(8, 4), torch.arange(8) % 2))\n"
        "print(torch.backends.cuda.matmul.fp32_precision)"
    )
    run = python("-c", code, cwd=ROOT)
    assert (run.returncode, run.stdout.strip()) == (0, "tf32"), run.stderr


@contextmanager
def forgetful(network):
    """What the tests above are there to notice: evaluation mode that stays, and numbers that are drawn."""
    network.eval()
    torch.rand(1)
    with torch.no_grad():
        yield


@pytest.mark.parametrize(
    "check", [test_every_module_gets_its_own_mode_back, test_all_generators_go_on_as_if_nothing_had_happened]
)
def test_a_recorder_that_forgets_to_restore_turns_these_tests_red(check, monkeypatch):
    monkeypatch.setattr(measurement, "undisturbed", forgetful)
    with pytest.raises(AssertionError):
        check()
