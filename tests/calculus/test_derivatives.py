"""Derivatives along directions, gradients and Hessians against automatic differentiation, in every arithmetic."""

import numpy as np
import pytest
import torch

from ncverify import Point, Space, UnequalPoint, Variable, calculus, losses
from ncverify.calculus.jets import JetArray
from ncverify.calculus.namespace import _SLOPES, JetNamespace
from ncverify.errors import NotRationalError
from ncverify.numbers import backend_namespace, to_numpy
from ncverify.numbers.ball import BALL
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.tracked import TrackedNamespace

NUMPY, TORCH = backend_namespace("numpy"), backend_namespace("torch")
TRACKED = TrackedNamespace(NUMPY)
X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
V = np.array([[1.0, -2.0, 0.5], [0.25, 1.0, 3.0]])
NARROW = {"log", "log1p", "sqrt", "asin", "acos", "atanh", "acosh"}  # not everywhere defined
FORMULAS = {
    "+": lambda xp, x: x + 2 - x[0, :] + 1,
    "*": lambda xp, x: x * x[:1, :] * 3,
    "/": lambda xp, x: x / (x * x + 1),
    "a number divided": lambda xp, x: 2 / (x * x + 1),
    "@": lambda xp, x: x @ x.T @ x,
    "power": lambda xp, x: (x * x + 1) ** 1.5 + x**3 + (x * x + 1) ** -2,
    "other power": lambda xp, x: (x * x + 1) ** 0.3,
    "transposes": lambda xp, x: xp.matrix_transpose(x) * x.T,
    "sum": lambda xp, x: xp.sum(x * x, axis=1),
    "mean": lambda xp, x: xp.mean(x * x, axis=0, keepdims=True),
    "trace": lambda xp, x: xp.trace(x @ x.T),
    "max": lambda xp, x: xp.max(x * x, axis=1),
    "min": lambda xp, x: xp.min(x * x + x / 8),
    "maximum": lambda xp, x: xp.maximum(x * x, x),
    "relu": lambda xp, x: xp.relu(x) ** 2,
    "where": lambda xp, x: xp.where(x > 0, x * x, 3 * x),
    "reshape": lambda xp, x: xp.reshape(x * x, (3, 2)),
    "take": lambda xp, x: xp.take(x * x, xp.integers([2, 0, 2]), axis=1),
    "concat": lambda xp, x: xp.concat([x * x, xp.ones((1, 3)), x], axis=0),
    "stack": lambda xp, x: xp.stack([x, x * x], axis=1),
    "expand_dims": lambda xp, x: xp.expand_dims(x * x, axis=1),
    "permute_dims": lambda xp, x: xp.permute_dims(x * x, (1, 0)),
    "logsumexp": lambda xp, x: xp.logsumexp(x * x, axis=0),
    "logsumexp of all": lambda xp, x: xp.logsumexp(x),
    "inv": lambda xp, x: xp.linalg.inv(x @ x.T),
    "solve": lambda xp, x: xp.linalg.solve(x @ x.T, x),
    "det": lambda xp, x: xp.linalg.det(x @ x.T),
    "norm": lambda xp, x: xp.linalg.norm(x),
    "cross_entropy": lambda xp, x: losses.cross_entropy(x, [0, 1, 1], xp),
    "focal": lambda xp, x: losses.focal(x, [0, 1, 1], xp, 2),
    "label_smoothing": lambda xp, x: losses.label_smoothing(x, [0, 1, 1], xp, 0.25),
    "contrastive": lambda xp, x: losses.supervised_contrastive(xp.concat([x, x * x], axis=1), [0, 0, 1] * 2, xp, 1),
    **{name: (lambda xp, x, name=name: getattr(xp, name)(x)) for name in sorted(set(_SLOPES) - NARROW)},
    **{name: (lambda xp, x, name=name: getattr(xp, name)(x / 4)) for name in ("asin", "acos", "atanh")},
    "acosh": lambda xp, x: xp.acosh(x * x + 2),
    "softmax": lambda xp, x: torch.softmax(x, 1) if xp is TORCH else xp.softmax(x, axis=1),
    "inner": lambda xp, x: x @ x.T if xp is TORCH else xp.inner(x, x),
    "max over two axes": lambda xp, x: torch.amax(x * x) if xp is TORCH else xp.max(x * x, axis=(0, 1)),
    "var": lambda xp, x: x.var(1, correction=0) if xp is TORCH else xp.var(x, axis=1),
    "arctan": lambda xp, x: xp.atan(x) if xp is TORCH else np.arctan(x),
    "log": lambda xp, x: xp.log(x * x),
    "log1p": lambda xp, x: xp.log1p(x * x),
    "sqrt": lambda xp, x: xp.sqrt(x * x + 2),
}


def jets(xp, function):
    """Value, slope and bend of a formula along V."""
    ns = JetNamespace(xp)
    found = ns.asarray(function(ns, JetArray((xp.asarray(X), xp.asarray(V), None), ns)))
    zero = xp.zeros(found.shape)
    value, first, second = (zero if c is None else c for c in found.coefficients)
    return [numbers(xp, part) for part in (value, first, 2 * second)]


def numbers(xp, array):
    if xp is TRACKED:
        return to_numpy(array.value)
    return np.vectorize(xp.field.to_float, otypes=[float])(array.data) if xp.exact else to_numpy(array)


def autograd(function):
    """Value, slope and bend along V by reverse differentiation, twice."""
    jacobian = torch.autograd.functional.jacobian

    def along(t):
        return function(TORCH, torch.tensor(X) + t * torch.tensor(V))

    zero = torch.zeros((), dtype=torch.float64)
    return [
        to_numpy(part)
        for part in (
            along(zero),
            jacobian(along, zero),
            jacobian(lambda t: jacobian(along, t, create_graph=True), zero),
        )
    ]


@pytest.mark.parametrize("xp", [NUMPY, TRACKED, BALL], ids=repr)
@pytest.mark.parametrize("name", FORMULAS)
def test_the_derivatives_of_a_formula_are_those_of_autograd(name, xp):
    for found, expected in zip(jets(xp, FORMULAS[name]), autograd(FORMULAS[name]), strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(_SLOPES) - {"sign"}))
def test_a_wrong_slope_would_be_noticed(name, monkeypatch):
    right = _SLOPES[name]
    monkeypatch.setitem(_SLOPES, name, lambda x, y, xp: (right(x, y, xp)[0] * (1 + 1e-9), right(x, y, xp)[1] + 1e-9))
    found, expected = jets(NUMPY, FORMULAS[name]), autograd(FORMULAS[name])
    assert not np.allclose(found[1], expected[1], rtol=1e-11, atol=1e-12)
    assert not np.allclose(found[2], expected[2], rtol=1e-11, atol=1e-12)


def test_a_kink_has_no_derivative():
    ns = JetNamespace(RATIONAL)
    zero = JetArray((RATIONAL.asarray([0]), RATIONAL.asarray([1]), None), ns)
    for kinked in (ns.abs, ns.relu, lambda x: ns.max(ns.stack([x, 2 * x]), axis=0)):
        with pytest.raises(ZeroDivisionError):
            kinked(zero)
    assert ns.abs(ns.asarray(0)).value.item() == 0  # a constant has one


def test_spectra_and_floors_say_that_they_have_none():
    ns = JetNamespace(RATIONAL)
    for function in (ns.linalg.svdvals, ns.linalg.eigvalsh, lambda x: ns.floor(x)):
        with pytest.raises(AttributeError, match="has no derivative here"):
            function(ns.eye(2))


def energy(p):
    return p.xp.sum(p.W * p.W) * p.xp.sum(p.H) + p.xp.sum((p.W @ p.H) ** 2)


def point(xp):
    return Point(xp.asarray(X), xp.asarray(np.array([[1.0, -1.0], [2.0, 0.5], [0.0, 3.0]])))


def test_gradient_and_hessian_of_a_polynomial_are_exact():
    p = point(RATIONAL)
    g = calculus.gradient(energy, p)
    w, h = (torch.tensor(to_numpy(a), requires_grad=True) for a in (point(NUMPY).W, point(NUMPY).H))

    def plain(w, h):
        return (w * w).sum() * h.sum() + ((w @ h) ** 2).sum()

    plain(w, h).backward()
    np.testing.assert_allclose(numbers(RATIONAL, g["W"]), w.grad, rtol=1e-14)
    np.testing.assert_allclose(numbers(RATIONAL, g["H"]), h.grad, rtol=1e-14)
    blocks = torch.autograd.functional.hessian(plain, (w.detach(), h.detach()))
    rows = [torch.cat([b.reshape(a.numel(), -1) for b in row], dim=1) for a, row in zip((w, h), blocks, strict=True)]
    H = calculus.hessian(energy, p)
    np.testing.assert_allclose(numbers(RATIONAL, H), torch.cat(rows), rtol=1e-13, atol=1e-13)
    along = calculus.second_directional(energy, p, {"W": p.W})
    x = numbers(RATIONAL, p.W).ravel()
    assert along.nearest_float() == pytest.approx(x @ numbers(RATIONAL, H)[:6, :6] @ x)


def test_closed_gradients_are_those_of_the_loss():
    p = UnequalPoint(X, np.array([[1.0, -1.0, 0.5], [2.0, 0.5, 1.0], [0.0, 3.0, -1.0]]), (2, 1))
    g = calculus.gradient(lambda q: q.loss, p)
    np.testing.assert_allclose(g["W"], p.gradient.W, rtol=1e-12)
    np.testing.assert_allclose(g["H"], p.gradient.H, rtol=1e-12)
    assert float(calculus.directional(lambda q: q.loss, p, (p.W, 0 * p.H))) == pytest.approx(np.sum(p.W * p.gradient.W))


def test_what_does_not_fit_is_refused_by_name():
    p = Space(variables={"a": Variable(2), "lam": Variable()}).point(a=[1, 2], lam=3)
    f = lambda p: p.lam * p.xp.sum(p.a)  # noqa: E731
    assert calculus.directional(f, p, {"lam": 1}).item() == 3
    assert calculus.directional(f, p, {}).item() == 0
    with pytest.raises(ValueError, match="direction: no variable is named 'b'; there are a, lam"):
        calculus.directional(f, p, {"b": 1})
    with pytest.raises(ValueError, match=r"direction: expected shape \(2,\) for a, got \(\)"):
        calculus.directional(f, p, {"a": 1})
    with pytest.raises(ValueError, match="by: no variable is named 'c'"):
        calculus.gradient(f, p, ["c"])
    with pytest.raises(NotRationalError):
        calculus.directional(lambda p: p.xp.exp(p.lam), p, {"lam": 1})


def test_derivatives_of_derivatives():
    """The mixed derivative of x^3 y along x, then y, with the outer variable inside the inner direction."""
    space = Space(variables={"x": Variable(), "y": Variable(1, 1)})
    p = space.point(x=2, y=[[5]])

    def inner(q):
        return calculus.directional(lambda r: r.x**3 * r.y[0, 0] + 0 * (q.y @ r.y)[0, 0], q, {"x": 1})

    assert calculus.directional(inner, p, {"y": [[1]]}).item() == 12
    twice = calculus.second_directional(
        lambda q: calculus.second_directional(lambda r: r.x**5, q, {"x": 1}), p, {"x": 1}
    )
    assert twice.item() == 240
