"""The strategies really draw what they promise, and shrink to small, readable points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.errors import NoSuchExample

from ncverify.collapse import residuals
from ncverify.domain import Domain
from ncverify.papers.claim import SMALL
from ncverify.point import Point
from properties.strategies import FAMILIES, points, shapes

QUICK = settings(max_examples=300, derandomize=True, database=None, deadline=None)
DRAWN = settings(QUICK, phases=[Phase.generate])  # whether it is drawn at all: no shrinking
SQUARE = Domain(K=3, n=2, d=3)


def _point(drawn):
    return Point(drawn.W, drawn.H)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_drawn_among_all(family):
    assert find(points(SMALL), lambda drawn: drawn.family == family, settings=DRAWN).family == family


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(drawn=points(SMALL))
def test_every_drawn_pair_is_a_point_of_its_shape(drawn):
    p = _point(drawn)
    assert (p.K, p.n, p.d) == tuple(drawn.shape)


@pytest.mark.slow
def test_a_drawn_point_shrinks_to_zeros_of_the_smallest_shape():
    smallest = find(points(SMALL), lambda drawn: True, settings=QUICK)
    assert (smallest.shape.K, smallest.shape.n) == (2, 1)
    assert not smallest.W.any()
    assert not smallest.H.any()


@pytest.mark.slow
def test_a_separating_point_shrinks_to_small_integers():
    found = find(points(SMALL, ("small",)), lambda drawn: float(_point(drawn).q_min) > 0, settings=QUICK)
    entries = np.concatenate([found.W.ravel(), found.H.ravel()])
    assert np.array_equal(entries, np.round(entries))
    assert np.abs(entries).max() <= 1


def test_collapsed_points_are_collapsed_where_a_simplex_exists():
    found = find(points(SQUARE, ("collapsed",)), lambda drawn: True, settings=DRAWN)
    r = residuals(_point(found))
    assert max(float(r.nc1), float(r.nc2), float(r.nc3)) < 1e-14


def test_nearly_collapsed_points_are_close_but_not_collapsed():
    found = find(
        points(SQUARE, ("nearly collapsed",)),
        lambda drawn: 1e-6 < float(residuals(_point(drawn)).nc2) < 1e-3,
        settings=DRAWN,
    )
    assert float(residuals(_point(found)).nc1) > 0


def test_anti_collapsed_points_misclassify_every_sample():
    found = find(points(SQUARE, ("anti-collapsed",)), lambda drawn: True, settings=DRAWN)
    assert float(_point(found).q_min) < 0


def test_low_rank_points_have_rank_one():
    found = find(points(SQUARE, ("low rank",)), lambda drawn: True, settings=DRAWN)
    assert np.linalg.matrix_rank(found.W) == np.linalg.matrix_rank(found.H) == 1


def test_merged_classes_share_classifier_and_features():
    found = find(points(SQUARE, ("merged classes",)), lambda drawn: True, settings=DRAWN)
    assert np.array_equal(found.W[0], found.W[1])
    assert np.array_equal(found.H[:, :2], found.H[:, 2:4])


@pytest.mark.parametrize("far", [lambda x: x > 1e100, lambda x: 0 < x < 1e-100], ids=["huge", "tiny"])
def test_badly_scaled_points_reach_both_ends(far):
    assert find(points(SQUARE, ("badly scaled",)), lambda drawn: far(float(np.abs(drawn.W).max())), settings=DRAWN)


@pytest.mark.parametrize(
    "degenerate",
    [
        lambda d: not d.W.any() and not d.H.any(),
        lambda d: not d.W.any() and d.H.any(),
        lambda d: d.W.any() and not d.H.any(),
        lambda d: not d.W[0].any() and d.W.any(),
        lambda d: not d.W[:, 0].any() and d.W.any(),
    ],
    ids=["zero", "W zero", "H zero", "one class zero", "one direction zero"],
)
def test_every_kind_of_degenerate_point_is_drawn(degenerate):
    assert find(points(SQUARE, ("degenerate",)), degenerate, settings=DRAWN)


def test_gaussian_points_have_full_rank_and_distinct_entries():
    found = find(points(Domain(K=4, n=2, d=4), ("gaussian",)), lambda drawn: True, settings=DRAWN)
    assert np.linalg.matrix_rank(found.W) == 4
    assert len(np.unique(found.H)) == found.H.size


@pytest.mark.slow
def test_a_family_that_cannot_separate_never_does():
    """Negative control of the searches above: `find` fails where nothing is to be found."""
    with pytest.raises(NoSuchExample):
        find(points(SQUARE, ("merged classes",)), lambda drawn: float(_point(drawn).q_min) > 0, settings=DRAWN)


def test_shapes_cover_dimensions_below_at_and_above_the_simplex():
    for offset in (-2, -1, 0, 1):
        wide = Domain(K=(2, 4), n=(1, 2), d=(1, 5))
        found = find(shapes(wide), lambda s, offset=offset: s.K == 4 and s.d - (s.K - 1) == offset, settings=DRAWN)
        assert found.d == found.K - 1 + offset
