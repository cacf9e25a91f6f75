"""One process or several: which of them this one is, and how all of them get the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process among all that train together.

    Args:
        rank: from 0; the first one writes files and the screen.
        world: how many there are.
        device: of this process.
    """

    rank: int
    world: int
    device: torch.device

    @classmethod
    def around(cls, network: nn.Module) -> Processes:
        """Those of torch.distributed, if it has been initialised, else this one alone; the device is the network's."""
        tensors = [*network.parameters(), *network.buffers()]
        device = tensors[0].device if tensors else torch.device("cpu")
        if dist.is_available() and dist.is_initialized():
            return cls(dist.get_rank(), dist.get_world_size(), device)
        return cls(0, 1, device)

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def gathered(self, value: object) -> list[Any]:
        """The values of all processes, in the order of their ranks, in every process."""
        if self.world == 1:
            return [value]
        values: list[Any] = [None] * self.world
        dist.all_gather_object(values, value)
        return values

    def agreed(self, value: object) -> Any:
        """The value of the first process, in every process."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]

    def from_first(self, action: Callable[[], T]) -> T:
        """Carries out the action in the first process alone, and returns its result in every process.

        Raises:
            Exception: what it raised there, in every process, so that none of them waits for it.
        """
        outcome: Any = (None, None)
        if self.first:
            try:
                outcome = (action(), None)
            except Exception as error:  # raised again below, once the others know
                outcome = (None, error)
        value, failure = self.agreed(outcome)
        if failure is not None:
            raise failure
        return value  # type: ignore[no-any-return]

    def in_rounds(self, own: Iterator[T]) -> Iterator[tuple[int, T]]:
        """(rank, part) of all processes: the first part of each in the order of ranks, the second of each, and so on.

        A process that has fewer parts, or none, takes part until all are done. One whose part fails tells the others,
        so that none of them waits for it.

        Raises:
            Exception: what the part of this process raised.
            RuntimeError: the part of another process failed.
        """
        if self.world == 1:
            yield from ((0, part) for part in own)
            return
        while True:
            part, failure = None, None
            try:
                part = next(own, None)
            except Exception as error:  # raised again below, once the others know
                failure = error
            reports = self.gathered((part, None if failure is None else f"{type(failure).__name__}: {failure}"))
            if failure is not None:
                raise failure
            for rank, (_, problem) in enumerate(reports):
                if problem is not None:
                    raise RuntimeError(f"process {rank}: {problem}")
            if all(part is None for part, _ in reports):
                return
            yield from ((rank, part) for rank, (part, _) in enumerate(reports) if part is not None)

    @contextmanager
    def same_buffers(self, network: nn.Module) -> Iterator[None]:
        """Inside the block the running averages of the first process in all of them, afterwards each its own."""
        own = [(buffer, buffer.clone()) for buffer in network.buffers()] if self.world > 1 else []
        for buffer, _ in own:
            dist.broadcast(buffer, 0)
        try:
            yield
        finally:
            for buffer, before in own:
                buffer.copy_(before)
