"""`pytest properties/`: options, ledger and exit codes, in runs of its own on small planted claim files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ncverify.papers.discovery import built_in
from tests.processes import python
from tests.ulpm import PAPER

ROOT = Path(__file__).parents[2]
TWO_CLAIMS = (
    "properties/ulpm_2022/test_statements.py",
    "-k",
    "thm-3.1-bound or cor-3.1-constant",
)

UNSHRUNK = """
from hypothesis import Phase, settings

settings.register_profile("unshrunk", settings.get_profile("quick"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("unshrunk")  # what has to fail need not fail at a small point
"""
PLANTED = """
from ncverify.point import Point
from ncverify.papers.claim import Claim, Correction, Part, Witness
from ncverify.statements.types import Inequality
from properties.checks import checks

CLAIMS = ({claim},)
test_drawn, test_verdict = checks(CLAIMS)
"""
SHORT = 'Inequality("points are short", slack=lambda p: 1 - p.squared_norm)'
TRUE = 'Inequality("squares", slack=lambda p: p.squared_norm)'


def run(*arguments, cwd=ROOT, fresh=False):
    return python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--profile", "quick", *arguments, cwd=cwd, fresh=fresh
    )


@pytest.fixture
def planted(tmp_path):
    """Runs a claim file that stands beside the real ones, with the same conftest."""
    folder = copied(tmp_path / "properties")

    def go(claim, *arguments):
        (folder / "test_planted.py").write_text(UNSHRUNK + PLANTED.format(claim=claim))
        return run("properties/test_planted.py", *arguments, cwd=tmp_path)

    return go


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The ledger of a first run of two claims, in an interpreter whose hashes are no other run's."""
    folder = tmp_path_factory.mktemp("first")
    done = run(*TWO_CLAIMS, "--ledger", str(folder), fresh=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_a_selection_writes_a_ledger_with_every_id_and_says_what_was_not_run(first):
    ledger = json.loads((first / "ledger.json").read_text())
    assert [e["id"] for e in ledger["statements"]] == [claim.id for claim in PAPER.claims]
    found = {e["id"]: e for e in ledger["statements"]}
    assert found["thm-3.1-bound"]["verdict"] == "holds"
    assert found["thm-3.1-bound"]["evidence"] == "proved"
    assert found["cor-3.1-constant"]["verdict"] == "false"
    assert found["cor-3.1-constant"]["counterexample"]["W"] == [["1"], ["-1"]]
    assert found["cor-3.1-constant"]["corrected_verdict"] == "holds"
    assert found["nc1"]["verdict"] == "open"
    assert "not among the tests" in found["nc1"]["reason"]
    assert {"backend", "dtype", "seed", "version", "profile", "paper"} <= set(ledger)


@pytest.mark.slow
def test_as_printed_fails_what_is_not_true_as_printed_and_shows_the_counterexample():
    done = run(*TWO_CLAIMS, "--as-printed")
    assert done.returncode == 1
    assert "cor-3.1-constant is false as printed" in done.stdout
    assert "thm-3.1-bound is" not in done.stdout


def without_times(folder):
    ledger = json.loads((folder / "ledger.json").read_text())
    for found in ledger["statements"]:
        del found["seconds"]
    return ledger


@pytest.mark.slow
@pytest.mark.parametrize("extra", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_second_run_gives_the_same_ledger(first, tmp_path, extra):
    """Times aside: also the number of points, the slacks and the counterexamples that the search found."""
    done = run(*TWO_CLAIMS, "--ledger", str(tmp_path), *extra)
    assert done.returncode == 0, done.stdout + done.stderr
    assert without_times(tmp_path) == without_times(first)


@pytest.mark.slow
def test_another_seed_gives_another_ledger(first, tmp_path):
    """Control of the test above: the ledger tells what the search did."""
    assert run(*TWO_CLAIMS, "--ledger", str(tmp_path), "--verify-seed", "1").returncode == 0
    assert without_times(tmp_path)["statements"] != without_times(first)["statements"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--backend", "fortran"), "invalid choice"),
        (("--backend", "numpy", "--device", "cuda"), "only the torch backend"),
        (("--backend", "torch", "--device", "cuda:77"), "cannot be used here"),
    ],
)
def test_a_backend_that_cannot_be_used_is_an_error_and_not_a_skip(arguments, message):
    done = run("properties/ulpm_2022/test_statements.py", *arguments)
    assert done.returncode == 4
    assert message in done.stdout + done.stderr


@pytest.mark.slow
def test_a_false_statement_declared_to_hold_is_red(planted):
    done = planted(f'Claim("nc1", "q", "holds", "planted", parts=(Part({SHORT}),))')
    assert done.returncode == 1
    assert "declared 'holds', but the run came to 'false'" in done.stdout
    assert "is violated, confirmed in" in done.stdout  # the drawn points see it too


@pytest.mark.slow
def test_a_true_statement_declared_false_is_red(planted):
    correction = f'Correction("c", (Part({TRUE}),))'
    witness = "Witness([[1], [1]], [[1, 1]])"
    done = planted(
        f'Claim("nc1", "q", "false", "planted", parts=(Part({TRUE}, witness={witness}),), correction={correction})'
    )
    assert done.returncode == 1
    assert "the stored witness does not violate the statement" in done.stdout


@pytest.mark.slow
def test_a_vacuous_statement_is_red(planted):
    vacuous = 'Inequality("vacuous", slack=lambda p: -1.0, given=[lambda p: -p.loss])'
    done = planted(f'Claim("nc1", "q", "holds", "planted", parts=(Part({vacuous}),))')
    assert done.returncode == 1
    assert "vacuous after" in done.stdout


@pytest.mark.slow
def test_a_true_statement_declared_to_hold_is_green(planted):
    """Control of the three above: the same harness accepts what is right."""
    done = planted(f'Claim("nc1", "q", "holds", "planted", parts=(Part({TRUE}),))')
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_several_papers_have_a_ledger_each_and_one_paper_has_the_folder_to_itself(tmp_path):
    lu, ulpm = "properties/lu_steinerberger_2020/test_statements.py", "properties/ulpm_2022/test_statements.py"
    done = run(ulpm, lu, "-k", "thm-3.1-bound or lu-bound", "--ledger", str(tmp_path / "both"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.index("ledger of ulpm-2022") < done.stdout.index("ledger of lu-steinerberger-2020")
    for key, id_ in (("ulpm-2022", "thm-3.1-bound"), ("lu-steinerberger-2020", "lu-bound")):
        ledger = json.loads((tmp_path / "both" / key / "ledger.json").read_text())
        assert ledger["key"] == key
        assert [e["id"] for e in ledger["statements"] if e["parts"]] == [id_]
    assert run(lu, "-k", "lu-bound", "--ledger", str(tmp_path / "one")).returncode == 0
    assert json.loads((tmp_path / "one" / "ledger.json").read_text())["key"] == "lu-steinerberger-2020"


def copied(folder):
    """A `properties/` of its own, without any paper's folder."""
    folder.mkdir()
    for path in (ROOT / "properties").glob("*.py"):
        if not path.name.startswith("test_"):
            (folder / path.name).write_text(path.read_text())
    (folder / "strategies").symlink_to(ROOT / "properties" / "strategies")
    (folder.parent / "pytest.ini").write_text(f"[pytest]\npythonpath = . {ROOT}\naddopts = --import-mode=importlib\n")
    return folder


@pytest.mark.slow
def test_a_paper_of_which_a_statement_was_not_run_is_red(tmp_path):
    """A folder that was asked for as a whole has to examine every statement of its paper."""
    folder = copied(tmp_path / "properties") / "lu_steinerberger_2020"
    folder.mkdir()
    (folder / "test_statements.py").write_text(
        "from ncverify.literature.lu_steinerberger_2020 import sphere\nfrom properties.checks import checks\n"
        "_, test_verdict = checks(sphere.CLAIMS[:1])\n"
    )
    done = run("properties/lu_steinerberger_2020", cwd=tmp_path)
    assert done.returncode == 1
    assert "not run, so this run fails: lu-thm-1" in done.stdout


NEW_PAPER = f"""{UNSHRUNK}
from ncverify.papers import Claim, Paper, Part
from ncverify.statements.types import Inequality
PAPER = Paper(key="new-2031", title="New", authors="N. Ew", claims=(
    Claim("new-1", "q", "holds", "planted", parts=(Part({TRUE}),)),
    Claim("new-2", "q", "holds", "planted", parts=(Part({SHORT}),)),
))
"""


@pytest.mark.slow
def test_a_built_in_paper_is_collected_without_a_file_here(tmp_path):
    """One file in `ncverify.literature` adds a paper: its true statement passes, its false one is red."""
    folder = copied(tmp_path / "properties")
    for key in built_in():
        (folder / key.replace("-", "_")).mkdir()
    (folder / "test_papers.py").write_text((ROOT / "properties" / "test_papers.py").read_text())
    (tmp_path / "literature").mkdir()
    (tmp_path / "literature" / "new_2031.py").write_text(NEW_PAPER)
    extended = f"import ncverify.literature\nncverify.literature.__path__.append({str(tmp_path / 'literature')!r})\n"
    (folder / "conftest.py").write_text(
        (folder / "conftest.py").read_text().replace("import ncverify\n", "import ncverify\n" + extended, 1)
    )
    done = run("properties/test_papers.py", "--ledger", "ledger", cwd=tmp_path)
    assert "declared 'holds', but the run came to 'false'" in done.stdout
    assert "2 failed, 2 passed" in done.stdout, done.stdout
    ledger = json.loads((tmp_path / "ledger" / "new-2031" / "ledger.json").read_text())
    assert {e["id"]: e["verdict"] for e in ledger["statements"]} == {"new-1": "holds", "new-2": "false"}
