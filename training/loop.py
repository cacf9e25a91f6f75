"""The training loop: plain gradient descent with momentum, checkpoints, metrics at chosen epochs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn

from training.checkpoint import Checkpoint
from training.data import Dataset
from training.layout import memory_format
from training.networks import build
from training.objectives import contrastive, features_of, squared
from training.on_device import OnDevice, pixel_statistics
from training.onednn import with_onednn
from training.processes import Processes
from training.settings import Settings
from training.tracker import Row, measure, tracked_epochs


class DivergedError(RuntimeError):
    """The loss is not a number any more."""


@dataclass
class Trainer:
    """A network in training; `epoch` tells how many passes over the images are done.

    Args:
        settings: what is trained, and how.
        data: the images.
        group: the processes that train together.
        on_step: called after each step with the number of steps done in this epoch and their total.
    """

    settings: Settings
    data: Dataset
    group: Processes
    on_step: Callable[[int, int], object] = lambda done, total: None
    epoch: int = 0
    history: list[Row] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        s, images, device = self.settings, self.data.train.images, self.group.device
        _check_batches(len(images), s.batch, self.group.world)
        if s.loss == "supcon" and self.group.world > 1:
            raise ValueError("loss: supcon compares the images of a batch, which one process has to see: expected 1")
        statistics, shape = pixel_statistics(images), images.shape[1:]
        self.train = OnDevice(self.data.train, *statistics, device)
        self.test = OnDevice(self.data.test, *statistics, device)
        network: nn.Module = build(s.network, shape, seed=s.seed, width=s.width, features=s.features, bias=s.bias)
        _check_norms(network, shape, len(images), s.batch, self.group.world)
        torch.backends.cudnn.benchmark = device.type == "cuda"
        if self.group.world > 1 and device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        if device.type == "cpu" and s.precision != "bfloat16" and not s.compiled:
            network = with_onednn(network)
        # the stubs of PyTorch lack this argument
        self.network = network.to(device, memory_format=memory_format(network, device))  # type: ignore[call-overload]
        self.optimizer = torch.optim.SGD(
            network.parameters(), lr=s.learning_rate, momentum=s.momentum, weight_decay=s.weight_decay, fused=True
        )
        self.running = self._wrapped()
        self.steps_per_epoch = math.ceil(len(images) / s.batch)

    def _wrapped(self) -> nn.Module:
        """The network as it is called in training: compiled, in several processes."""
        running: nn.Module = self.network
        if self.settings.compiled:
            running = cast(nn.Module, torch.compile(running))
        if self.group.world > 1:
            ids = [self.group.device.index] if self.group.device.type == "cuda" else None
            running = nn.parallel.DistributedDataParallel(running, device_ids=ids)
        return running

    @property
    def done(self) -> bool:
        return self.epoch >= self.settings.epochs

    def train_epoch(self) -> None:
        """One pass over the images, and the metrics if this epoch is one of the chosen.

        Raises:
            DivergedError: the loss is not finite.
        """
        if self.epoch == 0 and not self.history:
            self._track()
        s, total = self.settings, torch.zeros((), device=self.group.device)
        self._set_rate()
        self.running.train()
        batches = self.train.shuffled(s.seed, self.epoch, s.batch, self.group.rank, self.group.world)
        with _products(s.precision, self.group.device):
            for step, (inputs, labels) in enumerate(batches):
                total += self._step(inputs, labels, step)
                self.on_step(step + 1, self.steps_per_epoch)
        loss = sum(self.group.gathered(float(total))) / len(self.train)
        self.epoch += 1
        if not math.isfinite(loss):
            raise DivergedError(
                f"epoch {self.epoch}: the training loss is {loss}; a smaller learning rate than {s.learning_rate} helps"
            )
        self.losses.append(loss)
        if self.epoch in tracked_epochs(s.epochs):
            self._track()

    def _step(self, inputs: torch.Tensor, labels: torch.Tensor, step: int) -> torch.Tensor:
        """One step of gradient descent on the mean loss of the whole batch; the sum of the losses of this part."""
        loss = self._loss(inputs, labels)
        size = min(self.settings.batch, len(self.train) - step * self.settings.batch)
        self.optimizer.zero_grad(set_to_none=True)
        # gradients are averaged over the processes, which may have parts of unequal size
        (loss * (self.group.world / size)).backward()
        self.optimizer.step()
        return loss.detach()

    def _loss(self, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The sum of the losses of a batch."""
        s = self.settings
        if s.loss == "supcon":
            with features_of(self.network, apart=True) as features:
                logits = self._logits(inputs)
            return (
                _sum_of_cross_entropies(logits, labels) + contrastive(features[0].float(), labels, s.temperature).sum()
            )
        if s.loss == "mse":
            return squared(self._logits(inputs), labels, s.mse_weight, s.mse_target).sum()
        return _sum_of_cross_entropies(self._logits(inputs), labels)

    def _logits(self, inputs: torch.Tensor) -> torch.Tensor:
        with _autocast(self.settings.precision, self.group.device):
            logits: torch.Tensor = self.running(inputs).float()
        return logits

    def _set_rate(self) -> None:
        s = self.settings
        if s.schedule == "cosine":
            for group in self.optimizer.param_groups:
                group["lr"] = s.learning_rate * (1 + math.cos(math.pi * self.epoch / s.epochs)) / 2

    def _track(self) -> None:
        start = time.perf_counter()
        row = measure(self.network, self.train, self.group, test=self.test, kkt=self.settings.kkt)
        about: Row = {"epoch": self.epoch, "step": self.epoch * self.steps_per_epoch}
        self.history.append(about | row | {"tracker_seconds": round(time.perf_counter() - start, 3)})

    def checkpoint(self) -> Checkpoint:
        """Everything that is needed to go on."""
        tensors = {f"network.{name}": value.detach().cpu() for name, value in self.network.state_dict().items()}
        names = {id(parameter): name for name, parameter in self.network.named_parameters()}
        for parameter, state in self.optimizer.state.items():
            momentum = state.get("momentum_buffer")
            if momentum is not None:
                tensors[f"momentum.{names[id(parameter)]}"] = momentum.detach().cpu()
        tensors["generator.cpu"] = torch.get_rng_state()
        if self.group.device.type == "cuda":
            tensors["generator.cuda"] = torch.cuda.get_rng_state(self.group.device)
        return Checkpoint(self.epoch, tensors, {"history": self.history, "losses": self.losses})

    def restore(self, checkpoint: Checkpoint) -> None:
        """Back to the state of a checkpoint.

        Raises:
            RuntimeError: tensors of another network.
        """
        tensors = checkpoint.tensors
        self.network.load_state_dict(_below("network.", tensors))
        momenta = _below("momentum.", tensors)
        for name, parameter in self.network.named_parameters():
            if name in momenta:
                buffer = torch.empty_like(parameter).copy_(momenta[name])
                self.optimizer.state[parameter]["momentum_buffer"] = buffer
        torch.set_rng_state(tensors["generator.cpu"])
        if self.group.device.type == "cuda" and "generator.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["generator.cuda"], self.group.device)
        self.epoch = checkpoint.epoch
        self.history = list(checkpoint.state["history"])
        self.losses = list(checkpoint.state["losses"])


def _sum_of_cross_entropies(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(logits, labels, reduction="sum")


def _below(prefix: str, tensors: Any) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _check_batches(images: int, batch: int, world: int) -> None:
    """Every process has to get an image of every batch, the last one included."""
    last = images % batch or batch
    if min(last, batch) < world:
        raise ValueError(
            f"batch: {images:,} images in batches of {batch} end with one of {last}, too few for {world} processes"
        )


def _check_norms(network: nn.Module, shape: tuple[int, ...], images: int, batch: int, world: int) -> None:
    """Batch normalisation has no variance of one number: no process may get one image where a layer sees one pixel."""
    last = images % batch or batch
    if min(last, batch) // world > 1:
        return
    seen: list[tuple[int, ...]] = []
    norms = [layer for layer in network.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    hooks = [layer.register_forward_hook(lambda _, inputs, out: seen.append(tuple(out.shape))) for layer in norms]
    modes = [(layer, layer.training) for layer in network.modules()]
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, *shape))
    finally:
        for hook in hooks:
            hook.remove()
        for layer, mode in modes:
            layer.training = mode
    if any(math.prod(size[2:]) == 1 for size in seen):
        raise ValueError(
            f"batch: {images:,} images in batches of {batch} leave one image to a process, and batch normalisation "
            f"sees one pixel of it, which has no variance; choose another --batch or number of images or processes"
        )


@contextmanager
def _products(precision: str, device: torch.device) -> Iterator[None]:
    """How float32 products are computed on a GPU: as they are, or through TF32."""
    flags: tuple[Any, ...] = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [flag.allow_tf32 for flag in flags]
    for flag in flags:
        flag.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        for flag, value in zip(flags, before, strict=True):
            flag.allow_tf32 = value


def _autocast(precision: str, device: torch.device) -> Any:
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
