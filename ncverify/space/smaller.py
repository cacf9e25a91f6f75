"""Points of smaller shapes: one class, one sample or one index of an axis fewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ncverify.space.sizes import Sizes

if TYPE_CHECKING:
    from ncverify.space.space import Space

Coordinates = Mapping[str, Any]
_TRIED = 6  # indices of an axis that are left out, one after the other


def smaller(space: Space, sizes: Sizes, coordinates: Coordinates) -> Iterator[tuple[Sizes, dict[str, Any]]]:
    """Sizes and coordinates with something left out, the most radical first; only sizes of the space."""
    for new, kept in _proposals(space, sizes):
        if space.admits(new):
            rest = _restricted(space, coordinates, kept)
            if rest is not None:
                yield new, rest


def _proposals(space: Space, sizes: Sizes) -> Iterator[tuple[Sizes, dict[str, list[int]]]]:
    """New sizes, and for each axis that loses something the indices that stay."""
    values = {name: sizes.values[name] for name in space.ranges}
    classes = sizes.class_sizes
    if classes is not None and space.classes is not None:
        starts = np.cumsum((0, *classes)).tolist()
        if max(classes) > 1:
            yield Sizes(values, (1,) * len(classes)), {"N": starts[:-1]}
        for k, n in enumerate(classes):
            everything = list(range(sizes.N))
            without = [i for i in everything if not starts[k] <= i < starts[k] + n]
            fewer = (*classes[:k], *classes[k + 1 :])
            kept = {"N": without, space.classes: [i for i in range(len(classes)) if i != k]}
            yield Sizes(values | {space.classes: len(classes) - 1}, fewer), kept
        for k, n in enumerate(classes):
            half = n - n // 2
            for left in dict.fromkeys((1, half, n - 1)):
                if 1 <= left < n:
                    gone = set(range(starts[k] + left, starts[k] + n))
                    yield (
                        Sizes(values, (*classes[:k], left, *classes[k + 1 :])),
                        {"N": [i for i in range(sizes.N) if i not in gone]},
                    )
    for name, value in values.items():
        if name == space.classes or value == 1:
            continue
        for i in range(min(value, _TRIED)):
            yield Sizes(values | {name: value - 1}, classes), {name: [j for j in range(value) if j != i]}


def _restricted(space: Space, coordinates: Coordinates, kept: Mapping[str, list[int]]) -> dict[str, Any] | None:
    rest = {}
    for name, value in coordinates.items():
        variable = space.variables[name]
        for axis, size in enumerate(variable.shape):
            if not isinstance(size, str) or size not in kept:
                continue
            if variable.on == "ball" and len(variable.shape) > 1:
                return None
            indices = list(kept[size])
            if variable.on == "ball" or (variable.on == "orthonormal columns" and axis == 1):
                indices.append(value.shape[axis] - 1)  # the coordinate that belongs to no entry
            value = np.take(value, indices, axis=axis)
        rest[name] = value
    return rest
