"""The claim checker itself: how long a default run takes, and what a second process gains."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.ratio import interleaved, recorded, seconds

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(7200)  # many runs of minutes each


def checked(*options):
    command = [sys.executable, "-m", "pytest", "properties", "-q", "-p", "no:cacheprovider", *options]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=1800)


def test_a_default_run_takes_less_than_four_minutes(benchmark):
    spent, _ = benchmark.pedantic(lambda: seconds(checked), rounds=1)
    assert recorded(benchmark, "checker", "seconds", [spent]) < 240


def test_two_processes_against_one(benchmark):
    """With the quick profile: starting the processes weighs more there than in a default run."""
    quick = ("--profile", "quick")
    sides = interleaved(lambda: checked(*quick, "-n", "2"), lambda: checked(*quick))
    benchmark.pedantic(lambda: checked(*quick, "-n", "2"), rounds=1)
    ratio = recorded(benchmark, "checker-parallel", "faster", sides.ours, sides.theirs)
    assert ratio >= 1.6, f"{ratio:.2f} times faster in two processes, expected 1.6"
