"""Three-valued truth: Kleene's tables, and what an undecided value does to a decision."""

import itertools

import numpy as np
import pytest

from ncverify.errors import UndecidedError
from ncverify.numbers.truth import Truth, truth_of

VALUES = (True, False, None)


def completions(*values):
    """All ways in which undecided values could turn out."""
    return itertools.product(*[(True, False) if value is None else (value,) for value in values])


def kleene(connective, *values):
    """The value of a connective where all completions agree, else None: the definition of Kleene's logic."""
    results = {connective(*known) for known in completions(*values)}
    return results.pop() if len(results) == 1 else None


@pytest.mark.parametrize(("a", "b"), list(itertools.product(VALUES, VALUES)))
def test_connectives_are_decided_where_every_completion_agrees(a, b):
    left, right = Truth(a), Truth(b)
    assert (left & right).values.item() is kleene(lambda x, y: x and y, a, b)
    assert (left | right).values.item() is kleene(lambda x, y: x or y, a, b)
    assert (left ^ right).values.item() is kleene(lambda x, y: x != y, a, b)
    assert (left == right).values.item() is kleene(lambda x, y: x == y, a, b)
    assert (left != right).values.item() is kleene(lambda x, y: x != y, a, b)
    assert (~left).values.item() is kleene(lambda x: not x, a)


@pytest.mark.parametrize(("a", "b"), list(itertools.product(VALUES, VALUES)))
def test_plain_values_on_either_side_mean_the_same_as_truth_values(a, b):
    for plain in (b, np.asarray(b, dtype=object)):
        assert (Truth(a) & plain).values.item() is (Truth(a) & Truth(b)).values.item()
        assert (Truth(a) | plain).values.item() is (Truth(a) | Truth(b)).values.item()
        assert (plain ^ Truth(a)).values.item() is (Truth(b) ^ Truth(a)).values.item()


@pytest.mark.parametrize("values", [*itertools.product(VALUES, repeat=3), ()])
def test_all_and_any_are_the_long_conjunction_and_disjunction(values):
    truth = Truth(np.asarray(values, dtype=object))
    assert truth.all().values.item() is kleene(lambda *known: all(known), *values)
    assert truth.any().values.item() is kleene(lambda *known: any(known), *values)


def test_all_and_any_along_an_axis_are_those_of_the_rows():
    rows = Truth([[True, None], [False, None], [True, True]])
    assert rows.all(axis=1).values.tolist() == [None, False, True]
    assert rows.any(axis=1).values.tolist() == [True, None, True]
    assert rows.all(axis=0).values.tolist() == [False, None]
    assert rows.shape == (3, 2)
    assert rows[2].values.tolist() == [True, True]


def test_an_undecided_value_refuses_to_be_a_boolean():
    assert bool(Truth(True))
    assert not bool(Truth([[False]]))
    with pytest.raises(UndecidedError, match=r"^a comparison is undecided at this precision$"):
        bool(Truth(None))
    with pytest.raises(UndecidedError):
        Truth([True, None]).decided()
    assert Truth([True, False]).decided().tolist() == [True, False]


def test_an_array_of_truth_values_refuses_to_be_a_boolean():
    with pytest.raises(ValueError, match=r"shape \(2,\) is ambiguous: use p.xp.all or p.xp.any"):
        bool(Truth([True, False]))


def test_arrays_and_numbers_become_truth_values():
    assert truth_of(np.array([True, False])).values.tolist() == [True, False]
    assert truth_of(np.bool_(True)).values.item() is True
    assert repr(truth_of([1, 0, None])) == "Truth([True, False, None])"


def test_all_any_and_decided_look_into_every_row_of_a_matrix():
    assert Truth([[True, True], [True, True]]).all().values.item() is True
    assert Truth([[True, True], [True, False]]).all().values.item() is False
    assert Truth([[False, False], [False, True]]).any().values.item() is True
    with pytest.raises(UndecidedError, match=r"^a comparison is undecided at this precision$"):
        Truth([[True, True], [None, False]]).decided()
    found = Truth([[True, False], [False, False]]).decided()
    assert found.dtype == bool
    assert found.tolist() == [[True, False], [False, False]]
