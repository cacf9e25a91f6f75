"""The recorder as a callback of Hugging Face's Trainer; needs the package transformers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ncverify.recorder.batches import Data
from ncverify.recorder.optional import base_class, demand
from ncverify.recorder.recorder import CollapseRecorder

TrainerCallback: Any = base_class("TrainerCallback", "transformers")


class CollapseTrainerCallback(TrainerCallback):  # type: ignore[misc,valid-type,unused-ignore]
    """Records neural collapse at chosen epochs of `Trainer.train` and adds the numbers to the trainer's log history.

    `recorder` is the `CollapseRecorder`; it is made when training starts. Epochs are whole epochs done, from 1; epoch 0
    is before the first step. All processes take part.

    Args:
        train: training data; by default the trainer's loader of training batches.
        page: a file that gets the page at the end.
        options: of `CollapseRecorder`.

    Raises:
        ModuleNotFoundError: transformers is not installed.
    """

    def __init__(self, train: Data = None, *, page: str | Path | None = None, **options: Any) -> None:
        demand(TrainerCallback, "CollapseTrainerCallback", "transformers")
        self.recorder: CollapseRecorder | None = None
        self._train, self._page, self._options = train, page, options

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Makes the recorder and records epoch 0, if it is one of the chosen and nothing has been trained."""
        train = self._train if self._train is not None else kwargs["train_dataloader"]
        self.recorder = CollapseRecorder(kwargs["model"], train, **self._options)
        if state.global_step == 0:
            self._record(0, state)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Records."""
        self._record(round(state.epoch), state)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Writes the page, if there is something to show."""
        if self._page is not None and self.recorder is not None and self.recorder.latest is not None:
            self.recorder.page(self._page)

    def _record(self, epoch: int, state: Any) -> None:
        assert self.recorder is not None
        row = self.recorder.record(epoch, step=state.global_step)
        if row is not None:
            values = {f"collapse/{name}": value for name, value in row.items() if math.isfinite(value)}
            state.log_history.append({"epoch": float(epoch), "step": state.global_step, **values})
