"""Smallest tangent eigenpairs and curvature certificates against named rivals doing the same work.

Rounds alternate between the two sides, so that a busy machine slows both. Each side starts from the bare arrays:
nothing is cached between rounds.
"""

import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh

from ncverify import Point
from ncverify.landscape import direct_sum, multiplier, negative_curvature, random_point, smallest_eigenpair
from ncverify.weight_decay import DecayProblem, Triple, smallest_decay_eigenpair
from tests.benchmarks.ratio import interleaved, recorded


def torch_loss(K, n, d):
    labels = torch.arange(K).repeat_interleave(n)

    def loss(x):
        W, H = x[: K * d].reshape(K, d), x[K * d :].reshape(d, K * n)
        return torch.nn.functional.cross_entropy((W @ H).T, labels, reduction="sum")

    return loss


def flat(p):
    return torch.tensor(np.concatenate([p.W.ravel(), p.H.ravel()]))


def start_at(K, n, d, family):
    if family == "gaussian":
        rng = np.random.default_rng(0)
        return random_point(K, n, d, 0.3 * float(np.sqrt(K * d * (1 + n))), rng)
    saddle = direct_sum(K, n, d, blocks=K // 2, rho=2 * float(np.sqrt(K * np.sqrt(n)))).point
    rng = np.random.default_rng(1)  # near a saddle, but in general position
    return Point(
        saddle.W + 0.02 * rng.standard_normal(saddle.W.shape), saddle.H + 0.02 * rng.standard_normal(saddle.H.shape)
    )


def dense_rival(p):
    """torch.func.hessian, shifted and projected, then all eigenvalues."""
    x, loss = flat(p), torch_loss(p.K, p.n, p.d)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        A = torch.func.hessian(loss)(x)
    lam = (torch.func.grad(loss)(x) @ x) / (x @ x)
    unit = x / x.norm()
    P = torch.eye(len(x), dtype=x.dtype) - torch.outer(unit, unit)
    lift = A.abs().sum(dim=1).max()
    return float(torch.linalg.eigvalsh(P @ A @ P - lam * P + lift * torch.outer(unit, unit))[0])


def autograd_operator(p):
    """The Riemannian Hessian by automatic differentiation: the derivative of the gradient along a direction."""
    x, loss = flat(p), torch_loss(p.K, p.n, p.d)
    gradient = torch.func.grad(loss)
    lam = float(gradient(x) @ x / (x @ x))
    unit = (x / x.norm()).numpy()

    def product(v):
        v = np.asarray(v).ravel()
        v = v - unit * (unit @ v)
        image = torch.func.jvp(gradient, (x,), (torch.from_numpy(v),))[1].numpy() - lam * v
        return image - unit * (unit @ image)

    return LinearOperator((len(unit), len(unit)), matvec=product, dtype=np.float64)


def lanczos_rival(p):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(eigsh(autograd_operator(p), k=1, which="SA", ncv=60, tol=1e-8, return_eigenvectors=False)[0])


def copied(p):
    return Point(p.W.copy(), p.H.copy())


@pytest.mark.parametrize("family", ["gaussian", "near a saddle"])
def test_smallest_eigenpair_against_the_dense_hessian_of_autograd(benchmark, family):
    p = start_at(10, 20, 16, family)
    sides = interleaved(lambda: smallest_eigenpair(copied(p)), lambda: dense_rival(p))
    benchmark.pedantic(lambda: smallest_eigenpair(copied(p)), rounds=1)
    assert abs(sides.found.value - sides.reference) < 1e-9 * abs(sides.reference)
    ratio = recorded(benchmark, "eigenpair-dense", "faster", sides.ours, sides.theirs, case=family)
    assert ratio >= 50, f"{ratio:.0f} times faster than the dense Hessian, expected 50"


@pytest.mark.parametrize("family", ["gaussian", "near a saddle"])
def test_smallest_eigenpair_against_lanczos_on_an_autograd_product(benchmark, family):
    p = start_at(10, 100, 64, family)
    sides = interleaved(lambda: smallest_eigenpair(copied(p)), lambda: lanczos_rival(p))
    benchmark.pedantic(lambda: smallest_eigenpair(copied(p)), rounds=1)
    benchmark.extra_info.update(residual=sides.found.residual)
    assert abs(sides.found.value - sides.reference) < 1e-8 * abs(sides.reference)
    ratio = recorded(benchmark, "eigenpair-lanczos", "faster", sides.ours, sides.theirs, case=family)
    assert ratio >= 10, f"{ratio:.1f} times faster than Lanczos on autograd products, expected 10"


@pytest.mark.parametrize("family", ["gaussian", "near a saddle"])
def test_smallest_eigenpair_with_a_bias_against_the_one_without(benchmark, family):
    p = start_at(10, 100, 16, family)
    weight = abs(float(multiplier(p))) / p.N
    problem = DecayProblem((100,) * 10, weight, weight)

    def ours():
        return smallest_decay_eigenpair(problem, Triple(p.W.copy(), p.H.copy(), np.zeros(10)))

    sides = interleaved(ours, lambda: smallest_eigenpair(copied(p)))
    benchmark.pedantic(ours, rounds=1)
    assert sides.found.route == sides.reference.route == "reduction"
    per_unknown = (p.W.size + p.H.size) / (p.W.size + p.H.size + 10)
    mine = [seconds * per_unknown for seconds in sides.ours]
    ratio = recorded(benchmark, "eigenpair-bias", "within", mine, sides.theirs, case=family)
    assert ratio <= 1, f"{ratio:.2f} times as long per unknown as without a bias, expected at most 1"


def test_certificate_of_negative_curvature_against_one_hessian_vector_product(benchmark):
    family = direct_sum(10, 5000, 512, blocks=5, rho=30.0)
    p = family.point
    rng = np.random.default_rng(0)
    U, V = rng.standard_normal(p.W.shape), rng.standard_normal(p.H.shape)
    sides = interleaved(
        lambda: negative_curvature(Point.trusted(p.W, p.H)),
        lambda: Point.trusted(p.W, p.H).hessian_vector_product((U, V)),
    )
    benchmark.pedantic(lambda: negative_curvature(Point.trusted(p.W, p.H)), rounds=1)
    assert sides.found.kind == "singular vectors"
    assert sides.found.quotient == pytest.approx(family.smallest, rel=1e-10)
    tracemalloc.start()
    negative_curvature(Point.trusted(p.W, p.H))
    beside = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    memory = recorded(benchmark, "certificate-memory", "memory", [p.H.nbytes + beside], [p.H.nbytes])
    assert memory < 2, f"{memory:.2f} times the memory of H, expected less than twice"
    ratio = recorded(benchmark, "certificate", "within", sides.ours, sides.theirs)
    assert ratio <= 3, f"{ratio:.2f} times one Hessian-vector product, expected 3"
