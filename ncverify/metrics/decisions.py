"""Decisions of logits, by sample: the smallest margin, right answers, and the agreement with the nearest mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import array_api_compat
import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.metrics.device import one_hot
from ncverify.metrics.leaders import EXACT_NUMBERS, SAMPLES, SCREENED_CLASSES, Leaders, Scores
from ncverify.metrics.place import HOST, beside, device_parts
from ncverify.metrics.totals import ClassMeans
from ncverify.numbers import to_numpy

GIVE_UP = 4096  # samples after which it is asked whether float32 decides enough of them


class Tally:
    """Counts of samples, and the margins of those that are kept; two tallies can be added."""

    def __init__(self) -> None:
        self.q_min, self.right, self.agreeing = math.inf, 0, 0
        self.margins: list[np.ndarray] = []

    def add(self, other: Tally) -> None:
        """Adds the samples of another tally."""
        self.q_min = min(self.q_min, other.q_min)
        self.right += other.right
        self.agreeing += other.agreeing
        self.margins += other.margins


class Decisions:
    """Streams samples through a classifier, for one or several biases, in one multiplication.

    A logit that another class attains too is not right. Of ties, NC4 asks whether some class attains both the largest
    logit and the smallest distance. Classes without a mean are never the nearest.

    Args:
        classifier: W, shape (K, d), float64.
        biases: vectors (K,) that are added to the logits.
        means: to ask for the nearest class mean too.
        margins: whether the smallest margin is wanted.
        keep: whether the margin of every sample is kept, in float64, in the order of the samples.
    """

    def __init__(
        self,
        classifier: np.ndarray,
        biases: Sequence[np.ndarray],
        means: ClassMeans | None,
        *,
        margins: bool,
        keep: bool = False,
    ) -> None:
        self._logits = Scores(classifier, biases)
        self._margins, self._keep = margins, keep
        self._means = means
        self._present = np.zeros(0, dtype=np.int64)
        if means is not None:
            self._present = np.flatnonzero(means.present)
            offsets = means.means[self._present] - means.global_mean
            # |h - m|^2 = |h|^2 - 2 <h, m> + |m|^2: the first term is common to all classes
            self._nearness = Scores(offsets, [-np.vecdot(offsets, offsets) / 2])
        self._screened = self._unsure = 0
        self.reset()

    def reset(self) -> None:
        """Forgets all samples."""
        self.count = 0
        self.tallies = [Tally() for _ in self._logits.biases]

    def merge(self, other: Decisions) -> None:
        """Adds the samples that others with the same classifier, biases and means have seen."""
        self.count += other.count
        for tally, more in zip(self.tallies, other.tallies, strict=True):
            tally.add(more)

    def add(self, place: str, features: Array, labels: Array) -> None:
        """Adds a checked batch, features (N, d) with labels (N,), where it is."""
        self.count += int(features.shape[0])
        if place != HOST:
            xp = array_api_compat.array_namespace(features)
            for part, chosen in device_parts(features, labels, len(self._logits.rows)):
                self._add_on_device(xp.astype(part, xp.float64), chosen, xp)
            return
        for start in range(0, len(features), SAMPLES):
            x, chosen = features[start : start + SAMPLES].astype(np.float64), labels[start : start + SAMPLES]
            self._add_screened(x, chosen)

    def _centred(self, x: np.ndarray) -> np.ndarray:
        assert self._means is not None
        return np.asarray(x - self._means.global_mean)

    def _add_screened(self, x: np.ndarray, labels: np.ndarray) -> None:
        """Counts what float32 decides, and the rest in float64."""
        hopeless = self._screened >= GIVE_UP and 2 * self._unsure > self._screened
        exact = hopeless or self._keep or len(self._logits.rows) < SCREENED_CLASSES
        logits = None if exact else self._logits.leaders(x)
        near = self._nearness.leaders(self._centred(x)) if self._means is not None and logits is not None else None
        if logits is None or (self._means is not None and near is None):
            self._add_exact(x, labels, [np.ones(len(x), dtype=bool)] * len(self.tallies))
            return
        own = np.vecdot(x, self._logits.rows[labels])
        nearest = near[0] if near is not None else None
        again = [
            self._count_sure(tally, leaders, own + b[labels], labels, nearest)
            for tally, leaders, b in zip(self.tallies, logits, self._logits.biases, strict=True)
        ]
        self._screened += len(x)
        self._unsure += int(np.any(again, axis=0).sum())
        self._add_exact(x, labels, again)

    def _count_sure(
        self, tally: Tally, logits: Leaders, own: np.ndarray, labels: np.ndarray, near: Leaders | None
    ) -> np.ndarray:
        """Counts the samples that are decided; returns which are not, shape (B,)."""
        again = ~(logits.best - logits.second > 2 * logits.error)
        if near is not None:
            again |= ~(near.best - near.second > 2 * near.error)
        if self._margins:
            margins = own - np.where(logits.whose == labels, logits.second, logits.best)
            again |= margins - 2 * logits.error <= min(tally.q_min, float((margins + 2 * logits.error).min()))
        sure = ~again
        tally.right += int((logits.whose == labels)[sure].sum())
        if near is not None:
            tally.agreeing += int((logits.whose == self._present[near.whose])[sure].sum())
        return np.asarray(again)

    def _add_exact(self, x: np.ndarray, labels: np.ndarray, which: list[np.ndarray]) -> None:
        """Counts the samples that are marked for each bias, in float64."""
        for rows in _parts(np.flatnonzero(np.any(which, axis=0)), len(self._logits.rows)):
            nearest = self._nearest(x[rows])
            for tally, logits, marked in zip(self.tallies, self._logits.exact(x[rows]), which, strict=True):
                chosen = marked[rows]
                near = None if nearest is None else nearest[chosen]
                margins = _count(tally, logits[chosen], labels[rows][chosen], near, self._present)
                if self._keep:
                    tally.margins.append(margins)

    def _nearest(self, x: np.ndarray) -> np.ndarray | None:
        if self._means is None:
            return None
        (nearness,) = self._nearness.exact(self._centred(x))
        return np.asarray(nearness == nearness.max(axis=1, keepdims=True))

    def _add_on_device(self, x: Array, labels: Array, xp: Functions) -> None:
        """Counts samples on their device, in float64."""
        products = x @ beside(self._logits.rows.T, x, xp)
        own = one_hot(labels, products.shape[1], xp).T
        nearest = self._nearest_on_device(x, xp)
        for tally, b in zip(self.tallies, self._logits.biases, strict=True):
            logits = products + beside(b, x, xp)
            nothing = xp.full_like(logits, -math.inf)
            right = xp.max(xp.where(own, logits, nothing), axis=1)
            wrong = xp.max(xp.where(own, nothing, logits), axis=1)
            tally.q_min = min(tally.q_min, float(xp.min(right - wrong)))
            if self._keep:
                tally.margins.append(to_numpy(right - wrong))
            tally.right += _how_many(right > wrong, xp)
            if nearest is not None:
                chosen = logits == xp.max(logits, axis=1, keepdims=True)
                chosen = xp.take(chosen, xp.asarray(self._present, device=nearest.device), axis=1)
                tally.agreeing += _how_many(xp.any(chosen & nearest, axis=1), xp)

    def _nearest_on_device(self, x: Array, xp: Functions) -> Array:
        if self._means is None:
            return None
        centred = x - beside(self._means.global_mean, x, xp)
        nearness = centred @ beside(self._nearness.rows.T, x, xp) + beside(self._nearness.biases[0], x, xp)
        return nearness == xp.max(nearness, axis=1, keepdims=True)


def _parts(rows: np.ndarray, K: int) -> Iterator[np.ndarray]:
    """Samples in pieces whose float64 scores stay small."""
    step = max(1, EXACT_NUMBERS // K)
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def _how_many(marks: Array, xp: Functions) -> int:
    return int(xp.sum(xp.astype(marks, xp.int64)))


def _count(
    tally: Tally, logits: np.ndarray, labels: np.ndarray, nearest: np.ndarray | None, present: np.ndarray
) -> np.ndarray:
    """Counts samples by their logits, which are spoilt; returns their margins."""
    if not len(labels):
        return np.empty(0)
    if nearest is not None:
        chosen = logits == logits.max(axis=1, keepdims=True)
        chosen = chosen if len(present) == logits.shape[1] else chosen[:, present]
        tally.agreeing += int((chosen & nearest).any(axis=1).sum())
    every = np.arange(len(labels))
    right = logits[every, labels]
    logits[every, labels] = -np.inf
    wrong = logits.max(axis=1)
    tally.right += int((right > wrong).sum())
    tally.q_min = min(tally.q_min, float((right - wrong).min()))
    return np.asarray(right - wrong)
