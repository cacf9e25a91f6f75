"""What the recorder costs a training loop: its log-spaced measurements of 100 epochs against these epochs."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ncverify.recorder import CollapseRecorder, log_epochs
from tests.benchmarks.ratio import ROUNDS, recorded, seconds

EPOCHS = 100


def network() -> nn.Module:
    """Two convolutions with batch normalisation, as people write them for small images."""
    layers: list[nn.Module] = []
    for before, after in ((1, 16), (16, 32)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10))


def test_the_recorder_costs_less_than_a_twentieth_of_a_hundred_epochs(benchmark):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    images, labels = torch.randn(6_000, 1, 28, 28), torch.arange(6_000) % 10
    loader = DataLoader(TensorDataset(images, labels), 128, shuffle=True)
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    recorder = CollapseRecorder(model, loader, test=(images[:1000], labels[:1000]), epochs="all")

    def epoch() -> None:
        for inputs, wanted in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), wanted).backward()
            optimizer.step()

    epochs, records = [], []

    def alternate() -> None:
        for turn in range(ROUNDS + 1):
            trained, _ = seconds(epoch)
            measured, _ = seconds(lambda turn=turn: recorder.record(turn))
            if turn:
                epochs.append(trained)
                records.append(measured)

    benchmark.pedantic(alternate, rounds=1)
    torch.set_num_threads(before)
    spent = [len(log_epochs(EPOCHS - 1)) * one for one in records]
    whole = [part + EPOCHS * one for part, one in zip(spent, epochs, strict=True)]
    share = recorded(benchmark, "recorder", "within", spent, whole)
    assert share < 0.05, f"the recorder takes {100 * share:.1f} % of 100 epochs, expected under 5 %"
