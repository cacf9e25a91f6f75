"""Checkers of what README.md, tox.ini, .ci/run and the dependency files promise.

Each takes text and returns its complaints, as short phrases that name what does not exist; test_project.py feeds them
the project's own files, and texts that lie.
"""

import configparser
import importlib.util
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.own_paper import PLUGIN
from tests.processes import python

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TOX_INI = (ROOT / "tox.ini").read_text(encoding="utf-8")
CI_RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
LOWEST = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8")
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECISIONS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "decisions").glob("*.md")))

PLAIN_PROGRAMS = {".", "source", "cd", "git", "pip", "python", "python3", "pytest", "ruff", "mypy", "tox", "ncverify"}
PLAIN_PROGRAMS |= {"coverage", "sphinx-build", "torchrun", "uv"}
MADE_BY_A_RUN = (".venv", ".tox/", "data/", "runs/", "ledger/", "DIR/")
WRITTEN_BY_US = (".cfg", ".ini", ".md", ".py", ".toml", ".txt", ".yaml", "/")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


def output_of(*arguments: str) -> str:
    """What Python printed for these arguments, run in the project's root."""
    run = python(*arguments, cwd=ROOT, changes={"COLUMNS": "200"})
    assert run.returncode == 0, f"{' '.join(arguments)}: {run.stderr}"
    return run.stdout


def option_names(text: str) -> set[str]:
    return set(OPTION.findall(text))


@cache
def ncverify_help(*subcommand: str) -> str:
    if not (ROOT / "ncverify" / "cli.py").is_file():
        return ""
    return output_of("-c", "from ncverify.cli import main; main()", *subcommand, "--help")


@cache
def subcommands() -> frozenset[str]:
    group = re.search(r"\{([\w,-]+)\}", ncverify_help())
    return frozenset(group[1].split(",")) if group else frozenset()


@cache
def pytest_options() -> frozenset[str]:
    """Long options of pytest, its plugins, and the conftest.py of properties/ and tests/."""
    where = [folder for folder in ("properties", "tests") if (ROOT / folder / "conftest.py").is_file()]
    return frozenset(option_names(output_of("-m", "pytest", *PLUGIN, *where, "--help")))


def words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def tox_environments(tox_ini: str) -> set[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(tox_ini)
    own = {name.removeprefix("testenv:") for name in parser.sections() if name.startswith("testenv:")}
    return {*words(parser["tox"]["env_list"])} | own


def commands_in(text: str) -> Iterator[list[str]]:
    """Simple commands, as words, of the shell blocks and the inline code of a Markdown text."""
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = [span for span in re.findall(r"`([^`\n]+)`", prose) if span.split()[0] in PLAIN_PROGRAMS - {"."}]
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()] + spans
    for line in lines:
        for part in re.split(r"&&|\|\||[|;]", re.sub(r"(^|\s)#.*", "", line)):
            words = [word for word in shlex.split(part) if not re.match(r"[A-Z_]+=", word)]
            if words:
                yield words


def values_of(flag: str, arguments: list[str]) -> list[str]:
    return [value for word, value in pairwise(arguments) if word == flag]


def complain_about_tox(arguments: list[str]) -> list[str]:
    split = arguments.index("--") if "--" in arguments else len(arguments)
    known = tox_environments(TOX_INI)
    named = [name for value in values_of("-e", arguments[:split]) for name in value.split(",")]
    handed_on = complain_about_pytest(arguments[split + 1 :])
    return [f"tox environment {name!r}" for name in named if name not in known] + handed_on


def complain_about_pytest(arguments: list[str]) -> list[str]:
    complaints = [
        f"pytest option {name!r}" for name in option_names(" ".join(arguments)) if name not in pytest_options()
    ]
    paths = [word.split("::")[0] for word in arguments if word.split("/")[0] in ("tests", "properties")]
    return complaints + [f"path {path!r}" for path in paths if not (ROOT / path).exists()]


def complain_about_ncverify(arguments: list[str]) -> list[str]:
    if not arguments or arguments[0].startswith("-"):
        return [f"ncverify option {name!r}" for name in arguments if name not in option_names(ncverify_help())]
    if arguments[0] not in subcommands():
        return [f"ncverify subcommand {arguments[0]!r}"]
    unknown = option_names(" ".join(arguments[1:])) - option_names(ncverify_help(arguments[0]))
    return [f"ncverify {arguments[0]} option {name!r}" for name in sorted(unknown)]


@cache
def training_help(subcommand: str) -> str:
    return output_of("-m", "training", subcommand, "--help")


def complain_about_training(arguments: list[str]) -> list[str]:
    """What follows `-m training`: a subcommand and its options."""
    if not arguments or arguments[0] not in ("run", "figure", "budget", "minority", "geometry"):
        return [f"training subcommand {name!r}" for name in arguments[:1]]
    unknown = option_names(" ".join(arguments[1:])) - option_names(training_help(arguments[0]))
    return [f"training {arguments[0]} option {name!r}" for name in sorted(unknown)]


def complain_about_torchrun(arguments: list[str]) -> list[str]:
    at = arguments.index("-m") if "-m" in arguments else len(arguments)
    return complain_about_python(arguments[at:])


def complain_about_python(arguments: list[str]) -> list[str]:
    if arguments[:2] == ["-m", "training"]:
        return complain_about_training(arguments[2:])
    if arguments[:2] == ["-m", "training.launch"]:
        return complain_about_torchrun(arguments[2:])
    if arguments[:1] == ["-m"]:
        found = (ROOT / arguments[1].replace(".", "/")).exists() or importlib.util.find_spec(arguments[1].split(".")[0])
        return [] if found else [f"module {arguments[1]!r}"]
    return [f"script {word!r}" for word in arguments[:1] if word.endswith(".py") and not (ROOT / word).is_file()]


def complain_about_pip(arguments: list[str]) -> list[str]:
    return [f"path {path!r}" for path in values_of("-r", arguments) if not (ROOT / path).is_file()]


CHECKS = {
    "ncverify": complain_about_ncverify,
    "pip": complain_about_pip,
    "pytest": complain_about_pytest,
    "python": complain_about_python,
    "python3": complain_about_python,
    "torchrun": complain_about_torchrun,
    "tox": complain_about_tox,
}


def complain_about_commands(text: str) -> list[str]:
    """What the commands of a Markdown text name that does not exist."""
    complaints: list[str] = []
    for program, *arguments in commands_in(text):
        if program in CHECKS:
            complaints += CHECKS[program](arguments)
        elif program not in PLAIN_PROGRAMS and not os.access(ROOT / program, os.X_OK):
            complaints.append(f"command {program!r}")
    return complaints


def is_below_the_root(name: str) -> bool:
    folder, slash, _ = name.partition("/")
    return bool(slash) and (ROOT / folder).is_dir()


def complain_about_paths(text: str) -> list[str]:
    """Files and folders, in inline code or linked, that a Markdown text names and that are not in the project."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]
    spans = [
        span for span in re.findall(r"`([^`\s]+)`", prose) if span.endswith(WRITTEN_BY_US) or is_below_the_root(span)
    ]
    named = [name for name in links + spans if name and not name.startswith(MADE_BY_A_RUN) and "=" not in name]
    return [f"path {name!r}" for name in named if not (ROOT / name).exists()]


def complain_about_options(text: str) -> list[str]:
    """Options in inline code of their own that neither pytest nor a subcommand of ncverify has."""
    named = {name for span in re.findall(r"`(--[^`\n]+)`", text) for name in option_names(span)}
    known = pytest_options().union(*(option_names(ncverify_help(name)) for name in subcommands()))
    return [f"option {name!r}" for name in sorted(named - known)]


def complain_about_environment_table(text: str) -> list[str]:
    """Environments that the table of CONTRIBUTING.md and tox.ini do not share."""
    _, _, section = text.partition("## Environments of tox")
    table = set(re.findall(r"^\| `([\w-]+)` \|", section.partition("\n## ")[0], re.MULTILINE))
    return [f"tox environment {name!r}" for name in sorted(table ^ tox_environments(TOX_INI))]


def complain_about_tox_ini(text: str) -> list[str]:
    """Environments without a command, and what tox.ini names that does not exist."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    shared, names = parser["testenv"], tox_environments(text)
    pattern = re.compile(r"^(?:([\w, -]+): )?(.+)$", re.MULTILINE)
    lines = [match for name in parser.sections() for match in pattern.findall(parser[name].get("commands", ""))]
    conditions = {condition for conditions, _ in lines for condition in words(conditions)}
    own = {name.removeprefix("testenv:") for name in parser.sections() if "commands" in parser[name]}
    complaints = [f"no command for {name!r}" for name in sorted(names - own) if not conditions & {*name.split("-")}]
    factors = {factor for name in names for factor in name.split("-")}
    complaints += [f"environment of a command, {name!r}" for name in sorted((conditions | own) - factors - {"testenv"})]
    complaints += complain_about_commands("```sh\n" + "\n".join(line.split("{")[0] for _, line in lines) + "\n```")
    extras = re.findall(r"[\w-]+(?=,|\s|$)", re.sub(r"[\w, ]+:", "", shared.get("extras", "")))
    complaints += [f"extra {name!r}" for name in extras if name not in PYPROJECT["optional-dependencies"]]
    paths = re.sub(r"[\w, !-]+: ", "", shared.get("constraints", "")).split()
    return complaints + [f"path {path!r}" for path in paths if not (ROOT / path).is_file()]


def claim_checker(readme: str) -> str:
    """The README's first command, without its comment."""
    first = re.search(r"^```sh\n(.*)$", readme, re.MULTILINE)
    return first[1].split("#")[0].strip() if first else ""


def complain_about_ci(ci_run: str, readme: str) -> list[str]:
    lines = [line.strip().removesuffix("|| exit").rstrip() for line in ci_run.splitlines()]
    wanted = [claim_checker(readme), "tox -e lint,types", "pytest tests -n 2 --slow --ignore=tests/browser"]
    return [f".ci/run does not call {command!r}" for command in wanted if command not in lines]


def dependency_names() -> list[str]:
    groups = [PYPROJECT["dependencies"], *PYPROJECT["optional-dependencies"].values()]
    names = {re.match(r"[\w-]+", entry)[0] for group in groups for entry in group}
    return sorted(names - {PYPROJECT["name"]})


def complain_about_constraints(text: str) -> list[str]:
    pins = [line for line in text.splitlines() if line]
    complaints = [f"not a plain pin: {line!r}" for line in pins if not re.match(r"^[a-z0-9-]+==[\w.]+( ; .+)?$", line)]
    complaints += ["torch is not pinned to 2.13.0 alone"] * (
        [p for p in pins if p.startswith("torch=")] != ["torch==2.13.0"]
    )
    pinned = {line.split("==")[0] for line in pins}
    return complaints + [f"no pin for {name!r}" for name in dependency_names() if name not in pinned]


def complain_about_lowest(text: str) -> list[str]:
    """Dependencies that the environment `lowest` of tox does not have at their lower bound."""
    extras = PYPROJECT["optional-dependencies"]
    entries = [*PYPROJECT["dependencies"], *extras["check"], *extras["test"], *extras["strict"]]
    entries = [entry for entry in entries if not entry.startswith(f"{PYPROJECT['name']}[")]
    bounds = dict(re.fullmatch(r"([\w-]+)>=([\d.]+)", entry).groups() for entry in entries)
    pins = dict(line.split(" ;")[0].split("==") for line in text.splitlines() if line)
    return [
        f"{name}: pinned to {pins[name]}, allowed from {bound}"
        if name in pins
        else f"{name}: no pin, allowed from {bound}"
        for name, bound in bounds.items()
        if not (pins.get(name, "") + ".0.0").startswith(bound + ".")
    ]


def complain_about_decisions(text: str) -> list[str]:
    words = set(re.findall(r"[a-z0-9][a-z0-9-]*", text.lower()))
    return [f"no decision names {name!r}" for name in dependency_names() if name not in words]
