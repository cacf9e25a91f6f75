"""One process or several: who I am, where my device is, and how to come together and part again."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist

from ncverify.recorder.processes import Processes

__all__ = ["Processes", "chosen_device", "lost_another", "processes"]


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


def lost_another(error: RuntimeError) -> bool:
    """Whether the error is that another process of the group cannot be reached any more."""
    return isinstance(error, dist.DistError) or "gloo" in str(error)
