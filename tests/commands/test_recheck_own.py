"""`ncverify recheck --statements`: users' own counterexamples, by exact arithmetic alone, tampered files refused."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ncverify import Inequality, Point
from ncverify.cli import main
from ncverify.falsification.witness import save_witness

ROOT = Path(__file__).resolve().parents[2]
TEXT = """\
from ncverify import Inequality

lowered = Inequality("loss", slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min) - p.xp.log(p.K * p.n))
other = Inequality("another", slack=lambda p: p.squared_norm)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A statements file, a witness of it at K = 5, n = 4, d = 8, and what is in the witness."""
    folder = tmp_path_factory.mktemp("own")
    source = folder / "mine.py"
    source.write_text(TEXT, encoding="utf-8")
    command = ["falsify", str(source), "--only", "lowered", "--save", str(folder), "--K", "5", "--n", "4", "--d", "8"]
    assert main(command) == 1
    return source, folder / "lowered.json", (folder / "lowered.json").read_bytes()


@pytest.fixture
def own(found, capsys):
    """The statements file and the witness as they were found, whatever a test before has written into them."""
    source, witness, content = found
    source.write_text(TEXT, encoding="utf-8")
    witness.write_bytes(content)
    capsys.readouterr()
    return source, witness


@pytest.mark.slow
def test_a_witness_of_ones_own_is_confirmed(own, capsys):
    source, witness = own
    assert main(["recheck", str(witness), "--statements", str(source)]) == 0
    assert capsys.readouterr().out == f"confirmed: {source}: 'loss' is violated (ball at 128 bits)\n"


def test_without_its_file_the_command_says_what_to_add(own, capsys):
    source, witness = own
    assert main(["recheck", str(witness)]) == 2
    assert f"--statements {source}" in capsys.readouterr().err


@pytest.mark.slow
def test_nothing_but_exact_arithmetic_is_imported(own):
    """No torch, no search: the whole of it in a process of its own."""
    source, witness = own
    code = (
        "import sys\nfrom ncverify.cli import main\n"
        f"code = main(['recheck', {str(witness)!r}, '--statements', {str(source)!r}])\n"
        "unwanted = 'torch', 'scipy', 'cvxpy', 'jax', 'ncverify.falsification.search'\n"
        "loaded = [m for m in unwanted if m in sys.modules]\n"
        "sys.exit(code if not loaded else str(loaded))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("confirmed")


@pytest.mark.slow
def test_a_registered_witness_needs_no_torch_either(tmp_path):
    from tests.ulpm import claims

    claim = claims()["cor-3.1-constant"]
    part = claim.parts[0]
    path = tmp_path / "w.json"
    save_witness(path, part.statement, part.witness.point(), identifier=f"ulpm-2022/{claim.id}")
    code = (
        "import sys\nfrom ncverify.cli import main\n"
        f"code = main(['recheck', {str(path)!r}])\nsys.exit(code if 'torch' not in sys.modules else 'torch')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")


def changed(witness, change):
    content = json.loads(witness.read_text())
    change(content)
    witness.write_text(json.dumps(content))


TAMPERED = {
    "a coordinate": lambda c: c["point"]["W"][0].__setitem__(0, "0x1.8p+1"),
    "one more coordinate": lambda c: c["point"]["H"][0].append("0x0p+0"),
    "the shape": lambda c: c["point"].__setitem__("K", 4),
    "the name": lambda c: c.__setitem__("name", "another"),
    "the hash of the source": lambda c: c.__setitem__("source_sha256", "0" * 64),
    "the source": lambda c: c.__setitem__("source", "elsewhere.py"),
    "the format": lambda c: c.__setitem__("format", "ncverify witness 3"),
    "the digest": lambda c: c.__setitem__("digest", "0" * 64),
    "a field removed": lambda c: c.pop("point"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_file_is_refused_in_one_line(own, capsys, what):
    source, witness = own
    changed(witness, TAMPERED[what])
    assert main(["recheck", str(witness), "--statements", str(source)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "lowered.json" in captured.err


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "{", '{"format": "ncverify witness 2"}', "\x00\xff", "[" * 100_000]
)
def test_what_is_no_witness_file_is_refused_in_one_line(own, capsys, text):
    source, witness = own
    witness.write_bytes(text.encode("latin-1"))
    assert main(["recheck", str(witness), "--statements", str(source)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_changed_statement_is_not_the_one_that_was_saved(own, capsys):
    source, witness = own
    source.write_text(TEXT.replace("p.K * p.n", "p.K * p.n + 1"), encoding="utf-8")
    assert main(["recheck", str(witness), "--statements", str(source)]) == 1
    assert "its source is not the one" in capsys.readouterr().out
    source.write_text(TEXT.replace('"loss"', '"renamed"'), encoding="utf-8")
    assert main(["recheck", str(witness), "--statements", str(source)]) == 2
    assert "no statement 'loss'" in capsys.readouterr().err


def test_a_point_that_violates_nothing_is_not_confirmed(own, capsys, tmp_path):
    from ncverify.commands.user_file import read_statements

    source, _ = own
    (lowered, _) = (u.statement for u in read_statements(str(source)))
    p = Point(np.array([[0.0], [0.0]]), np.array([[0.0, 0.0]]))
    save_witness(tmp_path / "w.json", lowered, p, source=str(source))
    assert main(["recheck", str(tmp_path / "w.json"), "--statements", str(source)]) == 1
    assert "does not violate" in capsys.readouterr().out


def test_coordinates_are_kept_to_the_last_bit(tmp_path):
    from ncverify.falsification.point_json import point_from_json
    from ncverify.falsification.witness import read_witness

    values = [0.1, -1e-320, 1.7976931348623157e308, 5e-324, -0.0, 2.0**-1074]
    p = Point(np.array([[v] for v in values[:2]]), np.array([values[2:]]))
    statement = Inequality("any", slack=lambda p: p.q_min)
    save_witness(tmp_path / "w.json", statement, p)
    q = point_from_json(read_witness(tmp_path / "w.json")["point"])
    exact = [*q.W.data.ravel().tolist(), *q.H.data.ravel().tolist()]
    assert [(int(v.p), int(v.q)) for v in exact] == [v.as_integer_ratio() for v in values]
