"""What a result says about where it was made: hardware and versions, no names of machines."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

import torch

import ncverify
from training.processes import Processes


def hardware(group: Processes) -> str:
    """For instance "CPU, 2 cores" or "2 x NVIDIA T4"."""
    if group.device.type == "cuda":
        name = torch.cuda.get_device_name(group.device)
        return name if group.world == 1 else f"{group.world} x {name}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"CPU, {cores} cores"


def versions() -> dict[str, str]:
    """Of Python and of the packages that the numbers come from."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "ncverify": ncverify.__version__,
    }
