"""The code blocks of README.md, CONTRIBUTING.md and docs/, and what is done with each.

The rule: every block is fenced and has a language. An indented block is reported, and so is a language without a rule.

* `python`: executed, top to bottom, all blocks of a page in one namespace and one empty folder. A block with
  `if __name__ == "__main__"` runs as a script of its own.
* `sh`: every program, subcommand, option, path and tox environment in it has to exist. Then it is run, in the page's
  folder, unless the line above the fence says `<!-- not run: reason -->`.
* `text`, `math`, `toml`, `{toctree}`, `{eval-rst}`: shown only. A `text` block under `<!-- output -->` is what the
  block before it printed.

`<!-- setup` ... `-->` holds lines of Python that a page needs and a reader does not; `<!-- needs module -->`
skips the page, with the reason, where that module is not installed (an extra).
"""

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.processes import python

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN = {"text", "math", "toml", "{toctree}", "{eval-rst}"}
FENCE = re.compile(
    r"(?:^<!-- setup\n(?P<setup>.*?)^-->$)"
    r"|(?:^(?P<mark><!-- [^\n]* -->)\n)?^(?P<ticks>```+)(?P<language>[^\n`]*)\n(?P<code>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)
CHANGES = {"PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
NOT_RUN = re.compile(r"<!-- not run: \S.* -->")


@dataclass(frozen=True)
class Block:
    """One code block: its language, the comment in the line above, its code, the line where the code begins."""

    language: str
    mark: str
    code: str
    line: int

    @property
    def runs(self) -> bool:
        return self.language in ("python", "setup") or (self.language == "sh" and not NOT_RUN.match(self.mark))


def blocks(text: str) -> list[Block]:
    found = []
    for match in FENCE.finditer(text):
        which = "setup" if match["setup"] is not None else "code"
        line = text.count("\n", 0, match.start(which)) + 1
        language = "setup" if which == "setup" else match["language"].strip().split(" ")[0]
        found.append(Block(language, match["mark"] or "", match[which], line))
    return found


def complain_about_form(text: str) -> list[str]:
    """Blocks that no rule covers."""
    known = SHOWN | {"python", "sh", "setup"}
    complaints = [
        f"line {b.line}: language {b.language!r} has no rule" for b in blocks(text) if b.language not in known
    ]
    complaints += [
        f"line {b.line}: {b.mark!r} gives no reason"
        for b in blocks(text)
        if "not run" in b.mark and not NOT_RUN.match(b.mark)
    ]
    complaints += [
        f"line {b.line}: python is always run" for b in blocks(text) if b.language == "python" and "not run" in b.mark
    ]
    prose = FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    indented = re.finditer(r"(?:^|\n)(?![ \t]*[-*\d])[^\n]*\n\n( {4,}|\t)\S[^\n]*", prose)
    lines = prose.splitlines()
    for match in indented:
        number = prose.count("\n", 0, match.start(1)) + 1
        if not in_a_list(lines, number - 1):
            complaints.append(f"line {number}: an indented block")
    if prose.count("```"):
        complaints.append("a fence that does not end")
    return complaints


def in_a_list(lines: list[str], index: int) -> bool:
    """Whether an indented line belongs to an item of a list above it."""
    for line in reversed(lines[:index]):
        if line.strip() and not line.startswith((" ", "\t")):
            return bool(re.match(r"([-*+]|\d+\.) ", line))
    return False


def run_page(text: str, folder: Path) -> list[str]:
    """Runs the blocks of a page in a folder; complaints about shown output that differs.

    Raises:
        Exception: what a Python block raised, or AssertionError for a shell block that failed.
    """
    namespace: dict[str, object] = {"__name__": "page"}
    printed, complaints = "", []
    for block in blocks(text):
        if block.mark == "<!-- output -->" and block.code.strip() != printed.strip():
            complaints.append(f"line {block.line}: printed was\n{printed}")
        if block.runs:
            printed = run_block(block, folder, namespace)
    return complaints


def run_block(block: Block, folder: Path, namespace: dict[str, object]) -> str:
    """What a block printed."""
    if block.language == "sh":
        return printed_by(shell(block.code, folder), block)
    if "__name__" in block.code:
        script = folder / "example.py"
        script.write_text(block.code, encoding="utf-8")
        return printed_by(python(str(script), cwd=folder, changes=CHANGES, timeout=500), block)
    code = compile("\n" * (block.line - 1) + block.code, "page", "exec")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, namespace)
    return out.getvalue()


def shell(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-euo", "pipefail", "-c", code]
    changed = {**os.environ, **CHANGES}
    return subprocess.run(command, cwd=folder, env=changed, capture_output=True, text=True, check=False, timeout=500)


def printed_by(run: subprocess.CompletedProcess[str], block: Block) -> str:
    assert run.returncode == 0, f"line {block.line}: exit code {run.returncode}\n{run.stdout}\n{run.stderr}"
    return run.stdout
