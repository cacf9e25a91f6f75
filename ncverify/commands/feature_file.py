"""Features, labels and classifier from a file that any program may have written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ncverify.commands.npz import read_npz
from ncverify.commands.safetensors import read_safetensors
from ncverify.commands.text import CommandError, fault, one_line
from ncverify.metrics.samples import checked_bias, checked_classifier, checked_labels

SCALE = 1e120  # squares of such numbers, and sums of very many of them, neither over- nor underflow
READERS = {".npz": read_npz, ".safetensors": read_safetensors}


@dataclass(frozen=True)
class FeatureFile:
    """The content of a feature file, checked.

    Args:
        features: shape (N, d), finite, float16, float32 or float64.
        labels: shape (N,), int64 in 0..K-1; every class occurs.
        classifier: shape (K, d), finite, float64.
        bias: shape (K,), finite, float64, or None.
        counts: samples of each class, shape (K,).
    """

    features: np.ndarray
    labels: np.ndarray
    classifier: np.ndarray
    bias: np.ndarray | None
    counts: np.ndarray


def file_size(path: str) -> int:
    """The size in bytes of a file that a reader exists for.

    Raises:
        CommandError: no such file, not a regular file, or another suffix.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        raise fault(_without_name(error)) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error
    if stat.S_ISDIR(status.st_mode):
        raise CommandError("expected a file, got a directory")
    if not stat.S_ISREG(status.st_mode):
        raise CommandError("expected a regular file, got a device, a pipe or a socket")
    if Path(path).suffix.lower() not in READERS:
        raise CommandError("expected a file that ends in .npz or .safetensors")
    return status.st_size


def read_feature_file(path: str, advance: Callable[[int], object] = lambda count: None) -> FeatureFile:
    """Reads and checks a file with features (N, d), labels (N,), classifier (K, d) and perhaps bias (K,).

    Args:
        path: a .npz or .safetensors file.
        advance: called with the number of bytes read, again and again.

    Raises:
        CommandError: anything but such a file.
    """
    file_size(path)
    try:
        arrays = READERS[Path(path).suffix.lower()](path, advance)
        features = arrays["features"]
        classifier = checked_classifier(arrays["classifier"])
        labels = checked_labels(arrays["labels"], len(classifier), len(features))
        bias = checked_bias(arrays["bias"], len(classifier)) if "bias" in arrays else None
    except OSError as error:
        raise fault(_without_name(error)) from error
    except (ValueError, TypeError) as error:
        raise CommandError(one_line(error)) from error
    _check_finite(features)
    for key, array in (("features", features), ("classifier", classifier)):
        _check_scale(key, array)
    K = len(classifier)
    counts = np.bincount(labels, minlength=K)
    if not counts.all():
        empty = np.flatnonzero(counts == 0)
        raise CommandError(
            f"labels: class {empty[0]} has no samples, so its mean does not exist "
            f"({empty.size} of the {K} classes of the classifier are empty)"
        )
    return FeatureFile(features, labels, classifier, bias, counts)


def _check_finite(features: np.ndarray) -> None:
    rows = max(1, (1 << 20) // features.shape[1])
    for start in range(0, len(features), rows):
        finite = np.isfinite(features[start : start + rows])
        if not finite.all():
            i, j = np.argwhere(~finite)[0]
            value = features[start + i, j]
            raise CommandError(f"features: expected finite numbers, got {value} at row {start + i}, column {j}")


def _check_scale(key: str, array: np.ndarray) -> None:
    largest = max(abs(float(array.max())), abs(float(array.min())))
    if largest and not 1 / SCALE <= largest <= SCALE:
        raise CommandError(
            f"{key}: the largest number has size {largest:.3g}, whose squares float64 cannot add up; "
            "multiply by a power of two first"
        )


def _without_name(error: OSError) -> OSError:
    """The error without the path, which stands in front of the message already."""
    return error if error.errno is None else OSError(error.errno, error.strerror or "unknown error")
