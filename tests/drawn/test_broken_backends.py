"""Drawn tests fail on array libraries that are wrong, and pass on the same libraries where they are right."""

from __future__ import annotations

import re

import hypothesis
import pytest

from ncverify.ledger.drawn import drawn_parts
from ncverify.numbers import backend_namespace
from properties.drawn import hold
from properties.settings import RUN, register_profiles
from tests.drawn.faults import BOTH, CHANGES_SHAPES, DOUBLE_ONLY, FAULTS
from tests.drawn.libraries import broken
from tests.ulpm import PAPER

BACKENDS = ("numpy", "torch", "strict")
CLAIMS = ("thm-3.1-bound", "eq-3.2", "eq-b.1", "c-gradient-formulas", "c-chain-rule", "eq-b.7", "eq-b.14")
CASES = [(fault, dtype) for fault in FAULTS for dtype in BOTH if dtype == "float64" or fault not in DOUBLE_ONLY]


@pytest.fixture
def run(monkeypatch):
    """Draws on a library with faults; gives the first claim that turned red, with its message."""

    def go(backend, dtype, faults, claims=CLAIMS):
        monkeypatch.setattr(RUN, "library", broken(backend, dtype, faults))
        for name in claims:
            if red := _red(next(claim for claim in PAPER.claims if claim.id == name)):
                return red
        return {}

    before = hypothesis.settings.get_current_profile_name()
    register_profiles()
    quick = hypothesis.settings.get_profile("quick")
    hypothesis.settings.register_profile("unshrunk", quick, phases=[hypothesis.Phase.generate])
    hypothesis.settings.load_profile("unshrunk")
    yield go
    hypothesis.settings.load_profile(before)


def _red(claim):
    for index, part in drawn_parts(claim):
        try:
            hold(claim, index, part, paper=PAPER.key)
        except AssertionError as error:
            return {claim.id: str(error)}
    return {}


def _by_a_value(said):
    """Whether what is wrong is a number, a truth, or an argument that is another one afterwards."""
    return bool(
        re.search(r" is (-?[\d.]+(e[+-]\d+)?|-?inf|nan|True|False|changed in place by a function) on the", said)
    )


@pytest.mark.parametrize(("fault", "dtype"), CASES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_wrong_library_turns_a_drawn_test_red(run, backend, fault, dtype):
    (said,) = run(backend, dtype, FAULTS[fault](dtype)).values()
    assert fault in CHANGES_SHAPES or _by_a_value(said), said


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_noticed_by_its_shape_or_by_an_error_is_not_noticed_by_a_value(run, backend):
    def fails(*_, **__):
        raise ValueError("no such product")

    longer = {"mul": lambda right: lambda a, b: right(a, b)[None], "sum": lambda right: fails}
    for name, fault in longer.items():
        (said,) = run(backend, "float64", {name: fault}).values()
        assert not _by_a_value(said), said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["exp", "log", "sum", "max", "take"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_function_replaced_in_the_library_itself_turns_a_drawn_test_red(run, monkeypatch, backend, name):
    """No wrapping: the attribute of the module that the backend's arrays name as their namespace."""
    library = backend_namespace(backend).library
    right = getattr(library, name)
    monkeypatch.setattr(library, name, lambda *a, **k: 3 * right(*a, **k) + 1 if name != "take" else -right(*a, **k))
    monkeypatch.setattr(RUN, "backend", backend)
    red = {}
    for claim in ("thm-3.1-bound", "eq-3.2", "eq-b.7"):
        red |= _red(next(c for c in PAPER.claims if c.id == claim))
    assert red


@pytest.mark.slow
@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_right_library_behind_the_same_wrapping_is_green(run, backend, dtype):
    """Control of the test above: nothing but the faults turns it red."""
    assert run(backend, dtype, {}) == {}
