"""One side of the benchmark of many classes, in a process of its own: prints seconds, peak memory, and the metrics.

python -m tests.benchmarks.many_classes {ours,blocked} K N d
"""

import json
import re
import sys
import time
from pathlib import Path

import numpy as np

ROWS = 1000


def samples(K, N, d):
    """Features (N, d) and classifiers (K, d) in float32, labels (N,) of unequal classes."""
    rng = np.random.default_rng(0)
    weights = rng.random(K) ** 3
    labels = rng.permutation(np.concatenate([np.arange(K), rng.choice(K, N - K, p=weights / weights.sum())]))
    means = rng.standard_normal((K, d), dtype=np.float32)
    features = rng.standard_normal((N, d), dtype=np.float32)
    for start in range(0, N, ROWS):
        features[start : start + ROWS] += means[labels[start : start + ROWS]]
    return features, labels, means


def ours(features, labels, W):
    from ncverify.metrics import metrics_of

    return vars(metrics_of(features, labels, W))


def blocked(features, labels, W):
    """The formulas of Section 4 in NumPy, a thousand rows at a time."""
    K, d = W.shape
    parts = [slice(start, start + ROWS) for start in range(0, len(labels), ROWS)]
    counts, means = np.bincount(labels, minlength=K), np.zeros((K, d))
    for part in parts:
        np.add.at(means, labels[part], features[part].astype(np.float64))
    means /= counts[:, None]
    overall = counts @ means / counts.sum()
    own = sum(np.linalg.norm(features[p] - means[labels[p]], axis=1).sum() for p in parts)
    whole = sum(np.linalg.norm(features[p] - overall, axis=1).sum() for p in parts)
    means -= overall
    W = W.astype(np.float64)
    W -= W.mean(axis=0)
    found = {"within_class_variation": own / whole}
    for name, rows in (("feature", means), ("classifier", W)):
        norms = np.linalg.norm(rows, axis=1)
        found[f"{name}_norm_variation"] = norms.std() / norms.mean()
        rows /= norms[:, None]
        total = 0.0
        for start in range(0, K, ROWS):
            gaps = np.abs(rows[start : start + ROWS] @ rows.T + 1 / (K - 1))
            total += gaps.sum() - gaps[np.arange(len(gaps)), start + np.arange(len(gaps))].sum()
        found[f"{name}_cosine_deviation"] = total / (K * (K - 1))
    found["self_duality_distance"] = np.linalg.norm(means - W, axis=1).mean()
    return found


if __name__ == "__main__":
    given = samples(*map(int, sys.argv[2:]))
    start = time.process_time()
    values = {"ours": ours, "blocked": blocked}[sys.argv[1]](*given)
    seconds = time.process_time() - start
    # not getrusage: its peak begins with that of the process that started this one
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
    found = {"seconds": seconds, "bytes": 1024 * peak, "metrics": {k: float(v) for k, v in values.items()}}
    sys.stdout.write(json.dumps(found))
