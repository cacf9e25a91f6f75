"""From a feature file and its measurement to the page about the network: what to show, and what to conclude."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from ncverify import __version__
from ncverify.commands.feature_file import FeatureFile
from ncverify.commands.measure_output import notes, sections
from ncverify.commands.measurement import BIAS, UNEQUAL, Measurement
from ncverify.metrics import METRICS, MarginBound
from ncverify.report.bars import in_words, margin_histogram, share_bars
from ncverify.report.heatmap import gram, heatmap, simplex_gram
from ncverify.report.network import NetworkView
from ncverify.text import one_line

CAUSES = ("unequal norms of W and H", "common shift of the classifiers", "features that are not their classifier")
SPREAD = "uneven margins"
SHOWN = 2000  # classes of a Gram matrix; of more, some are shown


def network_view(file: FeatureFile, m: Measurement, path: str) -> NetworkView:
    """Everything that the page shows.

    Args:
        file: what was read.
        m: the measurement, with the margins of all samples.
        path: of the file.
    """
    names = ("margins",) if file.bias is None else ("margins without the bias", "margins with the bias")
    margins = list(zip(names, m.sample_margins, strict=True))
    shares = [] if m.bound is None else causes(m.bound, m.bound_q_min or 0.0, _stretch(file, m))
    step = math.ceil(len(m.class_means) / SHOWN)
    of = "" if step == 1 else f", every {step}th"
    matrices = {
        f"Class means{of}": gram(m.class_means[::step]),
        f"Classifiers{of}": gram(file.classifier[m.counts > 0][::step]),
        "At collapse": simplex_gram(len(m.class_means[::step])),
    }
    return NetworkView(
        name=one_line(path),
        facts=_facts(m),
        conclusions=list(_conclusions(m, shares, margins[-1][1])),
        sections=sections(m),
        notes=list(notes(m)),
        causes=share_bars(shares),
        distance=list(_distance(m)),
        heatmaps=[heatmap(title, matrix) for title, matrix in matrices.items()],
        margins=margin_histogram(margins),
        margins_in_words=[f"{name}: {in_words(values)}" for name, values in margins],
        legend=[name for name, _ in margins] if len(margins) > 1 else [],
    )


def causes(bound: MarginBound, q_min: float, stretch: float) -> list[tuple[str, float]]:
    r"""The distance from the margin to the bound as four terms, none negative.

    .. math:: \frac{|W|^2 + |H|^2}{2(K-1)\sqrt n} - q_{\min}
              = \frac{(|W| - |H|)^2}{2(K-1)\sqrt n} + a^2\,\mathrm{centring} + \mathrm{alignment}' + \mathrm{spread}

    The first is what (aW, H/a) with a^2 = |H| / |W| removes; the next two are Theorem 3.1's terms at that point.

    Args:
        bound: with its terms at the point itself.
        q_min: smallest margin.
        stretch: a^2; where it is not positive, W or H is zero and the terms are those of the point itself.

    Example:
        >>> causes(MarginBound(bound=5.0, balanced_bound=4.0, centring=0.0, alignment=1.0, spread=0.5), 3.5, 2.0)[0]
        ('unequal norms of W and H', 1.0)
    """
    if not stretch > 0:
        return [(CAUSES[1], bound.centring), (CAUSES[2], bound.alignment), (SPREAD, bound.spread)]
    centring = stretch * bound.centring
    alignment = bound.balanced_bound - q_min - centring - bound.spread
    values = (bound.bound - bound.balanced_bound, centring, alignment)
    terms = [*zip(CAUSES, values, strict=True), (SPREAD, bound.spread)]
    return [(name, max(value, 0.0)) for name, value in terms]  # differences may come out as minus a rounding error


def _stretch(file: FeatureFile, m: Measurement) -> float:
    """|H| / |W|, from the balanced bound |W| |H| / ((K-1) sqrt n)."""
    W = file.classifier[m.counts > 0]
    squared = float(np.vecdot(W, W).sum())
    if m.bound is None or m.bound_n is None or not squared:
        return 0.0
    return m.bound.balanced_bound * (len(W) - 1) * math.sqrt(m.bound_n) / squared


def _facts(m: Measurement) -> list[tuple[str, str]]:
    sizes = f"{m.counts.max()} each" if m.balanced else f"{m.counts.min()} to {m.counts.max()}"
    return [
        ("samples", str(m.counts.sum())),
        ("classes", f"{len(m.counts)} ({sizes})"),
        ("dimension", str(m.d)),
        ("features", m.dtype),
        ("ncverify", __version__),
    ]


def _conclusions(m: Measurement, shares: Sequence[tuple[str, float]], margins: np.ndarray) -> Iterator[str]:
    wrong, K = int((margins <= 0).sum()), len(m.counts)
    where = " (with the bias)" if m.biased_decisions is not None else ""
    if wrong:
        yield (
            f"{wrong} of {len(margins)} samples are not classified correctly{where}: the paper's theory starts where "
            "all are, so the numbers below describe this network, and the theory predicts nothing about it yet."
        )
    else:
        yield f"Every sample is classified correctly{where}: training is in the phase that the paper's theory is about."
    if m.d < K - 1:
        yield (
            f"The dimension {m.d} is below K - 1 = {K - 1}: a simplex of {K} classes does not fit in, so this network "
            "cannot collapse completely, however long it is trained."
        )
    yield from _about_metrics(m)
    yield (
        f"{m.decisions.nc4_agreement:.2%} of the decisions are those of the nearest class mean (NC4; 100% at collapse)."
    )
    yield from _about_causes(shares)
    if m.biased_decisions is not None:
        yield f"{BIAS.capitalize()}: metrics, bound and Gram matrices leave the bias out."
    yield (
        "One file is one moment. Whether the network moves towards collapse shows only when several moments of its "
        "training are measured; the paper's rate is logarithmic, so a factor of ten in time changes little."
    )


def _about_metrics(m: Measurement) -> Iterator[str]:
    values = {name: value for name, value in asdict(m.metrics).items() if name in METRICS and math.isfinite(value)}
    if values:
        order = sorted(values, key=values.__getitem__)
        first, last = order[-1], order[0]
        yield (
            f"Of the six metrics of Section 4, which are 0 at collapse, {first.replace('_', ' ')} is largest "
            f"({values[first]:.3g}) and {last.replace('_', ' ')} smallest ({values[last]:.3g})."
        )
    missing = [name.replace("_", " ") for name in METRICS if name not in values]
    if missing:
        yield f"Not defined for this network, because a norm is zero: {', '.join(missing)}."


def _about_causes(shares: Sequence[tuple[str, float]]) -> Iterator[str]:
    whole = sum(value for _, value in shares)
    if not whole > 0:
        return
    name, value = max(shares, key=lambda share: share[1])
    text = f"What keeps the margin from its bound is mostly: {name}, {value / whole:.1%} of the distance"
    if name == CAUSES[0] and whole > value:
        second, most = max((s for s in shares if s[0] != name), key=lambda share: share[1])
        text += "; rescaling removes that without changing a logit, and of what is left "
        text += f"{most / (whole - value):.1%} is: {second}"
    yield f"{text}."


def _distance(m: Measurement) -> Iterator[str]:
    if m.bound is None:
        yield f"Undefined: {UNEQUAL}."
        return
    bound, q_min = m.bound, m.bound_q_min or 0.0
    yield (
        f"The smallest margin is {q_min:.4g}; classifiers and features of these norms allow at most {bound.bound:.4g}, "
        f"and {bound.balanced_bound:.4g} once (W, H) is rescaled to equal norms, which changes no logit."
    )
    if bound.balanced_bound > 0:
        yield f"Reached: {q_min / bound.bound:.2%} of the bound, {q_min / bound.balanced_bound:.2%} after rescaling."
