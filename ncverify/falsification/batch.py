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
        self._replayed: dict[Any, Replayed] = {}

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
        xp = TrackedNamespace(self._floats)

        def evaluation_of(row: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            conclusion, hypotheses = self._signals(row, xp)
            least = torch.full_like(self._one, torch.inf)
            applicable = torch.ones_like(self._one, dtype=torch.bool)
            for h in hypotheses:
                least, applicable = torch.minimum(least, h.distance), applicable & h.truth
            return conclusion.distance, least, applicable

        return Evaluation(*self._without_gradients("evaluate", evaluation_of, x))

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
            weight: of the penalty.
            multipliers: per row and hypothesis, shape (B, number of hypotheses): how hard each pushes back by itself.
                With the right ones the penalised minimum is the constrained one (augmented Lagrangian).
        """
        count = len(self.goal.hypotheses)

        def penalised(row: torch.Tensor, forces: torch.Tensor, heat: Any, force: torch.Tensor) -> torch.Tensor:
            conclusion, hypotheses = self._signals(row, TrackedNamespace(self._floats, heat))
            total: torch.Tensor = conclusion.distance
            for i, h in enumerate(hypotheses):
                total = total + force * torch.relu(INSIDE + forces[i] / (2 * force) - h.distance) ** 2
            return total

        def objective(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            forces = x.new_zeros((len(x), count)) if multipliers is None else multipliers
            return self._with_gradients("objective", penalised, x, forces, numbers=(smoothing, weight))

        return objective

    def hypotheses(self, x: torch.Tensor, smoothing: float) -> torch.Tensor:
        """Distances of the hypotheses from failing, shape (B, number of hypotheses)."""
        xp = TrackedNamespace(self._floats, smoothing)

        def distances_of(row: torch.Tensor) -> tuple[torch.Tensor]:
            return (torch.stack([h.distance for h in self._signals(row, xp)[1]]),)

        return self._without_gradients(("hypotheses", smoothing), distances_of, x)[0]

    def shortfall(self, smoothing: float, aim: float) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
        """Rows of x to (gradients, values) of the squares by which hypotheses fall short of a distance `aim`."""

        def shortfall_of(row: torch.Tensor, heat: Any, wanted: torch.Tensor) -> torch.Tensor:
            _, hypotheses = self._signals(row, TrackedNamespace(self._floats, heat))
            return torch.stack([torch.relu(1 - h.distance / wanted) ** 2 for h in hypotheses]).sum()

        return lambda x: self._with_gradients("shortfall", shortfall_of, x, numbers=(smoothing, aim))

    def least_hypothesis(self) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
        """Rows of x to (gradients, values) of the distance of the hypothesis that comes closest to failing."""
        xp = TrackedNamespace(self._floats)

        def least_distance_of(row: torch.Tensor) -> torch.Tensor:
            _, hypotheses = self._signals(row, xp)
            return torch.stack([h.distance for h in hypotheses]).min()

        return lambda x: self._with_gradients("least hypothesis", least_distance_of, x)

    def _with_gradients(
        self, name: str, function: Any, x: torch.Tensor, *others: torch.Tensor, numbers: tuple[float, ...] = ()
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Gradients and values of each row: no row depends on another, so one backward pass of the sum gives all.

        Args:
            name: of the function.
            function: of a row, the row of each of the others, and the numbers.
            x: rows.
            others: per row, what does not move.
            numbers: of all rows; the first is a temperature, which stays 0 where it is 0 and matters.
        """
        soft = self._replayed.get((name, False))
        sharp = bool(numbers) and numbers[0] == 0 and not (soft is not None and soft.ignores(1 + len(others)))

        def both(x: torch.Tensor, *given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            there = x.detach().requires_grad_()
            fixed: tuple[Any, ...] = given[len(others) :]
            if sharp:
                fixed = (0.0, *fixed[1:])
            values = self._map(lambda *row: (function(*row, *fixed),), there, *given[: len(others)])[0]
            if not values.requires_grad:  # a value that does not depend on the point
                return torch.zeros_like(x), values
            (gradients,) = torch.autograd.grad(values.sum(), there)
            return gradients, values.detach()

        given = (*map(self._there, others), *(self._one.new_tensor(number) for number in numbers))
        gradients, values = self._run((name, sharp), both, self._there(x.detach()), *given, many=True)
        return gradients.to(x.device), values.to(x.device)

    def _without_gradients(self, name: Any, function: Any, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        def values(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            with torch.no_grad():
                outputs: tuple[torch.Tensor, ...] = self._map(function, x)
                return outputs

        return tuple(output.to(x.device) for output in self._run(name, values, self._there(x)))

    def _run(self, name: Any, function: Any, *inputs: torch.Tensor, many: bool = False) -> tuple[torch.Tensor, ...]:
        """The function of the inputs, replayed where that is possible; one name always means the same operations.

        Gradients are taken for a descent, and many calls follow the first.
        """
        if not self.vectorised:
            outputs: tuple[torch.Tensor, ...] = function(*inputs)
            return outputs
        if name not in self._replayed:
            self._replayed[name] = Replayed(function, lambda: self.vectorised, many=many)
        return self._replayed[name](*inputs)

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
