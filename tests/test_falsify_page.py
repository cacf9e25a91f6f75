"""docs/falsify.md shows the files and the output that are really there.

`python -m tests.test_falsify_page` writes both into the page anew.
"""

import re
import shlex
import sys
from pathlib import Path

import pytest

from ncverify.cli import main

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "falsify.md"
FILE = re.compile(r"<!-- file (\S+) -->\n(?:```python\n(.*?)```\n)?", re.DOTALL)
RUN = re.compile(r"<!-- run (.*?) -->\n(?:```text\n(.*?)```\n)?", re.DOTALL)


def files():
    return FILE.findall(PAGE.read_text(encoding="utf-8"))


def runs():
    return RUN.findall(PAGE.read_text(encoding="utf-8"))


def output_of(command, capsys):
    code = main(shlex.split(command)[1:])
    return f"$ {command}\n{capsys.readouterr().out.rstrip()}\n$ echo $?\n{code}\n"


def without_noise(text):
    """Counts of points and slacks at rounding level may differ in their last digits from machine to machine."""
    text = re.sub(r"\b\d+ points", "N points", text)
    return re.sub(r"\d(\.\d+)?e-\d+", "tiny", text)


@pytest.mark.parametrize(("path", "shown"), files())
def test_the_files_are_shown_as_they_are(path, shown):
    assert shown == (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("command", "shown"), runs())
def test_the_output_is_what_the_command_prints(command, shown, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert without_noise(output_of(command, capsys)) == without_noise(shown)


def test_the_page_shows_one_of_each_kind():
    text = PAGE.read_text(encoding="utf-8")
    for word in ("\nNOT FALSIFIED ", "\nFALSIFIED ", "\nVACUOUS ", "\nERROR "):
        assert word in text


def rewrite():
    import contextlib
    import io

    def captured(match):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = main(shlex.split(match[1])[1:])
        shown = f"$ {match[1]}\n{out.getvalue().rstrip()}\n$ echo $?\n{code}\n"
        return f"<!-- run {match[1]} -->\n```text\n{shown}```\n"

    def included(match):
        return f"<!-- file {match[1]} -->\n```python\n{(ROOT / match[1]).read_text(encoding='utf-8')}```\n"

    text = FILE.sub(included, PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(RUN.sub(captured, text), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(rewrite())
