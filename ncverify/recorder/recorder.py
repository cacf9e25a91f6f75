"""The recorder: two lines in anybody's loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ncverify.metrics.meanings import MEANINGS
from ncverify.recorder.batches import Data, source_of
from ncverify.recorder.measurement import KEEP_BYTES, Measured, MeasurementOptions, measured
from ncverify.recorder.passes import Pool
from ncverify.recorder.processes import Processes
from ncverify.recorder.progress import watched
from ncverify.recorder.schedule import schedule
from ncverify.recorder.undisturbed import unwrapped
from ncverify.recorder.writers import checked_writers, columns, write_files, write_row

Row = dict[str, Any]


class CollapseRecorder:
    """Measures the neural collapse of a network at chosen epochs of its training, and leaves the network as it was.

    Under torch.distributed every process calls `record`; all get the same row, bit for bit that of one process where
    the data is a DataLoader over a data set with a length; the first process writes. For the rules of data, batches and
    last layers see `ncverify.recorder.batches` and `ncverify.recorder.last_layer`.

    Args:
        model: any module with a last layer W h + b, in whatever wrappers.
        train: the training data: a DataLoader, a data set, (inputs, labels), or batches.
        test: more data, for accuracy and loss.
        epochs: "log" for 0, 1, 2, 4, 8, 16, ..., "all", an integer n for every n-th epoch, or the epochs.
        last: an epoch that is measured in any case.
        layer: the last layer or its name, where it is not to be looked for.
        layers: other layers or their names, for the collapse by depth.
        pool: how their outputs become vectors: "mean", "flatten" or a function; see `ncverify.recorder.passes.vectors`.
        batch: makes (inputs, labels) of a batch.
        classes: names of the classes; by default those of the data set, or numbers.
        ignore_index: a label that means "none".
        kkt: also how far the last layer is from a KKT point of (3.1).
        memory: bytes of features that are kept between the two passes in each process; more is computed twice.
        csv: a file that gets all rows after each measurement.
        json: likewise.
        writers: TensorBoard's SummaryWriter, a run of Weights & Biases, or a list of such.
        progress: show a bar, on a terminal.

    Raises:
        TypeError, ValueError: an argument that cannot be used, in a sentence.

    Example:
        >>> import torch
        >>> model, data = nn.Linear(4, 3), (torch.eye(4).repeat(3, 1), torch.arange(12) % 3)
        >>> recorder = CollapseRecorder(model, data, epochs=[0, 2])
        >>> [recorder.record(epoch) is None for epoch in range(3)]
        [False, True, False]
        >>> [int(epoch) for epoch in recorder.frame()["epoch"]], len(recorder.rows)
        ([0, 2], 2)
    """

    def __init__(
        self,
        model: nn.Module,
        train: Data,
        *,
        test: Data = None,
        epochs: object = "log",
        last: int | None = None,
        layer: nn.Module | str | None = None,
        layers: Sequence[nn.Module | str] = (),
        pool: Pool = "mean",
        batch: Callable[[Any], Any] | None = None,
        classes: Sequence[str] | None = None,
        ignore_index: int | None = -100,
        kkt: bool = False,
        memory: int = KEEP_BYTES,
        csv: str | Path | None = None,
        json: str | Path | None = None,
        writers: object = (),
        progress: bool = False,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
        layers = [layers] if isinstance(layers, str | nn.Module) else list(layers)
        self.model = model
        self.rows: list[Row] = []
        self.latest: Measured | None = None
        self._train, self._test = source_of(train, "train"), None if test is None else source_of(test, "test")
        self._chosen = schedule(epochs, last)
        self._options = MeasurementOptions(kkt, layer, layers, pool, batch, ignore_index, memory)
        self._csv, self._json, self._writers = csv, json, checked_writers(writers)
        self._classes = classes if classes is not None else getattr(getattr(train, "dataset", train), "classes", None)
        self._steps, self._progress = (
            len(train) if hasattr(train, "batch_sampler") and self._train.count else 1,
            progress,
        )

    def wants(self, epoch: int) -> bool:
        """Whether `record` would measure after this epoch."""
        return self._chosen(epoch)

    def record(self, epoch: int, *, step: int | None = None, force: bool = False) -> Row | None:
        """Measures, if the epoch is one of the chosen: a row of numbers, or None.

        Args:
            epoch: as you count them.
            step: steps of training so far; by default the epoch times the batches of the training data.
            force: measure in any case.

        Raises:
            TypeError, ValueError: data, labels or a network that cannot be measured, in a sentence.
            OSError: a file cannot be written.
        """
        if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0:
            raise ValueError(f"epoch: expected an integer >= 0, got {epoch!r}")
        if not (force or self.wants(epoch)):
            return None
        start, group = time.perf_counter(), Processes.around(self.model)
        with watched([self._train, self._test], show=self._progress and group.first) as (train, test):
            latest = measured(self.model, train, test=test, options=self._options, group=group)
        row: Row = {"epoch": epoch, "step": epoch * self._steps if step is None else step, **latest.row}
        for name, numbers in latest.depth.items():
            row |= {f"{name}/{metric}": value for metric, value in numbers.items()}
        row["seconds"] = round(time.perf_counter() - start, 4)
        self.latest = latest
        self.rows = [old for old in self.rows if old["epoch"] != epoch] + [row]
        if group.first:
            write_files(self.rows, self._csv, self._json)
            for writer in self._writers:
                write_row(writer, row)
        return row

    def frame(self) -> Any:
        """The rows as a pandas DataFrame, or as a dictionary of columns where pandas is not installed."""
        table = {name: [row.get(name, float("nan")) for row in self.rows] for name in columns(self.rows)}
        try:
            import pandas
        except ImportError:
            return table
        return pandas.DataFrame(table)

    @property
    def definitions(self) -> dict[str, str]:
        """By which paper's definition each number of a row is meant, by column; left out are those of none."""
        return {name: MEANINGS[name] for name in columns(self.rows) if name in MEANINGS}

    def state_dict(self) -> dict[str, Any]:
        """The rows so far, for a checkpoint."""
        return {"rows": [dict(row) for row in self.rows]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on with the rows of a checkpoint."""
        self.rows = [dict(row) for row in state["rows"]]

    @property
    def classes(self) -> list[str]:
        """Names of the classes that have samples; numbers where no names are known."""
        if self.latest is None:
            return []
        present = self.latest.present
        names = (
            self._classes if self._classes is not None and len(self._classes) == len(present) else range(len(present))
        )
        return [str(name) for name, there in zip(names, present, strict=True) if there]

    def plot(self) -> Any:
        """A matplotlib figure with the curves of the page.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
            ValueError: nothing has been recorded.
        """
        from ncverify.recorder.plot import figure

        self._demand_rows()
        return figure(self.rows, list(self.latest.depth) if self.latest else [])

    def page(self, path: str | Path) -> None:
        """Writes a web page that needs nothing from outside: curves, Gram matrices, slack by causes, conclusions.

        Under torch.distributed the first process writes it.

        Raises:
            ModuleNotFoundError: jinja2 is not installed; the extra `report` of ncverify has it.
            ValueError: nothing has been recorded.
            OSError: the file cannot be written.
        """
        from ncverify.files import write_whole
        from ncverify.recorder.page import html

        latest = self._demand_rows()
        if Processes.around(self.model).first:
            name = type(unwrapped(self.model)).__name__
            write_whole(path, html(name, self.rows, latest, self.classes))

    def _demand_rows(self) -> Measured:
        if self.latest is None:
            raise ValueError("nothing has been recorded yet: call record(epoch, force=True) first")
        return self.latest
