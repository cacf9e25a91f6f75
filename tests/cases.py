"""Points of the model that every closed form is tested at, and Hypothesis settings that give the same answer twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings

from ncverify import Point
from ncverify.numbers import to_numpy

repeatable = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@dataclass(frozen=True, eq=False)
class Case:
    """Coordinates in float64."""

    name: str
    W: np.ndarray
    H: np.ndarray

    def point(self, xp: Any) -> Point:
        """The point with the coordinates rounded to the dtype of a namespace."""
        return Point(native(self.W, xp), native(self.H, xp))

    def direction(self, xp: Any, seed: int = 7) -> tuple[Any, Any]:
        """A Gaussian direction with the shapes of W and H."""
        rng = np.random.default_rng(seed)
        return native(rng.standard_normal(self.W.shape), xp), native(rng.standard_normal(self.H.shape), xp)


def native(array: Any, xp: Any) -> Any:
    """An array in the library, dtype and device of a namespace."""
    return xp.library.asarray(np.asarray(array), dtype=xp.dtype, device=xp.device)


def host(array: Any) -> np.ndarray:
    """The array in float64 on the host."""
    return np.asarray(to_numpy(array), dtype=np.float64)


def gaussian(K: int, n: int, d: int, seed: int = 0, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return scale * rng.standard_normal((K, d)), scale * rng.standard_normal((d, K * n))


def collapsed(K: int, n: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """W = K I - 11' and H = scale * W' for each sample: all logit differences are scale * K^2, without rounding."""
    V = K * np.eye(K) - 1
    return V, scale * np.repeat(V.T, n, axis=1)


def _merged() -> tuple[np.ndarray, np.ndarray]:
    W, H = gaussian(4, 2, 3, seed=5)
    W[1], H[:, 2:4] = W[0], H[:, 0:2]
    return W, H


_W, _H = gaussian(3, 2, 4, seed=6)
_SEPARATED = collapsed(3, 2, 1e4 / 9)

CASES = (
    Case("the smallest point", np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]])),
    Case("zero matrices", np.zeros((3, 2)), np.zeros((2, 6))),
    Case("zero classifiers", np.zeros((3, 4)), _H),
    Case("zero features", _W, np.zeros((4, 6))),
    Case("gaussian", *gaussian(3, 2, 4)),
    Case("d = 1", *gaussian(4, 3, 1, seed=1)),
    Case("n = 1", *gaussian(5, 1, 3, seed=2)),
    Case("K = 2", *gaussian(2, 4, 2, seed=3)),
    Case("d below K - 1", *gaussian(6, 2, 2, seed=4)),
    Case("merged classes", *_merged()),
    Case("collapsed", *collapsed(4, 2, 0.25)),
    Case("logits of 1e4", *gaussian(3, 2, 4, seed=8, scale=75.0)),
    Case("separated by 30", *collapsed(3, 2, 30 / 9)),
    Case("separated by 100", *collapsed(3, 2, 100 / 9)),
    Case("separated by 1e4", *_SEPARATED),
    Case("wrong by 1e4", -_SEPARATED[0], _SEPARATED[1]),
    Case("one class wrong by 1e4", _SEPARATED[0], np.roll(_SEPARATED[1], 1, axis=1)),
    Case("separated by 1e6", *collapsed(3, 2, 1e6 / 9)),
    Case("small classifiers, large features", 1e-6 * _W, 1e6 * _H),
)
WIDE_CASES = (
    Case("all entries near 1e-150", 1e-150 * _W, 1e-150 * _H),
    Case("all entries near 1e150", 1e150 * _W, 1e150 * _H),
)
"""Beyond the range of float32."""

CASE = {case.name: case for case in (*CASES, *WIDE_CASES)}


def dtype_name(xp: Any) -> str:
    """float32 or float64, whatever the library calls it."""
    return str(xp.dtype).rpartition(".")[2]
