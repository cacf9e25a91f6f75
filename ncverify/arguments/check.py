"""The check before a function: each argument is held against the rule in its annotation."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, TypeGuard, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import array_api_compat
import numpy as np

from ncverify.arguments.rules import Each, Instance, Interval, Numbers, a_function, namespace, text, truth
from ncverify.arguments.shapes import Given, Roles, Rule, Shaped, Size, is_exact, pair
from ncverify.errors import NCVerifyError, NumberRangeError
from ncverify.numbers.host import to_numpy

F = TypeVar("F", bound=Callable[..., Any])

_BY_TYPE: dict[Any, Rule] = {bool: truth, str: text, float: Interval()}


def check_package(package: dict[str, Any]) -> None:
    """Puts the check before every function of a package's `__all__`; `package` is its globals()."""
    for name in package["__all__"]:
        if inspect.isfunction(package[name]) and not hasattr(package[name], "__wrapped__"):
            package[name] = checked(package[name])


def checked(function: F) -> F:
    """The function behind a check of its arguments.

    Raises:
        TypeError: an argument of another kind; the message begins with its name.
        ValueError: a number out of range, or another shape; the message begins with the argument's name.

    Example:
        >>> from ncverify.arguments import Positive
        >>> def area(rho: Positive): ...
        >>> checked(area)(float("nan"))
        Traceback (most recent call last):
            ...
        ValueError: rho: expected a finite number > 0, got nan
    """
    parameters = inspect.signature(function).parameters.values()
    names = tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))

    @functools.cache
    def rules() -> tuple[list[tuple[str, Rule]], Roles]:
        """The rules, arrays last: they are held against numbers, points and namespaces. Found at the first call."""
        stated = [(name, rule) for name, rule in rules_of(function).items() if rule is not None]
        return sorted(stated, key=lambda item: isinstance(item[1], Shaped) or item[1] is pair), roles_of(function)

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if len(args) > len(names) or not options.keys().isdisjoint(names[: len(args)]):
            return function(*args, **options)  # which raises the TypeError that Python has for it
        arguments = dict(zip(names, args, strict=False)) | options
        checks, roles = rules()
        given = Given(arguments, roles)
        for name, rule in checks:
            if name in arguments and not (arguments[name] is None and _may_be_none(function, name)):
                if name in roles.arrays and not given.sizes:
                    given.find_sizes()
                arguments[name] = rule(name, arguments[name], given)
        try:
            return function(**arguments)
        except (ZeroDivisionError, OverflowError, FloatingPointError, np.linalg.LinAlgError) as error:
            if isinstance(error, NCVerifyError) or not _in_floats(arguments.values()):
                raise
            ordinary = all(map(_is_ordinary, arguments.values()))
            said = "no result at these numbers" if ordinary else "the numbers leave the range of floats"
            raise NumberRangeError(f"{', '.join(arguments)}: {said} ({type(error).__name__}: {error})") from error

    return cast(F, call)


def rules_of(function: Callable[..., Any]) -> dict[str, Rule | None]:
    """The rule of each parameter, None where its annotation has none."""
    hints = get_type_hints(function, include_extras=True)
    return {name: rule_of(hints.get(name)) for name in inspect.signature(function).parameters}


def roles_of(function: Callable[..., Any]) -> Roles:
    """What the annotations of a function say of its parameters: not their names, so that one can be renamed."""
    hints = get_type_hints(function, include_extras=True)
    letters = {name: letter_of(hints.get(name)) for name in inspect.signature(function).parameters}
    rules = rules_of(function).items()
    return Roles(
        letters={name: letter for name, letter in letters.items() if letter},
        arrays=tuple(name for name, rule in rules if isinstance(rule, Shaped)),
        pairs=tuple(name for name, rule in rules if rule is pair),
        points=tuple(name for name, rule in rules if isinstance(rule, Instance) and all(map(_has_sizes, rule.classes))),
        namespaces=tuple(name for name, rule in rules if rule is namespace),
    )


def letter_of(annotation: object) -> str:
    """The letter of shapes that an annotation states, "" where it states none."""
    if get_origin(annotation) is Annotated:
        return next((extra.letter for extra in get_args(annotation) if isinstance(extra, Size)), "")
    if get_origin(annotation) in (Union, types.UnionType):
        return next(filter(None, map(letter_of, get_args(annotation))), "")
    return ""


def rule_of(annotation: object) -> Rule | None:
    """The rule that an annotation states: the one in `Annotated`, or the one of a type that says it all."""
    if get_origin(annotation) is Annotated:
        base, *extras = get_args(annotation)
        stated = next((extra for extra in extras if isinstance(extra, str) or callable(extra)), None)
        return Shaped(stated, host=base is not Any) if isinstance(stated, str) else stated or rule_of(base)
    origin, parameters = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        options = [option for option in parameters if option is not type(None)]
        if len(options) == 1:
            return rule_of(options[0])
        return Instance(tuple(options)) if all(map(_is_class, options)) else None
    if origin in (Sequence, list):
        if parameters[0] in (int, float):
            return Numbers(whole=parameters[0] is int)
        kind = str if get_origin(parameters[0]) is Literal else get_origin(parameters[0]) or parameters[0]
        return Each(kind) if _is_class(kind) else None
    if origin is Literal:
        return text
    if origin is Callable or annotation is Callable:
        return a_function
    if _is_class(annotation) and annotation is not int:
        return _BY_TYPE.get(annotation) or Instance((annotation,))
    return None


def _has_sizes(kind: type) -> bool:
    return all(hasattr(kind, size) for size in ("K", "d", "samples_per_class"))


def _is_class(annotation: object) -> TypeGuard[type]:
    return isinstance(annotation, type) and annotation is not Any


@functools.cache
def _defaults_to_none(function: Callable[..., Any]) -> frozenset[str]:
    parameters = inspect.signature(function).parameters.values()
    return frozenset(p.name for p in parameters if p.default is None)


def _may_be_none(function: Callable[..., Any], name: str) -> bool:
    return name in _defaults_to_none(function)


def _in_floats(values: Iterable[Any]) -> bool:
    """Whether no argument is of an exact arithmetic, in which the same exceptions have meanings of their own."""
    return not any(
        is_exact(value) or is_exact(getattr(value, "W", None)) or getattr(value, "exact", False) for value in values
    )


def _is_ordinary(value: Any) -> bool:
    """Whether the numbers in an argument are zero or far from both ends of the range of floats."""
    if isinstance(value, tuple | list):
        return all(map(_is_ordinary, value))
    if hasattr(value, "W") and hasattr(value, "H"):
        return _is_ordinary((value.W, value.H))
    if not isinstance(value, int | float | np.generic) and not array_api_compat.is_array_api_obj(value):
        return True
    try:
        numbers = abs(np.asarray(to_numpy(value) if hasattr(value, "shape") else float(value)))
    except (TypeError, ValueError, OverflowError):
        return False
    ends = np.finfo(numbers.dtype if numbers.dtype.kind == "f" else np.float64)
    far = (numbers >= np.cbrt(ends.tiny)) & (numbers <= np.cbrt(ends.max))
    return bool(np.all(far | (numbers == 0)))
