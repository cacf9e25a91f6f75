"""Where a run of pytest keeps its evidence; it stands alone, so that looking there imports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ncverify.pytest_plugin.evidence import Evidence

EVIDENCE: pytest.StashKey[Evidence] = pytest.StashKey()
