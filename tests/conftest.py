"""Fixtures that several test folders share; the options `--ncv-backend` and `--slow`."""

import importlib.util

import pytest

from ncverify.numbers import BACKENDS, DTYPES, backend_namespace

_HAS_JAX = importlib.util.find_spec("jax") is not None
_BY_BACKEND = ("xp", "xp64")  # fixtures that a test takes its backend from


def _namespaces(dtypes):
    for name in BACKENDS:
        skip = pytest.mark.skipif(name == "jax" and not _HAS_JAX, reason="jax is not installed (extra jax)")
        for dtype in dtypes:
            yield pytest.param((name, dtype), id=f"{name}-{dtype}", marks=skip)


def _on(request):
    name, dtype = request.param
    chosen = request.config.getoption("ncv_backend", None) == name
    device = request.config.getoption("ncv_device") if chosen else None
    return backend_namespace(name, dtype=dtype, device=device)


@pytest.fixture(scope="session", params=list(_namespaces(DTYPES)))
def xp(request):
    """The namespace of every backend in both dtypes."""
    return _on(request)


@pytest.fixture(scope="session", params=list(_namespaces(["float64"])))
def xp64(request):
    """The namespace of every backend in float64."""
    return _on(request)


def pytest_addoption(parser):
    parser.addoption(
        "--slow",
        action="store_true",
        help="also the slow tests of whole folders; those of a file that is named run anyway",
    )


def pytest_report_header(config):
    return "slow tests are left out; --slow runs them, too" if _hurried(config) else None


def _hurried(config):
    """Whether slow tests are left out: where folders are run, and nobody asks for them."""
    asked = config.getoption("slow") or config.option.markexpr
    return not asked and all((config.invocation_params.dir / place).is_dir() for place in config.args)


def pytest_collection_modifyitems(config, items):
    """Leaves out slow tests, and with `--ncv-backend` those that do not take this backend from a fixture."""
    kept = [item for item in items if not (_hurried(config) and item.get_closest_marker("slow"))]
    backend = config.getoption("ncv_backend", None)  # no option where ncverify is not installed, only on the path
    if backend is not None:
        wanted = (backend, config.getoption("ncv_dtype"))
        kept = [item for item in kept if wanted in map(_params(item).get, _BY_BACKEND)]
    chosen = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = kept


def _params(item):
    return getattr(getattr(item, "callspec", None), "params", {})
