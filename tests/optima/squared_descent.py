"""The least value that descent from many starts finds, with and without bias and relu: what closed forms stand beside."""

import numpy as np
from scipy.optimize import minimize


def one_hot(class_sizes):
    return np.repeat(np.eye(len(class_sizes)), class_sizes, axis=1)


def value_and_slopes(layers, bias, Y, weights, lambda_b, relu=False):
    """f and its derivatives; `layers` from the classifier to the features, a relu before the first of them."""
    N = Y.shape[1]
    inputs = [layers[-1]]
    for layer in layers[-2:0:-1]:
        inputs.insert(0, layer @ inputs[0])
    hidden = np.maximum(inputs[0], 0) if relu else inputs[0]
    R = layers[0] @ hidden + bias[:, None] - Y
    f = (
        np.sum(R**2) / N + sum(w * np.sum(x**2) for w, x in zip(weights, layers, strict=True)) + lambda_b * bias @ bias
    ) / 2
    back, slopes = R / N, []
    for j, (layer, w) in enumerate(zip(layers, weights, strict=True)):
        below = (hidden if j == 0 else inputs[j]) if j + 1 < len(layers) else None
        slopes.append((back if below is None else back @ below.T) + w * layer)
        back = layer.T @ back
        if j == 0 and relu:
            back = back * (inputs[0] > 0)
    return f, slopes, R.sum(axis=1) / N + lambda_b * bias


def least(class_sizes, weights, d, rng, starts=3, lambda_b=None, relu=False):
    """The least f of L-BFGS from random starts, and from 1, 2, ..., K classes learned; no bias for lambda_b=None."""
    Y, K = one_hot(class_sizes), len(class_sizes)
    shapes = [(K, d), *[(d, d)] * (len(weights) - 2), (d, Y.shape[1])]
    if relu:
        assert len(shapes) == 3
    counts = [int(np.prod(shape)) for shape in shapes]

    def split(x):
        parts, at = [], 0
        for count, shape in zip(counts, shapes, strict=True):
            parts.append(x[at : at + count].reshape(shape))
            at += count
        return parts, (x[at:] if lambda_b is not None else np.zeros(K))

    def objective(x):
        layers, bias = split(x)
        f, slopes, slope_b = value_and_slopes(layers, bias, Y, weights, lambda_b or 0.0, relu)
        parts = [slope.ravel() for slope in slopes] + ([slope_b] if lambda_b is not None else [])
        return f, np.concatenate(parts)

    best = np.inf
    scale = np.prod(weights) ** (0.5 / len(weights)) / np.sqrt(weights)
    for start in range(starts + K):
        x = rng.standard_normal(sum(counts) + (K if lambda_b is not None else 0)) * 10 ** rng.uniform(-1, 0.5)
        if start < K:
            chosen = np.diag(np.arange(K) <= start) * 1.0
            layers = [np.eye(*shape) for shape in shapes[:-1]] + [np.eye(d, K) @ chosen @ Y]
            layers[0] = chosen @ layers[0]
            x *= 0.01
            x[: sum(counts)] += np.concatenate([s * layer.ravel() for s, layer in zip(scale, layers, strict=True)])
        found = minimize(
            objective, x, jac=True, method="L-BFGS-B", options={"maxiter": 3000, "ftol": 1e-15, "gtol": 1e-10}
        )
        best = min(best, found.fun)
    return float(best)
