"""Statements as values: what a constructor refuses, and that hypotheses are kept."""

import dataclasses

import pytest

from ncverify import (
    Equivalence,
    Existence,
    ForAll,
    Identity,
    Implication,
    Inequality,
    Optimum,
    OverShapes,
    Trend,
)
from ncverify.statements.types import STATEMENT_TYPES

FUNCTIONS = {
    Inequality: ("slack",),
    Identity: ("left", "right"),
    Equivalence: ("left", "right"),
    Implication: ("premise", "conclusion"),
    Existence: ("witness", "valid"),
    Trend: ("trajectory", "quantity", "rate"),
    ForAll: ("predicate",),
    OverShapes: ("predicate",),
    Optimum: ("objective", "value"),
}


def made(kind, **changes):
    arguments = {name: lambda p: 1 for name in FUNCTIONS[kind]}
    return kind(**{"name": "a claim", **arguments, **changes})


def test_every_type_is_tested_here():
    assert set(FUNCTIONS) == set(STATEMENT_TYPES)


@pytest.mark.parametrize("kind", STATEMENT_TYPES)
def test_a_statement_is_a_frozen_value(kind):
    statement = made(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        statement.name = "another"
    assert statement == dataclasses.replace(statement)
    assert isinstance(hash(made(kind, given=[lambda p: 1])), int)


@pytest.mark.parametrize("kind", STATEMENT_TYPES)
@pytest.mark.parametrize("name", ["", None, 3])
def test_a_statement_without_a_name_is_refused(kind, name):
    with pytest.raises(TypeError, match="name: expected a non-empty string, got"):
        made(kind, name=name)


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in FUNCTIONS.items() for field in fields])
def test_what_is_no_function_is_refused_by_the_name_of_its_field(kind, field):
    with pytest.raises(TypeError, match=f"{field}: expected a function of a point in 'a claim', got float"):
        made(kind, **{field: 1.0})


@pytest.mark.parametrize("kind", STATEMENT_TYPES)
@pytest.mark.parametrize("given", [lambda p: 1, [1.0], [lambda p: 1, None], 3, None, "p"])
def test_hypotheses_that_are_no_list_of_functions_are_refused(kind, given):
    with pytest.raises(TypeError, match="given: expected a list of functions of a point in 'a claim'"):
        made(kind, given=given)


@pytest.mark.parametrize("kind", STATEMENT_TYPES)
def test_hypotheses_from_a_generator_are_not_lost_after_the_first_reading(kind):
    functions = [lambda p: 1, lambda p: 2]
    statement = made(kind, given=(f for f in functions))
    assert list(statement.given) == functions
    assert list(statement.given) == functions


def test_positional_arguments_are_those_of_the_contract():
    assert Inequality("a", lambda p: 1, [len]).given == (len,)
    assert Identity("a", len, abs).right is abs
