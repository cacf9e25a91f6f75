"""Critical points in closed form: stationarity, multiplier, smallest eigenvalue."""

from functools import partial

import numpy as np
import pytest

from ncverify.landscape import (
    collapsed,
    direct_sum,
    merged_classes,
    multiplier,
    partial_simplex,
    polygon,
    stationarity_residual,
    vanishing_gradient,
)
from tests.landscape.oracle import rounding, tangent_spectrum


def members(rho, *, opposed=False):
    """Makers of members: the tests call them, so that nothing is computed while this file is imported."""
    options = {"rho": rho, "opposed": opposed}
    shapes = [(2, 1, 1), (3, 2, 2), (3, 1, 4), (4, 2, 3)]
    merged = [(4, 1, 1, 2), (4, 2, 3, 2), (6, 1, 3, 3)]
    sums = [(4, 1, 2, 2), (4, 2, 4, 2), (6, 1, 5, 3)]
    partials = [(3, 1, 1, 2), (3, 2, 2, 2), (4, 1, 3, 2), (4, 1, 3, 3), (5, 2, 4, 2)]
    polygons = [(3, 1, 2), (4, 1, 2), (4, 2, 3), (5, 1, 2), (6, 1, 3)]
    return [
        *(partial(collapsed, *shape, **options) for shape in shapes),
        *(partial(merged_classes, *shape, blocks=b, **options) for *shape, b in merged),
        *(partial(direct_sum, *shape, blocks=b, **options) for *shape, b in sums),
        *(partial(partial_simplex, *shape, active=a, **options) for *shape, a in partials),
        *(partial(polygon, *shape, **options) for shape in polygons),
    ]


ALL = [
    *members(1.0),
    *members(3.0),
    *members(1.0, opposed=True),
    *members(3.0, opposed=True),
    *(
        partial(vanishing_gradient, *shape, 2.0, share=s)
        for shape in [(2, 1, 1), (2, 3, 2), (3, 2, 3)]
        for s in (0.0, 0.5, 1.0)
    ),
]


def families():
    return [make() for make in ALL]


def name(make):
    return f"{make.func.__name__}{make.args} {make.keywords}"


@pytest.mark.parametrize("make", ALL, ids=name)
def test_members_are_critical_with_the_multiplier_and_eigenvalue_of_the_formula(make):
    family = make()
    p = family.point
    assert float(stationarity_residual(p)) <= rounding(p)
    assert float(multiplier(p)) == pytest.approx(family.multiplier, abs=rounding(p))
    if family.smallest is not None:
        assert tangent_spectrum(p)[0] == pytest.approx(family.smallest, abs=rounding(p))


@pytest.mark.parametrize("make", ALL, ids=name)
def test_members_have_the_shape_and_the_radius_that_were_asked_for(make):
    p = make().point
    assert (p.K, p.n, p.d) == make.args[:3]
    assert float(p.squared_norm) == pytest.approx((make.keywords.get("rho") or make.args[3]) ** 2, rel=1e-14)


def test_the_norms_of_classifiers_and_features_are_balanced_or_have_the_share_that_was_asked_for():
    for make in members(2.0):
        assert (make().point.W ** 2).sum() == pytest.approx(2.0, rel=1e-14)
    for share in (0.0, 0.3, 1.0):
        found = vanishing_gradient(3, 2, 3, 2.0, share=share).point
        assert (found.W**2).sum() == pytest.approx(4 * share, rel=1e-14)
        assert (found.H**2).sum() == pytest.approx(4 * (1 - share), rel=1e-14)


def test_names_are_those_of_the_families():
    names = {make.func.__name__: make().name for make in (*members(1.0), ALL[-1])}
    assert names == {
        "collapsed": "collapsed",
        "merged_classes": "merged classes",
        "direct_sum": "direct sum of simplices",
        "partial_simplex": "simplex on some classes",
        "polygon": "polygon",
        "vanishing_gradient": "vanishing gradient",
    }
    assert collapsed(3, 1, 2, 1.0, opposed=True).name == "opposed"


def test_multipliers_of_all_three_signs_occur():
    signs = {int(np.sign(family.multiplier)) for family in families()}
    assert signs == {-1, 0, 1}


def test_every_family_without_formula_lacks_a_common_null_vector():
    without = [family for family in families() if family.smallest is None]
    assert without
    for family in without:
        p = family.point
        assert np.linalg.matrix_rank(np.vstack([p.W, p.H.T])) == p.d


def test_features_of_the_vanishing_family_may_fill_all_dimensions():
    p = vanishing_gradient(2, 3, 2, 2.0, share=0.0).point
    assert np.linalg.matrix_rank(p.H) == p.d
    assert float(multiplier(p)) == pytest.approx(0.0, abs=rounding(p))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: merged_classes(4, 1, 3, blocks=3, rho=1.0), "divisor"),
        (lambda: direct_sum(4, 1, 1, blocks=2, rho=1.0), "K - blocks"),
        (lambda: partial_simplex(3, 1, 2, active=3, rho=1.0), "active"),
        (lambda: polygon(4, 1, 1, 1.0), "polygon"),
        (lambda: collapsed(4, 1, 2, 1.0), "d >= K-1"),
    ],
)
def test_members_that_do_not_exist_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
