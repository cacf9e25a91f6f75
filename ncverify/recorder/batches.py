"""Data as people have it, in batches whose number and order do not depend on the number of processes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from torch import nn
from torch.utils import data as torch_data

from ncverify.recorder.undisturbed import same_generators

LABELS = ("labels", "label", "targets", "target", "y")
SIZE = 250  # samples of a batch where nothing else says so
WAY_OUT = "hand in batch=, a function that makes (inputs, labels) of a batch"


Data: TypeAlias = Any
"""A DataLoader, a Dataset, a pair (inputs, labels), or batches that can be iterated again and again."""


@runtime_checkable
class Source(Protocol):
    """Batches by number.

    Args:
        count: how many there are; None where each process has batches of its own and nobody can count them.
        size: samples of a batch, about.
    """

    count: int | None
    size: int

    def batches(self, chosen: Iterable[int]) -> Iterator[Any]:
        """The batches of these numbers; all, in their order, where `count` is None."""


class Slices:
    """Batches of tensors that are in memory."""

    def __init__(self, tensors: tuple[torch.Tensor, ...], size: int) -> None:
        self._tensors, self.size = tensors, size
        self.count: int | None = -(-len(tensors[0]) // size)

    def batches(self, chosen: Iterable[int]) -> Iterator[Any]:
        """The batches of these numbers."""
        for i in chosen:
            yield tuple(tensor[i * self.size : (i + 1) * self.size] for tensor in self._tensors)


class Items:
    """Batches of a data set that is indexed, loaded as its loader does, but in the order of the data set."""

    def __init__(self, loader: torch_data.DataLoader[Any], indices: Any, size: int) -> None:
        self._loader, self._indices, self.size = loader, indices, size
        self.count: int | None = -(-len(indices) // size)

    def batches(self, chosen: Iterable[int]) -> Iterator[Any]:
        """The batches of these numbers."""
        old, size = self._loader, self.size
        cut = [list(self._indices[i * size : (i + 1) * size]) for i in chosen]
        yield from torch_data.DataLoader(
            old.dataset,
            batch_sampler=cut,
            collate_fn=old.collate_fn,
            num_workers=old.num_workers,
            timeout=old.timeout,
            worker_init_fn=old.worker_init_fn,
            multiprocessing_context=old.multiprocessing_context if old.num_workers else None,
            generator=torch.Generator().manual_seed(0),  # the same random augmentations in both passes
        )


class Stream:
    """Batches as they come, in each process its own."""

    count: int | None = None

    def __init__(self, iterable: Iterable[Any]) -> None:
        self._iterable, self.size = iterable, 1

    def batches(self, chosen: Iterable[int]) -> Iterator[Any]:
        """All batches, drawn as the first time where a generator of its own decides."""
        samplers = [self._iterable, getattr(self._iterable, "sampler", None)]
        samplers.append(getattr(getattr(self._iterable, "batch_sampler", None), "sampler", None))
        generators = {id(g): g for s in samplers if isinstance(g := getattr(s, "generator", None), torch.Generator)}
        with same_generators((), generators.values()):
            yield from self._iterable


def source_of(data: Data, argument: str = "data") -> Source:
    """Batches of a DataLoader, a Dataset, a pair (inputs, labels), or anything that gives batches when iterated.

    A loader that draws its whole data set in any order (or a subset of it) is replaced by one in the data set's order,
    so that no sample is left out or taken twice, whatever the number of processes. Other loaders are iterated.

    Raises:
        TypeError: none of them.
        ValueError: inputs and labels of different length, or no samples.
    """
    if isinstance(data, Source):
        return data
    if isinstance(data, torch_data.DataLoader):
        return _of_loader(data)
    indexed = hasattr(data, "__getitem__") and hasattr(data, "__len__")
    plain = isinstance(data, tuple | list | Mapping | str | bytes | torch.Tensor | np.ndarray)
    if indexed and not plain and not isinstance(data, torch_data.IterableDataset):
        return _of_loader(torch_data.DataLoader(data, batch_size=SIZE))
    if _is_pair(data):
        inputs, labels = (_as_tensor(part, name) for part, name in zip(data, ("inputs", "labels"), strict=True))
        if len(inputs) != len(labels) or not len(labels):
            raise ValueError(f"{argument}: expected a label for each of the {len(inputs)} inputs, got {len(labels)}")
        return Slices((inputs, labels), SIZE)
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping | torch.Tensor | np.ndarray):
        if iter(data) is data:
            raise TypeError(f"{argument}: an iterator can be read only once; expected a DataLoader or list(batches)")
        return Stream(data)
    raise TypeError(
        f"{argument}: expected a DataLoader, a Dataset, a pair (inputs, labels) or batches, got {type(data).__name__}"
    )


def _of_loader(loader: torch_data.DataLoader[Any]) -> Source:
    dataset, batches = loader.dataset, loader.batch_sampler
    batches = getattr(batches, "batch_sampler", batches)  # accelerate's, which deals batches out to processes
    own_way = type(loader).__iter__ is not torch_data.DataLoader.__iter__ and batches is loader.batch_sampler
    indices = None if own_way or type(batches) is not torch_data.BatchSampler else _indices(batches.sampler, dataset)
    if indices is None:
        return Stream(loader)
    size = int(getattr(batches, "batch_size", SIZE))
    whole, tensors = isinstance(indices, range), getattr(dataset, "tensors", ())
    if whole and type(dataset) is torch_data.TensorDataset and loader.collate_fn is torch_data.default_collate:
        return Slices(tuple(tensors), size)
    return Items(loader, indices, size)


def _indices(sampler: Any, dataset: Any) -> Any:
    """Which samples a sampler draws, each once; None where it cannot be known."""
    if isinstance(dataset, torch_data.IterableDataset) or not hasattr(dataset, "__len__"):
        return None
    sampler = getattr(sampler, "sampler", sampler) if "accelerate" in type(sampler).__module__ else sampler
    whole = range(len(dataset))
    if type(sampler) in (torch_data.SequentialSampler, torch_data.DistributedSampler):
        return whole
    if isinstance(sampler, torch_data.RandomSampler):
        return None if sampler.replacement or sampler.num_samples != len(dataset) else whole
    if type(sampler) is torch_data.SubsetRandomSampler:
        return [int(i) for i in sampler.indices]
    return None


def _is_pair(data: object) -> bool:
    arrays = torch.Tensor | np.ndarray
    return (
        isinstance(data, tuple | list)
        and len(data) == 2
        and isinstance(data[0], arrays)
        and hasattr(data[1], "__len__")
    )


def _as_tensor(values: object, name: str) -> torch.Tensor:
    if isinstance(values, torch.Tensor):
        return values
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: expected numbers, got {type(values).__name__} of {array.dtype}")
    if array.dtype.kind == "u" and array.itemsize > 1:
        array = array.astype(np.int64)
    tensor = torch.from_numpy(array)
    return tensor.to(torch.get_default_dtype()) if name == "inputs" and array.dtype.kind == "f" else tensor


class Unpacker:
    """Splits batches into (inputs, labels) on the device of a network.

    Args:
        network: without wrappers; of a batch that is a mapping it gets the entries that its forward names.
        device: where the tensors go.
        batch: a function that makes (inputs, labels) of a batch, in the place of the rules here.
    """

    def __init__(self, network: nn.Module, device: torch.device, batch: Callable[[Any], Any] | None = None) -> None:
        self._batch, self._device = batch, device
        parameters = inspect.signature(network.forward).parameters.values()
        self._names = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        self._any_name = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self._dtype = next((p.dtype for p in network.parameters() if p.is_floating_point()), torch.float32)

    def __call__(self, batch: object) -> tuple[Any, Any]:
        """(inputs, labels); inputs are a tensor, a tuple of arguments, or a mapping of named ones.

        Raises:
            TypeError, ValueError: a batch of no known form; the message names the way out.
        """
        if self._batch is not None:
            parts = self._batch(batch)
            if not isinstance(parts, tuple | list) or len(parts) != 2:
                raise ValueError(
                    f"batch: expected a pair (inputs, labels) from the function, got {type(parts).__name__}"
                )
        elif isinstance(batch, Mapping):
            parts = self._of_mapping(batch)
        elif isinstance(batch, tuple | list) and len(batch) == 2:
            parts = batch
        else:
            count = f" of {len(batch)} parts" if isinstance(batch, tuple | list) else ""
            raise TypeError(f"a batch is a {type(batch).__name__}{count}; {WAY_OUT}")
        return self._here(parts[0]), parts[1]

    def _of_mapping(self, batch: Mapping[str, Any]) -> tuple[Any, Any]:
        keys = [name for name in LABELS if name in batch]
        if len(keys) != 1:
            raise ValueError(
                f"a batch has the entries {', '.join(map(str, batch))}, none or several for labels; {WAY_OUT}"
            )
        rest = {name: value for name, value in batch.items() if name != keys[0]}
        known = rest if self._any_name else {name: rest[name] for name in rest if name in self._names}
        if known:
            return known, batch[keys[0]]
        if len(rest) == 1:
            return next(iter(rest.values())), batch[keys[0]]
        raise ValueError(f"a batch has the entries {', '.join(map(str, rest))}, which forward does not name; {WAY_OUT}")

    def _here(self, value: object) -> Any:
        if isinstance(value, torch.Tensor):
            return value.to(self._device)
        if isinstance(value, np.ndarray):
            tensor = torch.from_numpy(value)
            return tensor.to(self._device, self._dtype if tensor.is_floating_point() else None)
        if isinstance(value, Mapping):
            return {name: self._here(entry) for name, entry in value.items()}
        return tuple(self._here(entry) for entry in value) if isinstance(value, tuple | list) else value
