"""`ncverify falsify`: exit codes, text, JSON, witnesses, and one clear line for what cannot be used."""

import json
import textwrap

import pytest

from ncverify.cli import main

QUICK = ["--evaluations", "500", "--budget", "600"]
HEAD = "from ncverify import Domain, Existence, Inequality\n\nDOMAIN = Domain(K=2, n=1, d=(1, 2))\n"
TRUE = 'true = Inequality("bound", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.q_min)\n'
FALSE = 'false = Inequality("margins are at most one", slack=lambda p: 1 - p.q_min)\n'
BROKEN = 'broken = Inequality("broken", slack=lambda p: p.margins)\n'


@pytest.fixture
def run(tmp_path, capsys):
    def call(text, *options, name="mine.py"):
        file = tmp_path / name
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        code = main(["falsify", str(file), *QUICK, *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_nothing_falsified_is_zero(run):
    code, out, err = run(HEAD + TRUE)
    assert (code, err) == (0, "")
    assert out.startswith("NOT FALSIFIED  bound\n")
    assert "100.0% of the sampled ones met the hypotheses" in out
    assert "tight" in out


def test_something_falsified_is_one_and_shows_the_counterexample(run):
    code, out, _ = run(HEAD + TRUE + FALSE)
    assert code == 1
    assert "FALSIFIED      margins are at most one\n  at K = 2, n = 1, d = 1, confirmed in rational arithmetic" in out
    assert "  W = [[" in out


def test_a_statement_that_cannot_be_evaluated_is_two_and_the_others_run_all_the_same(run):
    code, out, err = run(HEAD + BROKEN + FALSE)
    assert (code, err) == (2, "")
    assert "ERROR          broken\n  'broken': expected one number, got an array of shape (2,)" in out
    assert "FALSIFIED      margins" in out


def test_json_holds_everything(run, tmp_path):
    code, out, _ = run(HEAD + TRUE + FALSE + BROKEN, "--json", "--seed", "5", "--save", str(tmp_path / "w"))
    report = json.loads(out)
    assert (code, report["exit_code"], report["seed"]) == (2, 2, 5)
    true, false, broken = report["statements"]
    assert [s["variable"] for s in report["statements"]] == ["true", "false", "broken"]
    assert (true["status"], true["witness"], true["attacked"]) == ("unfalsified", None, True)
    assert 0 <= true["slack"] < 1e-9
    assert (false["status"], false["exact"], false["arithmetic"]) == ("falsified", True, "rational")
    assert false["witness"]["K"] == 2
    assert (broken["status"], "array of shape" in broken["error"]) == ("error", True)
    assert false["witness_file"] == str(tmp_path / "w" / "false.json")
    assert main(["recheck", false["witness_file"], "--statements", report["file"]]) == 0


def test_json_has_null_for_what_is_no_number(run):
    _, out, _ = run(
        HEAD + 'v = Inequality("vacuous", slack=lambda p: p.q_min, given=[lambda p: -1 - p.squared_norm])', "--json"
    )
    (entry,) = json.loads(out)["statements"]
    assert (entry["status"], entry["slack"], entry["hypothesis_rate"]) == ("vacuous", None, 0.0)


def test_the_same_seed_prints_the_same(run):
    first, again = (run(HEAD + TRUE + FALSE, "--seed", "3") for _ in range(2))
    assert first == again


def test_shapes_come_from_the_file_or_from_the_command_line(run):
    wide = 'Inequality("{0}", slack=lambda p: {0} - p.{1})'
    text = HEAD + f"k = {wide.format(2.5, 'K')}\nn = {wide.format(1.5, 'n')}\n"
    assert run(text)[0] == 0
    assert run(text, "--K", "2", "3")[0] == 1
    assert run(text, "--n", "2")[0] == 1
    named = text.replace("Domain(K=2, n=1, d=(1, 2))", '{"k": Domain(K=3, n=1, d=1), "1.5": Domain(K=2, n=1, d=1)}')
    code, out, _ = run(named)
    assert code == 1
    assert "NOT FALSIFIED  1.5" in out


def test_statements_in_containers_and_only_one_of_them(run):
    text = HEAD + 'family = {f: Inequality(f"at most {f}", slack=lambda p, f=f: f - p.q_min) for f in (1, 2)}\n'
    code, out, _ = run(text, "--json")
    assert [s["variable"] for s in json.loads(out)["statements"]] == ["family[1]", "family[2]"]
    code, out, _ = run(HEAD + TRUE + FALSE, "--only", "true")
    assert (code, "margins are" in out) == (0, False)
    code, out, _ = run(HEAD + TRUE + FALSE, "--only", "margins are at most one")
    assert (code, "bound" in out) == (1, False)


def test_a_file_may_import_its_neighbours(run, tmp_path):
    (tmp_path / "beside.py").write_text("ONE = 1\n", encoding="utf-8")
    assert run(HEAD + "from beside import ONE\n" + FALSE.replace("1 -", "ONE -"))[0] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "no statement at module level; expected one of Inequality, Identity"),
        ("def broken(:\n", "mine.py, line 1: invalid syntax"),
        ("x = 1\ny = x / 0\n", "cannot be run: ZeroDivisionError: division by zero (mine.py, line 2: y = x / 0)"),
        ("import sys\nsys.exit(3)\n", "cannot be run: SystemExit: 3"),
        (HEAD + FALSE + FALSE.replace("false =", "again ="), "two statements are named 'margins are at most one'"),
        (
            HEAD + "DOMAIN = (2, 5)\n" + FALSE,
            "DOMAIN: expected a Domain, a Space or a dictionary of them by name, got tuple",
        ),
        (HEAD + 'bad = Inequality("no function", slack=3)\n', "slack: expected a function of a point"),
        ("\x00", "mine.py: source code string cannot contain null bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_two_and_one_line(run, text, message):
    code, out, err = run(text)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--K", "1"], "K: expected a range within 2, 3"),
        (["--K", "5", "2"], "K: expected a range"),
        (["--n", "1", "2", "3"], "--n: expected one number"),
        (["--workers", "0"], "--workers"),
        (["--evaluations", "0"], "--evaluations"),
        (["--only", "absent"], "--only: no statement 'absent'; there are "),
        (["--budget", "0"], "expected a number of seconds > 0"),
        (["--budget", "nan"], "expected a number of seconds > 0"),
        (["--seed", "-1"], "expected a number >= 0"),
    ],
)
def test_wrong_options_are_two(run, options, message):
    code, out, err = run(HEAD + FALSE, *options)
    assert (code, out) == (2, "")
    assert message in err


def test_a_missing_file_and_one_that_is_not_python(tmp_path, capsys):
    assert main(["falsify", str(tmp_path / "absent.py")]) == 2
    assert "no such file" in capsys.readouterr().err
    (tmp_path / "data.txt").write_text("1 2 3")
    assert main(["falsify", str(tmp_path / "data.txt")]) == 2
    assert "expected a Python file" in capsys.readouterr().err
    assert main(["falsify", str(tmp_path)]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_two(run, tmp_path):
    (tmp_path / "taken").write_text("a file")
    code, _, err = run(HEAD + FALSE, "--save", str(tmp_path / "taken"))
    assert code == 2
    assert "--save" in err


def test_witnesses_of_names_that_look_alike_get_files_of_their_own_inside_the_folder(run, tmp_path):
    text = (
        HEAD
        + """
    def wrong(bound):
        return Inequality(f"margins are at most {bound}", slack=lambda p: bound - p.q_min)
    x = {"a b": wrong(1), "a_b": wrong(2), "../../escape": wrong(3)}
    """.replace("\n    ", "\n")
    )
    code, _, _ = run(text, "--save", str(tmp_path / "out"))
    assert code == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["x_a_b-2.json", "x_a_b.json", "x_escape.json"]
    assert not list(tmp_path.parent.glob("escape*"))
