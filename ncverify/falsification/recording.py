"""A function of tensors, recorded as the operations that it comes to and replayed without what led to them.

A search evaluates one formula hundreds of times on batches of one shape, and most of the time goes into Python: points,
tracked arrays, the dispatch of `vmap`. None of it can depend on the values (`vmap` refuses that), so the operations on
tensors, those of gradients included, are the same every time. On the host NumPy carries them out. Operations on
constants alone are done once, and equal operations on equal tensors, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ncverify.falsification.program import Noted, Program, program_of

Function = Callable[..., tuple[torch.Tensor, ...]]
_PLAIN = 3  # calls before one is recorded, where many may not follow: recording takes as long as several


class Replayed:
    """A function of tensors that is recorded, and replayed with tensors of the same shapes.

    Args:
        function: of tensors to a tuple of tensors; the same operations whatever the values.
        steady: whether that was so in the last call.
        many: whether it is certain to be called many times.
    """

    def __init__(self, function: Function, steady: Callable[[], bool] = lambda: True, *, many: bool = False) -> None:
        self.function, self.steady, self.many = function, steady, many
        self.calls: Counter[Any] = Counter()
        self.programs: dict[Any, Program | None] = {}

    def __call__(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The function of the inputs, once it is replayed up to rounding."""
        key = tuple((x.shape, x.device) for x in inputs)
        program = self.programs.get(key)
        if program is not None:
            return program(*inputs)
        self.calls[key] += 1
        if (self.calls[key] <= _PLAIN and not self.many) or key in self.programs:
            return self.function(*inputs)
        with _Tape() as tape:
            outputs = self.function(*inputs)
        self.programs[key] = program_of(tape.operations, inputs, outputs) if self.steady() else None
        return outputs

    def ignores(self, position: int) -> bool:
        """Whether it is known that no output depends on an input."""
        programs = self.programs.values()
        return bool(programs) and all(program is not None and position in program.ignored for program in programs)


class _Tape(TorchDispatchMode):
    """Notes every operation on tensors: what it is, what it takes, what it gives."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[Noted] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """PyTorch's own question; where the answer is yes it imports its compiler, which takes a second."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        parts = [result] if isinstance(result, torch.Tensor) else result if isinstance(result, list | tuple) else []
        tensors = list(parts) if all(isinstance(part, torch.Tensor) for part in parts) else []
        shapes = [part.shape for part in tensors]
        self.operations.append(Noted(func, args, kwargs or {}, tensors, shapes))
        return result
