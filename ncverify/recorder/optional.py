"""Base classes of libraries that need not be installed."""

from __future__ import annotations

import importlib
from typing import Any


def base_class(name: str, *modules: str) -> Any:
    """The class of that name from the first of some modules that is installed; `object` where none is."""
    for module in modules:
        try:
            return getattr(importlib.import_module(module), name)
        except ModuleNotFoundError:
            continue
    return object


def demand(base: Any, name: str, package: str) -> None:
    """Checks that the base class of `name` is installed.

    Raises:
        ModuleNotFoundError: it is not; the message says what to install.
    """
    if base is object:
        raise ModuleNotFoundError(f"{name} needs {package}: pip install {package}", name=package)
