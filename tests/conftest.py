"""Fixtures that several test folders share."""

import importlib.util

import pytest

from ncverify.numbers import BACKENDS, DTYPES, backend_namespace

_HAS_JAX = importlib.util.find_spec("jax") is not None


def _namespaces(dtypes):
    for name in BACKENDS:
        skip = pytest.mark.skipif(name == "jax" and not _HAS_JAX, reason="jax is not installed (extra jax)")
        for dtype in dtypes:
            yield pytest.param((name, dtype), id=f"{name}-{dtype}", marks=skip)


@pytest.fixture(scope="session", params=list(_namespaces(DTYPES)))
def xp(request):
    """The namespace of every backend in both dtypes."""
    name, dtype = request.param
    return backend_namespace(name, dtype=dtype)


@pytest.fixture(scope="session", params=list(_namespaces(["float64"])))
def xp64(request):
    """The namespace of every backend in float64."""
    name, dtype = request.param
    return backend_namespace(name, dtype=dtype)
