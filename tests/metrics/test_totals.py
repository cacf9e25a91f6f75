"""Sums of the two passes and the means that belong to them."""

import numpy as np
import pytest

from ncverify.metrics.totals import ClassMeans, ClassTotals, DistanceTotals


def test_no_samples_are_counted_in_integers_and_change_no_totals():
    for zero in (ClassTotals.zero(3, 2), DistanceTotals.zero(3)):
        assert zero.counts.dtype == np.int64
        assert zero.counts.tolist() == [0, 0, 0]
        assert all(not value.any() for value in vars(zero).values())
        assert zero.plus(zero).counts.dtype == np.int64


@pytest.mark.parametrize(("counts", "balanced"), [([2, 2, 2], True), ([2, 2, 3], False), ([1, 2, 2], False)])
def test_classes_are_balanced_where_their_sizes_agree(counts, balanced):
    totals = ClassTotals(np.array(counts), np.ones((3, 2)), np.ones(3))
    assert ClassMeans.of(totals).balanced is balanced


def test_the_global_mean_is_that_of_samples_or_of_classes():
    totals = ClassTotals(np.array([1, 3]), np.array([[2.0], [18.0]]), np.zeros(2))
    assert ClassMeans.of(totals).means.tolist() == [[2.0], [6.0]]
    assert ClassMeans.of(totals, "samples").global_mean.tolist() == [5.0]
    assert ClassMeans.of(totals, "classes").global_mean.tolist() == [4.0]


def test_a_sentence_says_how_many_classes_are_empty_and_which_is_the_first():
    totals = ClassTotals(np.array([1, 0, 2, 0]), np.ones((4, 2)), np.zeros(4))
    with pytest.raises(ValueError, match=r"^labels: class 1 has no samples, .* \(2 such classes\); .*leave out"):
        ClassMeans.of(totals)


def test_a_sentence_names_the_class_whose_sums_are_not_finite():
    totals = ClassTotals(np.array([1, 1, 1]), np.array([[1.0, 2.0], [1.0, 2.0], [np.inf, 2.0]]), np.zeros(3))
    with pytest.raises(
        ValueError, match=r"^features: expected finite numbers whose sums are finite, class 2 has others$"
    ):
        ClassMeans.of(totals)


def test_classes_without_samples_are_left_out_where_that_is_asked_for():
    totals = ClassTotals(np.array([1, 0, 3]), np.array([[2.0], [0.0], [18.0]]), np.zeros(3))
    for centre, overall in (("samples", 5.0), ("classes", 4.0)):
        found = ClassMeans.of(totals, centre, "leave out")
        assert found.present.tolist() == [True, False, True]
        assert found.global_mean.tolist() == [overall]
        assert np.isnan(found.means[1]).all()
        assert found.filled().means.tolist() == [[2.0], [2.0], [6.0]]
    with pytest.raises(ValueError, match="at least two classes"):
        ClassMeans.of(ClassTotals(np.array([0, 4]), np.ones((2, 1)), np.zeros(2)), empty="leave out")
