"""`ncverify recheck`: confirms what is violated, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ncverify.cli import main
from ncverify.falsification.witness import save_witness
from ncverify.papers.claim import Witness
from tests.ulpm import claims

ID = "thm-3.1-equality"
OTHER = replace(claims()[ID].parts[1].statement, given=(lambda p: p.squared_norm + 1,))


def saved(path, *, point=None, part=1, identifier=f"ulpm-2022/{ID}", statement=None):
    claim = claims()[ID]
    witness = (point or claim.parts[1].witness).point()
    save_witness(path, statement or claim.parts[part].statement, witness, identifier=identifier)
    return str(path)


def test_a_counterexample_of_the_registry_is_confirmed(tmp_path, capsys):
    assert main(["recheck", saved(tmp_path / "w.json")]) == 0
    assert capsys.readouterr().out.startswith(f"confirmed: ulpm-2022/{ID}: 'equality gives collapse")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"point": Witness([[1], [2]], [[3, 4]])}, "does not violate"),
        ({"part": 0}, "does not violate"),
        ({"statement": OTHER}, "not the one that the witness was saved for"),
    ],
)
def test_what_is_no_counterexample_is_not_confirmed(tmp_path, capsys, change, message):
    assert main(["recheck", saved(tmp_path / "w.json", **change)]) == 1
    assert message in capsys.readouterr().out


def test_a_changed_file_and_an_unknown_statement_are_one_line(tmp_path, capsys):
    file = tmp_path / "w.json"
    saved(file, identifier="mine")
    assert main(["recheck", str(file)]) == 2
    assert "not a statement of an installed paper" in capsys.readouterr().err
    content = json.loads(file.read_text()) | {"id": f"ulpm-2022/{ID}"}
    file.write_text(json.dumps(content))
    assert main(["recheck", str(file)]) == 2
    assert "the digest does not match" in capsys.readouterr().err
    assert main(["recheck", str(tmp_path / "absent.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
