"""Ji, Lu, Zhang, Deng, Su: An Unconstrained Layer-Peeled Perspective on Neural Collapse."""

from __future__ import annotations

import importlib
import pkgutil

from ncverify.papers.paper import Paper


def _claims() -> tuple[object, ...]:
    modules = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(claim for name in modules for claim in importlib.import_module(f"{__name__}.{name}").CLAIMS)


def _figures() -> object:
    return importlib.import_module(f"{__name__}._report").figures()


def __getattr__(name: str) -> object:
    """`PAPER`, made when it is first asked for: single statements can be imported without all the others."""
    if name != "PAPER":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    paper = Paper(
        key="ulpm-2022",
        title="An Unconstrained Layer-Peeled Perspective on Neural Collapse",
        authors="Wenlong Ji, Yiping Lu, Yiliang Zhang, Zhun Deng, Weijie J. Su",
        arxiv="2110.02796",
        year=2022,
        claims=_claims(),  # type: ignore[arg-type]
        figures=_figures,
    )
    globals()["PAPER"] = paper
    return paper
