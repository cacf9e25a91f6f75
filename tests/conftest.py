"""Fixtures that several test folders share, and the choice of one backend by `--ncv-backend`."""

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


def pytest_collection_modifyitems(config, items):
    """With `--ncv-backend` and `--ncv-dtype` only those tests that take this backend, in this dtype, from a fixture."""
    backend = config.getoption("ncv_backend", None)  # no option where ncverify is not installed, only on the path
    if backend is None:
        return
    wanted = (backend, config.getoption("ncv_dtype"))
    kept = [item for item in items if wanted in map(_params(item).get, _BY_BACKEND)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _params(item):
    return getattr(getattr(item, "callspec", None), "params", {})
