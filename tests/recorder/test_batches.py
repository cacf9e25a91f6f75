"""Labels of any kind and data of any form give the same numbers."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

from ncverify.recorder import MeasurementOptions, measured
from ncverify.recorder.batches import Items, Slices, Stream, source_of
from tests.recorder.networks import body_and, data

X, Y = data(70)


def row(source, **options):
    torch.manual_seed(2)
    return measured(body_and(nn.Linear(6, 3)), source, options=MeasurementOptions(**options)).row


EXPECTED = row((X, Y))


class Pairs(Dataset):
    classes = ("ant", "bee", "cat")

    def __len__(self):
        return len(X)

    def __getitem__(self, i):
        return X[i], int(Y[i])


class Named(Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, i):
        return {"pixels": X[i], "label": Y[i], "id": str(i)}


class Flow(IterableDataset):
    def __iter__(self):
        return iter(zip(X, Y, strict=True))


class ByName(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = body_and(nn.Linear(6, 3))

    def forward(self, pixels):
        return self.inner(pixels)


def agree(found, expected=EXPECTED):
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-5, nan_ok=True), name


FORMS = {
    "TensorDataset": lambda: TensorDataset(X, Y),
    "Dataset": Pairs,
    "loader": lambda: DataLoader(TensorDataset(X, Y), 16),
    "shuffled loader": lambda: DataLoader(TensorDataset(X, Y), 16, shuffle=True, drop_last=True),
    "loader of items": lambda: DataLoader(Pairs(), 16, shuffle=True),
    "workers": lambda: DataLoader(Pairs(), 16, shuffle=True, num_workers=2, persistent_workers=True),
    "subset": lambda: DataLoader(Subset(Pairs(), range(70)), 16),
    "sampler of a subset": lambda: DataLoader(TensorDataset(X, Y), 16, sampler=SubsetRandomSampler(range(70))),
    "stream": lambda: DataLoader(Flow(), 16),
    "list of batches": lambda: [(X[:30], Y[:30]), (X[30:], Y[30:])],
    "arrays": lambda: (X.numpy().astype(np.float64), Y.numpy()),
    "batches of arrays": lambda: [(X[:30].double().numpy(), Y[:30].tolist()), (X[30:].numpy(), Y[30:].numpy())],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_data_gives_the_numbers_of_all_samples(form):
    agree(row(FORMS[form]()))


def test_a_loader_is_read_in_the_order_of_its_data_set_and_others_are_iterated():
    assert isinstance(source_of(FORMS["shuffled loader"]()), Slices)
    assert isinstance(source_of(FORMS["loader of items"]()), Items)
    weighted = DataLoader(TensorDataset(X, Y), 16, sampler=WeightedRandomSampler(torch.ones(70), 70))
    assert isinstance(source_of(weighted), Stream)
    assert isinstance(source_of(FORMS["stream"]()), Stream)


def test_mappings_are_handed_on_by_the_names_of_forward():
    torch.manual_seed(2)
    agree(measured(ByName(), DataLoader(Named(), 16)).row)
    agree(row([{"image": X, "targets": Y}]))


def test_a_function_makes_inputs_and_labels_of_any_batch():
    batches = [SimpleNamespace(x=X[:30], y=Y[:30]), SimpleNamespace(x=X[30:], y=Y[30:])]
    agree(row(batches, batch=lambda b: (b.x, b.y)))
    agree(row([(X, Y, torch.arange(70))], batch=lambda b: b[:2]))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([(X, Y, Y)], "tuple of 3 parts; hand in batch="),
        ([{"a": X, "b": Y}], "none or several for labels; hand in batch="),
        ([{"a": X, "b": X, "y": Y}], "which forward does not name; hand in batch="),
        (iter([(X, Y)]), "can be read only once"),
        (5, "expected a DataLoader"),
        ([], "at least one batch"),
        ((X, Y[:-1]), "a label for each of the 70 inputs"),
        ([(X, nn.functional.one_hot(Y))], "labels.argmax"),
        ([(X, ["a"] * 70)], "got text; number the classes"),
        ([(X, Y + 1)], "labels that start at 1"),
        ([(X, Y + 0.5)], "got 0.5 at position 0"),
        ([(X, None)], "got None; hand in batch="),
        ([(X, torch.full((70,), -100))], "expected samples with labels"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_way_out(source, message):
    with pytest.raises((TypeError, ValueError), match=message):
        row(source)


@pytest.mark.parametrize(
    "kind",
    [
        *(lambda y, d=d: y.to(d) for d in (torch.int32, torch.int16, torch.uint8, torch.float32, torch.float64)),
        lambda y: y.tolist(),
        lambda y: y.numpy(),
        lambda y: y.numpy().astype(np.uint16),
        lambda y: y[:, None],
    ],
)
def test_labels_of_any_kind_are_class_numbers(kind):
    assert row((X, kind(Y))) == EXPECTED
    assert row([(X, kind(Y))])["train_loss"] == pytest.approx(EXPECTED["train_loss"], rel=1e-6)


def test_booleans_are_two_classes():
    network = body_and(nn.Linear(6, 2))
    assert measured(network, (X, Y % 2 == 1)).row == measured(network, (X, Y % 2)).row


def test_samples_to_be_ignored_are_left_out():
    labels = Y.clone()
    labels[::7] = -100
    kept = labels >= 0
    agree(row((X, labels)), row((X[kept], labels[kept])))
    labels[labels < 0] = 9
    agree(row((X, labels), ignore_index=9), row((X[kept], labels[kept])))
    with pytest.raises(ValueError, match="got 9 at position 0"):
        row((X, labels))


def test_what_is_too_large_to_keep_is_computed_twice_and_gives_the_same():
    calls = []
    network = body_and(nn.Linear(6, 3))
    network.register_forward_hook(lambda *_: calls.append(1))
    kept = measured(network, (X, Y)).row
    few = len(calls)
    agree(measured(network, (X, Y), options=MeasurementOptions(memory=0)).row, kept)
    assert len(calls) - few == few + 1  # the first batch is looked at once more, and then there are two passes


def test_random_augmentations_are_the_same_in_both_passes():
    class Augmented(Pairs):
        def __getitem__(self, i):
            return X[i] + 0.1 * torch.randn(8), int(Y[i])

    loader = DataLoader(Augmented(), 16, shuffle=True)
    agree(row(loader, memory=0), row(loader))
