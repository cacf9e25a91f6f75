"""The names of what a trajectory records, and the records themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ncverify.flow.invariants import Conserved
from ncverify.point import Point

KKT = ("kkt_feasibility", "kkt_sign", "kkt_stationarity", "kkt_complementarity")
QUANTITIES = (
    "log_t", "sigma", "log_loss", "rho", "q_min", "smoothed_margin", "alignment", "misalignment", "epsilon", "delta",
    "stationarity", "relative_drift",
)  # fmt: skip


class Recorded(NamedTuple):
    """A recorded moment: its point (NumPy), log t, sigma, and the largest relative drift so far."""

    point: Point
    log_t: float
    sigma: float
    drift: float


class Occurrence(NamedTuple):
    """An event that happened: its name, log t and sigma."""

    name: str
    log_t: float
    sigma: float


class Parts(NamedTuple):
    """Everything that makes a trajectory, as files keep it; `ncverify.flow.Trajectory` tells what each is."""

    columns: Mapping[str, NDArray[Any]]
    W: NDArray[Any]
    H: NDArray[Any]
    origin: Conserved
    events: tuple[Occurrence, ...]
    settings: Mapping[str, Any]
    ended: str
