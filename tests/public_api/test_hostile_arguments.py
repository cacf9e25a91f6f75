"""Every public function on every hostile value of every argument: handled, or refused with the argument's name."""

import copy
import importlib
import inspect
import re
import signal
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from ncverify.errors import NCVerifyError
from tests.public_api.hostile import RANGE, hostile
from tests.public_api.table import POSITIONAL, calls, classes

PACKAGES = (
    "",
    "numbers",
    "losses",
    "model",
    "collapse",
    "metrics",
    "slack",
    "separation",
    "landscape",
    "flow",
    "optima",
    "weight_decay",
    "falsification",
)
TABLE = calls()
ALSO = {
    "p": "direction|outside|kernel",
    "rho": "p",
    "low": "log t",
    "high": "log t",
    "log_t": "until_log_t",
    "start": "start",
    "name": "backend",
    "arrays": "arrays?",
    "direction": "U|V|Z|step",
    "M": "multipliers",
    "features": "rows|samples|d",
    "statement": "expected",
    "variable": "expected",
    "N": "n_B",
    "n_B": "N",
}
SECONDS = 20
LONG = {("flow.gradient_flow", "until_log_t", "huge"), ("flow.resume", "until_log_t", "huge")}
"""Succeed, and take 15 s: a flow to log t = 1e308."""


def public_functions():
    """{"package.function": function} for all that the packages gather, each once."""
    found = {}
    for name in PACKAGES:
        module = importlib.import_module(f"ncverify.{name}".rstrip("."))
        for public in module.__all__:
            value = getattr(module, public)
            if inspect.isfunction(value) and all(value is not known for known in found.values()):
                found[f"{name or 'ncverify'}.{public}"] = value
    return found


FUNCTIONS = public_functions()
CLASSES = classes()


def test_every_public_function_is_in_the_table():
    assert set(FUNCTIONS) - set(CLASSES) == set(TABLE) - set(CLASSES)


def test_every_argument_is_in_the_table():
    for name, function in public_functions().items():
        missing = {p.name for p in inspect.signature(function).parameters.values() if p.kind not in (p.VAR_KEYWORD,)}
        assert missing - set(TABLE[name]) <= {"hessian"}, name


FUNCTIONS |= {name: function for name, (function, _) in CLASSES.items()}
TABLE |= {name: arguments for name, (_, arguments) in CLASSES.items()}


@contextmanager
def limited():
    """A block that may take so many seconds of processor time."""

    def late(number, frame):
        raise AssertionError(f"more than {SECONDS} s")

    previous = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def called(name, arguments):
    if name in POSITIONAL:
        return FUNCTIONS[name](*arguments.values())
    return FUNCTIONS[name](**arguments)


def complaint(name, arguments, argument, what):
    """What is wrong with how a function treats a hostile value, "" where nothing is."""
    try:
        with limited(), warnings.catch_warnings():
            warnings.simplefilter("error")
            called(name, arguments)
    except RuntimeWarning as warning:
        return "" if what in RANGE or "huge" in what else f"warns: {warning}"
    except (ValueError, TypeError) as error:
        words = f"{argument}|{ALSO.get(argument, argument)}"
        words += "|W|H|point|p" if hasattr(TABLE[name][argument], "squared_norm") else ""
        return "" if re.search(rf"\b({words})\b", str(error)) else f"does not name it: {type(error).__name__}: {error}"
    except NCVerifyError as error:
        fair = what in RANGE or "huge" in what or argument in ("device", "solver")
        return "" if fair else f"refuses it as if it were a number out of range: {type(error).__name__}: {error}"
    except (Exception, Warning) as error:
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.fixture(autouse=True)
def torch_warns_every_time():
    """PyTorch gives some warnings once in a process: the first function would be blamed for all."""
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)


@pytest.mark.parametrize("name", TABLE)
def test_hostile_values_are_handled_or_refused_by_name(name):
    good = TABLE[name]
    complaints = []
    for argument, value in good.items():
        for what, odd in hostile(value):
            if (name, argument, what) in LONG:
                continue
            said = complaint(name, good | {argument: odd}, argument, what)
            if said:
                complaints.append(f"{argument} = {what}: {said[:200]}")
    assert complaints == []


def arrays_in(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from arrays_in(part)
    elif hasattr(value, "W") and hasattr(value, "H"):
        yield from arrays_in((value.W, value.H))


@pytest.mark.parametrize("name", TABLE)
def test_a_good_call_succeeds_without_a_warning_and_changes_none_of_its_arguments(name):
    before = copy.deepcopy(list(arrays_in(list(TABLE[name].values()))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        called(name, TABLE[name])
    for old, new in zip(before, arrays_in(list(TABLE[name].values())), strict=True):
        np.testing.assert_array_equal(old, new)
