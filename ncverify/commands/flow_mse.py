"""`ncverify flow --model mse`: flows of the squared loss, integrated, with their closed forms drawn over them."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ncverify.commands.text import CommandError, fault, one_line
from ncverify.files import only_writer, write_whole
from ncverify.kinds import Array

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE, FIGURE = "mse.csv", "mse.svg"
DIGITS = 1e-7
"""An integration farther than this from its closed form, relative to it, is a failure."""
_PER_DECADE, _FIRST, _MOST_STEPS, _GROWTH, _SMALL = 8, 1e-2, 1e6, 1e8, 1e-6
_NOT_HERE = ("start", "resume", "descent", "parquet", "until_log_t")


class Flow(NamedTuple):
    """A flow of the squared loss with its closed form.

    Args:
        name: what it is called in the table and above its panel.
        quantity: what its values are.
        times: at which both are known, increasing.
        integrated: a row of singular values, decreasing, for each time.
        closed: the same by the closed form.
    """

    name: str
    quantity: str
    times: Sequence[float]
    integrated: Sequence[Sequence[float]]
    closed: Sequence[Sequence[float]]

    def difference(self, row: int | None = None) -> float:
        """The largest difference at one time or at all, relative to the value or to a millionth of the largest one."""
        rows = range(len(self.times)) if row is None else [row]
        return max(
            abs(a - b) / max(abs(b), _SMALL * max(self.closed[i]))
            for i in rows
            for a, b in zip(self.integrated[i], self.closed[i], strict=True)
        )


def run_mse(args: argparse.Namespace) -> int:
    """Runs the command for the squared loss; returns the exit code.

    Raises:
        CommandError: options that do not go together or are out of range.
    """
    _check(args)
    out = Path(args.out)
    try:
        with only_writer(out):
            flows = all_flows(
                args.K, args.n, args.d, args.until_t, args.scale, args.seed, args.per_decade or _PER_DECADE
            )
            write_whole(out / TABLE, table_of(flows))
            write_whole(out / FIGURE, figure(flows, f"K = {args.K}, n = {args.n}, d = {args.d}"))
    except OSError as error:
        raise fault(error) from error
    except ArithmeticError as error:
        raise CommandError(one_line(error)) from error
    _report(flows)
    sys.stdout.write(f"written: {one_line(out)}/{{{TABLE},{FIGURE}}}\n")
    return 0 if max(flow.difference() for flow in flows) <= DIGITS else 1


def _check(args: argparse.Namespace) -> None:
    for name in _NOT_HERE:
        if getattr(args, name) not in (None, False, 0):
            raise CommandError(f"--{name.replace('_', '-')}: not with --model mse")
    if args.starts != 1:
        raise CommandError(f"--starts: expected 1 with --model mse, got {args.starts}")
    for name, least in (("K", 2), ("n", 2), ("d", 1), ("seed", 0)):
        if getattr(args, name) < least:
            raise CommandError(f"--{name}: expected at least {least} with --model mse, got {getattr(args, name)}")
    free = args.K * (args.n - 1)
    if args.d > free:
        raise CommandError(f"--d: expected at most K (n - 1) = {free}, so that SW has an inverse, got {args.d}")
    if not _FIRST < args.until_t < math.inf:
        raise CommandError(f"--until-t: expected a finite number above {_FIRST}, got {args.until_t}")
    if args.K * args.n * args.until_t > _MOST_STEPS:
        raise CommandError(
            f"--until-t: expected at most {_MOST_STEPS / (args.K * args.n):g} for K n = {args.K * args.n} (the bias "
            f"relaxes at that rate, and steps are explicit), got {args.until_t}"
        )
    if not 1e-6 <= args.scale <= 100:
        raise CommandError(f"--scale: expected between 1e-6 and 100 with --model mse, got {args.scale}")


def all_flows(K: int, n: int, d: int, until: float, scale: float, seed: int, per_decade: int) -> list[Flow]:
    """The four flows from random starts, each with its closed form.

    Args:
        K: classes.
        n: samples per class, at least 2.
        d: dimension of the features, at most K (n - 1).
        until: the last time; the linearised flow ends before, where it has grown by a factor 1e8.
        scale: standard deviation of the starts, and of the class means on the central path.
        seed: of the starts.
        per_decade: times per decade.
    """
    import numpy as np

    from ncverify.flow import (
        linearised_mse_flow,
        projected_singular_values,
        projected_velocity,
        renormalised_singular_values,
        renormalised_velocity,
    )

    rng = np.random.default_rng(seed)
    times = _times(until, per_decade)
    W, H = scale * rng.standard_normal((K, d)), scale * rng.standard_normal((d, K * n))
    X = _on_path(rng.standard_normal((d, K * n)), scale * rng.standard_normal((d, K)), K)
    path = [
        _followed("projected on SW = I", lambda H: projected_velocity(H, K), X, times, projected_singular_values, K, n),
        _followed("step and renormalise", lambda H: renormalised_velocity(H, K), X, times,
                  renormalised_singular_values, K, n),
    ]  # fmt: skip
    return [
        _on_subspace(W - W.mean(axis=0), n, times),
        _linearised(W, H, _times(min(until, math.log(_GROWTH) / math.sqrt(n)), per_decade), linearised_mse_flow),
        *path,
    ]


def _times(until: float, per_decade: int) -> list[float]:
    count = max(2, math.ceil(per_decade * math.log10(until / _FIRST)) + 1)
    return [_FIRST * (until / _FIRST) ** (i / (count - 1)) for i in range(count - 1)] + [until]


def _on_path(X: Array, means: Array, K: int) -> Any:
    """Features with SW = I and some class means."""
    import numpy as np

    from ncverify.flow import within_class_scatter

    n = X.shape[1] // K
    samples = X.reshape(len(X), K, n)
    Z = (samples - samples.mean(axis=2, keepdims=True)).reshape(X.shape)
    values, vectors = np.linalg.eigh(within_class_scatter(Z, K))
    return vectors / np.sqrt(values) @ vectors.T @ Z + np.repeat(means, n, axis=1)


def _spectrum(A: Array, K: int) -> Any:
    """The singular values of a matrix whose rank is at most K-1, without those that are always zero."""
    import numpy as np

    return np.linalg.svd(A, compute_uv=False)[: K - 1]


def _followed(
    name: str, velocity: Callable[..., Any], X: Array, times: Sequence[float], law: Callable[..., Any], K: int, n: int
) -> Flow:
    """Class means and what is around them are arrays of their own, so that tiny means keep their digits."""
    import numpy as np

    from ncverify.flow import integrated

    def means(H: Array) -> Any:
        return H.reshape(len(H), K, n).mean(axis=2)

    def apart(M: Array, Z: Array) -> tuple[Any, Any]:
        D = velocity(np.repeat(M, n, axis=1) + Z)
        return means(D), D - np.repeat(means(D), n, axis=1)

    M = means(X)
    rows = integrated(apart, [M, X - np.repeat(M, n, axis=1)], times)
    start, *path = (_spectrum(at - at.mean(axis=1, keepdims=True), K).tolist() for at in [M, *(at for at, _ in rows)])
    return Flow(name, "singular values of SW^(-1/2) Mc", times, path, [law(start, t, K, n).tolist() for t in times])


def _on_subspace(W: Array, n: int, times: Sequence[float]) -> Flow:
    import numpy as np

    from ncverify.flow import integrated, mse_singular_values, mse_velocity

    K, start = len(W), _spectrum(W, len(W))
    arrays = [W, np.repeat(W.T, n, axis=1) / math.sqrt(n), np.zeros(K)]
    followed = [_spectrum(at, K).tolist() for at, _, _ in integrated(mse_velocity, arrays, times)]
    closed = [mse_singular_values(start, t, n).tolist() for t in times]
    return Flow("squared loss, invariant subspace", "singular values of W", times, followed, closed)


def _linearised(W: Array, H: Array, times: Sequence[float], law: Callable[..., Any]) -> Flow:
    import numpy as np

    from ncverify.flow import integrated, linearised_mse_velocity

    K, b = len(W), np.zeros(len(W))
    followed = [
        _spectrum(at - at.mean(axis=0), K).tolist() for at, *_ in integrated(linearised_mse_velocity, [W, H, b], times)
    ]
    centred = [(at := law(W, H, b, t)[0]) - at.mean(axis=0) for t in times]
    closed = [_spectrum(at, K).tolist() for at in centred]
    return Flow("squared loss, linearised at zero", "singular values of P W", times, followed, closed)


def table_of(flows: Sequence[Flow]) -> str:
    """Comma-separated lines: one for each flow, time and singular value."""
    lines = ["flow,t,j,integrated,closed form"]
    for flow in flows:
        for t, followed, closed in zip(flow.times, flow.integrated, flow.closed, strict=True):
            lines += [f"{flow.name.replace(',', ';')},{t!r},{j + 1},{a!r},{b!r}"
                      for j, (a, b) in enumerate(zip(followed, closed, strict=True))]  # fmt: skip
    return "\n".join(lines) + "\n"


def figure(flows: Sequence[Flow], sizes: str) -> str:
    """An SVG with a panel for each flow: the integration as dots and lines, the closed form dashed over it."""
    from ncverify.report.panels import Axis, Curve, panel
    from ncverify.report.standalone import standalone

    panels = []
    for flow in flows:
        low, high = flow.times[0], flow.times[-1]
        axis = Axis("t", low, high, [(10.0**k, f"{10.0**k:g}") for k in range(-3, 7) if low <= 10.0**k <= high])
        curves = []
        for style, rows in (("one", flow.integrated), ("guide", flow.closed)):
            curves += [Curve(f"{flow.quantity} {j + 1}, {style}", flow.times, values, style)
                       for j, values in enumerate(zip(*rows, strict=True))]  # fmt: skip
        panels.append(panel(flow.name, axis, curves))
    note = "singular values, integrated (blue) and by closed form (dashed)"
    return standalone([panels[i : i + 2] for i in range(0, len(panels), 2)], f"Squared loss, {sizes}", note, _STYLE)


_STYLE = (
    ".curve.one{stroke:#9dbde3;stroke-width:4}"
    ".point.one{fill:#1f5fa8;stroke:none}.guide{stroke:#c23b22;stroke-width:1.4;stroke-dasharray:5 4}"
)


def _report(flows: Sequence[Flow]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120)
    for flow in flows:
        rows = Table(title=f"{flow.name}: {flow.quantity}", box=SIMPLE_HEAD, title_justify="left", padding=(0, 2, 0, 0))
        for name in ("t", "largest", "smallest", "closed form", "", "difference"):
            rows.add_column(name, justify="right", no_wrap=True)
        last = len(flow.times) - 1
        for row in sorted({round(last * i / 5) for i in range(6)}):
            values = (*_ends(flow.integrated[row]), *_ends(flow.closed[row]))
            rows.add_row(f"{flow.times[row]:.4g}", *(f"{value:.8g}" for value in values), f"{flow.difference(row):.0e}")
        console.print(rows)
        console.print(f"largest relative difference: {flow.difference():.1e}", highlight=False)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return values[0], values[-1]
