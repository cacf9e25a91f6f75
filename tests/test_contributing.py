"""The statement that CONTRIBUTING.md prints passes the checks that it demands, as it stands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_layering import complain

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r'```python\n("""Lemma C.9.*?)```', TEXT, re.S)


def test_the_example_imports_in_the_right_direction():
    assert EXAMPLE is not None
    assert complain({"literature.ulpm_2022.lemma_c_9": EXAMPLE[1]}) == []
    assert complain({"literature.ulpm_2022.lemma_c_9": "import ncverify.commands.falsify"}) != []


@pytest.mark.slow
@pytest.mark.parametrize(("change", "code"), [("", 0), (": float", 1)])
def test_the_example_is_typed(tmp_path, change, code):
    pytest.importorskip("mypy", reason="mypy is in the extra dev")
    assert EXAMPLE is not None
    file = tmp_path / "lemma_c_9.py"
    file.write_text(EXAMPLE[1].replace(change, "", 1) if change else EXAMPLE[1])
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [sys.executable, "-m", "mypy", "--config-file", str(tmp_path / "pyproject.toml"), str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == code, run.stdout
