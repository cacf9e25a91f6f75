"""A network run as it would be used, and left as it was found: modes, generators, products, compiled code."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn


@contextmanager
def undisturbed(network: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients, autocast, TF32 and compiled code inside the block; all as before afterwards.

    Modes are set module by module and never through `train()`, which networks override.

    Args:
        network: with its wrappers, if it has any.
    """
    modes = [(module, module.training) for module in network.modules()]
    devices = {parameter.device for parameter in network.parameters()}
    kinds = {"cpu", "cuda"} | {device.type for device in devices if device.type != "meta"}
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        stack.enter_context(full_float32())
        stack.enter_context(same_generators(devices))
        for kind in sorted(kinds):
            if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if any(_compiled(module) for module, _ in modes):
            stack.enter_context(uncompiled())
        try:
            for module, _ in modes:
                module.training = False
            yield
        finally:
            for module, training in modes:
                module.training = training


@contextmanager
def full_float32() -> Iterator[None]:
    """No TF32 and no bfloat16 inside float32 products in the block, on any device."""
    switches = _switches()
    before = [getattr(owner, name) for owner, name, _ in switches]
    for owner, name, off in switches:
        setattr(owner, name, off)
    try:
        yield
    finally:
        for (owner, name, _), value in zip(switches, before, strict=True):
            setattr(owner, name, value)


def _switches() -> list[tuple[Any, str, Any]]:
    """(owner, attribute, value that means full precision); newer versions of PyTorch refuse the older names."""
    backends: Any = torch.backends
    if not hasattr(backends.cuda.matmul, "fp32_precision"):
        return [(backends.cuda.matmul, "allow_tf32", False), (backends.cudnn, "allow_tf32", False)]
    owners = [backends.cuda.matmul]
    for library in (backends.cudnn, backends.mkldnn):
        owners += [getattr(library, name) for name in ("matmul", "conv", "rnn") if hasattr(library, name)]
    return [(owner, "fp32_precision", "ieee") for owner in owners if hasattr(owner, "fp32_precision")]


class Generators:
    """The states of the global random numbers of Python, NumPy and PyTorch, and of other generators, at one moment.

    Args:
        devices: of the network; the generators of those that are no CPU are kept, too.
        others: more generators to keep.
    """

    def __init__(self, devices: Iterable[torch.device], others: Iterable[torch.Generator] = ()) -> None:
        self._python, self._cpu = random.getstate(), torch.get_rng_state()
        self._numpy = np.random.get_state()  # noqa: NPY002
        modules: list[tuple[Any, torch.device]] = [
            (getattr(torch, d.type, None), d) for d in devices if d.type not in ("cpu", "meta")
        ]
        self._devices = [(m, d, m.get_rng_state(d)) for m, d in modules if hasattr(m, "get_rng_state")]
        self._others = [(generator, generator.get_state()) for generator in others]

    def restore(self) -> None:
        """Brings all of them back to it."""
        random.setstate(self._python)
        np.random.set_state(self._numpy)  # noqa: NPY002
        torch.set_rng_state(self._cpu)
        for module, device, state in self._devices:
            module.set_rng_state(state, device)
        for generator, state in self._others:
            generator.set_state(state)


@contextmanager
def same_generators(devices: Iterable[torch.device], others: Iterable[torch.Generator] = ()) -> Iterator[None]:
    """All generators are as before after the block."""
    before = Generators(devices, others)
    try:
        yield
    finally:
        before.restore()


@contextmanager
def uncompiled() -> Iterator[None]:
    """Modules run eagerly inside the block, where their hooks are called; compiled code is not thrown away."""
    stance: Any = getattr(torch.compiler, "set_stance", None)
    if stance is not None:
        with stance("force_eager"):
            yield
        return
    from torch import _dynamo

    with _dynamo.config.patch(disable=True):
        yield


def unwrapped(network: nn.Module) -> nn.Module:
    """The network inside DistributedDataParallel, DataParallel and torch.compile."""
    while True:
        wrapped = getattr(network, "_orig_mod", None)
        if wrapped is None and isinstance(network, nn.parallel.DistributedDataParallel | nn.DataParallel):
            wrapped = network.module
        if wrapped is None:
            return network
        network = wrapped


def _compiled(module: nn.Module) -> bool:
    return hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
