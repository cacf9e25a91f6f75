"""Makes the appendix docs/single_runs.md: runs the commands of a section and puts what they print below each of them.

`python -m tests.single_runs` names the sections, `python -m tests.single_runs faults mutation` runs the commands of
two of them. What a command prints replaces what stood in the `text` block below it; the words around it are left alone.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.documentation import ROOT

PAGE = ROOT / "docs" / "single_runs.md"
COMMAND = re.compile(r"^```sh\n(?P<code>.*?)^```\n(?:\n```text\n.*?^```\n)?", re.MULTILINE | re.DOTALL)
BY_HAND = "not run: needs the old commit"


def sections(text: str) -> dict[str, str]:
    """The sections that have commands, from heading to heading, by their titles in small letters with hyphens."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    titles = ["-".join(re.findall(r"\w+", part.partition("\n")[0])).lower() for part in parts]
    return {t: p for t, p in zip(titles, parts, strict=True) if COMMAND.search(p) and BY_HAND not in p}


def renewed(section: str, printed: Callable[[str], str]) -> str:
    """A section with what its commands print now.

    Args:
        section: of the page.
        printed: what a command prints.
    """
    return COMMAND.sub(lambda m: f"```sh\n{m['code']}```\n\n```text\n{printed(m['code']).rstrip()}\n```\n", section)


def printed(code: str) -> str:
    """What commands print; an exit code other than 0 is said in a line of its own."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-c", code], cwd=ROOT, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, text=True, check=False
    )
    return run.stdout if run.returncode == 0 else f"{run.stdout.rstrip()}\nexit code {run.returncode}\n"


def main(arguments: Sequence[str] | None = None, page: Path = PAGE) -> int:
    """Renews the sections that are named; without a name it prints them."""
    known = sections(page.read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(prog="python -m tests.single_runs", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"one of {', '.join(known)}")
    chosen = parser.parse_args(arguments).sections
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"no such section: {', '.join(unknown)}; there are {', '.join(known)}")
    for name in chosen:
        section = renewed(known[name], printed)
        text = page.read_text(encoding="utf-8")  # once more: others may have been written meanwhile
        if known[name] not in text:
            parser.error(f"{name}: {page} was changed while its commands ran; this is the section:\n{section}")
        page.write_text(text.replace(known[name], section), encoding="utf-8")
    if not chosen:
        sys.stdout.write("\n".join(known) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
