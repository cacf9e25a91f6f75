"""NC1 to NC3 as predicates: true at collapse, and each of them false where that one alone is violated."""

from fractions import Fraction

import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import (
    has_balanced_norms,
    has_equal_norms,
    has_self_duality,
    has_variability_collapse,
    integer_collapsed_point,
    is_collapsed,
    is_simplex,
    means,
    simplex_gram,
    within_class_deviations,
)
from ncverify.numbers.rational import RATIONAL

EXACT = integer_collapsed_point(3, 4, 3)
UNIT = RATIONAL.asarray([[1], [0], [0]])


def moved(W=None, H=None):
    return Point(EXACT.W if W is None else W, EXACT.H if H is None else H)


def feature_shift(columns):
    """A shift along the first axis for each of the 12 features."""
    return UNIT @ RATIONAL.asarray([columns])


def spread_within_classes():
    """NC1 alone is violated: the first two features of class 0 move apart, its mean stays."""
    return moved(H=EXACT.H + feature_shift([1, -1] + [0] * 10))


def unequal_means():
    """NC2 alone is violated: features of class 0 and its classifier both shrink by the same factor."""
    factors = RATIONAL.asarray([Fraction(1, 2), 1, 1])
    columns = RATIONAL.asarray([Fraction(1, 2)] * 4 + [1] * 8)
    return moved(W=RATIONAL.expand_dims(factors, 1) * EXACT.W, H=EXACT.H * RATIONAL.expand_dims(columns, 0))


def unequal_angles():
    """NC2 alone is violated: all norms stay equal, but the third vector turns towards the first two."""
    W = RATIONAL.asarray([[3, 0, 4], [0, 3, 4], [0, 0, 5]])
    return Point(W, RATIONAL.asarray(np.repeat(W.data.T, 4, axis=1)))


def classifiers_of_other_classes():
    """NC3 alone is violated: classifiers and means are the same simplex in another order."""
    return moved(W=RATIONAL.take(EXACT.W, RATIONAL.integers([1, 2, 0]), axis=0))


VIOLATIONS = {
    "variability collapse": spread_within_classes,
    "simplex: norms": unequal_means,
    "simplex: angles": unequal_angles,
    "self-duality": classifiers_of_other_classes,
}


def holds(p):
    return {
        "variability collapse": bool(has_variability_collapse(p)),
        "simplex": bool(is_simplex(p.class_means, p.xp)),
        "self-duality": bool(has_self_duality(p)),
    }


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_each_condition_fails_alone_where_it_alone_is_violated(violation):
    p = VIOLATIONS[violation]()
    assert holds(p) == {name: name != violation.split(":")[0] for name in holds(p)}
    assert not bool(is_collapsed(p))


def test_all_conditions_hold_at_a_collapsed_point():
    assert all(holds(EXACT).values())
    assert bool(is_collapsed(EXACT))


@pytest.mark.parametrize(("scale", "truth"), [(Fraction(1, 7), True), (5, True), (0, False), (-1, False)])
def test_self_duality_is_proportionality_with_a_positive_factor(scale, truth):
    assert bool(has_self_duality(moved(W=EXACT.W * scale))) is truth
    assert bool(has_self_duality(moved(H=EXACT.H * scale))) is truth
    assert bool(is_collapsed(moved(H=EXACT.H * scale))) is truth


def test_a_zero_or_constant_configuration_is_no_simplex():
    zero = RATIONAL.zeros((3, 3))
    assert not bool(is_simplex(zero, RATIONAL))
    assert not bool(is_simplex(RATIONAL.ones((3, 3)), RATIONAL))
    assert bool(has_equal_norms(zero, RATIONAL))
    assert not bool(has_equal_norms(RATIONAL.asarray([[1, 0], [0, 2]]), RATIONAL))


def test_a_common_shift_breaks_the_printed_formula_and_not_the_printed_text():
    """The text of NC2 centres the means, the formula does not: a shift of all features tells them apart."""
    p = moved(H=EXACT.H + feature_shift([5] * 12))
    assert bool(has_variability_collapse(p))
    assert not bool(is_simplex(p.class_means, p.xp))
    assert bool(is_simplex(means(p, centred=True), p.xp))
    assert not bool(has_self_duality(p))
    assert bool(has_self_duality(p, centred=True))
    assert not bool(is_collapsed(p))


def test_deviations_sum_to_zero_in_each_class_and_add_up_to_the_features():
    rng = np.random.default_rng(0)
    p = Point(RATIONAL.asarray(rng.integers(-5, 6, (2, 3))), RATIONAL.asarray(rng.integers(-5, 6, (3, 6))))
    deviations = within_class_deviations(p)
    for k in range(2):
        assert bool(RATIONAL.all(RATIONAL.sum(deviations[:, 3 * k : 3 * k + 3], axis=1) == 0))
    assert bool(RATIONAL.all(deviations[:, 0] + p.class_means[0, :] == p.H[:, 0]))
    assert bool(RATIONAL.all(RATIONAL.sum(means(p, centred=True), axis=0) == 0))


@pytest.mark.parametrize("K", [2, 3, 7])
def test_the_gram_matrix_of_a_simplex_is_exact(K):
    gram = simplex_gram(K, RATIONAL)
    assert [gram[k, k].item() for k in range(K)] == [1] * K
    assert bool(gram[0, K - 1] == Fraction(-1, K - 1))
    assert bool(RATIONAL.all(RATIONAL.sum(gram, axis=0) == 0))


def test_balanced_norms_are_an_equality_of_sums_of_squares():
    assert bool(has_balanced_norms(EXACT))
    assert not bool(has_balanced_norms(moved(W=2 * EXACT.W)))
