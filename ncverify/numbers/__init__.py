"""Kinds of numbers behind one set of names: floats of every backend, rationals, balls, degrees."""

from ncverify.numbers.namespaces import BACKENDS, DTYPES, backend_namespace, namespace_of, to_numpy
from ncverify.numbers.native import NativeNamespace

__all__ = ["BACKENDS", "DTYPES", "NativeNamespace", "backend_namespace", "namespace_of", "to_numpy"]
