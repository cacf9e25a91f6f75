"""Random problems with weight decay, and derivatives of theirs by automatic differentiation."""

import numpy as np
import torch

from ncverify.weight_decay import DecayProblem, Triple


def cases(count, seed=0, largest=4):
    """(problem, point, direction) with unequal classes and weights over decades."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        K, d = int(rng.integers(2, 5)), int(rng.integers(1, largest))
        sizes = tuple(int(n) for n in rng.integers(1, 4, K))
        weights = [float(10**x) for x in rng.uniform(-3, 0, 3)]
        problem = DecayProblem(sizes, weights[0], weights[1], weights[2] if rng.random() < 0.7 else 0.0)
        shapes = (K, d), (d, sum(sizes)), (K,)
        point, direction = (Triple(*(rng.standard_normal(shape) for shape in shapes)) for _ in range(2))
        yield problem, point, direction


def value(problem, x, shapes):
    """f in PyTorch, at the coordinates as one vector."""
    labels = torch.tensor(np.repeat(np.arange(problem.K), problem.class_sizes))
    pieces, start = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        pieces.append(x[start : start + size].reshape(shape))
        start += size
    W, H, b = pieces
    loss = torch.nn.functional.cross_entropy((W @ H + b[:, None]).T, labels)
    return (
        loss + (problem.lambda_W * (W**2).sum() + problem.lambda_H * (H**2).sum() + problem.lambda_b * (b**2).sum()) / 2
    )


def derivatives(problem, point):
    """Value, gradient and Hessian by automatic differentiation."""
    shapes = [part.shape for part in point]
    x = torch.tensor(np.concatenate([part.ravel() for part in point]), requires_grad=True)
    f = value(problem, x, shapes)
    (gradient,) = torch.autograd.grad(f, x)
    hessian = torch.autograd.functional.hessian(lambda y: value(problem, y, shapes), x)
    return float(f.detach()), gradient.numpy(), hessian.numpy()
