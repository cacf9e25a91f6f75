"""What README.md, tox.ini, .ci/run and the dependency files promise, held against what exists.

Every checker of project_promises.py is also fed a text that lies: a checker that cannot complain is a defect.
"""

import doctest
import importlib
import importlib.util
import os
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from types import ModuleType

import pytest

import ncverify
from ncverify.report.view import sentence
from tests.project_promises import (
    CI_RUN,
    CONSTRAINTS,
    CONTRIBUTING,
    DECISIONS,
    LOWEST,
    PYPROJECT,
    README,
    REQUIREMENTS,
    ROOT,
    TOX_INI,
    claim_checker,
    complain_about_ci,
    complain_about_commands,
    complain_about_constraints,
    complain_about_decisions,
    complain_about_environment_table,
    complain_about_lowest,
    complain_about_options,
    complain_about_paths,
    complain_about_tox_ini,
)
from tests.ulpm import PAPER

MODULES = [m.name for m in pkgutil.walk_packages(ncverify.__path__, "ncverify.") if not m.name.endswith("__main__")]


@pytest.mark.slow
def test_the_readme_names_only_what_exists():
    assert complain_about_commands(README) == []
    assert complain_about_paths(README) == []
    assert complain_about_options(README) == []


def test_the_guide_for_contributors_lists_the_environments_of_tox():
    assert complain_about_environment_table(CONTRIBUTING) == []


def test_the_readme_counts_what_the_paper_declares():
    found = Counter(claim.verdict for claim in PAPER.claims)
    shown = README.partition("<!-- counts of ulpm-2022 -->")[2].partition("<!-- /counts -->")[0]
    assert " ".join(shown.split()) == sentence(found), (
        "make it anew: ncverify errata ledger --out docs/errata.md --count-in README.md"
    )


@pytest.mark.parametrize(
    ("lie", "complaint"),
    [
        ("`tox -e numpi`", "tox environment 'numpi'"),
        ("```sh\nFOO=1 tox -e numpy,absent -- -x\n```", "tox environment 'absent'"),
        ("`tox -e numpy -- --no-such-option`", "pytest option '--no-such-option'"),
        ("```sh\npytest tests --no-such-option 3   # why\n```", "pytest option '--no-such-option'"),
        ("```sh\ncd x && pytest properties/test_theorem_9_9.py\n```", "path 'properties/test_theorem_9_9.py'"),
        ("`ncverify divine FILE`", "ncverify subcommand 'divine'"),
        ("`ncverify --no-such-option`", "ncverify option '--no-such-option'"),
        ("`python training/absent.py`", "script 'training/absent.py'"),
        ("`python -m absent_module`", "module 'absent_module'"),
        ("`python -m training divine`", "training subcommand 'divine'"),
        ("`python -m training run --no-such-option`", "training run option '--no-such-option'"),
        ("```sh\ntorchrun --standalone -m training run --no-such\n```", "training run option '--no-such'"),
        ("```sh\npython -m training.launch -m training run --no-such\n```", "training run option '--no-such'"),
        ("```sh\npip install -r absent.txt\n```", "path 'absent.txt'"),
        ("```sh\n./absent-script\n```", "command './absent-script'"),
    ],
)
def test_a_command_that_names_nothing_is_reported(lie: str, complaint: str):
    assert complain_about_commands(lie) == [complaint]


def test_a_path_or_an_option_that_names_nothing_is_reported():
    text = "See `docs/absent.md`, [a guide](docs/guide-absent.md#part), `tox.ini`, `runs/made.npz`, `--no-such-option`."
    assert complain_about_paths(text) == ["path 'docs/guide-absent.md'", "path 'docs/absent.md'"]
    assert complain_about_options(text) == ["option '--no-such-option'"]


def test_a_table_with_one_environment_too_many_or_too_few_is_reported():
    text = CONTRIBUTING.replace("| `jax` |", "| `abacus` |")
    assert complain_about_environment_table(text) == ["tox environment 'abacus'", "tox environment 'jax'"]


def test_tox_ini_names_only_what_exists():
    assert complain_about_tox_ini(TOX_INI) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("    numpy, backends, jax, cuda\n", "    numpy, absent, jax\n", "no command for 'absent'"),
        ("    jax: pytest", "    abacus: pytest", "environment of a command, 'abacus'"),
        ("types, backends, jax, cuda: strict\n", "types, backends, jax, cuda: absent\n", "extra 'absent'"),
        ("pytest tests/benchmarks", "pytest tests/absent", "path 'tests/absent'"),
        ("--backend numpy", "--no-such-option numpy", "pytest option '--no-such-option'"),
        ("lowest: constraints-lowest.txt", "lowest: absent.txt", "path 'absent.txt'"),
    ],
)
def test_a_tox_ini_that_names_nothing_is_reported(old: str, new: str, complaint: str):
    assert old in TOX_INI
    assert complaint in complain_about_tox_ini(TOX_INI.replace(old, new))


@pytest.mark.slow
@pytest.mark.parametrize("off", [True, False])
def test_tox_leaves_the_place_of_the_readmes_environment_free(tmp_path, off):
    """`python3 -m venv .venv` fails where a file has that name; without the setting, tox writes one."""
    core = TOX_INI.partition("[testenv]")[0]
    core = core if off else core.replace("venv_redirect = false", "venv_redirect = true")
    (tmp_path / "tox.ini").write_text(f"{core}[testenv:dev]\nskip_install = true\ncommands = python -c pass\n")
    command = [sys.executable, "-m", "tox", "-e", "dev"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / ".venv").exists() is not off


def test_the_ci_script_calls_the_command_of_the_readme():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert claim_checker(README).endswith("pytest properties/ -n 2")
    assert complain_about_ci(CI_RUN, README) == []


def test_a_ci_script_that_calls_another_command_is_reported():
    assert complain_about_ci(CI_RUN.replace("pytest properties/ -n 2", "pytest properties/ -x"), README) != []
    assert complain_about_ci(CI_RUN.replace("lint,types", "lint"), README) == [
        ".ci/run does not call 'tox -e lint,types'"
    ]


def test_every_dependency_is_pinned_without_naming_a_host():
    assert complain_about_constraints(CONSTRAINTS) == []
    assert "://" not in CONSTRAINTS + REQUIREMENTS
    extras = re.search(r"^-e \.\[([\w,]+)\]$", REQUIREMENTS, re.MULTILINE)[1].split(",")
    assert set(extras) <= set(PYPROJECT["optional-dependencies"])


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("torch==2.13.0\n", "torch==2.13.0+cpu\n", "torch is not pinned to 2.13.0 alone"),
        ("cvxpy==", "cvxpy @ https://host/cvxpy#", "no pin for 'cvxpy'"),
        ("\nrich==", "\npoor==", "no pin for 'rich'"),
    ],
)
def test_constraints_that_lie_are_reported(old: str, new: str, complaint: str):
    assert old in CONSTRAINTS
    assert complaint in complain_about_constraints(CONSTRAINTS.replace(old, new))


def test_the_lowest_pins_are_the_lower_bounds_of_the_project():
    assert complain_about_lowest(LOWEST) == []
    assert "://" not in LOWEST


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("\nnumpy==2.1.0\n", "\nnumpy==2.2.0\n", "numpy: pinned to 2.2.0, allowed from 2.1"),
        ("\nscipy==", "\nsciypy==", "scipy: no pin, allowed from 1.15"),
    ],
)
def test_lowest_pins_that_lie_are_reported(old: str, new: str, complaint: str):
    assert old in LOWEST
    assert complaint in complain_about_lowest(LOWEST.replace(old, new))


def test_every_dependency_has_its_reason_in_a_decision():
    assert complain_about_decisions(DECISIONS) == []
    assert complain_about_decisions(DECISIONS.replace("joblib", "job lib")) == ["no decision names 'joblib'"]


def test_the_cuda_environment_is_skipped_or_failed_without_a_device(monkeypatch: pytest.MonkeyPatch):
    errors = pytest.importorskip("tox.tox_env.errors", reason="tox is in the extra dev")
    spec = importlib.util.spec_from_file_location("toxfile", ROOT / "toxfile.py")
    toxfile = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(toxfile)
    named = type("Environment", (), {"name": "cuda"})
    monkeypatch.delenv("NCVERIFY_REQUIRE_CUDA", raising=False)
    monkeypatch.setattr(toxfile, "cuda_device_count", lambda: 1)
    toxfile.demand_a_device(named)
    monkeypatch.setattr(toxfile, "cuda_device_count", lambda: 0)
    toxfile.demand_a_device(type("Environment", (), {"name": "numpy"}))
    for name in ("cuda", "cuda-float32"):
        with pytest.raises(errors.Skip, match="no CUDA device"):
            toxfile.demand_a_device(type("Environment", (), {"name": name}))
    monkeypatch.setenv("NCVERIFY_REQUIRE_CUDA", "1")
    with pytest.raises(errors.Fail, match="demands one"):
        toxfile.demand_a_device(named)


@pytest.mark.parametrize("name", MODULES)
def test_every_example_in_a_docstring_runs(name: str):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_an_example_that_lies_is_reported(capsys: pytest.CaptureFixture[str]):
    module = ModuleType("lie", ">>> 1 + 1\n3\n")
    assert doctest.testmod(module).failed == 1
    assert "Expected:" in capsys.readouterr().out
