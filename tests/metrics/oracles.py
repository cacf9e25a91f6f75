"""The metrics written out as slow loops over Python floats, straight from the printed formulas."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np


def norm(v):
    return math.sqrt(math.fsum(x * x for x in v))


def minus(a, b):
    return [x - y for x, y in zip(a, b, strict=True)]


def mean_vector(rows):
    return [math.fsum(column) / len(rows) for column in zip(*rows, strict=True)]


def average(values):
    values = list(values)
    return math.fsum(values) / len(values)


def std(values, ddof=0):
    centre = average(values)
    return math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (len(values) - ddof))


def cosine(a, b):
    return math.fsum(x * y for x, y in zip(a, b, strict=True)) / (norm(a) * norm(b))


def centred(rows):
    centre = mean_vector(rows)
    return [minus(row, centre) for row in rows]


def cosine_deviation(rows):
    K = len(rows)
    return average(abs(cosine(a, b) + 1 / (K - 1)) for a, b in permutations(rows, 2))


def unit(v):
    size = norm(v)
    return [x / size for x in v]


def metrics(features, labels, W, *, centre="samples", centred_cosines=True, centred_classifier=True, ddof=0):
    """The six metrics by name, and the root-mean-square variant."""
    features = [[float(x) for x in row] for row in np.asarray(features, dtype=np.float64)]
    labels = [int(k) for k in labels]
    W = [[float(x) for x in row] for row in np.asarray(W, dtype=np.float64)]
    classes = [[h for h, k in zip(features, labels, strict=True) if k == label] for label in range(len(W))]
    means = [mean_vector(rows) for rows in classes]
    overall = mean_vector(features if centre == "samples" else means)
    offsets = [minus(m, overall) for m in means]
    w = centred(W) if centred_classifier else W
    own = [norm(minus(h, means[k])) for h, k in zip(features, labels, strict=True)]
    total = [norm(minus(h, overall)) for h in features]
    lengths = [norm(o) for o in offsets]
    w_lengths = [norm(row) for row in w]
    return {
        "feature_norm_variation": std(lengths, ddof) / average(lengths),
        "classifier_norm_variation": std(w_lengths, ddof) / average(w_lengths),
        "within_class_variation": average(own) / average(total),
        "feature_cosine_deviation": cosine_deviation(offsets if centred_cosines else means),
        "classifier_cosine_deviation": cosine_deviation(w),
        "self_duality_distance": average(norm(minus(unit(o), unit(r))) for o, r in zip(offsets, w, strict=True)),
        "within_class_rms": math.sqrt(math.fsum(x * x for x in own) / math.fsum(x * x for x in total)),
    }


def papyan_nc1(features, labels, K):
    """tr(Sigma_W pinv(Sigma_B)) / K with d x d matrices."""
    features, labels = np.asarray(features, dtype=np.float64), np.asarray(labels)
    means = np.array([features[labels == k].mean(axis=0) for k in range(K)])
    deviations = features - means[labels]
    within = deviations.T @ deviations / len(features)
    offsets = means - means.mean(axis=0)
    return float(np.trace(within @ np.linalg.pinv(offsets.T @ offsets / K, rcond=1e-12)) / K)


def nearest_mean_agreement(features, labels, W, bias=0.0):
    """Share of samples whose largest logit is the nearest class mean; no ties expected."""
    features, labels = np.asarray(features, dtype=np.float64), np.asarray(labels)
    means = np.array([features[labels == k].mean(axis=0) for k in range(len(W))])
    hits = 0
    for h in features:
        hits += int(np.argmax(W @ h + bias) == np.argmin([norm(minus(h, m)) for m in means]))
    return hits / len(features)
