"""`ncverify check`, `new-paper` and `papers`."""

from pathlib import Path

import pytest

from ncverify.cli import main
from ncverify.commands.new_paper import template
from ncverify.ledger.ledger import read_ledger
from ncverify.papers import find, installed
from ncverify.papers.discovery import from_file
from tests.own_paper import CLAIMS, WRONG, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "papers.md"


def check(path, *arguments):
    return main(["check", str(path), "--profile", "quick", *arguments])


def test_a_paper_that_is_right_about_itself_ends_with_0(tmp_path, capsys):
    path = write(tmp_path, [CLAIMS["shapes"], CLAIMS["gap"], CLAIMS["open"]])
    assert check(path, "--ledger", str(tmp_path / "results"), "--seed", "3") == 0
    out = capsys.readouterr().out
    assert "3 statements: 1 false, 1 proof-gap, 1 open" in out
    ledger = read_ledger(tmp_path / "results")
    assert (ledger["source"], ledger["seed"], ledger["profile"]) == (str(path), 3, "quick")
    assert ledger["statements"][2]["reason"] == "nobody knows"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("wrong", "wrong (Theorem 7): declared 'holds', found 'false'"),
        ("wrong", "counterexample, as Python: Witness(W=[["),
        ("vacuous", "vacuous after"),
        ("neighbour", "a neighbour has to be false, and was not falsified"),
        ("repair", "the correction came out as 'false'"),
        ("witness", "the stored witness does not violate the statement"),
    ],
)
def test_what_is_wrong_ends_with_1_and_is_explained(tmp_path, capsys, claim, text):
    assert check(write(tmp_path, [WRONG[claim]])) == 1
    assert text in capsys.readouterr().out


def test_as_printed(tmp_path, capsys):
    path = write(tmp_path, [CLAIMS["shapes"]])
    assert check(path) == 0
    assert check(path, "--as-printed") == 1
    assert "shapes (Remark 4) is false as printed: r" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("x = 1\n", "expected PAPER = Paper(...) in it"),
        ("1 / 0\n", "cannot be run: ZeroDivisionError"),
        ("def f(\n", "line 1"),
        ("raise SystemExit(0)\n", "cannot be run: SystemExit"),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_2(tmp_path, capsys, content, text):
    path = tmp_path / "bad.py"
    path.write_text(content)
    assert check(path) == 2
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1


def test_what_does_not_exist_ends_with_2(capsys):
    assert check("no-such-paper") == 2
    assert "no paper of this key is installed" in capsys.readouterr().err


def test_a_statement_that_cannot_be_evaluated_ends_with_2_and_the_others_are_examined(tmp_path, capsys):
    bad = CLAIMS["space"].replace("Part(square", "Part(Inequality('odd', slack=lambda p: p.nothing)")
    assert check(write(tmp_path, [bad, CLAIMS["shapes"]])) == 2
    out = capsys.readouterr().out
    assert "space: cannot be evaluated: " in out
    assert "1 false" in out


@pytest.mark.parametrize("role", ["--ledger"])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path, capsys, role):
    (tmp_path / "file").write_text("")
    assert check(write(tmp_path, [CLAIMS["shapes"]]), role, str(tmp_path / "file")) in (2, 3)
    assert role in capsys.readouterr().err


@pytest.mark.slow
def test_the_template_runs_as_it_is_and_is_short(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new-paper", "my_paper.py"]) == 0
    assert check("my_paper.py", "--ledger", "results", "--report") == 0
    text = Path("my_paper.py").read_text()
    assert len(text.splitlines()) <= 45
    assert {e["verdict"] for e in read_ledger("results")["statements"]} == {"holds", "false"}
    assert from_file("my_paper.py").key == "my-paper"
    witness = "results/witnesses/eq-2.1.json"
    assert main(["recheck", witness, "--statements", "my_paper.py"]) == 0
    shown = Path("results/report.md").read_text()
    assert "ncverify recheck witnesses/eq-2.1.json --statements ../my_paper.py" in shown
    monkeypatch.chdir("results")
    assert main(["recheck", "witnesses/eq-2.1.json", "--statements", "../my_paper.py"]) == 0


def test_a_template_whose_correction_is_taken_back_is_red(tmp_path, capsys):
    path = tmp_path / "my_paper.py"
    text = template("my_paper.py")
    changed = text.replace("parts=LEMMA.parts", "parts=(Part(PRINTED, domain=SPACE),)")
    assert changed != text
    path.write_text(changed)
    assert check(path) == 1
    assert "the correction came out as 'false'" in capsys.readouterr().out


def test_a_file_is_never_overwritten(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text("precious")
    assert main(["new-paper", str(path)]) == 2
    assert main(["new-paper", str(tmp_path / "mine.txt")]) == 2
    assert main(["new-paper", str(tmp_path / "none" / "mine.py")]) == 2
    assert path.read_text() == "precious"
    assert capsys.readouterr().err.count("\n") == 3


def test_the_page_shows_the_template():
    assert f"```python\n{template('my_paper.py')}```" in PAGE.read_text(encoding="utf-8")


def test_the_installed_papers_are_listed(capsys):
    assert main(["papers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(installed())
    for line, key in zip(lines, sorted(installed()), strict=True):
        assert line.split() == [key, str(len(find(key).claims)), "statements", *find(key).title.split()]
