"""When tests that are marked slow are left out."""

import pytest

from tests.processes import ROOT, python

FOLDER = "tests/landscape"


@pytest.mark.slow
def test_folders_leave_them_out_unless_they_are_asked_for():
    slow = next(line for line in collected(FOLDER, "-m", "slow") if line.startswith(FOLDER))
    file, other = slow.split("::")[0], "tests/separation"
    runs = {(FOLDER,): False, (FOLDER, other): False, (FOLDER, "--slow"): True, (file,): True, (other, file): True}
    assert {arguments: slow in collected(*arguments) for arguments in runs} == runs


def collected(*arguments):
    done = python("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()
