"""What is trained, and how: everything that the numbers of a run depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from training.data import DATASETS
from training.networks import NETWORKS
from training.objectives import Loss

Precision = Literal["float32", "tf32", "bfloat16"]
Schedule = Literal["none", "cosine"]
_ONE_LOSS = {"mse_weight": "mse", "mse_target": "mse", "temperature": "supcon"}  # settings of one loss alone


@dataclass(frozen=True)
class Settings:
    """A run's settings; the defaults are the paper's (Appendix D), but for network and data set.

    Args:
        network: one of `training.networks.NETWORKS`.
        dataset: one of `training.data.DATASETS`.
        epochs: passes over the training images.
        seed: of the initial weights, the order of the images, and noisy labels.
        learning_rate: of gradient descent on the mean loss of a batch.
        momentum: of gradient descent.
        batch: images of a step, over all processes together.
        weight_decay: zero in the paper.
        schedule: "none", or "cosine" from the learning rate down to zero.
        width: factor of the sizes of the network's layers.
        features: dimension of the features, by one more linear map; None keeps the network's own.
        bias: whether the last layer has one.
        per_class: train on the first so many images of each class; None takes all.
        balanced: cut all classes to the size of the smallest.
        label_noise: share of the training labels that are replaced by others.
        precision: of the products inside the network; weights, losses and metrics are float32 or wider.
        kkt: also track how far features and classifiers are from a KKT point of (3.1).
        compiled: torch.compile the network.
        loss: "cross-entropy" as in the paper, "mse" for half the squared distance from the one-hot label, or "supcon":
            the body by the supervised contrastive loss of each batch, the last layer by cross-entropy on its features.
        mse_weight: of the own class in the squared loss; 1 without rescaling.
        mse_target: of the own class in the squared loss; 1 without rescaling.
        temperature: of the contrastive loss.

    Raises:
        ValueError: a setting out of range, named.
    """

    network: str = "resnet18"
    dataset: str = "digits"
    epochs: int = 100
    seed: int = 0
    learning_rate: float = 0.01
    momentum: float = 0.3
    batch: int = 128
    weight_decay: float = 0.0
    schedule: Schedule = "none"
    width: float = 1.0
    features: int | None = None
    bias: bool = True
    per_class: int | None = None
    balanced: bool = False
    label_noise: float = 0.0
    precision: Precision = "float32"
    kkt: bool = False
    compiled: bool = False
    loss: Loss = "cross-entropy"
    mse_weight: float = 1.0
    mse_target: float = 1.0
    temperature: float = 0.1

    def __post_init__(self) -> None:
        _one_of("network", self.network, NETWORKS)
        _one_of("dataset", self.dataset, DATASETS)
        _one_of("schedule", self.schedule, get_args(Schedule))
        _one_of("precision", self.precision, get_args(Precision))
        _one_of("loss", self.loss, get_args(Loss))
        for name in ("epochs", "batch", "features", "per_class"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}: expected a positive number, got {value}")
        if not (0 < self.width <= 16 and self.learning_rate > 0):
            raise ValueError(
                f"expected 0 < width <= 16 and a learning rate > 0, got {self.width} and {self.learning_rate}"
            )
        if not (0 <= self.momentum < 1 and self.weight_decay >= 0 and 0 <= self.label_noise <= 1):
            raise ValueError(
                "expected 0 <= momentum < 1, weight decay >= 0 and 0 <= label noise <= 1, got "
                f"{self.momentum}, {self.weight_decay} and {self.label_noise}"
            )

        if not all(0 < value < float("inf") for value in (self.mse_weight, self.mse_target, self.temperature)):
            raise ValueError(
                "expected a weight and a target of the squared loss and a temperature > 0, got "
                f"{self.mse_weight}, {self.mse_target} and {self.temperature}"
            )
        for name, loss in _ONE_LOSS.items():
            if self.loss != loss and getattr(self, name) != getattr(Settings, name):
                raise ValueError(f"{name}: only with loss {loss}, got {getattr(self, name)} with loss {self.loss}")
        if self.loss == "supcon" and self.compiled:
            raise ValueError("loss: supcon looks at the features, which a compiled network hides; leave compiled out")

    @property
    def name(self) -> str:
        """A short name: network, data set, and every setting that is not the default."""
        short = {"learning_rate": "lr", "weight_decay": "wd", "label_noise": "noise", "per_class": "n", "features": "d"}
        parts = [self.network, self.dataset]
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("network", "dataset", "seed") and value != field.default:
                parts.append(
                    short.get(field.name, field.name)
                    + ("" if value is True else f"{value:g}" if isinstance(value, float) else str(value))
                )
        return "-".join([*parts, f"seed{self.seed}"])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Settings:
        """The settings in a JSON object; those it lacks have their defaults.

        Raises:
            ValueError: unknown settings.
        """
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        return cls(**values)


def differences(old: Settings, new: Settings) -> list[str]:
    """Every setting in which a run cannot go on as another one, in words.

    More epochs are none where the learning rate is constant: the epochs that were trained are those of the longer run.
    """
    names = [field.name for field in fields(Settings) if getattr(old, field.name) != getattr(new, field.name)]
    if new.epochs > old.epochs and old.schedule == "none":
        names.remove("epochs")
    return [f"{name} was {getattr(old, name)}, now {getattr(new, name)}" for name in names]


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(known)}, got {value!r}")
