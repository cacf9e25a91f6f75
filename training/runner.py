"""A run from its start, or from where it stopped, to its end or until its time is up."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.checkpoint import Checkpoint, CheckpointError
from training.data import Dataset, first_of_each_class, load, with_label_noise
from training.loop import Trainer
from training.machine import hardware, versions
from training.networks import parameter_count
from training.processes import Processes, processes
from training.run_directory import RunDirectory
from training.screen import Screen
from training.settings import Settings

FORMAT = 1


@dataclass(frozen=True)
class Launch:
    """How a run is carried out; nothing here changes what is computed, but for rounding.

    Args:
        out: the run directory.
        data: directory of the data sets.
        device: "auto", "cpu", "cuda" or "cuda:N".
        time_limit: seconds after which to stop at the end of an epoch; None for no limit.
        checkpoint_seconds: a checkpoint is written at the end of an epoch once so much time has passed.
        must_exist: refuse to start anew.
        tensorboard: also write TensorBoard's files.
        quiet: nothing on the screen.
    """

    out: Path
    data: Path | None = None
    device: str = "auto"
    time_limit: float | None = None
    checkpoint_seconds: float = 60.0
    must_exist: bool = False
    tensorboard: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Ended:
    """How a run ended: its result, or None if it has epochs left to go."""

    epoch: int
    result: dict[str, Any] | None


def prepared(settings: Settings, directory: Path | None) -> Dataset:
    """The data set with the images and labels that the settings ask for."""
    data = load(settings.dataset, directory)
    per_class = settings.per_class
    if settings.balanced and per_class is None:
        per_class = int(np.bincount(data.train.labels).min())
    if per_class is not None:
        data = first_of_each_class(data, per_class)
    return with_label_noise(data, settings.label_noise, settings.seed) if settings.label_noise else data


def run(settings: Settings, launch: Launch) -> Ended:
    """Trains until the epochs are done or the time is up; goes on where an earlier run in this directory stopped.

    Raises:
        DataError, RunError, CheckpointError, DivergedError, ValueError: what is wrong, in a sentence.
    """
    start = time.monotonic()
    with processes(launch.device) as group:
        data = prepared(settings, launch.data)  # first, so that missing files leave no run directory behind
        directory = _opened(settings, launch, group)
        session: _Session | None = None
        try:
            session = _Session(settings, launch, data, group, directory, start)
            return session.run()
        finally:
            session = None  # the network must be gone before the processes part
            if directory is not None:
                directory.close()


def _opened(settings: Settings, launch: Launch, group: Processes) -> RunDirectory | None:
    """The run directory in the first process, None in the others; where it is refused, all of them hear it."""
    directory: RunDirectory | None = None

    def opened() -> None:
        nonlocal directory
        directory = RunDirectory.opened(launch.out, settings, must_exist=launch.must_exist)

    group.from_first(opened)
    return directory


class _Session:
    """One call of `run`."""

    def __init__(
        self,
        settings: Settings,
        launch: Launch,
        data: Dataset,
        group: Processes,
        directory: RunDirectory | None,
        start: float,
    ) -> None:
        self.launch, self.group, self.directory, self.start = launch, group, directory, start
        self.screen = Screen(launch.out, quiet=launch.quiet or not group.first, tensorboard=launch.tensorboard)
        torch.manual_seed(settings.seed)  # for layers that draw numbers, such as dropout
        self.trainer = Trainer(settings, data, group, self.screen.step)
        checkpoint = group.from_first(
            lambda: None if directory is None else directory.newest_checkpoint(self.screen.warn)
        )
        self.sessions: list[dict[str, Any]] = []
        if checkpoint is not None:
            self.sessions = _restored(self.trainer, checkpoint, launch.out)
        self.from_epoch = self.trainer.epoch
        self.saved = time.monotonic()
        self.screen.started(settings, data, self.trainer, group)

    def run(self) -> Ended:
        trainer, longest = self.trainer, 0.0
        with self.screen:
            stop = self._out_of_time(longest)
            while not (trainer.done or stop):
                begun = time.monotonic()
                trainer.train_epoch()
                longest = max(longest, time.monotonic() - begun)
                stop = self._out_of_time(longest)
                self._after_epoch(last=trainer.done or stop)
            if self.directory is not None:
                self.directory.write_tables(trainer.history, trainer.losses)
        result = self._result() if trainer.done else None
        if result is not None and self.directory is not None:
            self.directory.write_result(result)
        return Ended(trainer.epoch, result)

    def _out_of_time(self, longest: float) -> bool:
        """Whether another epoch and a checkpoint may not fit any more; all processes agree."""
        limit, spent = self.launch.time_limit, time.monotonic() - self.start
        return bool(self.group.agreed(limit is not None and spent + 1.25 * longest > limit))

    def _after_epoch(self, *, last: bool) -> None:
        trainer, now = self.trainer, time.monotonic()
        self.screen.epoch(trainer)
        if self.directory is None or not (last or now - self.saved >= self.launch.checkpoint_seconds):
            return
        checkpoint = trainer.checkpoint()
        state = {**checkpoint.state, "sessions": self._all_sessions()}
        self.directory.save_checkpoint(replace(checkpoint, state=state))
        self.directory.write_tables(trainer.history, trainer.losses)
        self.saved = time.monotonic()

    def _all_sessions(self) -> list[dict[str, Any]]:
        epochs = [self.from_epoch, self.trainer.epoch]
        if epochs[0] == epochs[1]:
            return self.sessions
        this = {
            "hardware": hardware(self.group),
            "processes": self.group.world,
            "threads": torch.get_num_threads(),
            "versions": versions(),
            "epochs": epochs,
            "seconds": round(time.monotonic() - self.start, 1),
        }
        return [*self.sessions, this]

    def _result(self) -> dict[str, Any]:
        """What a result file holds: small, and enough to judge the run by."""
        trainer, sessions = self.trainer, self._all_sessions()
        return {
            "format": FORMAT,
            "settings": trainer.settings.to_json(),
            "data": trainer.data.describe(),
            "parameters": parameter_count(trainer.network),
            "epochs": trainer.epoch,
            "hardware": sorted({session["hardware"] for session in sessions}),
            "seconds": round(sum(session["seconds"] for session in sessions), 1),
            "sessions": sessions,
            "history": trainer.history,
        }


def _restored(trainer: Trainer, checkpoint: Checkpoint, out: Path) -> list[dict[str, Any]]:
    """The sessions before this one; the trainer is put back to the checkpoint's state.

    Raises:
        CheckpointError: it is whole, but not of this network, or lacks what a run writes into it.
    """
    try:
        trainer.restore(checkpoint)
        return [dict(session) | {"seconds": float(session["seconds"])} for session in checkpoint.state["sessions"]]
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        text = str(error).partition("\n")[0]
        raise CheckpointError(f"{out}: its checkpoint does not belong to this run ({text})") from error


def stopped_sentence(ended: Ended, settings: Settings) -> str:
    return f"stopped after epoch {ended.epoch} of {settings.epochs}; the same command goes on from there"
