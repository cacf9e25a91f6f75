"""What is public is gathered, exists and is documented."""

import importlib
import inspect
import pkgutil
import re
import types

import pytest

import ncverify

PACKAGES = ["ncverify", *(m.name for m in pkgutil.walk_packages(ncverify.__path__, "ncverify.") if m.ispkg)]
GATHERING = [name for name in PACKAGES if hasattr(importlib.import_module(name), "__all__")]


def own_names(module):
    """Public names that a package's __init__ holds, without modules and typing's names."""
    hidden = {"TYPE_CHECKING", "Any", "annotations"}
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and name not in hidden and not isinstance(value, types.ModuleType)
    }


def complain(module):
    """What a gathering module hides, promises in vain, or leaves undocumented."""
    complaints = [f"{name} is not in __all__" for name in sorted(own_names(module) - set(module.__all__))]
    complaints += [
        f"{name} stands twice in __all__" for name in sorted(set(module.__all__)) if module.__all__.count(name) > 1
    ]
    for name in module.__all__:
        value = getattr(module, name, None)
        if value is None:
            complaints.append(f"{name} does not exist")
        elif callable(value) and not documented(value):
            complaints.append(f"{name} has no docstring of its own")
    return complaints


def documented(value):
    """A docstring that somebody wrote: what dataclasses make up from the signature does not count."""
    text = inspect.getdoc(value) or ""
    made_up = text.startswith(f"{getattr(value, '__name__', '')}(")
    return bool(text.strip()) and not made_up


def test_the_packages_that_users_import_from_gather_their_names():
    wanted = {
        "ncverify",
        "ncverify.numbers",
        "ncverify.model",
        "ncverify.collapse",
        "ncverify.slack",
        "ncverify.metrics",
    }
    assert wanted <= set(GATHERING)


@pytest.mark.parametrize("name", GATHERING)
def test_every_public_name_is_gathered_exists_and_is_documented(name):
    assert complain(importlib.import_module(name)) == []


def test_a_name_that_is_hidden_missing_or_undocumented_is_reported():
    def silent():
        pass

    def spoken():
        """Nothing."""

    lie = types.ModuleType("lie")
    vars(lie).update({"__all__": ["silent", "absent", "silent"], "silent": silent, "spoken": spoken})
    assert complain(lie) == [
        "spoken is not in __all__",
        "silent stands twice in __all__",
        "silent has no docstring of its own",
        "absent does not exist",
        "silent has no docstring of its own",
    ]


def public_functions():
    for name in GATHERING:
        module = importlib.import_module(name)
        for public in module.__all__:
            value = getattr(module, public)
            if inspect.isfunction(value):
                yield pytest.param(value, id=f"{name}.{public}")


@pytest.mark.parametrize("function", list(public_functions()))
def test_a_public_function_says_what_it_returns_before_anything_else(function):
    first = inspect.getdoc(function).splitlines()[0]
    assert not re.match(r"(Return|Compute|Calculate|Get|This)s?\b", first), first
    assert len(first) > 10


def test_the_contract_names_are_at_the_top():
    wanted = {
        "Point",
        "Inequality",
        "Identity",
        "Equivalence",
        "Implication",
        "Existence",
        "Trend",
        "Domain",
        "falsify",
    }
    assert wanted <= set(ncverify.__all__)
    assert re.fullmatch(r"\d+\.\d+\.\d+", ncverify.__version__)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'ncverify' has no attribute 'prove'"):
        ncverify.prove  # noqa: B018
