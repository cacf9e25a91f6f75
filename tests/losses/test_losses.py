"""Losses against their definitions at 50 digits, in floats at logits of 1e4, in rationals and in balls."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from mpmath import mp

from ncverify import Inequality, Point, Space, Variable, falsify, losses
from ncverify.numbers import to_numpy
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.rational import RATIONAL
from tests.losses import references

LABELS = [0, 0, 1, 2, 2, 1]
CLASSIFICATION = {
    "cross_entropy": (),
    "temperature": (0.5,),
    "squared": (),
    "label_smoothing": (0.125,),
    "focal": (2.0,),
}


def logits(scale, seed=0):
    """Logits up to a scale in steps that single precision holds: any, certain, close calls, all equal."""
    rng = np.random.default_rng(seed)
    Z = np.round(rng.uniform(-scale, scale, (3, 6)) * 8) / 8
    Z[0, 1] = np.max(Z[:, 1]) + np.ceil(scale / 2)
    Z[:, 3] = Z[0, 3] + np.array([0.0, 0.5, -0.25])
    Z[:, 5] = Z[0, 5]
    return Z


def function(module, name):
    return getattr(module, {"temperature": "cross_entropy"}.get(name, name))


def bound(name, Z, arguments, eps):
    """Units of rounding: ten for the operations, and that of a difference of logits that meets an exponential."""
    cooled = Z / arguments[0] if name == "temperature" else Z
    exponent = [max(0.0, -float(odds)) for odds in references.log_odds(cooled, LABELS)]
    power = 1 + arguments[0] if name == "focal" else 1
    return [eps * (10 + power * x) * (len(Z) if name == "label_smoothing" else 1) for x in exponent]


def misses(found, expected, allowed, smallest):
    """Samples whose loss is not its definition up to rounding."""
    pairs = zip(np.asarray(found, dtype=np.float64).tolist(), expected, allowed, strict=True)
    return [i for i, (x, y, unit) in enumerate(pairs) if not abs(mp.mpf(x) - y) <= unit * abs(y) + smallest]


def values(xp, array):
    return xp.library.asarray(array, dtype=xp.dtype)


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
@pytest.mark.parametrize("name", CLASSIFICATION)
def test_a_loss_is_accurate_to_rounding_in_every_backend(xp, name, scale):
    Z, arguments, info = logits(scale), CLASSIFICATION[name], np.finfo(str(xp.dtype).rpartition(".")[2])
    found = function(losses, name)(values(xp, Z), LABELS, xp, *arguments)
    expected = function(references, name)(Z, LABELS, *arguments)
    assert misses(to_numpy(found), expected, bound(name, Z, arguments, info.eps), 2 * info.smallest_normal) == []


def naive_softmax(Z):
    odds = np.exp(Z - Z.max(axis=0))
    return (odds / odds.sum(axis=0))[LABELS, range(6)]


NAIVE = {
    "cross_entropy": lambda Z: -np.log(naive_softmax(Z)),
    "temperature": lambda Z: -np.log(naive_softmax(2 * Z)),
    "squared": lambda Z: (np.sum(Z * Z, axis=0) - 2 * Z[LABELS, range(6)] + 1 + 1e-12) / 2,
    "label_smoothing": lambda Z: -np.log(naive_softmax(Z)) * (1 - 0.125),
    "focal": lambda Z: (1 - naive_softmax(Z)) ** 2 * -np.log(naive_softmax(Z)),
}


@pytest.mark.parametrize("name", NAIVE)
def test_a_textbook_formula_would_be_noticed(name):
    scale = 1.0 if name == "squared" else 30.0
    Z, arguments, info = logits(scale), CLASSIFICATION[name], np.finfo(np.float64)
    expected = function(references, name)(Z, LABELS, *arguments)
    with np.errstate(all="ignore"):
        found = NAIVE[name](Z)
    assert misses(found, expected, bound(name, Z, arguments, info.eps), 2 * info.smallest_normal)


@pytest.mark.parametrize("scale", [1, 10, 100])
def test_the_contrastive_loss_is_accurate_to_rounding_in_every_backend(xp, scale):
    H, info = features(scale), np.finfo(str(xp.dtype).rpartition(".")[2])
    found = losses.supervised_contrastive(values(xp, H), LABELS, xp, 0.5)
    expected = references.supervised_contrastive(H, LABELS, 0.5)
    exponent = [max(0.0, -float(mp.log(y))) for y in expected]
    assert misses(to_numpy(found), expected, [info.eps * (20 + x) for x in exponent], 2 * info.smallest_normal) == []


def features(scale):
    """Integers, so that inner products are exact; at scale 100 they reach 1e4."""
    rng = np.random.default_rng(3)
    means = rng.integers(-scale, scale + 1, (2, 3))
    return (means[:, LABELS] + rng.integers(-1, 2, (2, 6))).astype(float)


def test_a_contrastive_loss_that_subtracts_logarithms_would_be_noticed():
    H, info = features(10), np.finfo(np.float64)
    gram = H.T @ H / 0.5
    np.fill_diagonal(gram, -np.inf)
    total = np.logaddexp.reduce(gram, axis=1)
    positive = [next(q for q in range(6) if q != i and LABELS[q] == k) for i, k in enumerate(LABELS)]
    expected = references.supervised_contrastive(H, LABELS, 0.5)
    exponent = [max(0.0, -float(mp.log(y))) for y in expected]
    naive = total - gram[range(6), positive]
    assert misses(naive, expected, [info.eps * (20 + x) for x in exponent], info.smallest_normal)


@pytest.mark.parametrize("name", [*CLASSIFICATION, "supervised_contrastive"])
def test_balls_contain_the_value_and_are_small(name):
    arguments = CLASSIFICATION.get(name, (0.5,))
    x = logits(1e4) if name in CLASSIFICATION else features(100)
    with precision(200):
        found = function(losses, name)(BALL.asarray(x), LABELS, BALL, *arguments)
        for one, expected in zip(found.tolist(), function(references, name)(x, LABELS, *arguments), strict=True):
            around = arb(mp.nstr(expected, 45), max(abs(float(expected)) * 1e-44, 1e-300))
            assert one.overlaps(around)
            assert float(one.rad()) <= 1e-40 * max(1.0, abs(float(one.mid())))


def test_the_squared_loss_is_rational():
    Z = RATIONAL.asarray([[Fraction(1, 3), Fraction(2)], [Fraction(1), Fraction(-1, 2)]])
    assert losses.squared(Z, [0, 1], RATIONAL).tolist() == [fmpq(13, 18), fmpq(25, 8)]


def test_the_label_smoothing_of_no_smoothing_is_the_cross_entropy(xp64):
    Z = values(xp64, logits(30.0))
    plain = losses.cross_entropy(Z, LABELS, xp64)
    assert to_numpy(losses.label_smoothing(Z, LABELS, xp64, 0)).tolist() == to_numpy(plain).tolist()
    assert to_numpy(losses.focal(Z, LABELS, xp64, 0)).tolist() == to_numpy(plain).tolist()


def test_a_sample_alone_in_its_class_has_no_contrastive_loss(xp64):
    found = losses.supervised_contrastive(values(xp64, features(1)), [0, 0, 1, 1, 1, 2], xp64, 1)
    assert np.isnan(to_numpy(found)).tolist() == [False] * 5 + [True]


def test_two_samples_of_one_class_cost_nothing(xp64):
    assert to_numpy(losses.supervised_contrastive(values(xp64, np.ones((1, 2))), [0, 0], xp64, 1)).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda xp, Z: losses.cross_entropy(Z, [0, 1], xp), ValueError, "^labels: expected 6 class numbers"),
        (lambda xp, Z: losses.cross_entropy(Z, [0, 1, 2, 3, 0, 0], xp), ValueError, r"^labels: .* 0\.\.2, got 0 to 3"),
        (lambda xp, Z: losses.cross_entropy(Z, [0.0] * 6, xp), TypeError, "^labels: expected integers"),
        (lambda xp, Z: losses.cross_entropy(Z[:1, :], [0] * 6, xp), ValueError, "^Z: expected .*at least 2"),
        (lambda xp, Z: losses.squared(Z[0, :], LABELS, xp), ValueError, "^Z: expected a matrix"),
        (
            lambda xp, Z: losses.cross_entropy(Z, LABELS, xp, 0),
            ValueError,
            "^temperature: expected .* > 0, got 0",
        ),
        (
            lambda xp, Z: losses.label_smoothing(Z, LABELS, xp, 2),
            ValueError,
            "^eps: expected a finite number >= 0 and <= 1",
        ),
        (lambda xp, Z: losses.focal(Z, LABELS, xp, -1), ValueError, "^gamma: expected a finite number >= 0, got -1"),
        (lambda xp, Z: losses.focal(Z, LABELS, xp, "2"), TypeError, "^gamma: expected a finite number >= 0, got str"),
        (lambda xp, Z: losses.supervised_contrastive(Z, LABELS, xp, 0), ValueError, "^temperature"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(xp64, call, error, message):
    with pytest.raises(error, match=message):
        call(xp64, values(xp64, logits(1.0)))


def test_a_point_of_equal_classes_has_labels_too():
    p = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, 2.0, -1.0, -3.0]]))
    assert (p.N, p.class_sizes, p.labels.tolist()) == (4, (2, 2), [0, 0, 1, 1])
    assert float(np.sum(losses.cross_entropy(p.logits, p.labels, p.xp))) == pytest.approx(float(p.loss), rel=1e-15)


SPACE = Space(
    sizes={"K": (2, 3), "d": (1, 2)},
    classes=("K", (1, 2)),
    variables={"W": Variable("K", "d"), "H": Variable("d", "N"), "gamma": Variable(low=0, high=3)},
)


def attacked(statement, space=SPACE):
    return falsify(statement, space, seed=0, budget=60, evaluations=3000)


def test_a_false_claim_about_a_loss_is_falsified():
    claim = Inequality(
        "the focal loss is at least half the cross-entropy",
        slack=lambda p: (
            p.xp.sum(losses.focal(p.W @ p.H, p.labels, p.xp, p.gamma))
            - p.xp.sum(losses.cross_entropy(p.W @ p.H, p.labels, p.xp)) / 2
        ),
    )
    assert attacked(claim).status == "falsified"


@pytest.mark.slow
def test_a_true_claim_about_losses_is_not():
    claim = Inequality(
        "the focal loss is at most the cross-entropy",
        slack=lambda p: (
            p.xp.sum(losses.cross_entropy(p.W @ p.H, p.labels, p.xp))
            - p.xp.sum(losses.focal(p.W @ p.H, p.labels, p.xp, p.gamma))
        ),
    )
    assert attacked(claim).status == "unfalsified"


PAIRS = Space(
    sizes={"d": (1, 2)},
    classes=None,
    variables={"H": Variable("d", 4, on="columns on sphere"), "tau": Variable(positive=True)},
)


def contrast(p):
    return losses.supervised_contrastive(p.H, [0, 0, 1, 1], p.xp, p.tau)


@pytest.mark.slow
def test_contrast_is_attacked_with_its_temperature():
    bound = Inequality("log(1 + 2 exp(-2/tau))", slack=lambda p: p.xp.sum(contrast(p)) / 4 - least(p))
    assert attacked(bound, PAIRS).status == "unfalsified"
    above = Inequality("one per cent above", slack=lambda p: p.xp.sum(contrast(p)) / 4 - least(p) * 101 / 100)
    assert attacked(above, PAIRS).status == "falsified"


def least(p):
    return p.xp.log1p(2 * p.xp.exp(-2 / p.tau))
