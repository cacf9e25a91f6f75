"""Images per second of the training loop against the usual one, and what the tracker costs.

The usual loop: a DataLoader with two workers over a TensorDataset of normalised float32 images, each batch copied to
the device. Both train the same network with the same optimiser on the same images; epochs alternate between them, so
that a busy machine slows both. Workers are started once, before the measured epochs.
"""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tests.benchmarks.ratio import ROUNDS, recorded
from training.data import Dataset, Split
from training.loop import Trainer
from training.networks import build
from training.processes import Processes
from training.settings import Settings
from training.tracker import measure, tracked_epochs

CUDA = torch.cuda.is_available()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def images(count: int) -> Dataset:
    """Random pictures of the size of MNIST's; speed does not depend on what they show."""
    generator = np.random.default_rng(0)

    def split(size: int) -> Split:
        return Split(generator.integers(0, 256, (size, 1, 28, 28), dtype=np.uint8), np.arange(size) % 10)

    return Dataset("random", split(count), split(count // 6))


class UsualLoop:
    """What most scripts do."""

    def __init__(self, data: Dataset, settings: Settings, device: torch.device) -> None:
        pixels = torch.from_numpy(data.train.images).float()
        pixels = (pixels - pixels.mean()) / pixels.std()
        dataset = TensorDataset(pixels, torch.from_numpy(data.train.labels))
        self.loader = DataLoader(
            dataset,
            settings.batch,
            shuffle=True,
            num_workers=2,
            persistent_workers=True,
            pin_memory=device.type == "cuda",
        )
        self.device = device
        self.network = build(settings.network, (1, 28, 28), width=settings.width).to(device)
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), lr=settings.learning_rate, momentum=settings.momentum
        )

    def train_epoch(self) -> float:
        total = 0.0
        for inputs, labels in self.loader:
            inputs, labels = inputs.to(self.device), labels.to(self.device)
            self.optimizer.zero_grad()
            loss = nn.functional.cross_entropy(self.network(inputs), labels)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(labels)
        return total


def seconds(function, device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    function()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def compared(data: Dataset, settings: Settings, device: torch.device) -> dict[str, list[float]]:
    """Seconds per image of ours and of the usual loop, in each round."""
    trainer = Trainer(settings, data, Processes(0, 1, device))
    trainer.history.append({})  # no measurement before the first epoch
    usual = UsualLoop(data, settings, device)
    times: dict[str, list[float]] = {"ours": [], "usual": []}
    for measured in [False] + [True] * ROUNDS:
        trainer.epoch = 3  # an epoch after which nothing is measured
        ours = seconds(trainer.train_epoch, device)
        theirs = seconds(usual.train_epoch, device)
        if measured:
            times["ours"].append(ours / len(data.train))
            times["usual"].append(theirs / len(data.train))
    return times


def test_the_small_network_on_the_cpu(benchmark):
    settings = Settings(network="mlp", epochs=100)
    times = benchmark.pedantic(lambda: compared(images(12_800), settings, torch.device("cpu")), rounds=1)
    ratio = recorded(benchmark, "training-cpu", "faster", times["ours"], times["usual"])
    assert ratio >= 1.5, f"{ratio:.2f} times the images per second of the usual loop, expected 1.5"


@pytest.mark.skipif(not CUDA, reason="no CUDA device")
@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
def test_resnet18_on_a_gpu(benchmark, precision):
    settings = Settings(network="resnet18", epochs=100, precision=precision)
    times = benchmark.pedantic(lambda: compared(images(60_000), settings, torch.device("cuda")), rounds=1)
    ratio = recorded(benchmark, "training-gpu", "faster", times["ours"], times["usual"], case=precision)
    assert ratio >= 5, f"{ratio:.2f} times the images per second of the usual loop, expected 5"


@pytest.mark.parametrize("network", ["resnet18", "vgg13"])
def test_the_tracker_costs_less_than_a_twentieth_of_a_hundred_epochs(benchmark, network):
    """The proportion of training to test images is that of MNIST: six to one."""
    device = torch.device("cuda" if CUDA else "cpu")
    settings = Settings(network=network, width=1.0 if CUDA else 0.125, epochs=100)
    data = images(60_000 if CUDA else 3_000)
    trainer = Trainer(replace(settings, epochs=100), data, Processes(0, 1, device))
    trainer.history.append({})
    epochs, tracks = [], []

    def alternate() -> None:
        for measured in [False] + [True] * ROUNDS:
            trainer.epoch = 3
            epoch = seconds(trainer.train_epoch, device)
            track = seconds(lambda: measure(trainer.network, trainer.train, trainer.alone, test=trainer.test), device)
            if measured:
                epochs.append(epoch)
                tracks.append(track)

    benchmark.pedantic(alternate, rounds=1)
    tracked = [len(tracked_epochs(settings.epochs)) * track for track in tracks]
    whole = [spent + settings.epochs * epoch for spent, epoch in zip(tracked, epochs, strict=True)]
    share = recorded(benchmark, "tracker", "within", tracked, whole, case=network)
    assert share < 0.05, f"the tracker takes {100 * share:.1f} % of 100 epochs, expected under 5 %"
