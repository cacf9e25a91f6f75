"""What the JSON of a benchmark run says beyond pytest-benchmark: the rows to reach, the versions, the device."""

import importlib.metadata
import os
import tomllib
from pathlib import Path

ROWS = Path(__file__).with_name("rows.toml")
PACKAGES = ("ncverify", "numpy", "scipy", "torch", "cvxpy", "clarabel")


def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:  # ncverify runs from its source tree
        import ncverify

        return ncverify.__version__


def pytest_benchmark_update_machine_info(machine_info):
    import torch

    machine_info.pop("node", None)  # the name of a machine says nothing about its speed
    machine_info["packages"] = {name: version(name) for name in PACKAGES}
    machine_info["threads"] = os.environ.get("OMP_NUM_THREADS", "all cores")
    machine_info["cuda"] = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None


def pytest_benchmark_update_json(output_json):
    output_json["machine_info"]["load"] = f"{os.getloadavg()[1]:.1f} processes in the last five minutes"
    output_json["rows"] = tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]
