"""Labels as people have them, as class numbers."""

from __future__ import annotations

import numpy as np
import torch

from ncverify.metrics.samples import checked_labels

TEXT = "labels: expected class numbers, got text; number the classes, e.g. [names.index(label) for label in labels]"


def class_numbers(
    labels: object, shape: tuple[int, ...], K: int, ignore_index: int | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """(labels as int64, which samples have one, or None where all do).

    Args:
        labels: integers of any dtype, booleans, or floats that are whole numbers: a tensor, an array or a list.
        shape: of the samples: (B,), or (B, T) where there are logits for each of T places.
        K: number of classes.
        ignore_index: a label that means "none"; samples that carry it are left out.

    Raises:
        TypeError: text, or something that has no numbers.
        ValueError: another shape (one-hot and soft labels), or numbers that are no classes.

    Example:
        >>> class_numbers([True, False], (2,), 2)[0].tolist()
        [1, 0]
    """
    values = _tensor(labels)
    if values.dtype == torch.bool:
        values = values.long()
    if values.shape != shape and values.shape == (*shape, 1):
        values = values[..., 0]
    if tuple(values.shape) != tuple(shape):
        raise ValueError(_wrong_shape(tuple(values.shape), shape, K))
    values = values.reshape(-1)
    if ignore_index is None:
        return checked_labels(values, K, len(values)), None
    kept = values != ignore_index
    if bool(kept.all()):
        return checked_labels(values, K, len(values)), None
    return checked_labels(values[kept], K, int(kept.sum())), kept


def _tensor(labels: object) -> torch.Tensor:
    if isinstance(labels, torch.Tensor):
        return labels.detach()
    if labels is None:
        raise TypeError("labels: expected class numbers, got None; hand in batch=, which makes (inputs, labels)")
    array = np.asarray(labels)
    if array.dtype.kind in "US":
        raise TypeError(TEXT)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"labels: expected class numbers, got {type(labels).__name__} of {array.dtype}")
    if array.dtype.kind == "u":
        array = array.astype(np.int64)
    return torch.from_numpy(np.ascontiguousarray(array))


def _wrong_shape(given: tuple[int, ...], shape: tuple[int, ...], K: int) -> str:
    text = f"labels: expected one for each sample, shape {tuple(shape)}, got {given}"
    if given == (*shape, K):
        text += "; one-hot or soft labels? labels.argmax(-1) gives the classes"
    return text
