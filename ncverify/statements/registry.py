"""The former registry of the ULPM paper's statements; kept for one release. See `ncverify.papers.find`."""

import importlib
import warnings
from typing import Any


def claims() -> dict[str, Any]:
    """The claims of the ULPM paper by id, in its order."""
    warnings.warn(
        "ncverify.statements.registry.claims() is now ncverify.papers.find('ulpm-2022').claims",
        DeprecationWarning,
        stacklevel=2,
    )
    paper = importlib.import_module("ncverify.papers.discovery").find("ulpm-2022")
    return {claim.id: claim for claim in paper.claims}
