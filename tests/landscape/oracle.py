"""Dense references by automatic differentiation of PyTorch's own cross-entropy, and the cases that all tests share."""

import numpy as np
import torch

from ncverify import Point
from ncverify.landscape import random_point

SHAPES = [(2, 1, 1), (2, 3, 2), (3, 1, 2), (3, 2, 4), (4, 3, 2), (5, 2, 9)]


def cases(rho=2.5):
    """One random point of every shape, NumPy float64."""
    return [random_point(*shape, rho, np.random.default_rng((7, *shape))) for shape in SHAPES]


def vector(p):
    return np.concatenate([np.ravel(p.W), np.ravel(p.H)])


def torch_loss(shape):
    K, n, d = shape
    labels = torch.arange(K).repeat_interleave(n)

    def loss(x):
        W, H = x[: K * d].reshape(K, d), x[K * d :].reshape(d, K * n)
        return torch.nn.functional.cross_entropy((W @ H).T, labels, reduction="sum")

    return loss


def euclidean_hessian(p):
    """Hess L as a dense matrix."""
    x = torch.tensor(vector(p))
    return torch.func.jacrev(torch.func.grad(torch_loss((p.K, p.n, p.d))))(x).numpy()


def euclidean_gradient(p):
    return torch.func.grad(torch_loss((p.K, p.n, p.d)))(torch.tensor(vector(p))).numpy()


def tangent_basis(p):
    """An orthonormal basis of the tangent space, as columns."""
    x = vector(p)
    return np.linalg.svd(x[None, :])[2][1:].T


def tangent_spectrum(p, *, riemannian=True):
    """All eigenvalues on the tangent space."""
    x, Q = vector(p), tangent_basis(p)
    shift = euclidean_gradient(p) @ x / (x @ x) if riemannian else 0.0
    return np.linalg.eigvalsh(Q.T @ euclidean_hessian(p) @ Q - shift * np.eye(Q.shape[1]))


def rounding(p):
    """How far float evaluations of a quadratic form of unit directions may differ, the oracle's own rounding included.

    Unit roundoff times coordinates times the largest sum of terms: the loss's curvature is at most |x|^2 / 2 + |G|.
    """
    size = vector(p) @ vector(p)
    return 16 * np.finfo(float).eps * len(vector(p)) * (size + np.sqrt(2 * p.n * p.K) + 1)


def on_sphere_curve(p, v, t):
    """The point at arc length t along the great circle from p with unit tangent v."""
    x, rho = vector(p), np.linalg.norm(vector(p))
    y = np.cos(t / rho) * x + rho * np.sin(t / rho) * v
    return Point(y[: p.K * p.d].reshape(p.K, p.d), y[p.K * p.d :].reshape(p.d, p.K * p.n))
