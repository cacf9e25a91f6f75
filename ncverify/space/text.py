"""Points in words and as JSON: one spelling of an exact number wherever one is written."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from ncverify.kinds import Array
from ncverify.numbers.host import to_numpy
from ncverify.space.point_like import PointLike

_SHORT = 24  # characters of a fraction that is still read at a glance
_LARGEST = 48  # numbers that are written out in a sentence


def spelled(value: Array) -> str:
    """An exact number as text: an integer or a short fraction; else a hexadecimal float where it is a float.

    Example:
        >>> spelled(0.5), spelled(Fraction(1, 3)), spelled(0.1)
        ('1/2', '1/3', '0x1.999999999999ap-4')
    """
    if not isinstance(value, int | float | Fraction | np.floating | np.integer):
        return str(value)  # fractions of the exact arithmetic, and sums with square roots
    exact = Fraction(value) if not isinstance(value, np.floating | np.integer) else Fraction(value.item())
    text = str(exact)
    if len(text) <= _SHORT:
        return text
    try:
        nearest = float(exact)
    except OverflowError:
        return text
    return nearest.hex() if Fraction(nearest) == exact else text


def nested(array: Array) -> Array:
    """An array as nested lists of texts."""
    data = array.data if getattr(array, "namespace", None) is not None else to_numpy(array)
    return _mapped(np.asarray(data).tolist())


def _mapped(value: Array) -> Array:
    if isinstance(value, list):
        return [_mapped(part) for part in value]
    known = getattr(value, "p", None), getattr(value, "q", None)
    return spelled(Fraction(int(known[0]), int(known[1])) if None not in known else value)  # type: ignore[arg-type]


def floats(array: Array) -> Array:
    """Nearby floats as nested lists, for sentences and plots; a verdict never rests on them."""
    if hasattr(array, "field"):
        nearest = np.frompyfunc(array.field.to_float, 1, 1)(array.data)
        return np.asarray(nearest, dtype=np.float64).tolist()
    return to_numpy(getattr(array, "value", array)).tolist()


def in_words(point: PointLike) -> str:
    """Sizes and coordinates of a point in a line, the first of them where they are many.

    Example:
        >>> from ncverify import Point
        >>> in_words(Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]])))
        'K=2, n=1, d=1, W=[[1.0], [-1.0]], H=[[1.0, -1.0]]'
    """
    sizes = sizes_in_words(point)
    try:
        values = {name: floats(value) for name, value in point.variables.items()}
    except (RuntimeError, TypeError, ValueError):  # inside a transform coordinates have no values
        return sizes
    if sum(_count(value) for value in values.values()) <= _LARGEST:
        words = [f"{name}={value}" for name, value in values.items()]
    else:
        words = [f"{name}={_beginning(value)}" for name, value in values.items()]
    return ", ".join([sizes, *words] if sizes else words)


def shown(point: PointLike) -> str:
    """Sizes and coordinates for a `repr`: exact numbers where the arithmetic is exact and they are few.

    Example:
        >>> from ncverify.papers import Witness
        >>> shown(Witness(W=[[1], ["-1/3"]], H=[[1, 0]]).point())
        "K=2, n=1, d=1, W=[[1], ['-1/3']], H=[[1, 0]]"
    """
    arrays = point.variables.values()
    if all(getattr(array, "namespace", None) is not None for array in arrays) and arrays:
        count = sum(_count(array.data.tolist()) for array in arrays)
        if count <= _LARGEST:
            return ", ".join([sizes_in_words(point), *as_python(point)])
    return in_words(point)


def sizes_in_words(point: PointLike) -> str:
    """The sizes of a point: 'K=2, n=1, d=1', or with classes 'K=2, d=1, class_sizes=(2, 1)'."""
    return repr(point.sizes)


def _count(value: Array) -> int:
    return sum(map(_count, value)) if isinstance(value, list) else 1


def _beginning(value: Array) -> str:
    if not isinstance(value, list):
        return str(value)
    if value and isinstance(value[0], list):
        return f"[{_beginning(value[0])}{', ...' if len(value) > 1 else ''}]"
    shown = ", ".join(str(part) for part in value[:6])
    return f"[{shown}{', ...' if len(value) > 6 else ''}]"


def as_python(point: PointLike) -> Iterator[str]:
    """A point as lines of Python that can be pasted: W=[[...]], H=[[...]], lam="1/3"."""
    for name, value in point.variables.items():
        yield f"{name}={_quoted(nested(value))}"
    if getattr(point.sizes, "class_sizes", None) is not None:
        yield f"class_sizes={point.sizes.class_sizes}"


def as_witness(point: PointLike) -> str:
    """A point as Python for `Part(witness=...)`: all its variables, and the sizes that cannot be read off them.

    Example:
        >>> from ncverify import Point
        >>> as_witness(Point(np.array([[1.0], [-0.5]]), np.array([[1.0, -1.0]])))
        "Witness(W=[[1], ['-1/2']], H=[[1, -1]])"
    """
    words = list(as_python(point))
    if set(point.variables) != {"W", "H"} or "n" not in point.sizes.values:
        sizes = point.sizes.values
        summed = "N" in sizes and (point.sizes.class_sizes is not None or set(sizes) == {"K", "n", "d", "N"})
        words = [f"{name}={size}" for name, size in sizes.items() if name != "N" or not summed] + words
    return f"Witness({', '.join(words)})"


def _quoted(value: Array) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    return value if value.lstrip("-").isdigit() else repr(value)
