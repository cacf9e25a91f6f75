r"""The logarithm of time along a step in rescaled time: dt = d sigma / L.

Over one step 1/L can grow by any power of ten, so t is a sum that its last moments dominate. log L is interpolated by
the cubic that has its values and slopes at both ends (the slope is known exactly: -|grad log L|^2), and the integral of
exp(-log L) is taken by Gauss-Legendre quadrature on intervals that halve towards the end of the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_HALVINGS = 40
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_EDGES = np.append(1 - 0.5 ** np.arange(_HALVINGS), 1.0)
_WIDTHS = np.diff(_EDGES)
_PLACES = (_EDGES[:-1, None] + _WIDTHS[:, None] * (_NODES + 1) / 2).ravel()
_LOG_WEIGHTS = np.log((_WIDTHS[:, None] * _WEIGHTS / 2).ravel())


@dataclass(frozen=True)
class Clock:
    """Time over one step.

    Args:
        log_start: log t at the start of the step; -inf at the start of the flow.
        sigma: rescaled time of the start.
        h: length of the step.
        log_losses: log L at both ends.
        slopes: d log L / d sigma at both ends.

    Example:
        >>> import numpy as np
        >>> constant = Clock(-np.inf, 0.0, 2.0, (0.0, 0.0), (0.0, 0.0))   # L = 1: t is sigma
        >>> round(float(np.exp(constant.log_time(1.5))), 12)
        1.5
    """

    log_start: float
    sigma: float
    h: float
    log_losses: tuple[float, float]
    slopes: tuple[float, float]

    def log_time(self, sigma: float) -> float:
        """log t at a sigma in the step."""
        share = (sigma - self.sigma) / self.h
        if share <= 0:
            return self.log_start
        exponents = _LOG_WEIGHTS + np.log(share * self.h) - self._log_loss(share * _PLACES)
        top = exponents.max()
        return float(np.logaddexp(self.log_start, top + np.log(np.exp(exponents - top).sum())))

    def _log_loss(self, x: np.ndarray) -> np.ndarray:
        """The cubic at places x in [0, 1], written as a correction of the line between the ends."""
        (a, b), (slope_a, slope_b) = self.log_losses, self.slopes
        line = a + (b - a) * x
        bend_a, bend_b = self.h * slope_a - (b - a), self.h * slope_b - (b - a)
        cubic: np.ndarray = line + x * (1 - x) * (bend_a * (1 - x) - bend_b * x)
        return cubic
