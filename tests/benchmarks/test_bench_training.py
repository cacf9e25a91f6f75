"""Images per second of the training loop against the usual one, and what the tracker costs.

The usual loop: a DataLoader with two workers over a TensorDataset of normalised float32 images, each batch copied to
the device. Both train the same network with the same optimiser on the same images; epochs alternate between them, so
that a busy machine slows both. Workers are started once, before the measured epochs. Where others compute at the same
time, wall times scatter; hence also processor times, in which the rival is spared those of its workers.

The small network is the MLP, on images of the size of MNIST's and of the digits'. In the two networks of the reduced
setting the convolutions take nearly all of the time, which both sides compute by the same library.
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


def images(count: int, side: int = 28) -> Dataset:
    """Random pictures, by default of the size of MNIST's; speed does not depend on what they show."""
    generator = np.random.default_rng(0)

    def split(size: int) -> Split:
        return Split(generator.integers(0, 256, (size, 1, side, side), dtype=np.uint8), np.arange(size) % 10)

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
        self.network = build(settings.network, data.train.images.shape[1:], width=settings.width).to(device)
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


def seconds(function, device: torch.device) -> tuple[float, float]:
    """Wall time, and processor time of this process."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    start, busy = time.perf_counter(), time.process_time()
    function()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, time.process_time() - busy


def compared(data: Dataset, settings: Settings, device: torch.device) -> np.ndarray:
    """Seconds per image in each round: axes (ours or usual, wall or processor time, round)."""
    trainer = Trainer(settings, data, Processes(0, 1, device))
    trainer.history.append({})  # no measurement before the first epoch
    usual = UsualLoop(data, settings, device)
    rounds = []
    for _ in range(ROUNDS + 1):
        trainer.epoch = 3  # an epoch after which nothing is measured
        rounds.append((seconds(trainer.train_epoch, device), seconds(usual.train_epoch, device)))
    return np.moveaxis(np.array(rounds[1:]), 0, -1) / len(data.train)  # the first round warms up


def compared_on_the_cpu(benchmark, data: Dataset, settings: Settings) -> list[list[list[float]]]:
    """Of both sides, wall times and processor times for each image."""
    times = benchmark.pedantic(lambda: compared(data, settings, torch.device("cpu")), rounds=1)
    return [[times[side][kind].tolist() for side in (0, 1)] for kind in (0, 1)]


@pytest.mark.parametrize("side", [28, 8])
def test_the_small_network_on_the_cpu(benchmark, side):
    settings = Settings(network="mlp", epochs=100)
    case = f"{side} x {side} pixels"
    wall, busy = compared_on_the_cpu(benchmark, images(12_800, side), settings)
    found = [
        recorded(benchmark, "training-cpu", "faster", *wall, case=case),
        recorded(benchmark, "training-cpu-time", "faster", *busy, case=case),
    ]
    text = "{:.2f} times the images per second of the usual loop, {:.2f} by processor time, expected 1.5"
    assert min(found) >= 1.5, text.format(*found)


@pytest.mark.parametrize("network", ["resnet18", "vgg13"])
def test_the_networks_of_the_reduced_setting_on_the_cpu(benchmark, network):
    settings = Settings(network=network, width=0.125, epochs=100)
    wall, busy = compared_on_the_cpu(benchmark, images(1_280), settings)
    found = [
        recorded(benchmark, "training-cpu-reduced", "faster", *wall, case=network),
        recorded(benchmark, "training-cpu-reduced-time", "faster", *busy, case=network),
    ]
    assert min(found) >= 1, "{:.2f} and {:.2f} times as fast as the usual loop, expected 1".format(*found)


@pytest.mark.skipif(not CUDA, reason="no CUDA device")
@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
def test_resnet18_on_a_gpu(benchmark, precision):
    settings = Settings(network="resnet18", epochs=100, precision=precision)
    times = benchmark.pedantic(lambda: compared(images(60_000), settings, torch.device("cuda")), rounds=1)
    ours, usual = times[:, 0].tolist()
    ratio = recorded(benchmark, "training-gpu", "faster", ours, usual, case=precision)
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
            epoch, _ = seconds(trainer.train_epoch, device)
            track, _ = seconds(
                lambda: measure(trainer.network, trainer.train, trainer.alone, test=trainer.test), device
            )
            if measured:
                epochs.append(epoch)
                tracks.append(track)

    benchmark.pedantic(alternate, rounds=1)
    tracked = [len(tracked_epochs(settings.epochs)) * track for track in tracks]
    whole = [spent + settings.epochs * epoch for spent, epoch in zip(tracked, epochs, strict=True)]
    share = recorded(benchmark, "tracker", "within", tracked, whole, case=network)
    assert share < 0.05, f"the tracker takes {100 * share:.1f} % of 100 epochs, expected under 5 %"
