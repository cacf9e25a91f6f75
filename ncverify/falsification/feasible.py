"""Into thin corners: rows that miss their hypotheses by little are moved until they meet them.

Newton's method on the hypothesis that fails most. It aims at a distance beyond the edge that shrinks from step to step:
where two hypotheses leave a corridor between them, the aim is at last smaller than its width, however thin it is.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from ncverify.falsification.batch import BatchedClaim

_AIMS = tuple(10.0 ** (-1 - step) for step in range(14))  # distances are relative: down to rounding level


def enter(claim: BatchedClaim, x: torch.Tensor, see: Callable[[torch.Tensor], object]) -> int:
    """Moves rows towards meeting all hypotheses; returns how many evaluations of a row were spent, without looks.

    Args:
        claim: what is attacked.
        x: rows that miss a hypothesis.
        see: called with the rows after every step.
    """
    least = claim.least_hypothesis()
    for turn, aim in enumerate(_AIMS):
        gradient, value = least(x)
        if bool((value > 0).all()):
            return (turn + 1) * len(x)
        square = (gradient * gradient).sum(1)
        usable = torch.isfinite(value) & torch.isfinite(square) & (square > 0) & (value <= 0)
        step = torch.where(usable, (aim - value) / torch.where(usable, square, 1.0), 0.0)
        length = step * square.sqrt()
        limit = x.norm(dim=1) / 2  # a longer step would not be Newton's any more
        step = torch.where(length > limit, step * limit / length.clamp_min(1e-300), step)
        x = x + torch.nan_to_num(step[:, None] * gradient)
        see(x)
    return len(_AIMS) * len(x)
