"""Features, labels and classifier from files that any program may have written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ncverify.commands.entries import KEYS, Entry, check_entries, check_memory, checked_keys
from ncverify.commands.labels import class_numbers
from ncverify.commands.sources import arrays_of, files_of, without_name
from ncverify.commands.stored import Advance, Stored
from ncverify.commands.text import CommandError, fault, one_line
from ncverify.errors import DamagedFileError
from ncverify.metrics.samples import checked_bias, checked_classifier

SCALE = 1e120  # squares of such numbers, and sums of very many of them, neither over- nor underflow
CHUNK_NUMBERS = 1 << 21  # entries of features that are in memory at a time


@dataclass(frozen=True)
class FeatureFile:
    """The content of feature files, checked. Features stay where they are.

    Args:
        features: shape (N, d), finite, float16, bfloat16, float32 or float64.
        labels: shape (N,), int64 in 0..K-1, or -1 for samples that are left out.
        classifier: shape (K, d), finite, float64.
        bias: shape (K,), finite, float64, or None.
        counts: samples of each class, shape (K,); at least two classes have some.
        remarks: what has to be said about labels and classes.
    """

    features: Stored
    labels: np.ndarray
    classifier: np.ndarray
    bias: np.ndarray | None
    counts: np.ndarray
    remarks: tuple[str, ...] = ()


def read_feature_file(
    paths: str | Sequence[str],
    advance: Advance = lambda count: None,
    *,
    names: Mapping[str, str] | None = None,
    ignore_index: int = -100,
    classes: Collection[int] | None = None,
    memory: int | None = None,
) -> FeatureFile:
    """Reads and checks features (N, d), labels (N,), classifier (K, d) and perhaps bias (K,) and classes (K,).

    Args:
        paths: files or folders; features and labels may lie in several parts.
        advance: called with the number of bytes read, again and again.
        names: what the arrays are called, where that is not their own name.
        ignore_index: samples with this label are left out.
        classes: only samples of these classes.
        memory: bytes that may be used.

    Raises:
        CommandError: anything but such files.
    """
    try:
        arrays = _arrays([paths] if isinstance(paths, str) else paths, names or {})
        check_entries({key: Entry(a.shape, a.dtype, a.raw.itemsize) for key, a in arrays.items()})
        features = arrays["features"]
        (N, d), K = features.shape, arrays["classifier"].shape[0]
        check_memory(N, K, d, features.held, memory)
        classifier = checked_classifier(arrays["classifier"].whole(advance))
        bias = checked_bias(arrays["bias"].whole(advance), K) if "bias" in arrays else None
        known = arrays["classes"].whole(advance) if "classes" in arrays else None
        checked = class_numbers(arrays["labels"].whole(advance), K, known, ignore_index, classes)
        _check_features(features, advance)
    except OSError as error:
        raise fault(without_name(error)) from error
    except (ValueError, TypeError, DamagedFileError) as error:
        raise CommandError(one_line(error)) from error
    except CommandError:
        raise
    except Exception as error:  # zipfile has a dozen kinds for damaged members
        raise CommandError(f"not readable: {one_line(error) or type(error).__name__}") from error
    _check_scale("classifier", float(np.abs(classifier).max()))
    return FeatureFile(features, checked.labels, classifier, bias, checked.counts, checked.remarks)


def _arrays(paths: Sequence[str], names: Mapping[str, str]) -> dict[str, Stored]:
    """The arrays of all files; features and labels of several files are joined end to end."""
    wanted, known = {key: names.get(key, key) for key in KEYS}, {}
    others: list[str] = []
    for path in files_of(paths):
        for key, array in arrays_of(path, wanted, others):
            if key not in known:
                known[key] = array
            elif key not in KEYS[:2]:
                raise CommandError(f"{key}: expected one such array, got another in {one_line(path)}")
            elif (array.shape[1:], array.dtype, array.raw) != (known[key].shape[1:], known[key].dtype, known[key].raw):
                raise CommandError(
                    f"{key}: expected parts of one dtype and width, got {known[key].dtype} {known[key].shape} and "
                    f"{array.dtype} {array.shape}"
                )
            else:
                known[key] = known[key].then(array)
    checked_keys(known, others)
    return known


def chunk_rows(d: int) -> int:
    """Samples that are read at a time."""
    return max(1, CHUNK_NUMBERS // d)


def _check_features(features: Stored, advance: Callable[[int], object]) -> None:
    start, largest = 0, 0.0
    for part in features.chunks(chunk_rows(features.shape[1]), advance):
        ends = float(part.min()), float(part.max())
        if not np.isfinite(ends).all():
            i, j = np.argwhere(~np.isfinite(part))[0]
            raise CommandError(f"features: expected finite numbers, got {part[i, j]} at row {start + i}, column {j}")
        largest = max(largest, abs(ends[0]), abs(ends[1]))
        start += len(part)
    _check_scale("features", largest)


def _check_scale(key: str, largest: float) -> None:
    if largest and not 1 / SCALE <= largest <= SCALE:
        raise CommandError(
            f"{key}: the largest number has size {largest:.3g}, whose squares float64 cannot add up; "
            "multiply by a power of two first"
        )
