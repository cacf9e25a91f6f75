"""A recorded trajectory: one row for each recorded moment, its points, and what is needed to go on from its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncverify.files import write_whole
from ncverify.flow import rates
from ncverify.flow.invariants import Conserved
from ncverify.flow.records import KKT, QUANTITIES, Occurrence, Parts, Recorded
from ncverify.flow.storage import is_parquet, packed, unpacked
from ncverify.metrics import METRICS, section_4_metrics
from ncverify.point import Point
from ncverify.separation import kkt_residuals, scaled_to_unit_margin


@dataclass(frozen=True)
class Trajectory:
    """Rows of quantities along a flow or a descent, with the points themselves.

    Attributes:
        columns: arrays of one length m by name, the names in `QUANTITIES`: log t (of the flow of the summed loss),
            sigma, log L, rho, q_min, gamma~, beta, 1 - beta, epsilon and delta of Lemma B.1, the stationarity residual
            of (3.1) at theta/sqrt(q_min) by the softmax multipliers, the largest relative drift of the conserved
            quantities so far. NaN where a quantity is not defined (q_min <= 0). The six metrics, under the names in
            `METRICS`, and the four residuals in `KKT` are computed when asked for.
        W: classifiers, shape (m, K, d).
        H: features, shape (m, d, K*n).
        origin: the conserved quantities of the very start.
        events: what happened, in order.
        settings: how it was made.
        ended: why it ended.
    """

    columns: Mapping[str, NDArray[np.float64]]
    W: NDArray[np.float64]
    H: NDArray[np.float64]
    origin: Conserved
    events: tuple[Occurrence, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    ended: str = ""

    def __len__(self) -> int:
        return len(self.W)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        if name in METRICS:
            return self.metrics[name]
        if name in KKT:
            return self.kkt[name]
        if name not in self.columns:
            raise KeyError(f"{name!r}: expected one of {', '.join((*self.columns, *METRICS, *KKT))}")
        return self.columns[name]

    @cached_property
    def metrics(self) -> Mapping[str, NDArray[np.float64]]:
        """The six metrics of Section 4 of every row, by name."""
        rows = [section_4_metrics(self.point(row)) for row in range(len(self))]
        return {name: np.array([float(getattr(row, name)) for row in rows]) for name in METRICS}

    @cached_property
    def kkt(self) -> Mapping[str, NDArray[np.float64]]:
        """The distance of every row from a KKT point of (3.1), by the multipliers of Lemma B.1; NaN where q_min <= 0.

        The four residuals of `ncverify.separation.kkt_residuals` at theta/sqrt(q_min); `least_stationarity` has the
        stationarity of the best multipliers.
        """
        rows = [_kkt_residuals(self.point(row)) for row in range(len(self))]
        return dict(zip(KKT, np.array(rows, dtype=np.float64).T, strict=True))

    def point(self, row: int) -> Point:
        """The point of a row."""
        return Point(self.W[row].copy(), self.H[row].copy())

    @property
    def end(self) -> Point:
        """The last point."""
        return self.point(-1)

    @property
    def error_estimate(self) -> float:
        """The largest relative drift of the conserved quantities: the order of the error of theta / rho."""
        return float(self["relative_drift"][-1])

    def directions(self) -> NDArray[np.float64]:
        """theta / rho of every row, flat: W in C order, then H; shape (m, K d + d K n)."""
        flat = np.concatenate([self.W.reshape(len(self), -1), self.H.reshape(len(self), -1)], axis=1)
        unit: NDArray[np.float64] = flat / np.linalg.norm(flat, axis=1, keepdims=True)
        return unit

    def joined(self, later: Trajectory) -> Trajectory:
        """This trajectory followed by its continuation, whose first row is this one's last."""
        columns = {name: np.concatenate([self[name], later[name][1:]]) for name in self.columns}
        columns["sigma"][len(self) :] += self["sigma"][-1]
        columns["relative_drift"] = np.maximum.accumulate(columns["relative_drift"])
        return replace(
            later,
            columns=columns,
            W=np.concatenate([self.W, later.W[1:]]),
            H=np.concatenate([self.H, later.H[1:]]),
            origin=self.origin,
            events=self.events + later.events,
        )

    def save(self, path: str | Path) -> None:
        """Writes everything to a file, at once; floats are kept to the last bit.

        The file is .npz, whatever its name, but for a name that ends in .parquet: that takes pyarrow (extra `parquet`)
        and can be read by other programs, with one row for each moment.

        Raises:
            ModuleNotFoundError: a .parquet file is wanted, and pyarrow is not installed.
        """
        parts = Parts(self.columns, self.W, self.H, self.origin, self.events, self.settings, self.ended)
        write_whole(path, packed(parts, self.metrics if is_parquet(path) else None))

    @classmethod
    def load(cls, path: str | Path) -> Trajectory:
        """The trajectory of a file that `save` wrote; nothing is unpickled, and shapes are checked.

        Raises:
            ValueError: the file is no trajectory.
            ModuleNotFoundError: a .parquet file, and pyarrow is not installed.
            OSError: it cannot be read.
        """
        return cls(*unpacked(path))


def _kkt_residuals(p: Point) -> tuple[float, ...]:
    if not p.q_min > 0:
        return (math.nan,) * len(KKT)
    return tuple(map(float, kkt_residuals(scaled_to_unit_margin(p), rates.softmax_multipliers(p))))


def measured(recorded: Recorded) -> dict[str, float]:
    """One row: every quantity of `QUANTITIES`."""
    p = recorded.point
    q_min = float(p.q_min)
    row = {
        "log_t": recorded.log_t,
        "sigma": recorded.sigma,
        "log_loss": float(p.log_loss),
        "rho": math.sqrt(float(p.squared_norm)),
        "q_min": q_min,
        "smoothed_margin": float(rates.smoothed_margin(p)),
        "alignment": float(rates.alignment(p)),
        "misalignment": float(rates.misalignment(p)),
        "relative_drift": recorded.drift,
    }
    late = q_min > 0 and row["smoothed_margin"] > 0
    row["epsilon"] = float(rates.stationarity_bound(p)) if late else math.nan
    row["delta"] = float(rates.complementarity_bound(p)) if late else math.nan
    row["stationarity"] = float(rates.stationarity_residual(p)) if q_min > 0 else math.nan
    return row


def assemble(
    rows: Sequence[Recorded],
    origin: Conserved,
    *,
    events: tuple[Occurrence, ...] = (),
    settings: Mapping[str, Any] | None = None,
    ended: str = "",
) -> Trajectory:
    """A trajectory from recorded moments."""
    table = [measured(recorded) for recorded in rows]
    columns = {name: np.array([row[name] for row in table]) for name in QUANTITIES}
    W, H = np.stack([r.point.W for r in rows]), np.stack([r.point.H for r in rows])
    return Trajectory(columns, W, H, origin, events, settings or {}, ended)
