"""A run directory: settings, checkpoints, metrics as CSV, and the result; one process at a time writes it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncverify.files import only_writer, write_whole
from training.checkpoint import Checkpoint, newest, save
from training.settings import Settings, differences
from training.tracker import Row


class RunError(RuntimeError):
    """The run directory cannot be used for this run."""


class RunInUseError(RunError):
    """Another process trains there."""


@dataclass(frozen=True)
class RunDirectory:
    """A directory that belongs to one run.

    Args:
        path: where it is.
        lock: held while the run uses the directory.
    """

    path: Path
    lock: ExitStack

    @classmethod
    def opened(cls, path: Path, settings: Settings, *, must_exist: bool = False) -> RunDirectory:
        """The directory for a run with these settings, made if it does not exist.

        Args:
            path: where it is or shall be.
            settings: of the run; a directory that exists must have been made with the same, but for fewer epochs where
                the learning rate is constant.
            must_exist: refuse to start anew.

        Raises:
            RunError: other settings, a directory of something else, in use by another process, or not there.
        """
        written = path / "settings.json"
        if must_exist and not written.is_file():
            raise RunError(f"{path}: there is no run to resume")
        if path.exists() and not written.is_file() and (not path.is_dir() or _foreign(path)):
            raise RunError(f"{path}: exists and is no run directory; choose another --out")
        old = _read_settings(written) if written.is_file() else None
        if old is not None:
            changed = differences(old, settings)
            if changed:
                raise RunError(
                    f"{path}: holds a run with other settings: {'; '.join(changed)}. Choose another --out, or the "
                    "settings of that run"
                )
        path.mkdir(parents=True, exist_ok=True)
        directory = cls(path, _locked(path))
        if old != settings:
            write_whole(written, json.dumps(settings.to_json(), indent=1) + "\n", durable=True)
        return directory

    def close(self) -> None:
        """Lets others use the directory."""
        self.lock.close()

    @property
    def result_path(self) -> Path:
        return self.path / "result.json"

    def newest_checkpoint(self, warn: Callable[[str], object]) -> Checkpoint | None:
        return newest(self.path / "checkpoints", warn)

    def save_checkpoint(self, checkpoint: Checkpoint) -> Path:
        return save(self.path / "checkpoints", checkpoint)

    def write_tables(self, history: Sequence[Row], losses: Sequence[float]) -> None:
        """metrics.csv with a line for each measured epoch, and losses.csv with one for each epoch."""
        write_whole(self.path / "metrics.csv", _table(list(history)), durable=True)
        rows: list[Row] = [{"epoch": epoch, "training_loss": loss} for epoch, loss in enumerate(losses, 1)]
        write_whole(self.path / "losses.csv", _table(rows), durable=True)

    def write_result(self, result: dict[str, Any]) -> None:
        write_whole(self.result_path, json.dumps(result, indent=1, allow_nan=False) + "\n", durable=True)


def _read_settings(path: Path) -> Settings:
    try:
        return Settings.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError) as error:
        raise RunError(f"{path}: cannot be read as the settings of a run ({error})") from error


def _foreign(path: Path) -> bool:
    return any(not entry.name.startswith(".") for entry in path.iterdir())


def _locked(path: Path) -> ExitStack:
    """The directory, kept for this process until it is closed; the system frees it however the process ends."""
    lock = ExitStack()
    try:
        lock.enter_context(only_writer(path))
    except BlockingIOError:
        raise RunInUseError(f"{path}: another process is training here") from None
    return lock


def _table(rows: list[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
