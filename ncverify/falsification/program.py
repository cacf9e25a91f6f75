"""Recorded operations on tensors, written down as a Python function of their inputs.

On the host its variables are NumPy arrays. Operations on constants alone are done once, equal operations on equal
tensors, too, and what no output depends on is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from ncverify.falsification.in_numpy import FILLED, FUNCTIONAL, SHAPE_ALONE, Operation, by_pytorch, expression, has_text

_aten = torch.ops.aten
_SAME = (_aten.detach.default, _aten.lift_fresh.default, _aten.alias.default)
_RESHAPES = (_aten.view.default, _aten._unsafe_view.default, _aten.expand.default)


class Noted(NamedTuple):
    """An operation on tensors, with its results and their shapes at that time; no results where some are no tensors."""

    func: Any
    args: Any
    options: dict[str, Any]
    results: list[torch.Tensor]
    shapes: list[torch.Size]


class _UnsuitedError(Exception):
    """Operations that cannot be replayed: one reads a value, or changes a tensor that is not its own."""


def program_of(
    operations: Sequence[Noted], inputs: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor]
) -> Program | None:
    """The operations as a function of the inputs; None where they cannot be replayed.

    On the host NumPy carries them out, as far as none changes memory that others see.

    Args:
        operations: in order.
        inputs: the tensors that they started from.
        outputs: the tensors to return.
    """
    on_host = all(x.device.type == "cpu" for x in inputs)
    for in_numpy in (True, False) if on_host else (False,):
        try:
            writer = _Writer(operations, inputs, in_numpy=in_numpy)
            for operation in operations:
                writer.add(operation)
            program = writer.program([writer.name(output) for output in outputs])
        except _UnsuitedError:
            continue
        return program
    return None


@dataclass(frozen=True)
class Program:
    """Recorded operations.

    Attributes:
        function: of the inputs, to the outputs.
        in_numpy: whether these are arrays for it.
        ignored: positions of inputs that no output depends on.
    """

    function: Callable[..., Any]
    in_numpy: bool
    ignored: frozenset[int]

    def __call__(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The outputs."""
        if not self.in_numpy:
            with torch.no_grad():
                outputs: tuple[torch.Tensor, ...] = self.function(*inputs)
                return outputs
        with np.errstate(all="ignore"):
            return tuple(torch.from_numpy(np.asarray(y)) for y in self.function(*(x.numpy() for x in inputs)))


class _Writer:
    """Writes a Python function line by line. A tensor has the name of the variable that will hold it.

    Args:
        operations: that will be added.
        inputs: the tensors that they started from.
        in_numpy: whether variables are arrays. None is ever changed then: what changes a tensor that no other one
            shares its memory with gives a new variable. Among tensors, those whose memory some operation changes keep
            every operation that touches them, in order.
    """

    def __init__(self, operations: Sequence[Noted], inputs: Sequence[torch.Tensor], *, in_numpy: bool) -> None:
        self.in_numpy = in_numpy
        self.names = {id(x): f"x{i}" for i, x in enumerate(inputs)}
        self.shapes = {id(x): x.shape for x in inputs}
        self.heads = list(self.names.values())
        self.known: dict[str, Any] = {}  # what lines refer to, by name
        self.kept: dict[int, str] = {}
        self.written: dict[Any, list[str]] = {}
        # (text, variables that it sets, variables that it reads, whether it is needed)
        self.lines: list[tuple[str, list[str], list[str], bool]] = []
        harmless = SHAPE_ALONE if in_numpy else ()
        self.memory = _Memory()
        self.changes = any(_changes(noted.func) and noted.func not in harmless for noted in operations)
        self.changed = _changed(operations, inputs, self.memory) if self.changes else set()
        self.sharing: dict[int, set[int]] = {}  # tensors met so far, by their memory

    def name(self, value: Any) -> str:
        """The text of an argument."""
        if isinstance(value, torch.Tensor):
            return self.names.get(id(value)) or self._constant(value)
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(self.name, value))}]"
        if value is None or isinstance(value, bool | int):
            return repr(value)
        return self._keep(value)

    def _keep(self, value: Any) -> str:
        if id(value) not in self.kept:
            self.kept[id(value)] = f"k{len(self.known)}"
            self.known[self.kept[id(value)]] = value
        return self.kept[id(value)]

    def _constant(self, tensor: torch.Tensor) -> str:
        if self.changed and self.memory(tensor) in self.changed:
            raise _UnsuitedError
        name = self.names[id(tensor)] = f"c{len(self.known)}"
        self.known[name] = tensor.detach().numpy() if self.in_numpy else tensor
        return name

    def add(self, noted: Noted) -> None:
        """Writes one operation, unless its result is known."""
        func, args, options, results = noted.func, noted.args, noted.options, noted.results
        if not results:
            raise _UnsuitedError
        taken = [*_tensors(args), *_tensors(options.values())]
        same = func in _SAME or (self.in_numpy and func == _aten.clone.default)
        if same or (func in _RESHAPES and noted.shapes[0] == self._shape(args[0])):
            self.names[id(results[0])], self.shapes[id(results[0])] = self.name(args[0]), noted.shapes[0]
            return
        touched = bool(self.changed) and any(self.memory(tensor) in self.changed for tensor in (*taken, *results))
        if not touched and (func in FILLED or all(self.name(tensor)[0] == "c" for tensor in taken)):
            for tensor in results:
                self._constant(tensor)
            return
        if self.in_numpy and self.changes:
            self._require_functional(func, args, taken, results)
        inside = list(map(self.name, args))
        named = [f"{key}={self.name(option)}" for key, option in options.items()]
        text, reads = (func, *inside, *named), list(map(self.name, taken))
        if text in self.written and (self.in_numpy or not touched):
            self._call(noted, self.written[text])
            return
        variables = [f"v{len(self.lines)}_{i}" for i in range(len(results))]
        written = self._text(noted, taken, inside, named)
        needed = touched and not self.in_numpy
        self.lines.append((f"{', '.join(variables)} = {written}", variables, reads, needed))
        if self.in_numpy or not _changes(func):
            self._call(noted, variables)
        if not needed:
            self.written[text] = variables

    def _call(self, noted: Noted, variables: list[str]) -> None:
        """Gives the results of an operation their variables."""
        for result, shape, variable in zip(noted.results, noted.shapes, variables, strict=True):
            self.names[id(result)], self.shapes[id(result)] = variable, shape

    def _shape(self, tensor: torch.Tensor) -> torch.Size:
        return self.shapes.get(id(tensor), tensor.shape)

    def _require_functional(self, func: Any, args: Any, taken: list[torch.Tensor], results: Any) -> None:
        """Refuses an operation that changes what another variable may hold, too."""
        for tensor in (*taken, *results):
            self.sharing.setdefault(self.memory(tensor), set()).add(id(tensor))
        alone = func in FUNCTIONAL and len(self.sharing[self.memory(args[0])]) == 1
        if _changes(func) and func not in SHAPE_ALONE and not alone:
            raise _UnsuitedError

    def _text(self, noted: Noted, taken: list[torch.Tensor], inside: list[str], named: list[str]) -> str:
        """The call of an operation."""
        func, args = noted.func, noted.args
        if not self.in_numpy:
            return f"{self._keep(func)}({', '.join(inside + named)})"
        if not named and has_text(func, taken, noted.results[0]):
            operation = Operation(args, inside, tuple(self._shape(taken[0])), tuple(noted.shapes[0]), self._keep)
            if (written := expression(func, operation)) is not None:
                return written
        if _changes(func) and func not in SHAPE_ALONE:  # PyTorch would change the array itself
            raise _UnsuitedError
        return f"{self._keep(by_pytorch(func))}({', '.join(inside + named)})"

    def program(self, outputs: list[str]) -> Program:
        """The lines that the outputs need, compiled."""
        wanted, kept = set(outputs), []
        for text, variables, reads, needed in reversed(self.lines):
            if needed or not wanted.isdisjoint(variables):
                kept.append(text)
                wanted.update(reads)
        body = "\n ".join([*reversed(kept), f"return ({', '.join(outputs)},)"])
        scope = dict(self.known)
        exec(compile(f"def program({', '.join(self.heads)}):\n {body}", "<recorded>", "exec"), scope)
        ignored = frozenset(i for i, head in enumerate(self.heads) if head not in wanted)
        return Program(scope["program"], self.in_numpy, ignored)


class _Memory:
    """Where tensors keep their numbers; all of them are alive meanwhile."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def __call__(self, tensor: torch.Tensor) -> int:
        if id(tensor) not in self.known:
            try:
                self.known[id(tensor)] = tensor.untyped_storage().data_ptr()
            except RuntimeError as error:  # of a tensor that only stands for another one
                raise _UnsuitedError from error
        return self.known[id(tensor)]


def _changed(operations: Sequence[Noted], inputs: Sequence[torch.Tensor], memory: _Memory) -> set[int]:
    """Memory that some operation changes; without constants that are complete before an input meets them."""
    depend = set(map(id, inputs))
    made, met, changed = set[int](), set[int](), set[int]()
    for func, args, options, results, _ in operations:
        taken = [*_tensors(args), *_tensors(options.values())]
        if any(id(tensor) in depend for tensor in taken):
            depend.update(map(id, results))
            met.update(map(memory, (*taken, *results)))
        met.update(place for tensor in taken if (place := memory(tensor)) not in made)  # it comes from outside
        made.update(map(memory, results))
        if _changes(func) and memory(args[0]) in met:
            changed.add(memory(args[0]))
    return changed


@lru_cache(maxsize=1024)
def _changes(func: Any) -> bool:
    """Whether an operation changes one of its arguments."""
    return bool(func._schema.is_mutable)


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    """The tensors among arguments, those in lists of them included."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)
