"""`python -m training.launch`: torchrun, but for the exit code and the page that it prints."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import python
from training.launch import told

ROOT = Path(__file__).parents[2]
LAUNCH = ["-m", "training.launch", "--standalone", "--nproc-per-node", "2"]
RUN = ["-m", "training", "run", "--network", "mlp", "--width", "0.125", "--device", "cpu"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
WORKER = """
import os, signal, sys
code = int(sys.argv[1 + int(os.environ["RANK"])])
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


def launched(*arguments):
    return python(*LAUNCH, *arguments, cwd=ROOT)


@pytest.mark.parametrize(
    ("codes", "expected", "sentence"),
    [
        ({0: 75, 1: 75}, 75, "process 0 ended with exit code 75"),
        ({0: -signal.SIGTERM, 1: 75}, 75, "process 1 ended with exit code 75"),
        ({0: 1, 1: 3}, 3, "process 1 ended with exit code 3"),
        ({1: 1, 0: -signal.SIGTERM}, 1, "process 1 ended with exit code 1"),
        ({0: -signal.SIGTERM, 1: -signal.SIGKILL}, 137, "process 1 was ended by SIGKILL"),
        ({3: 2, 2: 2}, 2, "process 2 ended with exit code 2"),
        ({0: -63}, 191, "process 0 was ended by signal 63"),
    ],
)
def test_the_exit_code_is_that_of_the_process_that_failed_first(codes, expected, sentence):
    assert told(codes) == (expected, sentence)


@pytest.mark.slow
@pytest.mark.parametrize(("codes", "expected"), [((0, 0), 0), ((130, 130), 130), ((0, 3), 3), ((-9, 0), 137)])
def test_exit_codes_arrive(tmp_path, codes, expected):
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER)
    ended = launched(str(worker), *map(str, codes))
    assert ended.returncode == expected, ended.stderr
    assert len(ended.stderr.splitlines()) == (expected != 0)


@pytest.mark.slow
def test_a_run_that_is_out_of_time_ends_with_75_in_one_line(tmp_path):
    ended = launched(*RUN, "--epochs", "2", "--out", str(tmp_path / "run"), "--time-limit", "0.01")
    assert ended.returncode == 75, ended.stderr
    assert ended.stdout.count("stopped after epoch 0 of 2") == 1
    assert re.fullmatch(r"training\.launch: process [01] ended with exit code 75\n", ended.stderr)


@pytest.mark.slow
def test_what_the_first_process_cannot_write_is_told_by_all_in_a_line_each():
    ended = launched(*RUN, "--epochs", "1", "--out", "/dev/null/run")
    assert ended.returncode in (2, 3)
    lines = ended.stderr.splitlines()
    assert len(lines) <= 3
    assert lines[0].startswith("error: /dev/null/run")


@pytest.mark.slow
@pytest.mark.parametrize("everyone", [True, False])
def test_ctrl_c_ends_with_130_and_without_a_page(tmp_path, everyone):
    """As a terminal sends it, to all processes at once, and as a batch system does, to the one that it knows."""
    command = [sys.executable, *LAUNCH, *RUN, "--epochs", "100000", "--out", str(tmp_path / "run")]
    started = subprocess.Popen(
        command,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for line in started.stdout:
            if line.split()[:1] == ["1"]:  # the first epoch is done
                break
        time.sleep(0.2)
        (os.killpg if everyone else os.kill)(started.pid, signal.SIGINT)
        _, errors = started.communicate(timeout=100)
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
    assert started.returncode == 130, errors
    assert "Traceback" not in errors
    assert len(errors.splitlines()) <= 3


def test_wrong_options_of_torchrun_are_wrong_usage():
    ended = launched("--no-such-option")
    assert ended.returncode == 2
    assert "--no-such-option" in ended.stderr or "usage" in ended.stderr
