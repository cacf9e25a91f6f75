"""The former place of `ncverify.papers`; kept for one release."""

import importlib
import warnings
from typing import Any


def __getattr__(name: str) -> Any:
    """Looks the name up in `ncverify.papers.claim`."""
    if name.startswith("__"):
        raise AttributeError(name)
    warnings.warn(f"ncverify.statements.claim.{name} is now ncverify.papers.{name}", DeprecationWarning, stacklevel=2)
    return getattr(importlib.import_module("ncverify.papers.claim"), name)
