"""Points as JSON, one spelling for witness files, ledgers and pages: sizes as integers, coordinates as exact texts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ncverify.errors import WitnessError
from ncverify.point import Point
from ncverify.space.point import SpacePoint
from ncverify.space.sizes import Sizes
from ncverify.space.text import nested

_LONGEST = 4096  # characters of a number
_MOST_AXES = 8


def point_as_json(point: Any) -> dict[str, Any]:
    """Sizes, class sizes where there are classes, and each variable as nested lists of integers or exact texts.

    Example:
        >>> from ncverify import Space, Variable
        >>> space = Space({"K": 2}, variables={"b": Variable("K"), "lam": Variable()})
        >>> point_as_json(space.point(b=[0, 0.5], lam="1/3"))
        {'K': 2, 'b': ['0', '1/2'], 'lam': '1/3'}
    """
    sizes: Sizes = point.sizes
    data: dict[str, Any] = {name: size for name, size in sizes.values.items() if name != "N" or not sizes.class_sizes}
    if sizes.class_sizes is not None:
        data["class_sizes"] = list(sizes.class_sizes)
    return data | {name: nested(value) for name, value in point.variables.items()}


def point_from_json(data: Any) -> Any:
    """The rational point of a JSON object: a `Point` where it has K, n, d, W and H, else a point of named variables.

    Raises:
        WitnessError: the coordinates are no numbers or do not form a point.
    """
    from ncverify.numbers.rational import READABLE

    if not isinstance(data, dict) or not data:
        raise WitnessError("expected a JSON object with sizes and variables")
    arrays = {n: _array(n, v) for n, v in data.items() if isinstance(v, str | list) and n != "class_sizes"}
    sizes = {n: v for n, v in data.items() if type(v) is int}
    classes = data.get("class_sizes")
    if classes is not None and not (isinstance(classes, list) and all(type(n) is int and n > 0 for n in classes)):
        raise WitnessError(f"class_sizes: expected a list of positive integers, got {classes!r}")
    for name in data:
        if not name.isidentifier() or (name not in arrays and name not in sizes and name != "class_sizes"):
            raise WitnessError(f"{name[:40]!r}: expected an integer, or coordinates as texts or lists of them")
    if set(arrays) == {"W", "H"} and "n" in sizes and classes is None:
        return _pair(arrays["W"], arrays["H"])
    try:
        return SpacePoint(Sizes(sizes, tuple(classes) if classes else None), arrays, like=READABLE.ones(()))
    except (ValueError, AttributeError) as error:
        raise WitnessError(str(error)) from error


def _pair(W: Any, H: Any) -> Any:
    try:
        return Point(W, H)
    except ValueError as error:
        raise WitnessError(str(error)) from error


def _array(name: str, value: Any, axes: int = 0) -> Any:
    from ncverify.numbers.rational import READABLE

    if isinstance(value, str):
        return READABLE.asarray(_number(name, value))
    if not isinstance(value, list) or not value or axes >= _MOST_AXES:
        raise WitnessError(f"{name}: expected a list of numbers as texts that is not empty, or lists of such lists")
    parts = [_array(name, entry, axes + 1) for entry in value]
    if len({part.shape for part in parts}) != 1:
        raise WitnessError(f"{name}: expected rows of one length")
    return READABLE.stack(parts)


def _number(name: str, text: Any) -> Any:
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise WitnessError(f"{name}: expected coordinates as strings, got {type(text).__name__}")
    try:
        if "sqrt" in text or "root" in text:
            from ncverify.numbers.reading import read_irrational

            return read_irrational(text)
        if "0x" in text.lower():
            return Fraction(float.fromhex(text))
        numerator, _, denominator = text.partition("/")
        return Fraction(int(numerator), int(denominator or 1))
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise WitnessError(
            f"{name}: expected a hexadecimal float, a fraction or a sum of roots, got {text[:40]!r}"
        ) from error
