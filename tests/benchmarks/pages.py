"""The table of the benchmarks as Markdown and as a web page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.verdicts import KINDS, Line, benchmark_lines, benchmark_summary

COLUMNS = ("what", "ours", "rival", "its figure", "ratio", "over the rounds", "target", "verdict")


def machine_facts(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Hardware, versions and time of the runs, as names and values; several values where runs differ."""
    merged: dict[str, dict[str, None]] = {}
    for result in results:
        machine, commit = result["machine_info"], result.get("commit_info") or {}
        cpu = machine.get("cpu") or {}
        facts = {
            "processor": f"{cpu.get('brand_raw', machine.get('machine', 'unknown'))}, {cpu.get('count', '?')} cores",
            "threads": str(machine.get("threads", "unknown")),
            "load": machine.get("load", "unknown"),
            "CUDA device": machine.get("cuda") or "none",
            "system": f"{machine.get('system', '')} {machine.get('machine', '')}".strip(),
            "Python": machine.get("python_version", "unknown"),
            **machine.get("packages", {}),
            "commit": f"{str(commit.get('id', 'unknown'))[:12]}{' with changes' if commit.get('dirty') else ''}",
            "measured": str(result.get("datetime", "unknown"))[:16].replace("T", " "),
        }
        for name, value in facts.items():
            merged.setdefault(name, {})[str(value)] = None
    return [(name, "; ".join(values)) for name, values in merged.items()]


def cells(line: Line) -> tuple[str, ...]:
    """The texts of a line of the table, one for each of `COLUMNS`; a figure that was not measured is a dash.

    Example:
        >>> cells(Line("a", "A", "B", "faster", 4.0, 0.5, 3.0, 6.0, 5.5, 6.25, 5, "reached"))
        ('A', '500 ms', 'B', '3 s', '6', '5.5 to 6.25 (5)', 'times faster, at least 4', 'reached')
    """
    spread = "\u2013" if line.low is None else f"{_short(line.low)} to {_short(line.high)} ({line.rounds})"
    return (
        line.what,
        _amount(line.ours, line.kind),
        line.rival,
        _amount(line.theirs, line.kind),
        "\u2013" if line.ratio is None or line.kind == "seconds" else _short(line.ratio),
        spread,
        f"{KINDS[line.kind]} {line.target:g}",
        f"{line.verdict}: {line.why}" if line.why else line.verdict,
    )


def benchmark_markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """The table as Markdown.

    Raises:
        ValueError: not results of these benchmarks.
    """
    from ncverify.report.page import cell

    lines = benchmark_lines(results)
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(tuple(map(cell, cells(line))) for line in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    facts = "\n".join(f"- {cell(name)}: {cell(value)}" for name, value in machine_facts(results))
    summary = f"{cell(benchmark_summary(lines))}. {ORIGIN}"
    return f"# Benchmarks\n\n{summary}\n\n{EXPLANATION}\n\n{table}\n\n## Machine\n\n{facts}\n"


def benchmark_html(results: Sequence[Mapping[str, Any]]) -> str:
    """The table as one page that needs nothing from outside.

    Raises:
        ValueError: not results of these benchmarks.
    """
    from ncverify.report.page import environment

    lines = benchmark_lines(results)
    return (
        environment(autoescape=True)
        .from_string(Path(__file__).with_name("pages.html").read_text(encoding="utf-8"))
        .render(
            summary=benchmark_summary(lines),
            explanation=EXPLANATION,
            columns=COLUMNS,
            rows=[(line.verdict.replace(" ", "-"), cells(line)) for line in lines],
            facts=machine_facts(results),
        )
    )


ORIGIN = "Made by `python -m tests.benchmarks.report` from the results of `tox -e bench`; not written by hand."
EXPLANATION = (
    "Rounds alternate between the two sides, so that a busy machine slows both. Figures are medians over the rounds; "
    "the ratio is the median of the ratios of the rounds, and behind it stand the smallest and the largest, with the "
    "number of rounds. What the machine does not have is absent, and counts neither as reached nor as missed."
)


def _amount(value: float | None, kind: str) -> str:
    if value is None:
        return "\u2013"
    if kind == "memory":
        return f"{value / 2**20:.3g} MiB"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{_short(value / size)} {unit}"
    return f"{_short(value * 1e6)} \u00b5s"


def _short(value: float | None) -> str:
    """Three digits, without an exponent below a million."""
    if value is None:
        return "\u2013"
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}" if value < 1e6 else f"{value:.3g}"
