"""One picture for the page of a paper, each drawn from a closed form: `python -m ncverify.literature._pictures`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ncverify.flow import mse_singular_values
from ncverify.optima import (
    optimal_error_exponent,
    seli_geometry,
    squared_bias_optimum,
    squared_optimum,
)
from ncverify.report.panels import Axis, Curve, panel
from ncverify.report.standalone import standalone

_STYLE = ".guide { stroke: #444; }"


def _grid(low: float, high: float, count: int = 60) -> list[float]:
    return [float(x) for x in np.geomspace(low, high, count)]


def _axis(name: str, x: Sequence[float], ticks: Sequence[float]) -> Axis:
    return Axis(name, x[0], x[-1], [(tick, f"{tick:g}") for tick in ticks])


def _picture(title: str, note: str, *panels: tuple[str, Axis, Sequence[Curve]]) -> str:
    return standalone([[panel(name, axis, curves) for name, axis, curves in panels]], title, note, _STYLE)


def papyan() -> str:
    """What is known of the largest error exponent of nine classes, by the dimension of the features."""
    K, d = 9, list(range(1, 11))
    known = [optimal_error_exponent(K, dimension) for dimension in d]
    simplex = [K / (4 * (K - 1))] * len(d)
    curves = [
        Curve("attained", d, [bounds.lower for bounds in known], "one"),
        Curve("upper bound", d, [bounds.upper for bounds in known], "two"),
        Curve("K/(4(K-1))", d, simplex, "guide"),
    ]
    axis = _axis("d", [float(x) for x in d], (1, 2, 3, 5, 8, 10))
    return _picture(
        "Largest error exponent of K = 9 classes",
        "attained (blue), upper bound (red), the simplex (dashed): reached from d = K-1 on",
        ("error exponent beta", axis, curves),
    )


def mixon() -> str:
    """Singular values of the classifier along the flow on the invariant subspace."""
    t = _grid(0.01, 20)
    values = np.array([mse_singular_values([1e-3, 0.1, 3.0], time, 4) for time in t]).T
    curves = [Curve(f"s(0) = {values[i, 0]:.2g}", t, list(map(float, values[i])), "one", "none") for i in range(3)]
    limit = Curve("n^(1/4)", t, [4**0.25] * len(t), "guide")
    return _picture(
        "The squared loss on its invariant subspace, n = 4",
        "every positive singular value of W ends at n^(1/4) (dashed); zero stays zero",
        ("singular values of W", _axis("t", t, (0.01, 0.1, 1, 10)), [*curves, limit]),
    )


def poggio() -> str:
    """The equilibrium of the norm by the weight of its decay, for outputs 1/2 and for one that is misclassified."""
    decay = _grid(0.01, 100)
    outputs = {"one": np.array([0.5, 0.5, 0.5]), "two": np.array([0.5, 0.5, -0.25])}
    curves = [
        Curve(style, decay, [float(f.sum() / (x + f @ f)) for x in decay], style, "none")
        for style, f in outputs.items()
    ]
    return _picture(
        "Equilibrium of the norm, three samples",
        "y f = 1/2, 1/2, 1/2 (blue) and 1/2, 1/2, -1/4 (red)",
        ("rho", _axis("lambda", decay, (0.01, 0.1, 1, 10, 100)), curves),
    )


def tirer() -> str:
    """How far features below the linear minimum cost less with a relu, for the fifteen pairs of six points."""
    x = np.linspace(0.501, 0.999, 80)
    cubed = x * (1 - x) ** 3
    z = np.array([_larger_root(26 / 27 * q) for q in cubed])
    gap = (1 - x) * (1 + 2 * x) / 2 - (1 - z) * (1 + 2 * z) / 2
    weights = [float(q) for q in np.cbrt(cubed)][::-1]
    curve = Curve("gap", weights, [float(g) for g in gap][::-1], "one", "none")
    return _picture(
        "Fifteen classes, two weight layers with a relu",
        "the linear model's minimum less an exact point of the ReLU model: positive for every weight below 2^(-4/3)",
        ("gap", _axis("q", weights, (0.002, 0.01, 0.05, 0.2)), [curve]),
    )


def _larger_root(value: float) -> float:
    """z in (1/4, 1) with z (1-z)^3 = value."""
    low, high = 0.25, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * (1 - middle) ** 3 > value else (low, middle)
    return low


def zhou() -> str:
    """How the decay of the bias turns a simplex into an orthogonal frame, at c = 1/2."""
    decay = _grid(0.1, 100)
    weight = 0.5 / (3 * 2)  # K = 3, n = 4, c = K sqrt(n) lambda = 1/2
    best = [squared_bias_optimum(3, 4, weight, weight, b) for b in decay]
    curves = [
        Curve("simplex part", decay, [minimum.simplex_strength for minimum in best], "one", "none"),
        Curve("common part", decay, [minimum.common_strength for minimum in best], "two", "none"),
    ]
    return _picture(
        "From a simplex to an orthogonal frame, c = 1/2",
        "strength of the simplex (blue) and of the common part (red), which is zero up to lambda_b = c/(1-c) = 1",
        ("strength", _axis("lambda_b", decay, (0.1, 1, 10, 100)), curves),
    )


def dang() -> str:
    """The strength with which classes of 50, 10 and one samples are learned, by the weight of the decay."""
    decay = _grid(1e-3, 0.2, 120)
    best = [squared_optimum([50, 10, 1], [x, x]) for x in decay]
    curves = [
        Curve(f"n = {size}", decay, [minimum.strengths[k] for minimum in best], style, "none")
        for k, (size, style) in enumerate([(50, "one"), (10, "two"), (1, "guide")])
    ]
    return _picture(
        "Classes of 50 (blue), 10 (red) and 1 (dashed) samples",
        "each vanishes at its own weight, sqrt(n_k)/N, whatever the others do",
        ("strength", _axis("lambda", decay, (0.001, 0.01, 0.1)), curves),
    )


def thrampoulidis() -> str:
    """Norms and cosines of the SELI geometry, two large and two small classes, by their ratio."""
    ratios = [1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 400, 1000]
    grams = [np.asarray(seli_geometry([ratio, ratio, 1, 1]).classifier_gram, dtype=float) for ratio in ratios]
    x = [float(ratio) for ratio in ratios]
    axis = _axis("R", x, (1, 10, 100, 1000))
    norms = Curve("norms", x, [float(G[0, 0] / G[2, 2]) for G in grams], "one", "none")
    angles = Curve("angle", x, [float(1 - G[2, 3] / G[2, 2]) for G in grams], "two", "none")
    return _picture(
        "SELI, four classes, two of them R times as large",
        "|w_maj|^2/|w_min|^2 (left), and one less the cosine of the two minority classifiers, which merge (right)",
        ("squared norms", axis, [norms]),
        ("1 - cosine", axis, [angles]),
    )


def _least_cross_entropy(K: int, gap: Sequence[float]) -> list[float]:
    """log(1 + (K-1) exp(-gap)): the loss of a sample whose logit exceeds all others by a gap."""
    return [float(np.log1p((K - 1) * np.exp(-x))) for x in gap]


def graf() -> str:
    """The bound on cross-entropy with bounded norms, for 2, 10 and 100 classes."""
    product = _grid(0.1, 200)
    curves = [
        Curve(f"K = {K}", product, _least_cross_entropy(K, [s * K**0.5 / (K - 1) for s in product]), style, "none")
        for K, style in [(2, "one"), (10, "two"), (100, "guide")]
    ]
    return _picture(
        "Least cross-entropy with |W| <= r and |z_i| <= rho",
        "2 classes (blue), 10 (red), 100 (dashed); attained exactly by simplices",
        ("loss", _axis("rho r", product, (0.1, 1, 10, 100)), curves),
    )


def between() -> str:
    """How far a shifted simplex is from equal angles with and without centring."""
    shift = _grid(1e-3, 100)
    M = np.eye(3) - 1 / 3
    worst = []
    for s in shift:
        moved = M + s * np.array([[1.0], [0.0], [0.0]])
        unit = moved / np.linalg.norm(moved, axis=0)
        worst.append(float(np.abs((unit.T @ unit)[np.triu_indices(3, 1)] + 0.5).max()))
    curve = Curve("largest deviation of a cosine from -1/(K-1)", shift, worst, "one", "none")
    return _picture(
        "A simplex of three class means, shifted by s",
        "without centring its angles are lost (drawn); after centring their deviation is zero for every s",
        ("deviation of cosines", _axis("s", shift, (0.001, 0.1, 10)), [curve]),
    )


def lu() -> str:
    """The least loss of one of m unit vectors, by the temperature, where a simplex has room."""
    alpha = _grid(0.05, 20)
    curves = [
        Curve(f"m = {m}", alpha, _least_cross_entropy(m, [a * m / (m - 1) for a in alpha]), style, "none")
        for m, style in [(3, "one"), (10, "two"), (100, "guide")]
    ]
    return _picture(
        "Least loss of each of m unit vectors, d >= m-1",
        "3 vectors (blue), 10 (red), 100 (dashed); attained exactly by simplices",
        ("loss", _axis("alpha", alpha, (0.1, 1, 10)), curves),
    )


def wojtowytsch() -> str:
    """The least cross-entropy of outputs in a ball, by its radius."""
    radius = _grid(0.1, 50)
    curves = [
        Curve(f"K = {K}", radius, _least_cross_entropy(K, [R * (K / (K - 1)) ** 0.5 for R in radius]), style, "none")
        for K, style in [(2, "one"), (10, "two"), (100, "guide")]
    ]
    return _picture(
        "Least cross-entropy of outputs in a ball",
        "2 classes (blue), 10 (red), 100 (dashed); attained by the vertices of a simplex alone",
        ("loss", _axis("R", radius, (0.1, 1, 10)), curves),
    )


def lyu() -> str:
    """How far the smoothed margin of ten samples may lie below the normalised one, by the norm of the parameters."""
    norm = _grid(1, 100)
    curves = [
        Curve(f"L = {L}", norm, [float(np.log(10)) / rho**L for rho in norm], style, "none")
        for L, style in [(1, "one"), (2, "two"), (4, "guide")]
    ]
    return _picture(
        "Normalised margin less smoothed margin, ten samples",
        "at most log N / rho^L: degree 1 (blue), 2 (red) and 4 (dashed)",
        ("difference", _axis("rho", norm, (1, 10, 100)), curves),
    )


PICTURES: dict[str, Callable[[], str]] = {
    "papyan-2020": papyan,
    "mixon-2020": mixon,
    "poggio-liao-2020": poggio,
    "tirer-bruna-2022": tirer,
    "zhou-2022": zhou,
    "dang-2023": dang,
    "thrampoulidis-2022": thrampoulidis,
    "graf-2021": graf,
    "between-papers": between,
    "lu-steinerberger-2020": lu,
    "wojtowytsch-e-2020": wojtowytsch,
    "lyu-li-2019": lyu,
}
"""By the key of the paper; the page of class-encoding-2026 shows that of zhou-2022, others show those of commands."""


def main(folder: str = "docs/figures") -> None:
    """Writes all of them."""
    for key, draw in PICTURES.items():
        (Path(folder) / f"{key}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
