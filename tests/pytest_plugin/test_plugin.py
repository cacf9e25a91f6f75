"""`pytest my_paper.py` in an empty folder: what is collected, what is red, what the ledger says."""

import pytest

from ncverify.cli import main
from ncverify.ledger.ledger import read_ledger
from ncverify.pytest_plugin.plugin import _has_a_paper
from tests.own_paper import CLAIMS, WRONG, pytest_in, without_seconds, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """A folder with a paper that is right about itself, and the run of pytest on it."""
    folder = tmp_path_factory.mktemp("right")
    write(folder, CLAIMS.values())
    return folder, pytest_in(folder, "my_paper.py", "-v", "--ncv-ledger", "results", "--ncv-report")


def test_every_part_is_a_test_with_its_sentence_as_name(right):
    _, run = right
    assert run.returncode == 0, run.stdout + run.stderr
    for name in (
        "true::q_min <= 0.5 |theta|^2 PASSED",
        "true::neighbour: q_min <= 0.49 |theta|^2 PASSED",
        "false::q_min <= 0.25 |theta|^2 PASSED",
        "false::correction: q_min <= 0.5 |theta|^2 PASSED",
        "gap::step: q_min <= 1 PASSED",
        "shapes::K <= 2 PASSED",
        "space::2 lam x_1 <= 1 + lam^2 x_1^2 PASSED",
        "open::verdict SKIPPED",
    ):
        assert f"my_paper.py::{name}" in run.stdout
    assert "15 passed, 1 skipped" in run.stdout


def test_the_ledger_has_every_claim_with_its_verdict(right):
    folder, run = right
    ledger = read_ledger(folder / "results")
    assert {e["id"]: e["verdict"] for e in ledger["statements"]} == {
        "true": "holds",
        "false": "false",
        "gap": "proof-gap",
        "shapes": "false",
        "space": "holds",
        "open": "open",
    }
    assert (ledger["key"], ledger["source"], ledger["profile"]) == ("my-paper", "my_paper.py", "quick")
    assert "written: results/ledger.json, results/report.html, results/report.md" in run.stdout
    assert "5 statements: 2 holds, 2 false, 1 proof-gap" in run.stdout


def test_a_witness_of_the_report_is_verified_again_with_the_command_of_the_page(right, monkeypatch, capsys):
    folder, _ = right
    monkeypatch.chdir(folder / "results")  # the page says: in its own folder
    command = "ncverify recheck witnesses/false.1.json --statements ../my_paper.py"
    assert command in (folder / "results" / "report.md").read_text()
    assert main(command.split()[1:]) == 0
    assert "confirmed: ../my_paper.py" in capsys.readouterr().out


def test_two_processes_and_the_command_give_the_same_ledger(right, capsys, monkeypatch):
    folder, _ = right
    assert pytest_in(folder, "my_paper.py", "-n", "2", "--ncv-ledger", "distributed").returncode == 0
    monkeypatch.chdir(folder)
    assert main(["check", "my_paper.py", "--profile", "quick", "--ledger", "command"]) == 0
    one, two, three = (without_seconds(read_ledger(folder / name)) for name in ("results", "distributed", "command"))
    assert one == two
    assert one["statements"][:-1] == three["statements"][:-1]
    assert {k: v for k, v in one.items() if k != "statements"} == {k: v for k, v in three.items() if k != "statements"}


def test_what_is_wrong_is_red_and_says_what_to_paste(tmp_path):
    write(tmp_path, [CLAIMS["true"], *WRONG.values()])
    run = pytest_in(tmp_path, "my_paper.py", "-v", "--ncv-ledger", "results")
    assert run.returncode == 1, run.stdout + run.stderr
    for name in (
        "wrong::q_min <= 0.25 |theta|^2",
        "wrong::verdict",
        "vacuous::q_min <= 0 where |theta|^2 < 0",
        "vacuous::verdict",
        "neighbour::neighbour: q_min <= 0.51 |theta|^2",
        "repair::correction: q_min <= 0.26 |theta|^2",
        "repair::verdict",
        "witness::q_min <= 0.5 |theta|^2",
        "witness::verdict",
    ):
        assert f"my_paper.py::{name} FAILED" in run.stdout
    assert "9 failed" in run.stdout
    assert "wrong (Theorem 7): declared 'holds', found 'false'\n  printed: q as printed\n" in run.stdout
    assert "counterexample, as Python: Witness(W=[[" in run.stdout
    assert "vacuous after" in run.stdout
    assert "the stored witness does not violate the statement" in run.stdout
    assert "Traceback" not in run.stdout
    found = {e["id"]: e for e in read_ledger(tmp_path / "results")["statements"]}
    assert (found["wrong"]["verdict"], found["wrong"]["declared"]) == ("false", "holds")
    assert found["vacuous"]["verdict"] == "open"


def test_as_printed_fails_what_is_not_true_as_printed(tmp_path):
    write(tmp_path, [CLAIMS["true"], CLAIMS["shapes"]])
    run = pytest_in(tmp_path, "my_paper.py", "--ncv-as-printed")
    assert run.returncode == 1
    assert "1 failed, 5 passed" in run.stdout
    assert "shapes (Remark 4) is false as printed: r" in run.stdout
    assert "Witness(K=3, n=1, d=1, class_sizes=(1, 1, 1))" in run.stdout


def test_a_part_of_the_tests_leaves_the_others_open_in_the_ledger(tmp_path):
    write(tmp_path, [CLAIMS["shapes"], CLAIMS["true"]])
    run = pytest_in(tmp_path, "my_paper.py::shapes", "--ncv-ledger", "results")
    assert run.returncode == 0, run.stdout
    first, second = read_ledger(tmp_path / "results")["statements"]
    assert (first["verdict"], second["verdict"]) == ("false", "open")
    assert second["reason"] == "not among the tests of this run"


def test_two_papers_have_a_folder_each(tmp_path):
    for name in ("a.py", "b.py"):
        write(tmp_path, [CLAIMS["shapes"]], name)
    assert pytest_in(tmp_path, "a.py", "b.py", "--ncv-ledger", "results").returncode == 0
    assert [read_ledger(tmp_path / "results" / key)["key"] for key in "ab"] == ["a", "b"]


def test_a_run_without_a_paper_loads_nothing_and_shows_nothing(tmp_path):
    (tmp_path / "test_none.py").write_text(
        "import sys\n\n\ndef test_nothing_is_loaded():\n"
        "    assert not {'torch', 'scipy', 'ncverify.ledger.ledger'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    run = pytest_in(tmp_path, "test_none.py", fresh=True)
    assert run.returncode == 0, run.stdout
    assert "ledger" not in run.stdout


def test_a_paper_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "test_other.py").write_text(
        "# not for ncverify\nPAPER = 'A4'\n\n\ndef test_it():\n    assert PAPER\n", encoding="utf-8"
    )
    run = pytest_in(tmp_path, "test_other.py")
    assert (run.returncode, "1 passed" in run.stdout) == (0, True), run.stdout


def test_a_paper_that_is_not_an_argument_is_not_collected(tmp_path):
    write(tmp_path, [WRONG["wrong"]])
    (tmp_path / "test_other.py").write_text("def test_it():\n    pass\n", encoding="utf-8")
    run = pytest_in(tmp_path)
    assert run.returncode == 0
    assert "1 passed" in run.stdout


def test_a_file_of_a_paper_may_have_tests_of_its_own(tmp_path):
    path = write(tmp_path, [CLAIMS["shapes"]])
    path.write_text(path.read_text() + "\n\ndef test_mine():\n    assert PAPER.key\n", encoding="utf-8")
    run = pytest_in(tmp_path, "my_paper.py", "-v")
    assert "my_paper.py::test_mine PASSED" in run.stdout
    assert "4 passed" in run.stdout


@pytest.mark.parametrize(("name", "counted"), [("test_paper.py", False), ("again.py", True)])
def test_a_paper_that_a_file_of_tests_imports_is_not_collected_again(tmp_path, name, counted):
    write(tmp_path, [CLAIMS["shapes"]])
    (tmp_path / name).write_text(
        "from my_paper import PAPER  # by ncverify\n\n\ndef test_mine():\n    assert PAPER.key\n", encoding="utf-8"
    )
    run = pytest_in(tmp_path, name, "-v")
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{name}::test_mine PASSED" in run.stdout
    assert ("ledger of" in run.stdout) is counted


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ('"""\nPAPER = 1\n"""\nfrom my_paper import PAPER', False),
        ("from my_paper import (\n    PAPER,\n)\nPAPER = PAPER", True),
        ("import my_paper\nPAPER: object = my_paper.PAPER", True),
        ("from my_paper import PAPER\nassert PAPER == PAPER", False),
    ],
)
def test_a_paper_is_what_the_code_of_a_file_binds_and_not_what_its_strings_say(tmp_path, text, counted):
    write(tmp_path, [CLAIMS["shapes"]])
    path = tmp_path / "test_paper.py"
    path.write_text(f"import ncverify\n{text}\n", encoding="utf-8")
    assert _has_a_paper(path, or_imports_one=False) is counted


def test_a_statement_that_cannot_be_evaluated_is_named(tmp_path):
    bad = CLAIMS["space"].replace("Part(square", "Part(Inequality('odd', slack=lambda p: p.nothing)")
    write(tmp_path, [bad])
    run = pytest_in(tmp_path, "my_paper.py", "--ncv-ledger", "results")
    assert run.returncode == 1
    assert "no variable or size has this name" in run.stdout
    assert "nothing to write" in run.stdout
    assert not (tmp_path / "results" / "ledger.json").exists()


def test_a_ledger_that_cannot_be_written_is_refused_before_the_run(tmp_path):
    write(tmp_path, [CLAIMS["shapes"]])
    (tmp_path / "file").write_text("")
    run = pytest_in(tmp_path, "my_paper.py", "--ncv-ledger", "file")
    assert run.returncode == 3
    assert "--ncv-ledger" in run.stdout + run.stderr


def test_several_papers_with_a_report_get_an_index(tmp_path):
    for name in ("my_paper.py", "other.py"):
        write(tmp_path, [CLAIMS["shapes"]], name)
    run = pytest_in(tmp_path, "my_paper.py", "other.py", "--ncv-ledger", "all", "--ncv-report")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.strip().count("all/index.html") == 1
    index = (tmp_path / "all" / "index.html").read_text()
    assert 'href="my-paper/report.html"' in index
    assert 'href="other/report.html"' in index
    assert 'href="../index.html"' in (tmp_path / "all" / "other" / "report.html").read_text()
