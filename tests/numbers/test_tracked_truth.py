"""Truth with a distance: signs, connectives, quantifiers, and what is true on a set of measure zero."""

import itertools
import operator

import numpy as np
import pytest

from ncverify.numbers import backend_namespace
from ncverify.numbers.tracked import TrackedNamespace
from ncverify.numbers.tracked_truth import TrackedTruth

NUMPY = backend_namespace("numpy")
XP = TrackedNamespace(NUMPY)
STRICT, WEAK = (operator.lt, operator.gt, operator.ne), (operator.le, operator.ge, operator.eq)


def truths(*distances, smoothing=0.0):
    """Truth where the distance is positive."""
    values = np.array(distances)
    return TrackedTruth(values > 0, values, TrackedNamespace(NUMPY, smoothing))


def compare(op, a, b):
    return op(XP.track(np.array(float(a))), float(b))


@pytest.mark.parametrize("op", [*STRICT, *WEAK])
@pytest.mark.parametrize(("a", "b"), [(1, 2), (2, 1), (3, 3), (-1, 1), (0, 5)])
def test_the_sign_of_the_distance_is_the_truth(op, a, b):
    found = compare(op, a, b)
    assert bool(found) is op(a, b)
    distance = float(found.distance)
    if a == b:
        assert distance == 0
    elif op is not operator.eq:
        assert (distance > 0) is op(a, b)
    else:
        assert distance < 0


def test_the_distance_is_relative_to_the_terms_that_meet():
    for unit in (2.0**-40, 1.0, 2.0**40):
        assert float(compare(operator.gt, 3 * unit, unit).distance) == 2 / 4
    assert float((XP.track(np.array(3.0)) - 1 > 0).distance) == 2 / 4


def test_where_all_terms_vanish_floats_cannot_tell():
    with np.errstate(invalid="ignore"):
        assert np.isnan(compare(operator.ge, 0, 0).distance)


PAIRS = list(itertools.product([-2.0, -0.5, 0.5, 2.0], repeat=2))


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_connectives_have_the_truth_of_booleans_and_the_distance_to_a_change(a, b):
    x, y = truths(a), truths(b)
    for found, truth, distance in (
        (x & y, a > 0 and b > 0, min(a, b)),
        (x | y, a > 0 or b > 0, max(a, b)),
        (~x, not a > 0, -a),
        (x ^ y, (a > 0) != (b > 0), max(min(a, -b), min(-a, b))),
        (x != y, (a > 0) != (b > 0), max(min(a, -b), min(-a, b))),
        (x == y, (a > 0) == (b > 0), -max(min(a, -b), min(-a, b))),
    ):
        assert bool(found.truth[0]) is truth
        assert float(found.distance[0]) == distance
        assert (distance > 0) is truth


@pytest.mark.parametrize("a", [-2.0, 0.5])
@pytest.mark.parametrize("flag", [True, False, np.bool_(True)])
def test_plain_booleans_never_change_and_may_stand_on_either_side(a, flag):
    x = truths(a)
    for found in (x & flag, flag & x) if not isinstance(flag, np.bool_) else (x & flag,):
        assert bool(found.truth[0]) is (a > 0 and bool(flag))
        assert float(found.distance[0]) == min(a, 1.0 if flag else -1.0)
    assert bool((x | flag).truth[0]) is (a > 0 or bool(flag))


def test_quantifiers_are_the_least_and_the_greatest_distance():
    x = truths([1.0, -2.0], [3.0, 0.5])
    assert (bool(x.all()), float(x.all().distance)) == (False, -2.0)
    assert (bool(x.any()), float(x.any().distance)) == (True, 3.0)
    assert x.all(axis=1).truth.tolist() == [False, True]
    assert x.all(axis=1).distance.tolist() == [-2.0, 0.5]
    assert x.any(axis=0).distance.tolist() == [3.0, 0.5]
    assert x[1].distance.tolist() == [3.0, 0.5]
    assert x.shape == (2, 2)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_smoothed_quantifiers_keep_the_truth_and_tend_to_the_distance(axis):
    values = np.array([[1.0, -2.0, 0.25], [3.0, 0.5, 0.75]])
    count = values.size if axis is None else values.shape[axis]
    for smoothing in (1e-1, 1e-3, 1e-6):
        x = TrackedTruth(values > 0, values, TrackedNamespace(NUMPY, smoothing))
        every, some = x.all(axis), x.any(axis)
        assert np.array_equal(every.truth, (values > 0).all(axis=axis))
        assert np.array_equal(some.truth, (values > 0).any(axis=axis))
        room = smoothing * np.log(count) + 16 * np.finfo(float).eps * np.abs(values).max()
        assert (np.abs(every.distance - values.min(axis=axis)) <= room).all()
        assert (np.abs(some.distance - values.max(axis=axis)) <= room).all()


def test_an_entry_that_cannot_change_does_not_hide_the_others_when_smoothed():
    """The least distance is blind to all but one entry; the smoothed one moves with each of them."""
    one, other = ([truths(-1.0, d, smoothing=s).all() for d in (0.5, 0.7)] for s in (0.0, 1.0))
    assert float(one[0].distance) == float(one[1].distance)
    assert float(other[0].distance) < float(other[1].distance)


def test_equalities_are_thin_and_what_follows_from_them_alone():
    equal, positive = compare(operator.eq, 1, 2), compare(operator.gt, 2, 1)
    assert equal.measure_zero
    assert not positive.measure_zero
    assert (equal & positive).measure_zero
    assert (positive & equal).measure_zero
    assert not (equal | positive).measure_zero
    assert (equal | compare(operator.eq, 3, 4)).measure_zero
    assert not (~equal).measure_zero
    assert not compare(operator.ne, 1, 2).measure_zero
    assert (equal & True).measure_zero
    assert (XP.track(np.ones(3)) == 1.0).all().measure_zero
    assert (XP.track(np.ones(3)) == 1.0).any().measure_zero


def test_without_a_word_about_it_nothing_is_smoothed_or_of_measure_zero():
    found = TrackedTruth(np.asarray(True), np.asarray(1.0), TrackedNamespace(NUMPY))
    assert (found.smoothing, found.measure_zero) == (0.0, False)


def test_a_plain_truth_is_at_a_distance_of_one():
    far = TrackedTruth(np.asarray(True), np.asarray(5.0), TrackedNamespace(NUMPY))
    assert float((far & True).distance) == 1.0
    assert float((far & False).distance) == -1.0
    assert float((~far | True).distance) == 1.0
    assert float((~far | False).distance) == -1.0


def test_an_entry_has_the_truth_and_the_distance_of_its_place():
    values = truths(-1.0, 2.0, -3.0)
    assert [(bool(values[i].truth), float(values[i].distance)) for i in (1, 2)] == [(True, 2.0), (False, -3.0)]


def test_truths_are_counted_along_an_axis_or_at_all():
    values = TrackedTruth(np.array([[True, False], [True, True]]), np.ones((2, 2)), TrackedNamespace(NUMPY))
    assert values.sum(axis=0).value.tolist() == [2, 1]
    assert values.sum(axis=1).value.tolist() == [1, 2]
    assert int(values.sum().value) == 3


def test_a_count_is_as_smooth_as_what_is_counted():
    assert truths(1.0, -1.0, smoothing=0.5).sum().namespace.smoothing == 0.5


def test_a_truth_value_of_python_is_not_of_measure_zero():
    assert not (truths(1.0) & True).measure_zero
    assert not (truths(1.0) & False).measure_zero
