"""Every argument of a public function has a rule in its annotation."""

import inspect
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

import numpy as np
import pytest
import torch

from ncverify.arguments import (
    Array,
    Classes,
    Count,
    Labels,
    Logits,
    Namespace,
    NotNegativeScalar,
    Pair,
    PerClass,
    Positive,
    PositiveScalar,
    Samples,
    Share,
    checked,
    roles_of,
    rule_of,
    rules_of,
)
from ncverify.arguments.rules import in_function
from ncverify.errors import NumberRangeError
from ncverify.numbers import backend_namespace
from ncverify.optima import reals
from ncverify.point import Point
from tests.public_api.test_hostile_arguments import public_functions

VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


BEHIND_A_CHECK = {name: function for name, function in public_functions().items() if not name.startswith("numbers.")}


@pytest.mark.parametrize("function", BEHIND_A_CHECK.values(), ids=BEHIND_A_CHECK)
def test_every_argument_of_a_public_function_has_a_rule(function):
    parameters = inspect.signature(function).parameters
    rules = rules_of(inspect.unwrap(function))
    missing = [a for a, rule in rules.items() if rule is None and parameters[a].kind not in VARIADIC]
    assert missing == []
    assert function.__wrapped__ is not function  # and it is behind the check


IN_FUNCTION = {"features", "classifier", "W", "H", "P", "A", "bias", "statement"}
"""What a function looks at itself: arrays of any dtype, arrays whose entries it reads, statements."""


@pytest.mark.parametrize("function", BEHIND_A_CHECK.values(), ids=BEHIND_A_CHECK)
def test_numbers_labels_and_names_have_a_rule_of_their_own(function):
    rules = rules_of(inspect.unwrap(function))
    assert {name for name, rule in rules.items() if rule is in_function} <= IN_FUNCTION


@pytest.mark.parametrize("annotation", [Any, int, int | None, Any | None, Sequence[Any], object | Any])
def test_an_annotation_that_says_nothing_has_no_rule(annotation):
    assert rule_of(annotation) is None


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (Classes, 2, 1),
        (Count | None, 1, 0),
        (Positive, 1e-9, 0.0),
        (float, -1.0, float("nan")),
        (bool, True, 1),
        (str, "a", 1),
        (Literal["a", "b"], "a", 1),
        (Labels, [0, 1], 1),
        (Labels, torch.tensor([0, 1]), "01"),
        (PositiveScalar, Fraction(1, 10**400), Fraction(0)),
        (NotNegativeScalar, 0, -1),
        (Share, 1, Fraction(9, 8)),
        (reals.Positive, Fraction(1, 3), 0),
        (reals.NotNegative, 0, float("inf")),
        (reals.Positives, [Fraction(1, 3), 2.0], 2.0),
        (Sequence[int], [1, 2], [1.5]),
        (Sequence[float], (1, 2.5), [float("nan")]),
        (list[Point], [], [1]),
        (Point, Point(np.ones((2, 1)), np.ones((1, 2))), np.ones((2, 1))),
        (Callable[[int], None], print, 1),
        (Annotated[Array, "m m"], np.ones((2, 2)), np.ones((2, 3))),
        (Annotated[Array, "m? d"], np.ones((0, 3)), np.ones((3, 0))),
        (Annotated[Array, "N d|d"], np.ones(3), np.ones((1, 1, 1))),
        (Logits, np.ones((2, 4)), np.ones((1, 4))),
    ],
)
def test_a_rule_lets_pass_what_it_says_and_refuses_the_rest_by_name(annotation, good, bad):
    def function(argument): ...

    function.__annotations__["argument"] = annotation
    checked(function)(good)
    with pytest.raises((TypeError, ValueError), match=r"^argument: expected "):
        checked(function)(bad)


def test_a_rule_does_not_depend_on_the_name_of_the_argument():
    def count(classes: Classes) -> int:
        return classes

    assert checked(count)(np.int64(3)) == 3
    with pytest.raises(ValueError, match="classes: expected classes >= 2, got 1"):
        checked(count)(1)


@pytest.mark.parametrize(
    ("args", "options", "says"),
    [
        ((1,), {"first": 1}, "multiple values for argument 'first'"),
        ((1, 2), {}, "takes 1 positional argument but 2 were given"),
        ((), {"third": 1}, "missing 1 required positional argument: 'first'"),
    ],
)
def test_arguments_are_taken_as_python_takes_them(args, options, says):
    def function(first: Count, *, second: Count = 1, **rest): ...

    for call in (function, checked(function)):
        with pytest.raises(TypeError, match=says):
            call(*args, **options)


def test_letters_of_shapes_are_the_sizes_of_the_other_arguments():
    def fit(W: Annotated[Array, "K d"], H: Annotated[Array, "d N"], n: Samples = 1): ...

    checked(fit)(np.ones((2, 3)), np.ones((3, 4)), n=2)
    with pytest.raises(ValueError, match=r"H: expected shape \(d, K\*n\) where d = 3, N = 4, n = 2, got \(4, 4\)"):
        checked(fit)(np.ones((2, 3)), np.ones((4, 4)), n=2)
    with pytest.raises(ValueError, match=r"H: expected shape \(d, K\*n\) where d = 3, N = 4, n = 2, got \(3, 5\)"):
        checked(fit)(np.ones((2, 3)), np.ones((3, 5)), n=2)


def sizes(Z: Logits, K: Classes, n: Samples): ...
def sizes_renamed(logits: Logits, classes: Classes, samples: Samples): ...
def class_sizes(Z: Logits, n: PerClass): ...
def class_sizes_renamed(logits: Logits, counts: PerClass | None = None): ...
def of_point(p: Point, M: Logits): ...
def of_point_renamed(start: Point, M: Logits): ...
def direction(p: Point, direction: Pair): ...
def direction_renamed(start: Point, along: Pair): ...
def arithmetic(xp: Namespace, Z: Logits): ...
def arithmetic_renamed(like: Namespace, logits: Logits): ...
def pairs(a: Pair, b: Pair): ...
def pairs_renamed(one: Pair, other: Pair): ...


POINT = Point(np.ones((2, 3)), np.ones((3, 4)))
PAIR = (np.ones((2, 3)), np.ones((3, 4)))


@pytest.mark.parametrize(
    ("function", "renamed", "good", "bad", "says"),
    [
        (sizes, sizes_renamed, (np.ones((3, 6)), 3, 2), (np.ones((3, 6)), 2, 2), r"shape \(K, K\*n\) where K = 2"),
        (class_sizes, class_sizes_renamed, (np.ones((2, 5)), (2, 3)), (np.ones((2, 5)), (2, 2)), "where .*N = 4"),
        (of_point, of_point_renamed, (POINT, np.ones((2, 4))), (POINT, np.ones((2, 6))), r"K\*n\) where .*N = 4"),
        (direction, direction_renamed, (POINT, PAIR), (POINT, PAIR[::-1]), r"expected shapes \(2, 3\) and \(3, 4\)"),
        (arithmetic, arithmetic_renamed, (backend_namespace("numpy"), np.ones((2, 2))),
         (backend_namespace("torch"), np.ones((2, 2))), "expected an array of "),
        (pairs, pairs_renamed, (PAIR, PAIR), (PAIR, PAIR[::-1]), "expected the shapes of (a|one), got "),
    ],
)  # fmt: skip
def test_an_argument_is_held_against_the_others_under_any_names(function, renamed, good, bad, says):
    for each in (function, renamed):
        checked(each)(*good)
        with pytest.raises((TypeError, ValueError), match=says):
            checked(each)(*bad)


@pytest.mark.parametrize("function", BEHIND_A_CHECK.values(), ids=BEHIND_A_CHECK)
def test_the_sizes_beside_an_array_have_the_letters_of_its_shape(function):
    roles = roles_of(inspect.unwrap(function))
    if roles.arrays:
        numbers = {"K", "n", "d"} & set(inspect.signature(function).parameters)
        assert roles.letters == {name: name for name in numbers}


@pytest.mark.parametrize(
    ("scale", "says"),
    [
        (0.0, r"^W, t: no result at these numbers \(LinAlgError: Singular matrix\)"),
        (2.0, r"^W, t: no result at these numbers \(ZeroDivisionError: .*by zero"),
        (1e-200, r"^W, t: the numbers leave the range of floats \(LinAlgError: Singular matrix\)"),
        (float("nan"), r"^W, t: the numbers leave the range of floats \(ZeroDivisionError: .*by zero"),
    ],
)
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_range_of_floats_is_not_blamed_at_numbers_of_ordinary_size(scale, says, library):
    def function(W: Annotated[Array, "m m"], t: float):
        np.linalg.inv(np.asarray([[1.0, scale], [scale, scale * scale]]) if scale < 1 else np.eye(2))
        return 1 / int(t)

    W = scale * np.eye(2)
    with pytest.raises(NumberRangeError, match=says):
        checked(function)(W if library == "numpy" else torch.from_numpy(W), 0.0)


def test_annotations_as_text_and_as_objects_are_read_alike():
    source = "def f(K: Classes): ..."
    names: dict = {"Classes": Classes}
    exec(f"from __future__ import annotations\n{source}", names)
    exec(source.replace("f(", "g("), names)
    assert names["f"].__annotations__ != names["g"].__annotations__
    for name in "fg":
        with pytest.raises(ValueError, match="K: expected K >= 2"):
            checked(names[name])(0)
