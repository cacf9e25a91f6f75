"""Backends asked for by name, and the namespace that arrays belong to."""

import sys

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.errors import BackendUnavailableError
from ncverify.numbers import BACKENDS, NativeNamespace, backend_namespace, namespace_of, to_numpy
from ncverify.numbers.ball import BALL
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.tracked import TrackedNamespace
from tests.cases import dtype_name


def test_a_backend_makes_arrays_of_the_dtype_asked_for(xp):
    assert isinstance(xp, NativeNamespace)
    assert dtype_name(xp) in ("float32", "float64")
    assert namespace_of(xp.ones((2, 2)), xp.zeros(3)) == xp


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"name": "cupy"}, f"backend: expected one of {', '.join(BACKENDS)}, got 'cupy'"),
        ({"dtype": "float16"}, "dtype: expected one of float64, float32, got 'float16'"),
    ],
)
def test_an_unknown_backend_or_dtype_is_a_value_error(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        backend_namespace(**arguments)


@pytest.mark.parametrize("name", ["numpy", "strict", "jax"])
def test_only_torch_takes_another_device(name):
    with pytest.raises(BackendUnavailableError, match="device 'cuda': only the torch backend"):
        backend_namespace(name, device="cuda")
    assert backend_namespace("torch", device="cpu") == backend_namespace("torch")


def test_a_device_that_is_not_there_is_unavailable_and_never_replaced():
    with pytest.raises(BackendUnavailableError, match="backend 'torch' on device 'nonsense' cannot be used here"):
        backend_namespace("torch", device="nonsense")
    if not torch.cuda.is_available():
        with pytest.raises(BackendUnavailableError, match="'cuda'"):
            backend_namespace("torch", device="cuda")


@pytest.mark.parametrize(("name", "module"), [("strict", "array_api_strict"), ("jax", "jax"), ("torch", "torch")])
def test_a_library_that_is_not_installed_is_unavailable(name, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BackendUnavailableError, match=f"backend '{name}' on device 'cpu' cannot be used here"):
        backend_namespace(name)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.ones(2), torch.ones(2)),
        (np.ones(2), np.ones(2, dtype=np.float32)),
        (torch.ones(2), torch.ones(2, device="meta")),
        (np.ones(2), array_api_strict.ones(2)),
        (RATIONAL.ones(2), np.ones(2)),
        (np.ones(2), RATIONAL.ones(2)),
        (RATIONAL.ones(2), BALL.ones(2)),
    ],
)
def test_mixed_arrays_have_no_namespace(left, right):
    with pytest.raises(TypeError, match="expected arrays of one library, dtype and device, got "):
        namespace_of(left, right)


@pytest.mark.parametrize("value", [[1.0], 1.0, None, "array"])
def test_what_is_no_array_has_no_namespace(value):
    with pytest.raises(TypeError, match=f"expected an array .*, got {type(value).__name__}"):
        namespace_of(value)


def test_arrays_of_our_own_carry_their_namespace():
    tracked = TrackedNamespace(backend_namespace("numpy"))
    for xp in (RATIONAL, BALL, tracked):
        assert namespace_of(xp.ones(2), xp.zeros((2, 2))) == xp


def test_every_backend_comes_home_to_numpy(xp):
    array = to_numpy(xp.ones((2, 3)))
    assert type(array) is np.ndarray
    assert array.dtype == dtype_name(xp)
    assert array.tolist() == [[1.0] * 3] * 2


def test_a_tensor_with_a_gradient_comes_home_without_it():
    assert to_numpy(torch.ones(2, requires_grad=True) * 2).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("value", [RATIONAL.ones(2), [1.0], 1.0])
def test_exact_arrays_and_plain_values_do_not_come_home(value):
    with pytest.raises(TypeError, match=f"got {type(value).__name__}"):
        to_numpy(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.ones(2, device="meta"), "meta as torch.strided"),
        (torch.ones(2, 2).to_sparse(), "cpu as torch.sparse_coo"),
    ],
    ids=["without values", "sparse"],
)
def test_tensors_without_values_or_with_holes_do_not_come_home(value, words):
    with pytest.raises(TypeError, match=f"^array: expected a dense array with values, got one on {words}$"):
        to_numpy(value)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_backend_is_of_the_library_that_its_name_says(name, dtype):
    if name == "jax":
        pytest.importorskip("jax")
    xp = backend_namespace(name, dtype=dtype)
    module = {"numpy": "numpy", "torch": "torch", "jax": "jaxlib", "strict": "array_api_strict"}[name]
    assert xp.array_type.__module__.partition(".")[0] == module
    assert dtype_name(xp) == dtype
    assert to_numpy(xp.ones(1)).dtype == dtype
