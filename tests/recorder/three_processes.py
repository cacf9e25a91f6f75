"""What one of several processes measures, printed as JSON: python -m tests.recorder.three_processes."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from ncverify.recorder import CollapseRecorder, MeasurementOptions, measured, passes
from tests.recorder.networks import body_and, data


def network() -> nn.Module:
    torch.manual_seed(7)
    return nn.Sequential(nn.BatchNorm1d(8), body_and(nn.Linear(6, 3)))


def rows(rank: int, world: int, folder: str) -> dict[str, Any]:
    """The rows of a loader and of streams of which the last process has none, and what came of the buffers."""
    passes.PART = 16
    x, y = data(71)
    x[:, 0] += y
    model = network()
    model.eval()(x)
    running: nn.Module = nn.parallel.DistributedDataParallel(model, broadcast_buffers=False) if world > 1 else model
    with torch.no_grad():
        model[0].running_mean += rank  # as where each process normalises its own part
    dataset = TensorDataset(x, y)
    sampler = DistributedSampler(dataset, world, rank) if world > 1 else None
    loader = DataLoader(dataset, 5, shuffle=sampler is None, sampler=sampler)
    options = MeasurementOptions(kkt=True, layers=["1.0"])
    found = {"loader": measured(running, loader, test=loader, options=options).row}
    batches = [(x[i : i + 5], y[i : i + 5]) for i in range(0, 71, 5)]
    own = batches if world == 1 else batches[rank :: max(world - 1, 1)] if rank < world - 1 else []
    found["stream"] = measured(running, own, options=MeasurementOptions(memory=0)).row
    recorder = CollapseRecorder(running, loader, csv=f"{folder}/rows.csv")
    recorder.record(0)
    recorder.page(f"{folder}/page.html")
    shift = model[0].running_mean - network()[0].running_mean
    return {**found, "kept": bool((shift.round() == rank).all()), "epochs": len(recorder.rows)}


def failing(rank: int, world: int) -> str:
    """The sentence of a process when the labels of the second one are wrong."""
    x, y = data(30)
    try:
        measured(network(), [(x, y + (9 if rank == 1 else 0))])
    except (ValueError, RuntimeError) as error:
        return str(error)
    return ""


def main(folder: str) -> None:
    """Measures and prints."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if world > 1:
        dist.init_process_group("gloo")
    found = rows(rank, world, folder)
    if world > 1:
        found["failure"] = failing(rank, world)
        dist.destroy_process_group()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
