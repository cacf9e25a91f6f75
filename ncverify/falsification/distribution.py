"""How the scaled slack of the tried points was distributed, as counts in powers of ten."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

ROUNDING = 1e-12  # the two sides agree up to rounding: distances are in units of the size of their terms
LOWEST, HIGHEST = -12, 2  # powers of ten with a class of their own; the last one takes everything above it
CLASSES = ("below 0", "0", *(f"1e{power:+03d}" for power in range(LOWEST, HIGHEST + 1)), "not finite")
"""Names of the classes: violated in floats, equality up to rounding, from 10^k to 10^(k+1), infinite or no number."""


def classes_of(distances: ArrayLike) -> np.ndarray:
    """For each distance the index of its class in `CLASSES`.

    Example:
        >>> [CLASSES[i] for i in classes_of([-1.0, 1e-16, 0.05, 1e9, float("nan")])]
        ['below 0', '0', '1e-02', '1e+02', 'not finite']
    """
    values = np.asarray(distances, dtype=np.float64)
    finite = np.isfinite(values)
    size = np.where(finite & (values > ROUNDING), values, 1.0)
    powers = np.clip(np.floor(np.log10(size)), LOWEST, HIGHEST).astype(np.intp)
    classes = np.where(values > ROUNDING, powers - LOWEST + 2, np.where(values < -ROUNDING, 0, 1))
    return np.where(finite, classes, len(CLASSES) - 1)


def _none() -> np.ndarray:
    return np.zeros(len(CLASSES), dtype=np.int64)


@dataclass(eq=False)
class Distribution:
    """Counts for each class: of sampled points that met the hypotheses, and of the points where attacks ended.

    Example:
        >>> distribution = Distribution()
        >>> distribution.note([0.5, 0.25, 3e-7], attacked=False)
        >>> distribution.note([0.0], attacked=True)
        >>> distribution.as_json()
        {'sampled': {'1e-07': 1, '1e-01': 2}, 'attacked': {'0': 1}}
    """

    sampled: np.ndarray = field(default_factory=_none)
    attacked: np.ndarray = field(default_factory=_none)

    def note(self, distances: ArrayLike, *, attacked: bool) -> None:
        """Counts distances, in units of the size of the statement's terms."""
        counts = np.bincount(classes_of(distances), minlength=len(CLASSES))
        self.merge(Distribution(attacked=counts) if attacked else Distribution(sampled=counts))

    def merge(self, other: Distribution) -> None:
        """Adds the counts of another one."""
        self.sampled = self.sampled + other.sampled
        self.attacked = self.attacked + other.attacked

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Distribution) and self.as_json() == other.as_json()

    __hash__ = None  # type: ignore[assignment]

    def as_json(self) -> dict[str, dict[str, int]]:
        """The counts that are not zero, by stage and class."""
        return {
            stage: {name: int(count) for name, count in zip(CLASSES, counts, strict=True) if count}
            for stage, counts in (("sampled", self.sampled), ("attacked", self.attacked))
        }
