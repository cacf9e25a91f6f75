"""Every function that formulas may use, on drawn matrices: the backend against exact arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncverify.falsification.layouts import layout_of
from ncverify.falsification.on_backend import look
from ncverify.ledger.drawn import on
from ncverify.space import Space, Variable
from properties.settings import RUN
from properties.vocabulary import FORMULAS, statement

MATRICES = Space(
    sizes={"m": (2, 4), "n": (2, 5)},
    variables={"a": Variable("m", "n"), "b": Variable("m", "n"), "s": Variable("m", "m")},
)
LAYOUTS = [layout_of(MATRICES, sizes) for sizes in MATRICES.shapes()]


@pytest.mark.parametrize("name", FORMULAS)
def test_drawn_function(name: str) -> None:
    @given(st.sampled_from(LAYOUTS[:: 4 if RUN.backend == "jax" else 1]), st.integers(0, 2**32 - 1))
    def check(layout, seed):
        rng = np.random.default_rng(seed)
        entries = rng.standard_normal(layout.size) * 2.0 ** rng.integers(-3, 4)
        point = on(RUN.namespace, layout, entries)
        seen = look(statement(name), point)
        assert not seen.disagreements, f"p.xp: {name}: {seen.disagreements[0]} at {point!r}"
        assert seen.compared > 1, f"{name}: nothing was compared"

    check()
