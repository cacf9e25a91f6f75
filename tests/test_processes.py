"""A program in a child of the server does what it does in a fresh interpreter, and nothing of it stays behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests import processes
from tests.processes import Program, python

NESTED = "def f(x):\n    return g(x)\n\n\ndef g(x):\n    return 1 / x\n\n\n"
AT_THE_END = """
import atexit, sys, threading, time
atexit.register(print, "at the end")
def late():
    time.sleep(0.1)
    print("late")
threading.Thread(target=late).start()
print("early", end="", flush=False)
"""
SEEN = """
import __main__, os, sys
print(sys.argv, sys.orig_argv, sys.path, sys.flags, __name__, __main__.__dict__ is globals(), os.getcwd())
print(globals().get("__file__"), __spec__ and __spec__.name, sys.stdin.read())
print(sorted(os.environ.items()))
"""
PROGRAMS = {
    "what it sees": SEEN,
    "both outputs": "import sys\nprint('out')\nprint('err', file=sys.stderr)",
    "below Python": "import os\nprint('first', flush=True)\nos.write(1, b'one\\n')\nos.system('echo 2; echo 3 >&2')",
    "a code": "import sys\nsys.exit(3)",
    "a large code": "import sys\nsys.exit(1000)",
    "a negative code": "import sys\nsys.exit(-1)",
    "no code": "import sys\nsys.exit(None)",
    "words": "import sys\nprint('out')\nsys.exit('words')",
    "an exception": NESTED + "print('out')\nf(0)\n",
    "an exception with a cause": NESTED + "try:\n    f(0)\nexcept ArithmeticError as e:\n    raise KeyError(1) from e",
    "an interrupt": "raise KeyboardInterrupt",
    "no Python": "def f(:",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "threads and atexit": AT_THE_END,
    "an exit code from a thread's program": AT_THE_END + "sys.exit(4)",
    "an end at once": "import os\nprint('lost')\nos._exit(5)",
    "SIGKILL": "import os\nos.kill(os.getpid(), 9)",
    "SIGTERM": "import os\nprint('lost')\nos.kill(os.getpid(), 15)",
    "an output that is closed": "import os, sys\nprint('lost')\nos.close(1)",
    "children": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(2); 1 / 0'])",
}
pytestmark = pytest.mark.skipif(not processes.SERVED, reason="every process is a fresh one here")


def both_ways(*arguments, **options):
    """(exit code, output, errors) in a child of the server and in a fresh interpreter."""
    ended = [python(*arguments, **options, fresh=fresh) for fresh in (False, True)]
    return [(one.args, one.returncode, one.stdout, one.stderr) for one in ended]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "way"),
    [(name, "FILE") for name in PROGRAMS]
    + [(name, way) for name in ("what it sees", "words", "an exception", "no Python") for way in ("-c", "-m")],
)
def test_a_program_does_what_it_does_in_a_fresh_interpreter(tmp_path, name, way):
    (tmp_path / "program.py").write_text(PROGRAMS[name])
    program = {"-c": ["-c", PROGRAMS[name]], "FILE": ["program.py"], "-m": ["-m", "program"]}[way]
    changes = {"PYTHONPATH": f"{processes.ROOT}{os.pathsep}{tmp_path / 'other'}", "OWN": "1", "HOME": None}
    served, fresh = both_ways(*program, "--option", "word", cwd=tmp_path, changes=changes)
    assert served == fresh


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "absent"),
        ("-m", "timeit", "-n", "1", "-r", "1", "1 / 0"),
        ("-m", "json.tool", "absent.json"),
        ("-m", "ncverify", "--version"),
        ("-m", "ncverify.cli", "divine"),
        ("-m", "training", "run", "--no-such-option"),
        ("-m", "pytest", "-p", "no:cacheprovider", "--co", "-q", "tests/test_domain.py"),
    ],
)
def test_modules_and_files_too(arguments):
    served, fresh = both_ways(*arguments, cwd=processes.ROOT)
    assert without_seconds(served) == without_seconds(fresh)


def without_seconds(ended):
    args, code, out, err = ended
    return args, code, out.rpartition(" in ")[0], err


def test_a_difference_would_be_noticed():
    """Negative control: what is there at the start, which is what the server is for."""
    served, fresh = both_ways("-c", "import sys\nprint('torch' in sys.modules)")
    assert (served[2], fresh[2]) == ("True\n", "False\n")


def test_nothing_is_loaded_whose_assertions_pytest_rewrites():
    loaded = python("-c", "import sys\nprint(*{name.partition('.')[0] for name in sys.modules})").stdout.split()
    assert "numpy" in loaded
    assert not {"ncverify", "properties", "tests", "training", "pytest", "_pytest", "hypothesis"} & set(loaded)


LEAVING = """
import os, sys, torch
os.environ["LEFT"], sys.left, torch.left = "1", 1, 1
os.chdir("/")
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
"""
LOOKING = """
import os, sys, torch
print(os.environ.get("LEFT"), os.environ.get("GIVEN"), hasattr(sys, "left"), hasattr(torch, "left"))
print(os.getcwd(), torch.get_default_dtype(), torch.initial_seed() == 1, torch.get_num_threads())
"""


def test_nothing_of_a_program_stays_for_the_next_one(tmp_path):
    left = ["1 1 True True", "/ torch.float64 True 1"]
    assert python("-c", LEAVING + LOOKING, cwd=tmp_path, changes={"GIVEN": "1"}).stdout.splitlines() == left
    clean = ["None None False False", f"{tmp_path} torch.float32 False 1"]
    assert python("-c", LOOKING, cwd=tmp_path).stdout.splitlines() == clean


@pytest.mark.slow
def test_a_program_that_takes_too_long_is_killed():
    with Program("-c", "import time\ntime.sleep(20)") as program, pytest.raises(subprocess.TimeoutExpired):
        program.ended(0.2)
    assert program.code == -signal.SIGKILL
    with pytest.raises(subprocess.TimeoutExpired):
        python("-c", "import time\ntime.sleep(20)", timeout=0.2)
    assert python("-c", "import time\ntime.sleep(0.2)", timeout=20).returncode == 0


@pytest.mark.slow
def test_a_program_that_has_ended_can_be_killed_and_keeps_its_code():
    """As a test does that kills a program at some moment, which may come too late."""
    with Program("-c", "import sys\nsys.exit(6)") as program:
        time.sleep(0.5)
    assert program.code == 6


def test_several_programs_run_at_once(tmp_path):
    """Each waits for a file of the other, so one after the other they would never end."""
    code = "import os, sys, time\nopen(sys.argv[1], 'w')\nwhile not os.path.exists(sys.argv[2]): time.sleep(0.01)\n"
    with (
        Program("-c", code + "print(1)", "a", "b", cwd=tmp_path) as one,
        Program("-c", code + "print(2)", "b", "a", cwd=tmp_path) as two,
    ):
        assert [program.ended(100).stdout for program in (one, two)] == ["1\n", "2\n"]


def test_a_variable_that_would_come_too_late_is_refused():
    for changes in (
        {"OMP_NUM_THREADS": "2"},
        {"PYTHONHASHSEED": "0"},
        {"ATEN_CPU_CAPABILITY": "default"},
        {"NPY_DISABLE_CPU_FEATURES": ""},
    ):
        with pytest.raises(ValueError, match=f"{next(iter(changes))} would come too late"):
            python("-c", "pass", changes=changes)
        assert python("-c", "pass", changes=changes, fresh=True).returncode == 0


def test_the_server_ends_when_nobody_can_ask_any_more():
    """As when the process that asked is killed; the server has its standard error, so this waits for both."""
    code = (
        "import os\nfrom tests import processes\nprocesses.LIBRARIES = ()\n"
        "print(processes.python('-c', 'print(1)').stdout, flush=True)\nos._exit(7)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=processes.ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "1\n\n", "")
