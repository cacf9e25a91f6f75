"""Where papers are found: those that come with ncverify, entry points of other packages, a file or module by name."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from ncverify.errors import NCVerifyError
from ncverify.papers.paper import Paper

GROUP = "ncverify.papers"
_BUILT_IN = "ncverify.literature"


class PaperError(NCVerifyError, ValueError):
    """No paper could be found under a name."""


def built_in() -> dict[str, Callable[[], Paper]]:
    """Functions that load the papers that come with ncverify, by key: each is a module of `ncverify.literature`."""
    package = importlib.import_module(_BUILT_IN)
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")]
    return {name.replace("_", "-"): _of_module(f"{_BUILT_IN}.{name}") for name in names}


def installed() -> dict[str, Callable[[], Paper]]:
    """Functions that load the papers of ncverify and of other packages (entry points), by key."""
    loaders = built_in()
    for point in entry_points(group=GROUP):
        loaders.setdefault(point.name, _of_entry_point(point))
    return loaders


def _of_entry_point(point: EntryPoint) -> Callable[[], Paper]:
    return lambda: _checked(point.load(), point.name)


def find(name: str) -> Paper:
    """The paper of a key, of a Python file with a PAPER, or of a module, "package.module" or "package.module:NAME".

    Raises:
        PaperError: there is none; the message says what was looked for and what there is.
    """
    known = installed()
    if name in known:
        return known[name]()
    if name.endswith(".py") or Path(name).is_file():
        return from_file(name)
    if "/" not in name and "-" not in name and _importable(name.partition(":")[0]):
        return _of_module(name)()
    raise PaperError(
        f"{name!r}: no paper of this key is installed, and no such file or module; installed: {', '.join(known)}"
    )


def from_file(path: str | Path) -> Paper:
    """The `PAPER` of a Python file, which is executed.

    Raises:
        PaperError: no such file, or none in it.
    """
    file = Path(path)
    if not file.is_file():
        raise PaperError(f"{path}: no such file")
    return _paper_in(module_of(file), str(path))


def module_of(file: Path) -> ModuleType:
    """A Python file, executed as a module of its own; neighbouring files can be imported meanwhile."""
    name = f"ncverify_paper_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PaperError(f"{file}: expected a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(file.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _of_module(name: str) -> Callable[[], Paper]:
    module, _, attribute = name.partition(":")
    return lambda: _paper_in(importlib.import_module(module), name, attribute or "PAPER")


def _paper_in(module: ModuleType, where: str, attribute: str = "PAPER") -> Paper:
    return _checked(getattr(module, attribute, None), where, attribute)


def _checked(value: object, where: str, attribute: str = "PAPER") -> Paper:
    if not isinstance(value, Paper):
        raise PaperError(f"{where}: expected {attribute} = Paper(...) in it, got {type(value).__name__}")
    return value
