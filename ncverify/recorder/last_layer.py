"""The last layer of any network, found by running it; and the features of other layers, if they are asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple

import torch
from torch import nn

from ncverify.recorder.heads import Head, read_head
from ncverify.recorder.undisturbed import unwrapped


class LastLayer(NamedTuple):
    """The inputs and outputs of the last layer for a batch of N samples.

    Args:
        features: what the classifier is multiplied with, shape (N, d).
        logits: shape (N, K): those of the network.
        shape: of the samples, (B,) or (B, T).
        hidden: the outputs of other layers, by name.
    """

    features: torch.Tensor
    logits: torch.Tensor
    shape: tuple[int, ...]
    hidden: dict[str, torch.Tensor]


class Call(NamedTuple):
    """A call of a layer: its input and its output."""

    name: str
    layer: nn.Module
    h: torch.Tensor
    z: torch.Tensor


class LastLayerHook:
    """Runs a network and catches what enters its last layer; outside the `with` block the network has no hooks.

    The layer is the nn.Linear (or the one that is handed in) whose output, or a multiple of it, is the network's output
    or a part of it. What comes out is held against W h + b for each batch.

    Args:
        network: any module; DistributedDataParallel, DataParallel and compiled wrappers are taken off.
        layer: the last layer or its name, where it is not to be looked for.
        hidden: other layers, or their names.

    Raises:
        ValueError, TypeError: there is no such layer.

    Example:
        >>> network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        >>> with LastLayerHook(network) as hook:
        ...     last = hook(torch.zeros(5, 1, 2, 2))
        >>> hook.name, tuple(last.features.shape), hook.head.classifier.shape
        ('3', (5, 3), (2, 3))
    """

    head: Head
    name: str

    def __init__(
        self, network: nn.Module, layer: nn.Module | str | None = None, hidden: Sequence[nn.Module | str] = ()
    ) -> None:
        self.network = unwrapped(network)
        self._given = None if layer is None else named(self.network, layer, "layer")
        self.hidden = dict(named(self.network, chosen, "layers") for chosen in hidden)
        self._known: Head | None = None
        self.path: tuple[Any, ...] | None = None
        self._calls: list[Call] = []
        self._outputs: dict[str, torch.Tensor] = {}
        self._handles: list[torch.utils.hooks.RemovableHandle] = []

    def __enter__(self) -> LastLayerHook:
        layers = [self._given] if self._given else list(_linear_layers(self.network))
        if not layers:
            raise ValueError(
                f"{type(self.network).__name__}: has no nn.Linear, so it has no last layer to measure; hand in layer="
            )
        self._handles = [layer.register_forward_hook(self._note(name)) for name, layer in layers]
        self._handles += [layer.register_forward_hook(self._keep(name)) for name, layer in self.hidden.items()]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles, self._calls, self._outputs = [], [], {}

    def __call__(self, inputs: Any) -> LastLayer:
        """The inputs and outputs of the last layer for inputs of the network: a tensor, a tuple, or a mapping of names.

        Raises:
            ValueError: no layer makes the network's output as W h + b; the message names the way out.
        """
        last = self.run(inputs)
        self.check(last.features, last.logits)
        return last

    def run(self, inputs: Any) -> LastLayer:
        """The same; once the layer is known, what it makes is left to `check`."""
        self._calls, self._outputs = [], {}
        output = self._run(inputs)
        calls, self._calls = self._calls, []
        if self._known is None:
            self._find(calls, output)
        head = self.head
        call = next((c for c in reversed(calls) if c.name == self.name), None)
        if call is None:
            raise ValueError(f"layer {self.name!r}: was not called, so it is not the network's last layer")
        features, logits = head.features(call.h), head.logits(self._logits(call, output))
        self._last = call
        kept, self._outputs = self._outputs, {}
        for name in set(self.hidden) - set(kept):
            raise ValueError(f"layers: {name!r} was not called, or by a way that no hook sees (a fused kernel)")
        return LastLayer(features, logits, tuple(call.h.shape[:-1]), kept)

    def check(self, features: torch.Tensor, logits: torch.Tensor) -> None:
        """Checks that logits are W h + b up to rounding.

        Raises:
            ValueError: they are not.
        """
        if not self.head.gives(features, logits):
            raise ValueError(_refusal(self.network, self._last))

    def adopt(self, head: Head, name: str, path: tuple[Any, ...] | None) -> None:
        """Takes what another process has read, so that all have the same."""
        self.head = self._known = head
        self.name, self.path = name, path

    def _run(self, inputs: Any) -> Any:
        if isinstance(inputs, Mapping):
            return self.network(**inputs)
        return self.network(*inputs) if isinstance(inputs, tuple | list) else self.network(inputs)

    def _logits(self, call: Call, output: Any) -> torch.Tensor:
        if self.path is None:
            return call.z
        for key in self.path:
            output = getattr(output, key.name) if isinstance(key, _Field) else output[key]
        logits: torch.Tensor = output
        return logits

    def _find(self, calls: list[Call], output: object) -> None:
        """Settles which layer it is, where its logits stand in the output, and what it does."""
        places: list[tuple[tuple[Any, ...] | None, torch.Tensor]] = [] if self._given else [*_tensors(output)]
        matches: list[tuple[Call, tuple[Any, ...] | None, Head]] = []
        for call in reversed(calls):
            if any(call.name == other.name for other, *_ in matches) or call.h.ndim < 2:
                continue
            for path, tensor in places or [(None, call.z)]:
                if _same_shape(tensor, call.z) and (self._given or places):
                    head = read_head(call.layer, call.h, tensor.reshape(call.z.shape), call.z.dtype)
                    self._calls = []
                    if head is not None:
                        matches.append((call, path, head))
                        break
                    if tensor is call.z:
                        raise ValueError(_refusal(self.network, call))
        inputs = {id(call.h) for call, *_ in matches}
        matches = [match for match in matches if id(match[0].z) not in inputs or len(matches) == 1]
        if len(matches) != 1:
            raise ValueError(_not_one(self.network, output, [call.name for call, *_ in matches]))
        ((call, path, head),) = matches
        self.adopt(head, call.name, path)

    def _note(self, name: str) -> Callable[..., None]:
        def note(layer: nn.Module, inputs: tuple[Any, ...], output: object) -> None:
            if self._known is not None and name != self.name:
                return
            if inputs and isinstance(inputs[0], torch.Tensor) and isinstance(output, torch.Tensor):
                self._calls.append(Call(name, layer, inputs[0], output))

        return note

    def _keep(self, name: str) -> Callable[..., None]:
        def keep(layer: nn.Module, inputs: tuple[Any, ...], output: object) -> None:
            tensors = [tensor for _, tensor in _tensors(output)]
            if not tensors:
                raise ValueError(f"layers: {name!r} returns no tensor")
            self._outputs[name] = tensors[0].detach().clone()

        return keep


class _Field(NamedTuple):
    """An attribute of an output, which is a dataclass."""

    name: str


def _tensors(output: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], torch.Tensor]]:
    """Every tensor in an output with its place; only the one called "logits" where there is one."""
    if isinstance(output, torch.Tensor):
        if output.is_floating_point() and output.ndim:
            yield path, output
    elif isinstance(output, Mapping):
        keys = ["logits"] if "logits" in output else list(output)
        for key in keys:
            yield from _tensors(output[key], (*path, key))
    elif isinstance(output, tuple | list):
        names = getattr(output, "_fields", ())
        for i in [names.index("logits")] if "logits" in names else range(len(output)):
            yield from _tensors(output[i], (*path, i))
    elif dataclasses.is_dataclass(output) and not isinstance(output, type):
        fields = [field.name for field in dataclasses.fields(output)]
        for name in ["logits"] if "logits" in fields else fields:
            yield from _tensors(getattr(output, name), (*path, _Field(name)))


def named(network: nn.Module, layer: nn.Module | str, argument: str) -> tuple[str, nn.Module]:
    """(name, module) of a part of a network, given as either, with or without the prefixes of wrappers.

    Raises:
        ValueError: it is no part of the network.
        TypeError: neither a module nor a name.
    """
    modules = dict(network.named_modules())
    if isinstance(layer, str):
        plain = ".".join(part for part in layer.split(".") if part not in ("module", "_orig_mod"))
        for name in (layer, plain):
            if name in modules and name:
                return name, modules[name]
        raise ValueError(f"{argument}: {layer!r} is no layer of {type(network).__name__}; named_modules() lists them")
    if not isinstance(layer, nn.Module):
        raise TypeError(f"{argument}: expected a module of the network or its name, got {type(layer).__name__}")
    wanted = unwrapped(layer)
    for name, module in modules.items():
        if module is layer or module is wanted:
            return name, module
    raise ValueError(f"{argument}: {type(layer).__name__} is no part of {type(network).__name__}")


def _linear_layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, module in network.named_modules():
        if isinstance(module, nn.Linear):
            yield name, module


def _same_shape(tensor: torch.Tensor, z: torch.Tensor) -> bool:
    return tensor.shape == z.shape or (z.shape[-1] == 1 and tensor.shape == z.shape[:-1])


def _refusal(network: nn.Module, call: Call) -> str:
    kind = type(call.layer).__name__
    if not bool(torch.isfinite(call.h).all()):
        return f"features: expected finite numbers, the last layer {call.name!r} got others"
    return (
        f"{type(network).__name__}: the output of its last layer {call.name!r} ({kind}) is not W h + b of its weight "
        "and bias, nor a multiple of it, nor a cosine classifier, so its weight is not the classifier that decides; "
        "measure the part of the network that ends with W h + b, or hand in layer="
    )


def _not_one(network: nn.Module, output: object, names: list[str]) -> str:
    if names:
        return (
            f"{type(network).__name__}: its output holds the outputs of several layers, "
            f"{', '.join(map(repr, names))}; say which one is the classifier: layer={names[0]!r}"
        )
    about = "" if isinstance(output, torch.Tensor) else f" (a {type(output).__name__})"
    return (
        f"{type(network).__name__}: its output{about} is not the output of an nn.Linear; measure the part of the "
        "network that ends with its last nn.Linear, before any softmax or reshaping, or hand in layer=, the module or "
        "its name"
    )
