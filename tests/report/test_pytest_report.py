"""`pytest properties/ --report`: the pages in one go."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.processes import python

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = ("properties/ulpm_2022/test_statements.py", "-k", "cor-3.1-constant")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "pytest", "-q", "-p", "no:cacheprovider", "--profile", "quick", *arguments, cwd=ROOT)


@pytest.mark.slow
def test_a_run_with_report_writes_ledger_pages_and_witnesses(tmp_path):
    done = run(*CHOSEN, "--ledger", str(tmp_path), "--report")
    assert done.returncode == 0, done.stdout + done.stderr
    names = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("[!.]*") if file.is_file()}
    assert names == {"drawn.json", "ledger.json", "report.html", "report.md", "witnesses/cor-3.1-constant.1.json"}
    assert f"{tmp_path}/report.html" in done.stdout
    assert ">cor-3.1-constant</a>" in (tmp_path / "report.html").read_text()
