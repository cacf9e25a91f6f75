"""A copy of the project for mutmut: it mutates there, and no other mutant or cache of the project is in the way."""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutation.targets import ROOT, Target

CACHES = shutil.ignore_patterns(".*_cache", "__pycache__")
OF_RUNS = {".git", ".venv", ".tox", ".hypothesis", "data", "runs", "ledger", "mutants"}  # beside the packages
KEPT = ("staticmethod", "classmethod", "abstractmethod")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def not_copied(folder: str, names: list[str]) -> set[str]:
    """What stays behind of a folder of the project: caches, and what runs have written at the top."""
    return set(CACHES(folder, names)) | (OF_RUNS & set(names) if Path(folder) == ROOT else set())


def decorated_after(source: str) -> str:
    r"""The source of a module with decorators of functions as assignments: mutmut leaves decorated functions alone.

    Example:
        >>> print(decorated_after("@a\n@b(1)\ndef f():\n    return 1\n"))
        <BLANKLINE>
        <BLANKLINE>
        def f():
            return 1
        f = a(b(1)(f))
        <BLANKLINE>
    """
    lines = source.splitlines()
    homes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Module | ast.ClassDef)]
    functions = [node for home in homes for node in home.body if isinstance(node, Function) and node.decorator_list]
    for function in sorted(functions, key=lambda node: node.lineno, reverse=True):
        decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
        if any(name in KEPT for name in decorators):
            continue
        call = function.name
        for decorator in reversed(decorators):
            call = f"{decorator}({call})"
        lines.insert(function.end_lineno or 0, f"{' ' * function.col_offset}{function.name} = {call}")
        for number in range(function.decorator_list[0].lineno - 1, function.lineno - 1):
            lines[number] = ""
    return "\n".join(lines) + "\n"


class Project:
    """A copy of the project whose pyproject.toml tells mutmut what to mutate and which tests to run."""

    def __init__(self, folder: Path, target: Target, processes: int = 1):
        self.path = folder / "project"
        self.processes = processes
        shutil.copytree(ROOT, self.path, ignore=not_copied)
        for pattern in target.files:
            for module in self.path.glob(pattern):
                module.write_text(decorated_after(module.read_text(encoding="utf-8")), encoding="utf-8")
        also = [path.name for path in self.path.iterdir() if path.name not in ("ncverify", "tests", "pyproject.toml")]
        config = {
            "source_paths": ["ncverify"],
            "also_copy": also,
            "only_mutate": list(target.files),
            "pytest_add_cli_args_test_selection": target.pytest_arguments,
            # the plugin that is not needed takes half a second for each mutant
            "pytest_add_cli_args": ["--slow", "--tb=no", "-p", "no:unraisableexception"],
            # each mutant in a process that has run no test before: points and functions keep what they computed
            "process_isolation": "forkserver",
            "timeout_multiplier": 4.0,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in config.items()]
        with (self.path / "pyproject.toml").open("a", encoding="utf-8") as pyproject:
            pyproject.write("\n[tool.mutmut]\n" + "\n".join(lines) + "\n")

    def mutmut(self, *arguments: str) -> str:
        """What mutmut printed."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "mutmut", *arguments]
        return subprocess.run(command, cwd=self.path, env=environment, capture_output=True, text=True).stdout

    def run(self, *mutants: str) -> str:
        """What mutmut printed while the tests judged these mutants, or all."""
        return self.mutmut("run", "--max-children", str(self.processes), *mutants)

    def exit_codes(self) -> dict[str, dict[str, int | None]]:
        """For each file that was mutated: the exit code of the tests of each mutant, None where they did not run."""
        folder = self.path / "mutants"
        found = {str(path.relative_to(folder)).removesuffix(".meta"): path for path in sorted(folder.rglob("*.meta"))}
        codes = {file: json.loads(path.read_text("utf-8"))["exit_code_by_key"] for file, path in found.items()}
        return {file: results for file, results in codes.items() if results}


def drawn(
    codes: dict[str, dict[str, int | None]], size: int, seed: int, files: int | None = None
) -> dict[str, list[str]]:
    """For each file, or for so many of them at random: that many of its mutants at random, or all it has."""
    some = sorted(codes) if files is None else random.Random(seed).sample(sorted(codes), min(files, len(codes)))
    return {
        file: random.Random(f"{seed} {file}").sample(sorted(codes[file]), min(size, len(codes[file]))) for file in some
    }
