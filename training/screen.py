"""What a run shows: a progress bar on a terminal, a line for each measured epoch, and TensorBoard if asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from training.networks import TITLES, parameter_count
from training.tracker import Row

if TYPE_CHECKING:
    from training.data import Dataset
    from training.loop import Trainer
    from training.processes import Processes
    from training.settings import Settings

COLUMNS = (
    ("train_loss", "loss"),
    ("train_accuracy", "accuracy"),
    ("test_accuracy", "test"),
    ("within_class_variation", "within"),
    ("feature_norm_variation", "|h| var"),
    ("classifier_norm_variation", "|w| var"),
    ("feature_cosine_deviation", "cos h"),
    ("classifier_cosine_deviation", "cos w"),
    ("self_duality_distance", "duality"),
    ("balanced_margin_ratio", "margin"),
)


class Screen:
    """Shows the progress of a run.

    Args:
        directory: of the run; TensorBoard's files go into its folder tensorboard.
        quiet: show nothing.
        tensorboard: write those files.

    Raises:
        ValueError: TensorBoard is asked for and not installed.
    """

    def __init__(self, directory: Path, *, quiet: bool = False, tensorboard: bool = False) -> None:
        self.quiet = quiet
        self.shown = 0
        self._bar: Any = None
        self._task: Any = None
        self._writer = _tensorboard(directory / "tensorboard") if tensorboard and not quiet else None

    def warn(self, sentence: str) -> None:
        """A sentence on the error stream."""
        print(f"warning: {sentence}", file=sys.stderr, flush=True)

    def started(self, settings: Settings, data: Dataset, trainer: Trainer, group: Processes) -> None:
        """What is trained on what, with the checksums of the files."""
        if self.quiet:
            return
        print(
            f"{TITLES[settings.network]}, {parameter_count(trainer.network):,} parameters, on {data.name}: "
            f"{len(data.train):,} training and {len(data.test):,} test images; {group.world} x {group.device}"
        )
        for file in data.files:
            print(f"  {file['md5']}  {'as published' if file['published'] else 'not a published file'}  {file['role']}")
        if data.missing:
            self.warn(f"{data.name} is not whole: {', '.join(data.missing)} missing; the result will say so")
        if trainer.epoch:
            print(f"going on after epoch {trainer.epoch} of {settings.epochs}")
        self.shown = len(trainer.history)
        print(" ".join(["epoch".rjust(6), *(title.rjust(9) for _, title in COLUMNS)]), flush=True)

    def __enter__(self) -> Screen:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None
        if self._writer is not None:
            self._writer.close()

    def step(self, done: int, total: int) -> None:
        """Moves the bar within an epoch."""
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task("training", total=total)
            self._bar.update(self._task, completed=done, total=total)

    def epoch(self, trainer: Trainer) -> None:
        """A line for each row of the history that has not been shown."""
        if self._bar is not None:
            self._bar.update(self._task, description=f"epoch {trainer.epoch + 1} of {trainer.settings.epochs}")
        new, self.shown = trainer.history[self.shown :], len(trainer.history)
        for row in new:
            if not self.quiet:
                print(_line(row), flush=True)
            if self._writer is not None:
                for name, value in row.items():
                    if value is not None:
                        self._writer.add_scalar(name, value, int(row["epoch"] or 0))


def _line(row: Row) -> str:
    cells = ["-" if row.get(name) is None else f"{row[name]:.3g}" for name, _ in COLUMNS]
    return " ".join([str(row["epoch"]).rjust(6), *(cell.rjust(9) for cell in cells)])


def _tensorboard(directory: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ValueError("--tensorboard: needs the package tensorboard; pip install tensorboard") from error
    return SummaryWriter(str(directory))
