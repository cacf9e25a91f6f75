"""Critical points in closed form: stationarity, multiplier, smallest eigenvalue."""

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
    return [
        *(collapsed(K, n, d, rho, opposed=opposed) for K, n, d in [(2, 1, 1), (3, 2, 2), (3, 1, 4), (4, 2, 3)]),
        *(
            merged_classes(K, n, d, blocks=b, rho=rho, opposed=opposed)
            for K, n, d, b in [(4, 1, 1, 2), (4, 2, 3, 2), (6, 1, 3, 3)]
        ),
        *(
            direct_sum(K, n, d, blocks=b, rho=rho, opposed=opposed)
            for K, n, d, b in [(4, 1, 2, 2), (4, 2, 4, 2), (6, 1, 5, 3)]
        ),
        *(
            partial_simplex(K, n, d, active=a, rho=rho, opposed=opposed)
            for K, n, d, a in [(3, 1, 1, 2), (3, 2, 2, 2), (4, 1, 3, 2), (4, 1, 3, 3)]
        ),
        *(polygon(K, n, d, rho, opposed=opposed) for K, n, d in [(3, 1, 2), (4, 1, 2), (4, 2, 3), (5, 1, 2)]),
    ]


ALL = [
    *members(1.0),
    *members(3.0),
    *members(1.0, opposed=True),
    *members(3.0, opposed=True),
    *(vanishing_gradient(*shape, 2.0, share=s) for shape in [(2, 1, 1), (2, 3, 2), (3, 2, 3)] for s in (0.0, 0.5, 1.0)),
]


def name(family):
    p = family.point
    return f"{family.name} K={p.K} n={p.n} d={p.d} lambda={family.multiplier:.3g}"


@pytest.mark.parametrize("family", ALL, ids=name)
def test_members_are_critical_with_the_multiplier_and_eigenvalue_of_the_formula(family):
    p = family.point
    assert float(stationarity_residual(p)) <= rounding(p)
    assert float(multiplier(p)) == pytest.approx(family.multiplier, abs=rounding(p))
    if family.smallest is not None:
        assert tangent_spectrum(p)[0] == pytest.approx(family.smallest, abs=rounding(p))


def test_multipliers_of_all_three_signs_occur():
    signs = {int(np.sign(family.multiplier)) for family in ALL}
    assert signs == {-1, 0, 1}


def test_every_family_without_formula_lacks_a_common_null_vector():
    without = [family for family in ALL if family.smallest is None]
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
