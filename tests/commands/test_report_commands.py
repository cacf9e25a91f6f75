"""`ncverify report`, `compare` and `errata` on the command line."""

from __future__ import annotations

import os
import sys

import pytest

from ncverify.cli import main
from ncverify.ledger.ledger import write_ledger
from tests.report.sample import sample
from tests.report.test_errata import declared_ledger


@pytest.fixture
def folder(tmp_path):
    write_ledger(tmp_path / "one", sample())
    return tmp_path / "one"


def test_a_report_stands_beside_its_ledger(folder, capsys):
    assert main(["report", str(folder)]) == 0
    assert {"ledger.json", "report.html", "report.md"} <= {file.name for file in folder.iterdir()}
    assert capsys.readouterr().out == f"written: {folder / 'report.html'}\nwritten: {folder / 'report.md'}\n"


def test_a_report_is_the_same_twice(folder):
    main(["report", str(folder)])
    first = (folder / "report.html").read_bytes(), (folder / "report.md").read_bytes()
    main(["report", str(folder)])
    assert ((folder / "report.html").read_bytes(), (folder / "report.md").read_bytes()) == first


@pytest.mark.parametrize("content", [None, "", "{}", '{"statements": [{}]}'])
def test_what_is_no_ledger_is_one_line_and_exit_code_2(tmp_path, capsys, content):
    if content is not None:
        (tmp_path / "ledger.json").write_text(content)
    for command in (["report", str(tmp_path)], ["errata", str(tmp_path)], ["compare", str(tmp_path), str(tmp_path)]):
        assert main(command) == 2
        error = capsys.readouterr().err
        assert error.startswith("ncverify: ")
        assert error.count("\n") == 1


@pytest.mark.parametrize("damage", [{"tried": "many"}, {"parts": [{"holds": True, "tightest_slack": "small"}]}])
def test_a_ledger_with_damaged_entries_is_one_line(folder, capsys, damage):
    damaged = sample()
    damaged["statements"][0].update(damage)
    write_ledger(folder, damaged)
    assert main(["report", str(folder)]) == 2
    assert "the ledger is damaged" in capsys.readouterr().err


def test_a_file_for_a_folder_is_refused(folder, capsys):
    assert main(["report", str(folder / "ledger.json")]) == 2
    assert "expected a folder" in capsys.readouterr().err


@pytest.mark.skipif(os.getuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_line(folder, capsys):
    folder.chmod(0o500)
    assert main(["report", str(folder)]) == 3
    assert "Permission denied" in capsys.readouterr().err


def test_without_jinja2_the_report_names_the_extra(folder, capsys, monkeypatch):
    for name in [*(n for n in sys.modules if n.startswith("jinja2")), "jinja2"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["report", str(folder)]) == 3
    assert "extra `report`" in capsys.readouterr().err


def test_ledgers_that_agree_exit_with_0_and_those_that_differ_with_1(tmp_path, folder, capsys):
    write_ledger(tmp_path / "two", sample())
    assert main(["compare", str(tmp_path)]) == 0
    assert "2 ledgers agree" in capsys.readouterr().out
    other = sample()
    other["statements"][0]["verdict"] = "false"
    write_ledger(tmp_path / "two", other)
    assert main(["compare", str(tmp_path / "one" / "ledger.json"), str(tmp_path / "two")]) == 1
    out = capsys.readouterr().out
    assert "thm-3.1-bound  verdict  holds  false" in out
    assert out.endswith("1 differences\n")


def test_one_ledger_cannot_be_compared(folder, capsys):
    assert main(["compare", str(folder)]) == 2
    assert "at least two ledgers" in capsys.readouterr().err


@pytest.mark.slow
def test_errata_of_a_green_run_are_written_and_those_of_another_are_refused(tmp_path, capsys):
    write_ledger(tmp_path / "whole", declared_ledger())
    assert main(["errata", str(tmp_path / "whole"), "--out", str(tmp_path / "errata.md")]) == 0
    assert main(["errata", str(tmp_path / "whole")]) == 0
    assert (tmp_path / "errata.md").read_text() == capsys.readouterr().out
    red = declared_ledger()
    red["statements"][0]["verdict"] = "open"
    write_ledger(tmp_path / "red", red)
    assert main(["errata", str(tmp_path / "red"), "--out", str(tmp_path / "other.md")]) == 1
    assert "the verdict is not the one declared" in capsys.readouterr().err
    assert not (tmp_path / "other.md").exists()
