"""The epochs after which a network is measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable


def log_epochs(last: int, factor: float = 2.0) -> list[int]:
    """Epochs about evenly spaced on a logarithmic axis: 0, the rounded powers of a factor, and the last.

    Example:
        >>> log_epochs(20), log_epochs(20, 1.5)
        ([0, 1, 2, 4, 8, 16, 20], [0, 1, 2, 3, 5, 8, 11, 17, 20])
    """
    steps = math.ceil(math.log(last, factor)) + 1 if last > 0 else 0
    return sorted({0, last, *(e for e in (round(factor**k) for k in range(steps)) if e <= last)})


def schedule(epochs: object, last: int | None = None) -> Callable[[int], bool]:
    """Whether an epoch is measured.

    Args:
        epochs: "log" for 0, 1, 2, 4, 8, 16, ..., "all", an integer n for every n-th epoch, or the epochs.
        last: an epoch that is measured in any case.

    Raises:
        TypeError, ValueError: anything else.

    Example:
        >>> [epoch for epoch in range(13) if schedule("log", last=12)(epoch)]
        [0, 1, 2, 4, 8, 12]
    """
    chosen = _rule(epochs)
    return lambda epoch: epoch == last or chosen(epoch)


def _rule(epochs: object) -> Callable[[int], bool]:
    told = 'epochs: expected "log", "all", an integer n >= 1 (every n-th epoch) or a collection of epochs'
    if epochs == "log":
        return lambda epoch: epoch & (epoch - 1) == 0  # 0 and the powers of 2
    if epochs == "all":
        return lambda epoch: True
    if isinstance(epochs, int) and not isinstance(epochs, bool):
        if epochs < 1:
            raise ValueError(f"{told}, got {epochs}")
        return lambda epoch: epoch % epochs == 0
    if isinstance(epochs, str) or not isinstance(epochs, Iterable):
        raise TypeError(f"{told}, got {epochs!r}")
    numbers = frozenset(epochs)
    if not all(isinstance(e, int) and e >= 0 for e in numbers):
        raise ValueError(f"{told}, got {sorted(map(str, numbers))[:5]}")
    return lambda epoch: epoch in numbers
