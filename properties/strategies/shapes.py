"""Shapes (K, n, d), small ones first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ncverify.domain import Domain, Shape
from properties.settings import RUN

# JAX compiles anew for each shape: it gets a few that cover d below, at and above K-1, and n = 1
_FEW = [(2, 1, 1), (3, 2, 2), (4, 1, 2), (3, 4, 3)]


def shapes(domain: Domain) -> st.SearchStrategy[Shape]:
    """Shapes of a domain, in its order (smallest first)."""

    def choose() -> st.SearchStrategy[Shape]:
        admitted = domain.shapes()
        if RUN.backend == "jax":
            admitted = [s for s in admitted if tuple(s) in _FEW] or admitted[:2]
        return st.sampled_from(admitted)

    return st.deferred(choose)


def few(layouts: Sequence[Any]) -> Sequence[Any]:
    """The layouts that are drawn from: all, or for JAX, which compiles anew for each shape, the two smallest."""
    return layouts[:2] if RUN.backend == "jax" else layouts
