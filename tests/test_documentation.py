"""Every code block of README.md, CONTRIBUTING.md and docs/ runs, or names only what exists; see documentation.py."""

import importlib
import pkgutil
import re

import pytest

import ncverify
from tests.documentation import PAGES, ROOT, blocks, complain_about_form, run_page
from tests.project_promises import complain_about_commands, complain_about_paths

NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands_of(text):
    return "\n".join(f"```sh\n{block.code}```" for block in blocks(text) if block.language == "sh")


@pytest.mark.parametrize("name", NAMES)
def test_every_block_has_a_rule(name):
    assert complain_about_form(text_of(name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_exists(name):
    assert complain_about_commands(commands_of(text_of(name))) == []


def absent_paths(text):
    """Files in inline code that are not there; links are Sphinx's business, which fails on a broken one."""
    return complain_about_paths(re.sub(r"\]\([^)]*\)", "]()", text))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "README.md"])
def test_every_file_that_is_named_exists(name):
    worked_example = ["path 'ncverify/literature/ulpm_2022/lemma_c_9.py'"] if name == "CONTRIBUTING.md" else []
    assert absent_paths(text_of(name)) == worked_example


def test_a_file_that_does_not_exist_is_reported():
    assert absent_paths("See `docs/absent.md` and [a page](absent.md).") == ["path 'docs/absent.md'"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if any(block.runs for block in blocks(text_of(name)))])
def test_every_block_runs(name, tmp_path):
    for module in re.findall(r"<!-- needs (\w+) -->", text_of(name)):
        pytest.importorskip(module, reason=f"{module} is not installed")
    assert run_page(text_of(name), tmp_path) == []


def undocumented(packages, pages):
    """Packages with public names that no page of the reference shows."""
    shown = set(re.findall(r"^\.\. automodule:: (\S+)$", "\n".join(pages), re.MULTILINE))
    return sorted(set(packages) - shown)


def test_the_reference_shows_every_package_that_users_import_from():
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md")]
    names = [m.name for m in pkgutil.walk_packages(ncverify.__path__, "ncverify.") if m.ispkg]
    public = [name for name in ["ncverify", *names] if hasattr(importlib.import_module(name), "__all__")]
    assert len(public) > 5
    assert undocumented(public, pages) == []
    assert undocumented(["ncverify", "ncverify.absent"], pages) == ["ncverify.absent"]


def test_pages_are_found_and_run():
    assert {"README.md", "CONTRIBUTING.md", "docs/tutorial.md", "docs/errata.md"} <= set(NAMES)
    assert sum(block.runs for name in NAMES for block in blocks(text_of(name))) > 10


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```\nx\n```\n", "line 2: language '' has no rule"),
        ("```ruby\nx\n```\n", "line 2: language 'ruby' has no rule"),
        ("<!-- not run: -->\n```sh\ntox\n```\n", "line 3: '<!-- not run: -->' gives no reason"),
        ("<!-- not run: slow -->\n```python\n1\n```\n", "line 3: python is always run"),
        ("Text.\n\n    ncverify divine FILE\n", "line 3: an indented block"),
        ("Text.\n\n```python\n1\n", "a fence that does not end"),
    ],
)
def test_a_block_without_a_rule_is_reported(text, complaint):
    assert complaint in complain_about_form(text)


def test_text_in_a_list_is_no_block():
    assert complain_about_form("1. one\n\n    more of it\n\n- two\n\n    more\n") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("```python\nx = 1\n```\n```python\nassert x == 2\n```\n", "AssertionError"),
        ("```sh\nncverify divine FILE\n```\n", "exit code 2"),
        ("```sh\nfalse | true\n```\n", "exit code 1"),
        ("```python\nif __name__ == '__main__':\n    raise SystemExit(3)\n```\n", "exit code 3"),
        ("<!-- setup\nraise KeyError('in the setup')\n-->\n", "in the setup"),
    ],
)
def test_a_block_that_fails_is_reported(text, error, tmp_path):
    with pytest.raises((AssertionError, KeyError)) as raised:
        run_page(text, tmp_path)
    assert error in f"{raised.type.__name__} {raised.value}"


def test_shown_output_that_differs_is_reported(tmp_path):
    page = "```python\nprint(1 + 1)\n```\n<!-- output -->\n```text\n{}\n```\n"
    assert run_page(page.format(2), tmp_path) == []
    assert run_page(page.format(3), tmp_path) == ["line 6: printed was\n2\n"]


def test_python_and_shell_share_a_folder_and_setup_comes_first(tmp_path):
    page = "<!-- setup\nname = 'a'\n-->\n```python\nopen(name, 'w').close()\n```\n```sh\ntest -f a\n```\n"
    assert run_page(page, tmp_path) == []


def test_a_block_that_is_not_run_still_has_its_commands_checked():
    page = "<!-- not run: installs -->\n```sh\nncverify divine FILE\n```\n"
    assert not any(block.runs for block in blocks(page))
    assert complain_about_commands(commands_of(page)) == ["ncverify subcommand 'divine'"]
