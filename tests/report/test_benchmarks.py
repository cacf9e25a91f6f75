"""The table of the benchmarks: each row with its verdict, and none that says more than was measured."""

import copy
import html
import json
import re
import tomllib
from pathlib import Path

import pytest

import ncverify
from ncverify.report.page import cell
from tests.benchmarks.pages import benchmark_html, benchmark_markdown, cells
from tests.benchmarks.report import main
from tests.benchmarks.verdicts import KINDS, benchmark_lines, benchmark_summary, ratios

ROWS = Path(__file__).resolve().parents[1] / "benchmarks" / "rows.toml"
BENCHMARKS = sorted(ROWS.parent.glob("test_bench_*.py"))


def row(id_, kind="faster", target=4.0, **more):
    return {"id": id_, "what": f"the {id_}", "rival": "its rival", "kind": kind, "target": target} | more


def record(row_, ours, theirs=None, case="", **more):
    return {"row": row_, "case": case, "ours": ours, "theirs": theirs} | more


def results(rows, *records, cuda=None):
    return {
        "rows": rows,
        "benchmarks": [{"name": "one", "extra_info": {"records": [r]}} for r in records] + [{"extra_info": {}}],
        "machine_info": {"cuda": cuda, "packages": {"numpy": "2.0"}, "cpu": {"brand_raw": "A & B", "count": 2}},
        "commit_info": {"id": "0123456789abcdef", "dirty": True},
        "datetime": "2026-01-02T03:04:05",
    }


def only(line_results):
    (line,) = benchmark_lines([line_results])
    return line


def test_a_ratio_is_the_median_over_rounds_with_the_smallest_and_the_largest():
    line = only(results([row("a")], record("a", [1, 1, 1, 2, 1], [5, 4, 7, 6, 50])))
    assert (line.ratio, line.low, line.high, line.rounds) == (5, 3, 50, 5)
    assert (line.ours, line.theirs, line.verdict) == (1, 6, "reached")


@pytest.mark.parametrize(
    ("kind", "target", "ours", "theirs", "verdict"),
    [
        ("faster", 4.0, 1.0, 4.0, "reached"),
        ("faster", 4.0, 1.0, 3.99, "missed"),
        ("within", 1.3, 1.3, 1.0, "reached"),
        ("within", 1.3, 1.31, 1.0, "missed"),
        ("memory", 2.0, 3.0, 2.0, "reached"),
        ("memory", 2.0, 5.0, 2.0, "missed"),
        ("seconds", 60.0, 60.0, None, "reached"),
        ("seconds", 60.0, 60.1, None, "missed"),
    ],
)
def test_a_row_that_misses_its_target_says_so(kind, target, ours, theirs, verdict):
    found = results([row("a", kind, target)], record("a", [ours] * 5, theirs and [theirs] * 5))
    assert only(found).verdict == verdict
    assert f"| {verdict} |" in benchmark_markdown([found])
    assert f"<td>{verdict}</td>" in benchmark_html([found])
    assert ("1 missed (a)" in benchmark_summary(benchmark_lines([found]))) == (verdict == "missed")


def test_a_row_that_needs_a_device_is_absent_without_it_and_never_reached():
    rows = [row("a", needs="cuda")]
    line = only(results(rows))
    assert (line.verdict, line.why, line.ratio) == ("absent", "no CUDA device on this machine", None)
    assert only(results(rows, cuda="a device")).verdict == "not measured"
    assert only(results(rows, record("a", [1] * 5, [9] * 5), cuda="a device")).verdict == "reached"


def test_a_rival_that_is_not_there_is_absent_however_fast_ours_is():
    line = only(results([row("a")], record("a", [1e-9] * 5, absent="the rival cannot be imported")))
    assert (line.verdict, line.ratio, line.ours) == ("absent", None, 1e-9)
    assert cells(line)[-1] == "absent: the rival cannot be imported"


def test_a_row_without_a_record_is_listed_as_not_measured():
    lines = benchmark_lines([results([row("a"), row("b")], record("b", [1] * 5, [9] * 5))])
    assert [(line.row, line.verdict) for line in lines] == [("a", "not measured"), ("b", "reached")]


def test_fewer_than_five_rounds_of_a_ratio_reach_nothing():
    assert only(results([row("a")], record("a", [1] * 4, [9] * 4))).verdict == "not measured"


def test_a_later_run_replaces_the_same_case_and_keeps_the_others():
    rows = [row("a")]
    first = results(rows, record("a", [1] * 5, [2] * 5, "x"), record("a", [1] * 5, [8] * 5, "y"))
    again = results(rows, record("a", [1] * 5, [9] * 5, "x"))
    assert [(line.what, line.ratio) for line in benchmark_lines([first, again])] == [("the a: x", 9), ("the a: y", 8)]


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "message"),
    [
        ("slower", [1], [1], "kind: expected one of"),
        ("faster", [1], None, "expected 1 rounds like ours, got 0"),
        ("faster", [1, 2], [1], "expected 2 rounds like ours, got 1"),
        ("faster", [0], [1], "positive"),
    ],
)
def test_figures_that_cannot_be_compared_are_an_error(kind, ours, theirs, message):
    with pytest.raises(ValueError, match=message):
        ratios(kind, ours, theirs)


def test_results_that_are_not_ours_are_an_error():
    with pytest.raises(ValueError, match="not the results of these benchmarks"):
        benchmark_lines([{"benchmarks": [], "machine_info": {}}])
    with pytest.raises(ValueError, match="rows that are not listed: b"):
        benchmark_lines([results([row("a")], record("b", [1], [1]))])


def test_nothing_in_a_text_becomes_markup():
    hostile = "<script>alert(1)</script> | `x` & *y*"
    found = results([row("a") | {"what": hostile}], record("a", [1] * 5, [9] * 5))
    page = benchmark_html([found])
    assert "<script" not in page
    assert html.escape(hostile) in page
    table = [line for line in benchmark_markdown([found]).splitlines() if "alert" in line]
    assert len(table) == 1
    assert len(re.findall(r"(?<!\\)\|", table[0])) == 9


def test_the_pages_name_hardware_versions_and_the_commit():
    for page in (benchmark_markdown([results([row("a")])]), html.unescape(benchmark_html([results([row("a")])]))):
        text = html.unescape(page)
        for fact in ("A & B, 2 cores", "numpy", "2.0", "0123456789ab with changes", "2026-01-02 03:04", "none"):
            assert fact in text


def test_the_command_writes_both_pages_and_demands_only_when_asked(tmp_path, capsys):
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results([row("a")], record("a", [1] * 5, [2] * 5))), encoding="utf-8")
    pages = [tmp_path / "out" / "table.md", tmp_path / "out" / "table.html"]
    options = ["--markdown", str(pages[0]), "--html", str(pages[1])]
    assert main([str(file), *options]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 of 1 targets reached, 1 missed (a), 0 absent, 0 not measured"
    assert all("missed" in page.read_text(encoding="utf-8") for page in pages)
    assert main([str(file), "--demand"]) == 1
    assert "| the a |" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 3}'])
def test_a_file_without_results_is_one_line_on_standard_error(content, tmp_path, capsys):
    file = tmp_path / "results.json"
    file.write_text(content, encoding="utf-8")
    assert main([str(file)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main([str(tmp_path / "absent.json")]) == 2


def test_the_table_of_this_projects_own_benchmarks_is_no_part_of_the_package():
    assert list(Path(ncverify.__file__).parent.rglob("*bench*.py")) == []


def listed():
    return tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]


def unmeasured(rows, sources):
    """Rows that no benchmark records, and records of rows that are not listed."""
    recorded = {name for text in sources for name in re.findall(r'recorded\(\s*benchmark, "([\w-]+)"', text)}
    recorded |= {name for text in sources for name in re.findall(r'\("([\w-]+)", 1e\d, \d+\)', text)}
    return sorted({row["id"] for row in rows} ^ recorded)


def test_every_row_has_a_benchmark_and_every_benchmark_a_row():
    sources = [path.read_text(encoding="utf-8") for path in BENCHMARKS]
    assert unmeasured(listed(), sources) == []
    lie = copy.deepcopy(listed())
    lie[0]["id"] = "absent"
    assert unmeasured(lie, sources) == ["absent", "eigenpair-dense"]


def unshown(rows, page):
    """Rows that the page of results does not have."""
    return [row["id"] for row in rows if cell(row["what"]) not in page]


def test_the_results_in_the_documentation_have_every_row():
    page = (ROWS.parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert unshown(listed(), page) == []
    assert unshown([row("absent")], page) == ["absent"]


def test_every_row_is_complete():
    for one in listed():
        assert set(one) - {"needs"} == {"id", "what", "rival", "kind", "target"}
        assert one["kind"] in KINDS
        assert one["target"] > 0
    assert len({one["id"] for one in listed()}) == len(listed())
