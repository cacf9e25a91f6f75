"""The release check: `python -m tests.release DIST`, after `python -m build --outdir DIST`.

It looks into both archives, installs the wheel into an empty virtual environment, with pip and the pins of
constraints.txt, and runs the commands from a folder that has nothing to do with the source tree.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FEATURES = """
import numpy as np
rng = np.random.default_rng(0)
labels = np.repeat(np.arange(3), 20)
weight = rng.standard_normal((3, 4))
np.savez("features.npz", features=weight[labels] + 0.1 * rng.standard_normal((60, 4)), labels=labels, classifier=weight)
"""
HOME = "import ncverify, pathlib; print(pathlib.Path(ncverify.__file__).resolve())"


def sources() -> set[str]:
    """Files of the package that the project's history knows; all there are where there is no history."""
    run = subprocess.run(["git", "ls-files", "ncverify"], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode == 0 and run.stdout:
        return {name for name in run.stdout.splitlines() if (ROOT / name).is_file()}
    files = (path for path in (ROOT / "ncverify").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in files}


def complain_about_wheel(names: Collection[str], wanted: Collection[str]) -> list[str]:
    """What a wheel lacks of the package, and what it installs beside it."""
    complaints = [f"missing: {name}" for name in sorted(set(wanted) - set(names))]
    tops = {name.split("/")[0] for name in names}
    return complaints + [f"beside the package: {top}" for top in sorted(tops) if not top.startswith("ncverify")]


def complain_about_sdist(names: Collection[str]) -> list[str]:
    """What a reader needs to build and test and does not find in the source archive."""
    inside = {name.partition("/")[2] for name in names}
    wanted = ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff", "constraints.txt", "tox.ini", "ncverify/cli.py")
    complaints = [f"missing: {name}" for name in wanted if name not in inside]
    complaints += [f"missing: {top}/" for top in ("properties", "tests", "docs") if not in_folder(inside, top)]
    return complaints + [f"not to be shipped: {top}/" for top in (".venv", ".tox", "ledger") if in_folder(inside, top)]


def in_folder(names: Collection[str], folder: str) -> bool:
    return any(name.startswith(f"{folder}/") for name in names)


def the_only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"{folder}: expected one {pattern}, found {len(found)}")
    return found[0]


def run(folder: Path, *command: str) -> str:
    print("$", *(Path(word).name if os.sep in word else word for word in command), flush=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def check_installed(wheel: Path, folder: Path) -> None:
    """The wheel in an empty environment below `folder`, and its commands from there."""
    run(folder, sys.executable, "-m", "venv", "empty")
    python, ncverify = (str(folder / "empty" / "bin" / name) for name in ("python", "ncverify"))
    run(folder, python, "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt"), str(wheel))
    home = run(folder, python, "-c", HOME).strip()
    if not Path(home).is_relative_to(folder.resolve()):
        raise SystemExit(f"ncverify was imported from {home}, not from the environment of the wheel")
    if "measure" not in run(folder, ncverify, "--help"):
        raise SystemExit("ncverify --help does not name its commands")
    run(folder, python, "-c", FEATURES)
    if "60 samples, K = 3 classes" not in run(folder, ncverify, "measure", "features.npz"):
        raise SystemExit("ncverify measure does not say what it measured")
    run(folder, ncverify, "measure", "features.npz", "--json")
    run(folder, python, "-c", "from ncverify.papers import find; assert find('ulpm-2022').claims")
    run(folder, ncverify, "new-paper", "my_paper.py")
    if "2 statements: 1 holds, 1 false" not in run(folder, ncverify, "check", "my_paper.py", "--ledger", "results"):
        raise SystemExit("ncverify check does not come to the verdicts of the template")


def main(dist: Path) -> int:
    """Runs the whole check; returns the exit code."""
    wheel, sdist = the_only(dist, "*.whl"), the_only(dist, "*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        complaints = complain_about_wheel(archive.namelist(), sources())
    with tarfile.open(sdist) as archive:
        complaints += complain_about_sdist(archive.getnames())
    if complaints:
        print(*complaints, sep="\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        check_installed(wheel, Path(folder))
    print(f"{wheel.name} and {sdist.name}: all passed")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("expected one folder with a wheel and a source archive")
    sys.exit(main(Path(sys.argv[1]).resolve()))
