"""The example of docs/cluster.md runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cluster.md"


@pytest.mark.slow
def test_the_example_runs_as_printed(tmp_path):
    pytest.importorskip("distributed", reason="dask's distributed is not installed (extra cluster)")
    example = re.search(r"<!-- example -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "example.py")]
    environment = {**os.environ, "PYTHONPATH": str(PAGE.parents[1])}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("margin bound, one per cent too low: falsified at K=2, n=1, d=1")
