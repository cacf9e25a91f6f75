"""A full disk, a folder that cannot be written, two runs at once, Ctrl-C: one line each and a documented exit code."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ncverify.cli import main
from ncverify.files import only_writer
from ncverify.ledger.ledger import write_ledger
from tests.faults.children import Ended, in_child, signalled
from tests.processes import python
from tests.report.sample import sample
from training.command_line import main as train

ROOT = Path(__file__).parents[2]
FORBIDDEN = "/sys/ncverify"  # refused to everyone, the superuser included
FLOW = ["flow", "--K", "2", "--n", "1", "--d", "1", "--until-log-t", "3", "--out"]
LANDSCAPE = ["landscape", "--K", "2", "--d", "1", "--rho", "1", "--starts", "1", "--out"]
RUN = ["run", "--network", "mlp", "--dataset", "digits", "--epochs", "1", "--per-class", "3", "--width", "0.1"]
RUN += ["--device", "cpu", "--out"]
SMALL_DISK = 600  # bytes

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="a matter of POSIX"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def said(ended, code, *words):
    """The one line of a command that ended with a code."""
    assert ended.code == code, ended
    lines = ended.err.splitlines()
    assert len(lines) == 1, ended
    assert lines[0].startswith(("ncverify: ", "error: "))
    assert all(word in lines[0] for word in words), lines[0]
    return lines[0]


@pytest.fixture
def conjecture(tmp_path):
    file = tmp_path / "conjecture.py"
    file.write_text(
        "from ncverify import Domain, Inequality\nDOMAIN = Domain(K=2, n=1, d=1)\n"
        "WRONG = Inequality('wrong', slack=lambda p: 1 - p.q_min)\n"
    )
    return str(file)


def all_commands(tmp_path, conjecture, place):
    """Every command that writes, into a place."""
    write_ledger(tmp_path / "ledger", sample())
    return {
        "flow": lambda: main([*FLOW, place]),
        "landscape": lambda: main([*LANDSCAPE, place]),
        "falsify": lambda: main(["falsify", conjecture, "--evaluations", "100", "--json", "--save", place]),
        "training": lambda: train([*RUN, place]),
    }


@pytest.mark.parametrize("name", ["flow", "landscape", "falsify", "training"])
def test_a_full_disk_is_one_line_and_exit_code_3(tmp_path, conjecture, name):
    place = tmp_path / "out"
    ended = in_child(
        all_commands(tmp_path, conjecture, str(place))[name], largest_file=SMALL_DISK if name != "falsify" else 100
    )
    said(ended, 3, "File too large")
    left = [path for path in place.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert {path.name for path in left} <= {"settings.json", "phases.csv"}  # small ones, which are whole
    assert all(path.read_bytes().endswith(b"\n") for path in left)


@pytest.mark.parametrize("name", ["flow", "landscape", "falsify", "training"])
def test_a_folder_that_nobody_may_write_is_one_line_and_exit_code_3(tmp_path, conjecture, name):
    said(in_child(all_commands(tmp_path, conjecture, FORBIDDEN)[name]), 3, FORBIDDEN)


@pytest.mark.parametrize("name", ["flow", "landscape", "falsify"])
def test_a_folder_below_a_file_is_wrong_usage(tmp_path, conjecture, name):
    place = str(Path(conjecture) / "out")
    said(in_child(all_commands(tmp_path, conjecture, place)[name]), 2, "Not a directory")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flow", "landscape"])
def test_two_runs_into_one_folder_are_told_apart(tmp_path, conjecture, name):
    command = all_commands(tmp_path, conjecture, str(tmp_path / "out"))[name]
    with only_writer(tmp_path / "out"):
        said(in_child(command), 3, "another run is writing into this folder")
    assert in_child(command).code == 0


def test_output_that_cannot_be_written_is_one_line(tmp_path):
    np.savez(tmp_path / "f.npz", features=np.eye(2), labels=np.arange(2), classifier=np.eye(2))
    command = ["measure", str(tmp_path / "f.npz"), "--json"]
    said(in_child(lambda: main(command), stdout="/dev/full"), 3, "No space left on device")


def test_a_report_on_a_full_disk_leaves_the_ledger_alone(tmp_path):
    write_ledger(tmp_path, sample())
    before = (tmp_path / "ledger.json").read_bytes()
    said(in_child(lambda: main(["report", str(tmp_path)]), largest_file=2000), 3, "File too large")
    assert (tmp_path / "ledger.json").read_bytes() == before
    assert not (tmp_path / "report.html").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0 or sys.platform != "linux", reason="only the superuser may mount")
def test_a_file_system_that_is_full(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        said(in_child(lambda: main([*FLOW, str(place / "out")])), 3, "No space left on device")
        assert not list(place.rglob("*.csv"))
        ended = in_child(lambda: train([*RUN, str(place / "run")]))
        assert ended.code == 3
        assert "No space left on device" in ended.err
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_an_interrupt_inside_an_executed_string_keeps_the_exit_code(tmp_path):
    """CPython remembers such a one, and `python -m` would end by the signal; dataclasses execute strings."""
    interrupted = tmp_path / "interrupted.py"
    interrupted.write_text("exec('raise KeyboardInterrupt')\n")
    for module, code in (("ncverify.cli", 130), ("training", 2)):
        arguments = ["falsify", str(interrupted)] if module == "ncverify.cli" else ["no such command"]
        ended = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True)
        assert ended.returncode == code, ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_is_one_line_and_exit_code_130(tmp_path, workers):
    """With workers, too: they share the terminal, so the signal reaches all of them."""
    true, begun = tmp_path / "true.py", tmp_path / "begun"
    true.write_text(
        f"from pathlib import Path\nfrom ncverify import Inequality\nPath({str(begun)!r}).touch()\n"
        "TRUE = Inequality('true', slack=lambda p: p.squared_norm + 1)\n"
    )
    command = [sys.executable, "-m", "ncverify.cli", "falsify", str(true), "--budget", "600"]
    command += ["--evaluations", "100000000", "--workers", str(workers)]
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hears_interrupts,
    )
    own = Path(f"/proc/{child.pid}/task/{child.pid}/children")
    wait_for(begun.exists)
    if workers > 1 and own.exists():
        wait_for(lambda: len(own.read_text().split()) > workers)  # the workers, and loky's resource tracker
    time.sleep(1.0)
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    said(Ended(child.returncode, out, err), 130, "interrupted")


def hears_interrupts():
    """In the child: a shell starts background jobs with Ctrl-C ignored, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(condition, seconds=60):
    """Until something is so, on a machine of any speed."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_ctrl_c_in_training_is_one_line_and_exit_code_130(tmp_path):
    command = [*RUN, str(tmp_path / "run"), "--threads", "1"]
    command[command.index("--epochs") + 1] = "100000"
    ended = signalled(lambda: train(command), signal.SIGINT, 2.0)
    assert ended.code == 130
    assert ended.err.splitlines()[-1].startswith("error: interrupted")
    assert "Traceback" not in ended.err


def test_the_exit_codes_are_in_the_help(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {code} " in text for code in (0, 1, 2, 3, 130))
    with pytest.raises(SystemExit):
        train(["--help"])
    text = capsys.readouterr().out
    assert all(f"\n  {code} " in text for code in (0, 1, 2, 3, 75, 130))


CHECKER = ["-m", "pytest", "properties/ulpm_2022/test_statements.py", "-k", "eq-2.3", "--profile", "quick"]
CHECKER += ["-q", "-p", "no:cacheprovider", "--ledger"]


def checker(place):
    return python(*CHECKER, str(place), cwd=ROOT)


@pytest.mark.slow
def test_the_claim_checker_refuses_a_folder_before_it_runs(tmp_path):
    ended = checker(FORBIDDEN)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.splitlines() == [ended.stderr.strip()]
    assert "--ledger" in ended.stderr
    with only_writer(tmp_path):
        assert "another run is writing" in checker(tmp_path).stderr


def test_a_child_with_small_files_leaves_no_bytecode_that_is_cut_short(tmp_path, monkeypatch):
    (tmp_path / "long_module.py").write_text("numbers = " + repr([str(i) for i in range(2000)]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    ended = in_child(lambda: len(__import__("long_module").numbers) - 2000, largest_file=1000)
    assert ended.code == 0, ended.err
    assert not list(tmp_path.rglob("*.pyc"))
