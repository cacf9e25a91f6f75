"""The recorder as a callback of Lightning; needs the package lightning or pytorch-lightning."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ncverify.recorder.batches import Data
from ncverify.recorder.optional import base_class, demand
from ncverify.recorder.recorder import CollapseRecorder

Callback: Any = base_class("Callback", "lightning.pytorch.callbacks", "pytorch_lightning.callbacks")


class CollapseCallback(Callback):  # type: ignore[misc,valid-type,unused-ignore]
    """Records neural collapse at chosen epochs of `Trainer.fit` and logs the numbers to the trainer's loggers.

    `recorder` is the `CollapseRecorder`, with its rows, frame and page; it is made when training starts. All processes
    take part.

    Args:
        train: training data; by default that of the trainer.
        model: the part of the LightningModule that makes logits; by default the module itself, whose forward does.
        page: a file that gets the page at the end.
        options: of `CollapseRecorder`.

    Raises:
        ModuleNotFoundError: Lightning is not installed.
    """

    def __init__(
        self, train: Data = None, *, model: Any = None, page: str | Path | None = None, **options: Any
    ) -> None:
        demand(Callback, "CollapseCallback", "lightning")
        super().__init__()
        self.recorder: CollapseRecorder | None = None
        self._train, self._model, self._page, self._options = train, model, page, options
        self._rows: dict[str, Any] = {"rows": []}

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Makes the recorder."""
        train = self._train if self._train is not None else trainer.train_dataloader
        self.recorder = CollapseRecorder(self._model or pl_module, train, **self._options)
        self.recorder.load_state_dict(self._rows)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Records; epochs are counted from 0, as the trainer does."""
        assert self.recorder is not None
        row = self.recorder.record(trainer.current_epoch, step=trainer.global_step)
        if row is not None:
            values = {f"collapse/{name}": value for name, value in row.items() if math.isfinite(value)}
            for logger in trainer.loggers:
                logger.log_metrics(values, step=trainer.global_step)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Writes the page, if there is something to show."""
        if self._page is not None and self.recorder is not None and self.recorder.latest is not None:
            self.recorder.page(self._page)

    def state_dict(self) -> dict[str, Any]:
        """The rows, for the trainer's checkpoints."""
        return self._rows if self.recorder is None else self.recorder.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on with the rows of a checkpoint."""
        self._rows = state_dict
        if self.recorder is not None:
            self.recorder.load_state_dict(state_dict)
