"""What is to be shown of a statement, at many points at once, with gradients, on torch in float64, on any device.

The value is how far the conclusion is from failing, in units of the size of its terms: negative where it fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ncverify.errors import StatementError
from ncverify.falsification.recording import Replayed
from ncverify.numbers.native import NativeNamespace
from ncverify.numbers.tracked import TrackedNamespace, TrackedTruth
from ncverify.space.layout import Layout
from ncverify.statements._described import described, raised_at
from ncverify.statements.reading import Goal

INSIDE = 1e-9  # how far inside a hypothesis the search wants to be, relative
_PLAIN = 3  # evaluations before one is recorded: many may not follow, and recording takes as long as several
_GRADIENTS, _DISTANCES, _EVALUATION = slice(0, 2), slice(2, 3), slice(3, 6)  # outputs of what is recorded


@dataclass
class Evaluation:
    """What a batch of points shows.

    Attributes:
        distance: how far the conclusion is from failing, shape (B,); NaN where floats cannot tell.
        hypotheses: the smallest distance of a hypothesis from failing, shape (B,); infinite without hypotheses.
        applicable: whether all hypotheses are met, shape (B,).
    """

    distance: torch.Tensor
    hypotheses: torch.Tensor
    applicable: torch.Tensor

    def split(self, count: int) -> tuple[Evaluation, Evaluation]:
        """What the first `count` points show, and what the others do."""
        columns = (self.distance, self.hypotheses, self.applicable)
        return Evaluation(*(column[:count] for column in columns)), Evaluation(*(column[count:] for column in columns))


class BatchedGoal:
    """A goal over many points of one shape. Whatever device rows are on, what is found about them comes back there.

    Args:
        goal: what is to be shown.
        layout: how coordinates are packed.
        name: of the statement, for error messages.
        device: of torch, where formulas are evaluated.
    """

    def __init__(self, goal: Goal, layout: Layout, name: str, device: str = "cpu") -> None:
        self.goal, self.layout, self.name, self.device = goal, layout, name, device
        self.vectorised = True
        self._one = torch.ones((), dtype=torch.float64, device=device)
        self._floats = NativeNamespace(self._one)
        self.edge: Any = None  # what `varieties` knows of equality in its conclusion
        self._replayed: dict[str, Replayed] = {}

    def point(self, row: torch.Tensor) -> Any:
        """The point of one row; coordinates that overflowed are cut to finite ones."""
        return self.layout.point(row.cpu().numpy())

    def _there(self, x: torch.Tensor) -> torch.Tensor:
        return x.to(self.device)

    def _signals(self, x: torch.Tensor, xp: TrackedNamespace) -> tuple[TrackedTruth, list[TrackedTruth]]:
        values = {name: xp.track(value) for name, value in self.layout.values(x, self._floats).items()}
        p = self.layout.trusted(values, like=xp.track(self._one))
        return self._tracked_truth(self.goal.conclusion(p)), [self._tracked_truth(h(p)) for h in self.goal.hypotheses]

    def _tracked_truth(self, value: Any) -> TrackedTruth:
        if isinstance(value, TrackedTruth):
            return value
        flag = torch.as_tensor(value if isinstance(value, torch.Tensor) else bool(value), device=self.device)
        return TrackedTruth(flag, torch.where(flag, 1.0, -1.0).to(torch.float64), TrackedNamespace(self._floats))

    def evaluate(self, x: torch.Tensor) -> Evaluation:
        """Distances and truth of hypotheses at every row of x, without smoothing."""
        recorded = self._replayed.get("penalised")
        if recorded is not None and recorded.knows(self._there(x)):
            return Evaluation(*self._penalised(_EVALUATION, x, self._per_hypothesis(x), 0.0, 0.0))
        xp = TrackedNamespace(self._floats)

        def evaluation_of(row: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            conclusion, hypotheses = self._signals(row, xp)
            return conclusion.distance, *self._together(hypotheses)

        def evaluations(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            with torch.no_grad():
                outputs: tuple[torch.Tensor, ...] = self._map(evaluation_of, x)
                return outputs

        if "evaluate" not in self._replayed:
            self._replayed["evaluate"] = Replayed(evaluations, lambda: self.vectorised, plain=_PLAIN)
        return Evaluation(*(output.to(x.device) for output in self._replayed["evaluate"](self._there(x))))

    def _together(self, hypotheses: list[TrackedTruth]) -> tuple[torch.Tensor, torch.Tensor]:
        """The smallest distance of a hypothesis from failing, and whether all are met."""
        least = torch.full_like(self._one, torch.inf)
        applicable = torch.ones_like(self._one, dtype=torch.bool)
        for h in hypotheses:
            least, applicable = torch.minimum(least, h.distance), applicable & h.truth
        return least, applicable

    def has_thin_hypothesis(self, x: torch.Tensor) -> bool:
        """Whether a hypothesis is an equality, which no descent meets exactly."""
        with torch.no_grad():
            return any(h.measure_zero for h in self._signals(self._there(x[0]), TrackedNamespace(self._floats))[1])

    def objective(
        self, smoothing: float, weight: float, multipliers: torch.Tensor | None = None
    ) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
        """Rows of x to (gradients, values) of distance + penalty of unmet hypotheses.

        Args:
            smoothing: temperature of soft minima; 0 for sharp ones.
            weight: of the penalty; not 0 with multipliers.
            multipliers: per row and hypothesis, shape (B, number of hypotheses): how hard each pushes back by itself.
                With the right ones the penalised minimum is the constrained one (augmented Lagrangian).
        """

        def objective(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            aims = self._per_hypothesis(x, INSIDE)
            if multipliers is not None and aims.shape[1]:
                aims = aims + multipliers / (2 * weight)
            gradients, values = self._penalised(_GRADIENTS, x, aims, smoothing, weight)
            return gradients, values

        return objective

    def hypotheses(self, x: torch.Tensor, smoothing: float) -> torch.Tensor:
        """Distances of the hypotheses from failing, shape (B, number of hypotheses)."""
        return self._penalised(_DISTANCES, x, self._per_hypothesis(x), smoothing, 0.0)[0]

    def shortfall(self, smoothing: float, aim: float) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
        """Rows of x to (gradients, values) of the squares by which hypotheses fall short of a distance `aim`."""

        def shortfall(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return self._of_hypotheses(x, self._per_hypothesis(x, aim), self._per_hypothesis(x), smoothing, aim**-2)

        return shortfall

    def least_hypothesis(self) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
        """Rows of x to (gradients, values) of the distance of the hypothesis that comes closest to failing."""

        def least(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            zeros = self._per_hypothesis(x)
            chosen = self.hypotheses(x, 0.0).argmin(1, keepdim=True)
            return self._of_hypotheses(x, zeros, zeros.scatter(1, chosen, 1.0), 0.0, 0.0)

        return least

    def _per_hypothesis(self, x: torch.Tensor, value: float = 0.0) -> torch.Tensor:
        return x.new_full((len(x), len(self.goal.hypotheses)), value)

    def _penalised(
        self, wanted: slice, x: torch.Tensor, aims: torch.Tensor, smoothing: float, weight: float
    ) -> tuple[torch.Tensor, ...]:
        """Of the conclusion's distance + weight * sum_i relu(aims_i - distance_i)^2 over the hypotheses.

        Args:
            wanted: gradients and values, the distances of the hypotheses, or what `evaluate` gives.
            x: rows.
            aims: shape (B, number of hypotheses).
            smoothing: temperature of soft minima.
            weight: of what hypotheses lack of their aims.
        """

        def value_of(row: torch.Tensor, aims: torch.Tensor, heat: Any, weight: torch.Tensor) -> tuple[Any, ...]:
            conclusion, hypotheses = self._signals(row, TrackedNamespace(self._floats, heat))
            total = conclusion.distance
            for i, h in enumerate(hypotheses):
                total = total + weight * torch.relu(aims[i] - h.distance) ** 2
            distances = torch.stack([h.distance for h in hypotheses]) if hypotheses else aims
            return total, distances, conclusion.distance, *self._together(hypotheses)

        return self._replay("penalised", value_of, wanted, x, aims, smoothing, weight)

    def _of_hypotheses(
        self, x: torch.Tensor, aims: torch.Tensor, shares: torch.Tensor, smoothing: float, weight: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Gradients and values of weight * sum_i relu(aims_i - distance_i)^2 + sum_i shares_i distance_i.

        The conclusion takes no part: where it is no number, hypotheses may still be.
        """

        def value_of(row: torch.Tensor, aims: Any, shares: Any, heat: Any, weight: torch.Tensor) -> tuple[Any, ...]:
            _, hypotheses = self._signals(row, TrackedNamespace(self._floats, heat))
            distances = torch.stack([h.distance for h in hypotheses])
            lacking = weight * torch.relu(aims - distances) ** 2
            return ((lacking + torch.where(shares > 0, shares * distances, 0.0)).sum(),)

        gradients, values = self._replay("hypotheses", value_of, _GRADIENTS, x, aims, shares, smoothing, weight)
        return gradients, values

    def _replay(
        self, name: str, value_of: Callable[..., tuple[Any, ...]], wanted: slice, x: torch.Tensor, *others: Any
    ) -> tuple[torch.Tensor, ...]:
        """Some of (gradients, values, further outputs) of a function, recorded in the first call.

        No row depends on another, so one backward pass of the sum of the values gives all gradients.

        Args:
            name: of the function.
            value_of: of a row, the row of each of the others that is a tensor, and the numbers, to its value and more.
            wanted: which outputs.
            x: rows.
            others: tensors with as many rows, then numbers.
        """
        given = [self._there(o) if isinstance(o, torch.Tensor) else self._one.new_tensor(o) for o in others]
        count = sum(isinstance(o, torch.Tensor) for o in others)

        def outputs_of(x: torch.Tensor, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
            there, numbers = x.detach().requires_grad_(), given[count:]
            values, *more = self._map(lambda *rows: value_of(*rows, *numbers), there, *given[:count])
            gradients = torch.zeros_like(x)
            if values.requires_grad:  # else the value does not depend on the point
                (gradients,) = torch.autograd.grad(values.sum(), there)
            return gradients, values.detach(), *(output.detach() for output in more)

        if name not in self._replayed:
            self._replayed[name] = Replayed(outputs_of, lambda: self.vectorised)
        outputs = self._replayed[name](self._there(x.detach()), *given, wanted=wanted)
        return tuple(output.to(x.device) for output in outputs)

    def _map(self, function: Any, *rows: torch.Tensor) -> Any:
        if self.vectorised:
            try:
                return torch.func.vmap(function)(*rows)
            except RuntimeError:  # PyTorch's word for control flow that depends on values, or a mistake met again below
                self.vectorised = False
            except Exception as error:  # a mistake in the formula: shown at one point, never a slow search
                self._single(function, *(row[0] for row in rows))
                raise StatementError(
                    f"{self.name!r} raised {type(error).__name__} at many points together and at none alone: "
                    f"{error}{raised_at(error)}"
                ) from error
        outputs = [self._single(function, *row) for row in zip(*rows, strict=True)]
        return tuple(torch.stack([output[i] for output in outputs]) for i in range(len(outputs[0])))

    def _single(self, function: Any, row: torch.Tensor, *others: torch.Tensor) -> Any:
        try:
            return function(row, *others)
        except StatementError:
            raise
        except Exception as error:
            point = described(self.layout.trusted(self.layout.values(row, self._floats), like=self._one))
            raise StatementError(
                f"{self.name!r} raised {type(error).__name__}: {error}{raised_at(error)}, in float arithmetic at "
                f"{point}; formulas are written with p and the functions of p.xp"
            ) from error
