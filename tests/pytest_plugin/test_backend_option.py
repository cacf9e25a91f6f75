"""`pytest my_paper.py --ncv-backend X`: drawn points on a backend, and the choice of one backend among the tests."""

from pathlib import Path

import pytest

from tests.own_paper import CLAIMS, pytest_in, write
from tests.processes import python
from tests.project_promises import PLUGIN

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """A folder with a paper that is right about itself."""
    folder = tmp_path_factory.mktemp("drawn")
    write(folder, CLAIMS.values())
    return folder


@pytest.mark.parametrize("backend", ["strict", "torch"])
def test_parts_are_drawn_on_the_backend(paper, backend):
    run = pytest_in(paper, "my_paper.py", "-v", "-k", "drawn", "--ncv-backend", backend, "--ncv-dtype", "float32")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "true::drawn: q_min <= 0.5 |theta|^2 PASSED" in run.stdout


def test_without_the_option_nothing_is_drawn(paper):
    run = pytest_in(paper, "my_paper.py", "--collect-only", "-q")
    assert "drawn: " not in run.stdout


def test_a_wrong_library_turns_them_red(paper):
    """Negative control: array-api-strict with an exp and a sum that are a little off, replaced in the library."""
    (paper / "conftest.py").write_text(
        "import array_api_strict as xp\n"
        "right = xp.sum\n"
        "xp.sum = lambda x, **options: right(x, **options) * (1 + 1e-9)\n"
    )
    run = pytest_in(paper, "my_paper.py", "-k", "drawn", "--ncv-backend", "strict")
    (paper / "conftest.py").unlink()
    assert run.returncode == 1
    assert "on the backend, and" in run.stdout


def test_tests_of_one_backend_and_dtype_are_chosen_by_option():
    options = ("--ncv-backend", "torch", "--ncv-dtype", "float32", "--collect-only", "-q", "-p", "no:cacheprovider")
    done = python("-m", "pytest", *PLUGIN, "tests/slack", "tests/model", *options, cwd=ROOT)
    lines = [line for line in done.stdout.splitlines() if "::" in line]
    assert lines
    assert all("torch-float32" in line for line in lines)
