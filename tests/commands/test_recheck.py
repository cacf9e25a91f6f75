"""`ncverify recheck`: confirms what is violated, and nothing else."""

from __future__ import annotations

import json

import pytest

from ncverify.cli import main
from ncverify.falsification.witness import save_witness
from ncverify.statements.claim import Witness
from ncverify.statements.registry import claims

ID = "thm-3.1-equality"


def saved(path, *, point=None, part=1, identifier=ID, printed=None):
    claim = claims()[ID]
    chosen = claim.parts[part]
    printed = claim.printed if printed is None else printed
    witness = (point or claim.parts[1].witness).point()
    save_witness(path, chosen.statement, witness, identifier=identifier, printed=printed)
    return str(path)


def test_a_counterexample_of_the_registry_is_confirmed(tmp_path, capsys):
    assert main(["recheck", saved(tmp_path / "w.json")]) == 0
    assert capsys.readouterr().out.startswith(f"confirmed: {ID}: 'equality gives collapse")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"point": Witness([[1], [2]], [[3, 4]])}, "does not violate"),
        ({"part": 0}, "does not violate"),
        ({"printed": "another text"}, "not the one that the witness was saved for"),
    ],
)
def test_what_is_no_counterexample_is_not_confirmed(tmp_path, capsys, change, message):
    assert main(["recheck", saved(tmp_path / "w.json", **change)]) == 1
    assert message in capsys.readouterr().out


def test_a_changed_file_and_an_unknown_statement_are_one_line(tmp_path, capsys):
    file = tmp_path / "w.json"
    saved(file, identifier="mine")
    assert main(["recheck", str(file)]) == 2
    assert "not a statement of the registry" in capsys.readouterr().err
    content = json.loads(file.read_text()) | {"id": ID}
    file.write_text(json.dumps(content))
    assert main(["recheck", str(file)]) == 2
    assert "the digest does not match" in capsys.readouterr().err
    assert main(["recheck", str(tmp_path / "absent.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
