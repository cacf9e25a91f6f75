"""Exact coordinates as people read them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncverify.report.points import in_one_line, matrix, readable


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_in_readable_form_is_the_same_float(value):
    assert float(Fraction(readable(value.hex()))) == value


@given(st.fractions())
def test_a_fraction_in_readable_form_is_the_same_number_or_the_same_float(value):
    shown = Fraction(readable(str(value)))
    assert shown == value or float(shown) == float(value)


@given(st.fractions(max_denominator=4000, min_value=-1000, max_value=1000))
def test_a_short_fraction_stays_exact(value):
    assert Fraction(readable(str(value))) == value


@pytest.mark.parametrize("text", ["", "1/0", "abc", "0xzz", "nan", "1e"])
def test_what_is_no_number_is_shown_as_it_is(text):
    assert readable(text) == text


def test_a_point_that_is_damaged_is_shown_without_coordinates():
    assert matrix(None) == []
    assert matrix([1, 2]) == []
    assert in_one_line({"K": 2}) == "K = 2"
