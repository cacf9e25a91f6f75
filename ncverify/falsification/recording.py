"""A function of tensors, recorded as the operations that it comes to and replayed without what led to them.

A search evaluates one formula hundreds of times on batches of one shape, and most of the time goes into Python: points,
tracked arrays, the dispatch of `vmap`. None of it can depend on the values (`vmap` refuses that), so the operations on
tensors, those of gradients included, are the same every time, and so is the result to the last bit. Operations on
constants alone are done once, and equal operations on equal tensors, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

Function = Callable[..., tuple[torch.Tensor, ...]]
_PLAIN = 3  # calls before one is recorded, where many may not follow: recording takes as long as six
_aten = torch.ops.aten
_SAME = (_aten.detach.default, _aten.lift_fresh.default, _aten.alias.default)
_RESHAPES = (_aten.view.default, _aten._unsafe_view.default, _aten.expand.default)
# the same operations by names that Python calls in half the time
_DIRECT: dict[Any, Callable[..., Any]] = {
    **{getattr(_aten, name).Tensor: getattr(torch, name) for name in ("mul", "add", "sub", "div", "ge", "lt", "eq")},
    **{getattr(_aten, name).default: getattr(torch, name) for name in ("abs", "neg", "exp", "log", "sgn", "sqrt")},
    **{getattr(_aten, name).default: getattr(torch, name) for name in ("bmm", "unsqueeze", "maximum", "minimum")},
    _aten.where.self: torch.where,
    _aten.sum.dim_IntList: torch.sum,
    _aten.transpose.int: torch.transpose,
    _aten.view.default: torch.Tensor.view,
    _aten.expand.default: torch.Tensor.expand,
}


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
        self.programs: dict[Any, Function | None] = {}

    def __call__(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The function of the inputs, to the last bit."""
        key = tuple((x.shape, x.device) for x in inputs)
        program = self.programs.get(key)
        if program is not None:
            with torch.no_grad():
                return program(*inputs)
        self.calls[key] += 1
        if (self.calls[key] <= _PLAIN and not self.many) or key in self.programs:
            return self.function(*inputs)
        with _Tape() as tape:
            outputs = self.function(*inputs)
        self.programs[key] = program_of(tape.operations, inputs, outputs) if self.steady() else None
        return outputs


class _Tape(TorchDispatchMode):
    """Notes every operation on tensors: what it is, what it takes, what it gives."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[tuple[Any, Any, Any, Any]] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """PyTorch's own question; where the answer is yes it imports its compiler, which takes a second."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.operations.append((func, args, kwargs or {}, result))
        return result


class _UnsuitedError(Exception):
    """Operations that cannot be replayed: one reads a value, or changes a tensor that is not its own."""


def program_of(
    operations: Sequence[tuple[Any, Any, Any, Any]], inputs: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor]
) -> Function | None:
    """The operations as a function of the inputs; None where they cannot be replayed.

    Args:
        operations: in order, each (operation, arguments, options, result).
        inputs: the tensors that they started from.
        outputs: the tensors to return.
    """
    try:
        writer = _Writer(operations, inputs)
        for operation in operations:
            writer.add(*operation)
        return writer.function([writer.name(output) for output in outputs])
    except _UnsuitedError:
        return None


class _Writer:
    """Writes a Python function line by line. A tensor has the name of the variable that will hold it.

    A tensor whose memory some operation changes keeps every operation that touches it, in order.
    """

    def __init__(self, operations: Sequence[tuple[Any, Any, Any, Any]], inputs: Sequence[torch.Tensor]) -> None:
        self.names = {id(x): f"x{i}" for i, x in enumerate(inputs)}
        self.heads = list(self.names.values())
        self.known: dict[str, Any] = {}  # constants and operations, by name
        self.written: dict[Any, list[str]] = {}
        self.lines: list[tuple[str, tuple[str, ...], bool]] = []  # (text, variables that it sets, whether it is needed)
        self.changed = {_memory(args[0]) for func, args, _, _ in operations if _changes(func)}

    def name(self, value: Any) -> str:
        """The text of an argument."""
        if isinstance(value, torch.Tensor):
            return self.names.get(id(value)) or self._constant(value)
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(self.name, value))}]"
        if value is None or isinstance(value, bool | int):
            return repr(value)
        return self._keep("k", value)

    def _keep(self, letter: str, value: Any) -> str:
        name = f"{letter}{len(self.known)}"
        self.known[name] = value
        return name

    def _constant(self, tensor: torch.Tensor) -> str:
        if _memory(tensor) in self.changed:
            raise _UnsuitedError
        self.names[id(tensor)] = self._keep("c", tensor)
        return self.names[id(tensor)]

    def add(self, func: Any, args: Any, options: Any, result: Any) -> None:
        """Writes one operation, unless its result is known."""
        results = (
            [result] if isinstance(result, torch.Tensor) else list(result) if isinstance(result, list | tuple) else []
        )
        if not results or not all(isinstance(tensor, torch.Tensor) for tensor in results):
            raise _UnsuitedError
        taken = [*_tensors(args), *_tensors(options.values())]
        if func in _SAME or (func in _RESHAPES and list(result.shape) == list(args[1]) == list(args[0].shape)):
            self.names[id(result)] = self.name(args[0])
            return
        touched = bool(self.changed) and any(_memory(tensor) in self.changed for tensor in (*taken, *results))
        of_constants = all(self.name(tensor)[0] == "c" for tensor in taken)
        if of_constants and not touched:
            for tensor in results:
                self._constant(tensor)
            return
        inside = [self.name(argument) for argument in args] + [
            f"{key}={self.name(option)}" for key, option in options.items()
        ]
        text = (func, *inside)
        if text in self.written and not touched:
            self.names |= dict(zip(map(id, results), self.written[text], strict=True))
            return
        variables = [f"v{len(self.lines)}_{i}" for i in range(len(results))]
        self._write(func, inside, variables, needed=touched)
        if not _changes(func):
            self.names |= dict(zip(map(id, results), variables, strict=True))
        if not touched:
            self.written[text] = variables

    def _write(self, func: Any, inside: list[str], variables: list[str], *, needed: bool) -> None:
        called = _called(func)
        self.known[called] = _DIRECT.get(func, func)
        self.lines.append((f"{', '.join(variables)} = {called}({', '.join(inside)})", tuple(variables), needed))

    def function(self, outputs: list[str]) -> Function:
        """The lines that the outputs need, compiled."""
        wanted, kept = set(outputs), []
        for text, variables, needed in reversed(self.lines):
            if needed or not wanted.isdisjoint(variables):
                kept.append(text)
                wanted.update(_words(text))
        body = "\n ".join([*reversed(kept), f"return ({', '.join(outputs)},)"])
        scope = dict(self.known)
        exec(compile(f"def program({', '.join(self.heads)}):\n {body}", "<recorded>", "exec"), scope)
        program: Function = scope["program"]
        return program


@lru_cache(maxsize=1024)
def _changes(func: Any) -> bool:
    """Whether an operation changes one of its arguments."""
    return bool(func._schema.is_mutable)


@lru_cache(maxsize=1024)
def _called(func: Any) -> str:
    return f"f_{func._schema.name.replace('::', '_')}_{func._overloadname}"


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    """The tensors among arguments, those in lists of them included."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


def _words(text: str) -> list[str]:
    return text.replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " ").replace(",", " ").split()


def _memory(tensor: torch.Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr()
    except RuntimeError as error:  # of a tensor that only stands for another one
        raise _UnsuitedError from error
