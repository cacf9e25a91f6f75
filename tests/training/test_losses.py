"""`python -m training run --loss`: each loss trains, and settings that make no sense are refused."""

from dataclasses import replace

import pytest
import torch

from training.loop import Trainer
from training.processes import processes
from training.runner import prepared
from training.settings import Settings

pytest.importorskip("sklearn")
SMALL = Settings(network="mlp", dataset="digits", width=1 / 16, per_class=8, batch=40, learning_rate=0.05, epochs=6)


def losses_of(settings):
    with processes("cpu") as alone:
        trainer = Trainer(settings, prepared(settings, None), alone)
        while not trainer.done:
            trainer.train_epoch()
    return trainer.losses, torch.cat([p.detach().ravel() for p in trainer.network.parameters()])


@pytest.mark.parametrize("changes", [{"loss": "mse"}, {"loss": "mse", "mse_weight": 4.0}, {"loss": "supcon"}])
def test_each_loss_falls_and_is_another_one(changes):
    losses, weights = losses_of(replace(SMALL, **changes))
    assert losses[-1] < losses[0]
    assert not torch.equal(weights, losses_of(SMALL)[1])


def test_the_name_of_a_run_has_its_loss():
    assert replace(SMALL, loss="mse", mse_target=2.0).name.endswith("mse-mse_target2-seed0")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": "hinge"}, "loss: expected one of cross-entropy, mse, supcon"),
        ({"mse_weight": 0.0}, "expected a weight"),
        ({"temperature": -1.0}, "a temperature > 0"),
        ({"mse_weight": 5.0}, "mse_weight: only with loss mse, got 5.0 with loss cross-entropy"),
        ({"loss": "supcon", "mse_target": 2.0}, "mse_target: only with loss mse"),
        ({"loss": "mse", "temperature": 0.5}, "temperature: only with loss supcon"),
        ({"loss": "supcon", "compiled": True}, "leave compiled out"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(SMALL, **changes)
