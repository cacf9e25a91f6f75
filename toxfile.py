"""The cuda environments of tox.ini, on a machine without a CUDA device: skipped before anything is installed.

NCVERIFY_REQUIRE_CUDA=1 turns the skip into a failure, so that a machine meant to have a device cannot pass by skipping.
"""

import ctypes
import os
from typing import Any

from tox.plugin import impl
from tox.tox_env.api import ToxEnv
from tox.tox_env.errors import Fail, Skip

NO_DEVICE = "no CUDA device on this machine (asked the driver: libcuda)"


def cuda_device_count() -> int:
    """How many CUDA devices the driver offers; 0 without a driver."""
    for library in ("libcuda.so.1", "nvcuda.dll"):
        try:
            driver = ctypes.CDLL(library)
        except OSError:
            continue
        count = ctypes.c_int()
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0


def demand_a_device(tox_env: ToxEnv) -> None:
    """Skip or fail a cuda environment where there is no device; let every other one pass."""
    if "cuda" not in tox_env.name.split("-") or cuda_device_count():
        return
    if os.environ.get("NCVERIFY_REQUIRE_CUDA") == "1":
        raise Fail(f"{NO_DEVICE}, and NCVERIFY_REQUIRE_CUDA=1 demands one")
    raise Skip(NO_DEVICE)


@impl
def tox_on_install(tox_env: ToxEnv, arguments: Any, section: str, of_type: str) -> None:
    """Called by tox before it installs something in an environment."""
    demand_a_device(tox_env)


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Called by tox before it runs the commands of an environment that is installed already."""
    demand_a_device(tox_env)
