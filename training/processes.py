"""One process or several: who I am, where my device is, and how to come together and part again."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist


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

    @property
    def first(self) -> bool:
        return self.rank == 0

    def gathered(self, value: Any) -> list[Any]:
        """The values of all processes, in the order of their ranks, in every process."""
        if self.world == 1:
            return [value]
        values: list[Any] = [None] * self.world
        dist.all_gather_object(values, value)
        return values

    def agreed(self, value: Any) -> Any:
        """The value of the first process, in every process."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]


def chosen_device(name: str) -> torch.device:
    """The device of that name; "auto" is a GPU if there is one.

    Raises:
        ValueError: a GPU that is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device: expected auto, cpu, cuda or cuda:N, got {name!r}") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device: {name} is not there; this machine has {torch.cuda.device_count()} CUDA devices")
    return device


@contextmanager
def processes(device: str = "auto") -> Iterator[Processes]:
    """All processes that torchrun started, or this one alone.

    The variables RANK, WORLD_SIZE and LOCAL_RANK are those of torchrun. Networks and optimisers have to be gone when
    the outermost block ends: gloo otherwise aborts at exit now and then, after correct work. Blocks may be nested; the
    outermost one brings the processes together, once, because doing it twice in one program hangs.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Processes(0, 1, chosen_device(device))
        return
    where = chosen_device(device)
    if where.type == "cuda":
        where = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(where)
    if dist.is_initialized():
        yield Processes(dist.get_rank(), world, where)
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if where.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), world, where)
    finally:
        gc.collect()
        dist.destroy_process_group()
