"""Recorded operations on tensors, written down as a Python function of their inputs.

On the host its variables are NumPy arrays. Operations on constants alone are done once, equal operations on equal
tensors, too, and what no output depends on is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from ncverify.falsification.in_numpy import FILLED, FUNCTIONAL, SHAPE_ALONE, Operation, by_pytorch, expression, has_text

_aten = torch.ops.aten
_SAME = (_aten.detach.default, _aten.lift_fresh.default, _aten.alias.default)
_RESHAPES = (_aten.view.default, _aten._unsafe_view.default, _aten.expand.default)


class Noted(NamedTuple):
    """An operation on tensors, with its results and their shapes at that time; no results where some are no tensors.

    Several results come in a list or tuple, and so may a single one.
    """

    func: Any
    args: Any
    options: dict[str, Any]
    results: list[torch.Tensor]
    shapes: list[torch.Size]
    several: bool


class _UnsuitedError(Exception):
    """Operations that cannot be replayed: one reads a value, or changes a tensor that is not its own."""


def recording_of(
    operations: Sequence[Noted], inputs: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor]
) -> Recording | None:
    """The operations as functions of the inputs; None where they cannot be replayed.

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
            names = [writer.name(output) for output in outputs]
        except _UnsuitedError:
            continue
        return Recording(writer.lines, writer.heads, names, writer.known, in_numpy)
    return None


class Line(NamedTuple):
    """A line of a program: its text, the variables that it sets and reads, and whether it is needed in any case."""

    text: str
    sets: list[str]
    reads: list[str]
    needed: bool


class Recording:
    """Recorded operations, of which programs are made that give some of the outputs.

    Args:
        lines: in order.
        heads: variables of the inputs.
        outputs: variables of the outputs.
        known: what lines refer to, by name.
        in_numpy: whether variables are arrays.
    """

    def __init__(
        self, lines: list[Line], heads: list[str], outputs: list[str], known: dict[str, Any], in_numpy: bool
    ) -> None:
        self.lines, self.heads, self.outputs, self.known, self.in_numpy = lines, heads, outputs, known, in_numpy
        self._programs: dict[tuple[str, ...], Program] = {}

    def program(self, wanted: slice = slice(None)) -> Program:
        """The lines that these outputs need, compiled."""
        outputs = tuple(self.outputs[wanted])
        if outputs not in self._programs:
            needed, kept = set(outputs), []
            for line in reversed(self.lines):
                if line.needed or not needed.isdisjoint(line.sets):
                    kept.append(line.text)
                    needed.update(line.reads)
            body = "\n ".join([*reversed(kept), f"return ({', '.join(outputs)},)"])
            scope = dict(self.known)
            exec(compile(f"def program({', '.join(self.heads)}):\n {body}", "<recorded>", "exec"), scope)
            self._programs[outputs] = Program(scope["program"], self.in_numpy)
        return self._programs[outputs]


@dataclass(frozen=True)
class Program:
    """Recorded operations as a function.

    Attributes:
        function: of the inputs, to the outputs.
        in_numpy: whether these are arrays for it.
    """

    function: Callable[..., Any]
    in_numpy: bool

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
        self.lines: list[Line] = []
        self.places = _places_of_changes(operations, inputs, shape_alone=not in_numpy)
        self.changed = _changed(operations, inputs, self.places) if self.places else set()
        self.sharing: dict[int, set[int]] = {}  # tensors met so far, by their memory, where it is changed

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
        if self.places.get(id(tensor)) in self.changed:
            raise _UnsuitedError
        name = self.names[id(tensor)] = f"c{len(self.known)}"
        self.known[name] = tensor.detach().numpy() if self.in_numpy else tensor
        return name

    def add(self, noted: Noted) -> None:
        """Writes one operation, unless its result is known."""
        func, args, options, results, shapes, several = noted
        kind = _kind(func)
        if not results:
            raise _UnsuitedError
        if kind.same or (self.in_numpy and kind.copy) or (kind.reshape and shapes[0] == self._shape(args[0])):
            self.names[id(results[0])], self.shapes[id(results[0])] = self.name(args[0]), shapes[0]
            return
        taken = _tensors(args, options)
        reads = list(map(self.name, taken))
        touched = bool(self.changed) and any(self.places.get(id(t)) in self.changed for t in (*taken, *results))
        if not touched and (kind.filled or all(name[0] == "c" for name in reads)):
            for tensor in results:
                self._constant(tensor)
            return
        if self.in_numpy and self.places:
            self._require_functional(kind, args, taken, results)
        inside = list(map(self.name, args))
        named = [f"{key}={self.name(option)}" for key, option in options.items()] if options else []
        text = (id(func), *inside, *named)
        if text in self.written and (self.in_numpy or not touched):
            self._call(noted, self.written[text])
            return
        variables = [f"v{len(self.lines)}_{i}" for i in range(len(results))]
        written = self._text(noted, kind, taken, inside, named)
        needed = touched and not self.in_numpy
        left = f"[{', '.join(variables)}]" if several else variables[0]
        self.lines.append(Line(f"{left} = {written}", variables, reads, needed))
        if self.in_numpy or not kind.changes:
            self._call(noted, variables)
        if not needed:
            self.written[text] = variables

    def _call(self, noted: Noted, variables: list[str]) -> None:
        """Gives the results of an operation their variables."""
        for result, shape, variable in zip(noted.results, noted.shapes, variables, strict=True):
            self.names[id(result)], self.shapes[id(result)] = variable, shape

    def _shape(self, tensor: torch.Tensor) -> torch.Size:
        return self.shapes.get(id(tensor), tensor.shape)

    def _require_functional(self, kind: _Kind, args: Any, taken: list[torch.Tensor], results: Any) -> None:
        """Refuses an operation that changes what another variable may hold, too."""
        for tensor in (*taken, *results):
            if (place := self.places.get(id(tensor))) is not None:
                self.sharing.setdefault(place, set()).add(id(tensor))
        if kind.changes and not kind.shape_alone:
            alone = kind.functional and len(self.sharing[self.places[id(args[0])]]) == 1
            if not alone:
                raise _UnsuitedError

    def _text(self, noted: Noted, kind: _Kind, taken: list[torch.Tensor], inside: list[str], named: list[str]) -> str:
        """The call of an operation."""
        func, args = noted.func, noted.args
        if not self.in_numpy:
            return f"{self._keep(func)}({', '.join(inside + named)})"
        if not named and has_text(func, taken, noted.results[0]):
            operation = Operation(args, inside, tuple(self._shape(taken[0])), tuple(noted.shapes[0]), self._keep)
            if (written := expression(func, operation)) is not None:
                return written
        if kind.changes and not kind.shape_alone:  # PyTorch would change the array itself
            raise _UnsuitedError
        return f"{self._keep(by_pytorch(func))}({', '.join(inside + named)})"


def _place(tensor: torch.Tensor) -> int:
    """Where a tensor keeps its numbers; all of them are alive meanwhile."""
    try:
        return tensor.untyped_storage().data_ptr()
    except RuntimeError as error:  # of a tensor that only stands for another one
        raise _UnsuitedError from error


def _places_of_changes(
    operations: Sequence[Noted], inputs: Sequence[torch.Tensor], *, shape_alone: bool
) -> dict[int, int]:
    """The memory of those tensors that share theirs with one that some operation changes, by their identities."""
    kinds = [(noted, _kind(noted.func)) for noted in operations]
    changed = {_place(n.args[0]) for n, kind in kinds if kind.changes and (shape_alone or not kind.shape_alone)}
    if not changed:
        return {}
    tensors = {id(x): x for x in inputs}
    for _, args, options, results, *_ in operations:
        tensors.update((id(x), x) for x in (*_tensors(args, options), *results))
    return {key: place for key, tensor in tensors.items() if (place := _place(tensor)) in changed}


def _changed(operations: Sequence[Noted], inputs: Sequence[torch.Tensor], places: dict[int, int]) -> set[int]:
    """Memory that some operation changes; without constants that are complete before an input meets them."""
    depend = set(map(id, inputs))
    made, met, changed = set[int](), set[int](), set[int]()
    for func, args, options, results, *_ in operations:
        taken = set(map(id, _tensors(args, options)))
        if not taken.isdisjoint(depend):
            depend.update(map(id, results))
            met.update(places[key] for key in (*taken, *map(id, results)) if key in places)
        met.update(places[key] for key in taken if key in places and places[key] not in made)  # it comes from outside
        made.update(places[id(x)] for x in results if id(x) in places)
        if _kind(func).changes and places.get(id(args[0])) in met:
            changed.add(places[id(args[0])])
    return changed


class _Kind(NamedTuple):
    """What there is to know of an operation, whatever it is applied to.

    Attributes:
        same: its result is its argument.
        copy: its result is a copy.
        reshape: its result is its argument where the shape is the same.
        filled: its result depends on no value.
        changes: it changes its first argument.
        shape_alone: of that only the shape.
        functional: it can as well give a new tensor.
    """

    same: bool
    copy: bool
    reshape: bool
    filled: bool
    changes: bool
    shape_alone: bool
    functional: bool


def _kind(func: Any) -> _Kind:
    if id(func) not in _KINDS:  # hashing one of PyTorch's operations takes longer than all that is done with it
        _KINDS[id(func)] = _Kind(
            same=func in _SAME,
            copy=func == _aten.clone.default,
            reshape=func in _RESHAPES,
            filled=func in FILLED,
            changes=bool(func._schema.is_mutable),
            shape_alone=func in SHAPE_ALONE,
            functional=func in FUNCTIONAL,
        )
    return _KINDS[id(func)]


_KINDS: dict[int, _Kind] = {}


def _tensors(args: Iterable[Any], options: dict[str, Any]) -> list[torch.Tensor]:
    """The tensors among arguments, those in lists of them included."""
    tensors: list[torch.Tensor] = []
    for value in (*args, *options.values()):
        if isinstance(value, torch.Tensor):
            tensors.append(value)
        elif isinstance(value, list | tuple):
            tensors += [entry for entry in value if isinstance(entry, torch.Tensor)]
    return tensors
