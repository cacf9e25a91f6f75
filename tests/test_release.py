"""The release check complains where it should, and CITATION.cff says what the package says."""

import re
from pathlib import Path

import pytest

import ncverify
from tests.project_promises import PYPROJECT
from tests.release import ROOT, complain_about_sdist, complain_about_wheel, sources, the_only

CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
ARCHIVE = ["pyproject.toml", "README.md", "LICENSE", "CITATION.cff", "constraints.txt", "tox.ini", "ncverify/cli.py"]
ARCHIVE += ["properties/conftest.py", "tests/release.py", "docs/index.md"]


def test_a_wheel_with_the_package_alone_is_right():
    assert complain_about_wheel({*sources(), "ncverify-0.1.0.dist-info/METADATA"}, sources()) == []


def test_a_wheel_without_its_data_or_with_the_tests_is_reported():
    names = {*sources(), "tests/release.py"} - {"ncverify/literature/ulpm_2022/data/flow.csv"}
    found = complain_about_wheel(names, sources())
    assert found == ["missing: ncverify/literature/ulpm_2022/data/flow.csv", "beside the package: tests"]


def test_a_source_archive_that_lacks_the_tests_or_ships_an_environment_is_reported():
    names = [f"ncverify-0.1.0/{name}" for name in ARCHIVE]
    assert complain_about_sdist(names) == []
    assert complain_about_sdist([n for n in names if "tests" not in n]) == ["missing: tests/"]
    assert complain_about_sdist([*names, "ncverify-0.1.0/.tox/x"]) == ["not to be shipped: .tox/"]


def test_a_folder_with_two_wheels_is_refused(tmp_path: Path):
    for name in ("a.whl", "b.whl"):
        (tmp_path / name).touch()
    with pytest.raises(SystemExit, match="expected one"):
        the_only(tmp_path, "*.whl")


def complain_about_citation(text: str) -> list[str]:
    """Fields of the citation that are missing or differ from the package's."""
    wanted = {"cff-version": "1.2.0", "version": ncverify.__version__, "license": PYPROJECT["license"]}
    found = dict(re.findall(r"^([\w-]+): +(.+)$", text, re.MULTILINE))
    complaints = [f"{name}: {found.get(name)}" for name, value in wanted.items() if found.get(name) != value]
    return complaints + [f"{name}: missing" for name in ("message", "title", "authors") if f"\n{name}:" not in text]


def test_the_citation_has_the_version_and_the_licence_of_the_package():
    assert complain_about_citation(CITATION) == []
    assert PYPROJECT["authors"][0]["name"] in CITATION


def test_a_citation_that_lies_is_reported():
    lie = CITATION.replace(f"version: {ncverify.__version__}", "version: 9.9.9").replace("\nauthors:", "\nwriters:")
    assert complain_about_citation(lie) == ["version: 9.9.9", "authors: missing"]
