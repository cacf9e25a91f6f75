"""Random settings of both models, spread over decades, thresholds included."""

from fractions import Fraction

import numpy as np


def regularised(count, seed=0):
    """(K, n, lambda_W, lambda_H) with K s between 0.02 and 3, the two weights up to four decades apart."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        K, n = int(rng.integers(2, 6)), int(rng.integers(1, 30))
        s, apart = 10 ** rng.uniform(-1.7, 0.5) / K, 10 ** rng.uniform(-2, 2)
        yield K, n, s / np.sqrt(n) * apart, s / np.sqrt(n) / apart


def layer_peeled(count, seed=0):
    """(K, n, E_W, E_H) with the logit gap between 0.05 and 12."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        K, n = int(rng.integers(2, 6)), int(rng.integers(1, 30))
        E, apart = 10 ** rng.uniform(-1.3, 1.08) * (K - 1) / K, 10 ** rng.uniform(-2, 2)
        yield K, n, E * apart, E / apart


def on_thresholds():
    """(K, n, lambda_W, lambda_H) with K^2 n lambda_W lambda_H = 1 exactly."""
    for K in (2, 3, 5, 7, 1000):
        for n in (1, 3, 10**6):
            for lambda_W in (Fraction(1, 7), 1.0, 2.0**-500, 2.0**500):
                yield K, n, lambda_W, 1 / (K * K * n * Fraction(lambda_W))


def minorities(count, seed=0):
    """(KA, KB, T) with one to three classes on either side."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield int(rng.integers(1, 4)), int(rng.integers(2, 4)), float(10 ** rng.uniform(-0.3, 0.8))
