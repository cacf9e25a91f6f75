r"""Figures 1 and 3 to 8: networks trained on real data without weight decay collapse.

Figure 1: ResNet18 on MNIST and CIFAR-10; "all of these metric decreases along the training epochs". Figures 3 to 8:
VGG13 on CIFAR-10, MNIST, KMNIST and Fashion-MNIST (the caption of Figure 5 prints "VGG18"), ResNet18 on KMNIST and
Fashion-MNIST; "neural collapse occurs for various network architectures and datasets", with one exception named: "the
variation of classifier norm stays at a low value and do not decrease in some settings".

These are claims about experiments. Their verdict is computed from stored results of such experiments and from nothing
else; a panel that nobody has trained as the paper did stays undecided, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ncverify.literature.ulpm_2022._figure_results import (
    EPOCHS,
    PAPER,
    Decrease,
    Result,
    decreases,
    deviations,
    is_result,
    read_results,
    remarks,
    results_directory,
)
from ncverify.metrics import METRICS
from ncverify.papers.claim import Claim, Demonstration, Part, Shown

__all__ = [
    "CLAIMS",
    "EXCEPTION",
    "METRICS",
    "PANELS",
    "Decrease",
    "Panel",
    "decreases",
    "deviations",
    "is_result",
    "judge_panel",
    "read_results",
    "results_directory",
]

EXCEPTION = "classifier_norm_variation"
NETWORKS = {"resnet18": ("resnet18",), "vgg13": ("vgg13", "vgg13-plain")}  # the paper does not say which VGG13


@dataclass(frozen=True)
class Panel:
    """A network and a data set of one figure.

    Args:
        figure: its number.
        network: resnet18 or vgg13.
        dataset: its name.
        exceptions: metrics that need not decrease, by the paper's own words.
    """

    figure: int
    network: str
    dataset: str
    exceptions: tuple[str, ...] = (EXCEPTION,)

    @property
    def title(self) -> str:
        """The network and the data set in words."""
        return f"{self.network} on {self.dataset}"


PANELS = (
    Panel(1, "resnet18", "mnist", ()),
    Panel(1, "resnet18", "cifar-10", ()),
    Panel(3, "vgg13", "cifar-10"),
    Panel(4, "vgg13", "mnist"),
    Panel(5, "vgg13", "kmnist"),
    Panel(6, "resnet18", "kmnist"),
    Panel(7, "vgg13", "fashion-mnist"),
    Panel(8, "resnet18", "fashion-mnist"),
)


def judge_panel(panel: Panel, results: Sequence[Result]) -> Shown:
    """Whether all metrics decreased in every run as the paper made it; undecided where there is none.

    Args:
        panel: what was trained.
        results: of any runs.
    """
    own = [
        r
        for r in results
        if r["settings"].get("network") in NETWORKS[panel.network] and r["settings"].get("dataset") == panel.dataset
    ]
    counting = [r for r in own if not deviations(r)]
    if not counting:
        return Shown(None, _missing(panel, own), cases=0)
    falls = [decreases(r["history"]) for r in counting]
    against = [name for r, trends in zip(counting, falls, strict=True) if (name := _rising_file(panel, r, trends))]
    if any(trend is None for trends in falls for trend in trends.values()):
        return Shown(None, f"{panel.title}: measured too seldom", cases=len(counting))
    upward = sorted({name for trends in falls for name, t in trends.items() if t is not None and not t.decreased})
    shares = [1 - t.last / t.first for trends in falls for t in trends.values() if t is not None and t.first > 0]
    counted = [name for name in upward if name not in panel.exceptions]
    said = f"did not decrease: {', '.join(upward)}" if upward else f"all {len(METRICS)} metrics decreased"
    said += f" in {', '.join(against)}" if against else ""
    about = "; ".join(", ".join(remarks(r)) for r in counting)
    return Shown(
        not counted, f"{panel.title}: {said} ({about})", value=min(shares, default=math.nan), cases=len(counting)
    )


def _rising_file(panel: Panel, result: Result, trends: dict[str, Decrease | None]) -> str:
    """The file of a result in which a metric rises that should not, "" where none does."""
    rises = any(t is not None and not t.decreased for name, t in trends.items() if name not in panel.exceptions)
    return str(result.get("file", "a result without a file")) if rises else ""


def _missing(panel: Panel, own: Sequence[Result]) -> str:
    """What would decide a panel, and what its runs in other settings have shown."""
    text = f"missing: {panel.title} as the paper trained it, at least {EPOCHS} epochs"
    for result in own:
        trends = decreases(result["history"])
        down = sum(trend is not None and trend.decreased for trend in trends.values())
        text += f"; with {', '.join(deviations(result))}: {down} of {len(METRICS)} metrics decreased"
    return text


def _growing(panel: Panel) -> Result:
    """The result of a run as the paper made it in which everything moves away from collapse."""
    settings = PAPER | {"network": panel.network, "dataset": panel.dataset}
    steps = [10**k for k in range(1, 5)]
    history = [{"epoch": EPOCHS, "step": t, **dict.fromkeys(METRICS, math.log(t))} for t in steps]
    return {"settings": settings, "history": history}


def _part(panel: Panel) -> Part:
    def run(seed: int) -> Shown:
        return judge_panel(panel, read_results(results_directory())[0])

    demonstration = Demonstration(
        name=f"Figure {panel.figure}: the metrics decrease for {panel.title}",
        run=run,
        grade="measured",
        control=lambda seed: judge_panel(panel, [_growing(panel)]),
    )
    return Part(demonstration)


CLAIMS = (
    Claim(
        id="fig-1",
        where="Figure 1",
        kind="empirical",
        says="ResNet18 on MNIST and CIFAR-10 without weight decay: every metric decreases",
        position=1040,
        printed=r"\text{all of these metric decreases along the training epochs}",
        verdict="open",
        reason="not every panel has been trained as the paper did; see the parts for what is missing",
        parts=tuple(_part(panel) for panel in PANELS if panel.figure == 1),
    ),
    Claim(
        id="fig-3-8",
        where="Figures 3 to 8",
        kind="empirical",
        says="VGG13 and ResNet18 on CIFAR-10, MNIST, KMNIST, Fashion-MNIST: collapse occurs in every setting",
        position=1050,
        printed=r"\text{neural collapse occurs for various network architectures and datasets "
        r"under an unconstrained setting}",
        verdict="open",
        reason="not every panel has been trained as the paper did; see the parts for what is missing",
        parts=tuple(_part(panel) for panel in PANELS if panel.figure > 1),
    ),
)
"""The declared verdicts are literals: a stored result that changes what is found turns the run red."""
