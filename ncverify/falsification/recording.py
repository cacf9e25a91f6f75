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

from ncverify.falsification.program import Noted, Recording, recording_of

Function = Callable[..., tuple[torch.Tensor, ...]]


class Replayed:
    """A function of tensors that is recorded, and replayed with tensors of the same shapes.

    Args:
        function: of tensors to a tuple of tensors; the same operations whatever the values.
        steady: whether that was so in the last call.
        plain: calls before one is recorded.
    """

    def __init__(self, function: Function, steady: Callable[[], bool] = lambda: True, *, plain: int = 0) -> None:
        self.function, self.steady, self.plain = function, steady, plain
        self.calls: Counter[Any] = Counter()
        self.recordings: dict[Any, Recording | None] = {}

    def __call__(self, *inputs: torch.Tensor, wanted: slice = slice(None)) -> tuple[torch.Tensor, ...]:
        """Some outputs of the function; once it is replayed, up to rounding and without what the others take."""
        key = tuple((x.shape, x.device) for x in inputs)
        recording = self.recordings.get(key)
        if recording is not None:
            return recording.program(wanted)(*inputs)
        self.calls[key] += 1
        if self.calls[key] <= self.plain or key in self.recordings or not self.steady():
            return self.function(*inputs)[wanted]
        with _Tape() as tape:
            outputs = self.function(*inputs)
        self.recordings[key] = recording_of(tape.operations, inputs, outputs) if self.steady() else None
        return outputs[wanted]

    def knows(self, first: torch.Tensor) -> bool:
        """Whether a call is recorded whose first input has the shape and the device of this one."""
        return any(key[0] == (first.shape, first.device) for key, known in self.recordings.items() if known is not None)


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
        several = isinstance(result, list | tuple)
        parts = result if several else [result]
        tensors = list(parts) if all(isinstance(part, torch.Tensor) for part in parts) else []
        shapes = [part.shape for part in tensors]
        self.operations.append(Noted(func, args, kwargs or {}, tensors, shapes, several))
        return result
