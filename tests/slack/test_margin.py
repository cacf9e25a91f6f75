"""The slack of Theorem 3.1 is the sum of its three terms, exactly, and each term sees its own defect alone."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncverify import Inequality, Point, Space, UnequalPoint, Variable, falsify
from ncverify.collapse import collapsed_point, integer_collapsed_point
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.surd import Surd
from ncverify.slack import MarginSlack, margin_bound, margin_slack, mean_difference
from tests.cases import CASES, dtype_name, host, repeatable

EPS = float(np.finfo(float).eps)
TERMS = ("centring", "alignment", "spread")


def rational_point(K, n, d, seed, denominators=7):
    rng = np.random.default_rng(seed)

    def entries(*shape):
        tops, bottoms = rng.integers(-9, 10, shape), rng.integers(1, denominators + 1, shape)
        return RATIONAL.asarray(
            [[Fraction(int(a), int(b)) for a, b in zip(*rows, strict=True)] for rows in zip(tops, bottoms, strict=True)]
        )

    return Point(entries(K, d), entries(d, K * n))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("K", [2, 3, 5])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_three_terms_add_up_to_the_slack_exactly_at_rational_points(K, n, d):
    for seed in range(3):
        p = rational_point(K, n, d, 100 * K + 10 * n + d + 1000 * seed)
        s = margin_slack(p)
        assert bool(s.bound - s.q_min == s.centring + s.alignment + s.spread)
        assert bool(s.bound == p.squared_norm / (2 * (K - 1) * p.xp.sqrt(n)))
        assert bool(s.q_min == p.q_min)
        assert all(bool(getattr(s, term) >= 0) for term in TERMS)
        assert isinstance(s.bound.item(), Surd) is (n in (2, 3))


@repeatable
@given(st.integers(2, 4), st.sampled_from([1, 2, 3, 4, 9]), st.integers(1, 4), st.integers(0, 2**32), st.data())
def test_a_changed_coefficient_breaks_the_identity(K, n, d, seed, data):
    """Negative control: 0.1 % more of any term, and the sum is no longer the slack unless that term vanishes."""
    s = margin_slack(rational_point(K, n, d, seed))
    term = data.draw(st.sampled_from(TERMS))
    total = s.centring + s.alignment + s.spread + getattr(s, term) / 1000
    assert bool(s.bound - s.q_min == total) is bool(getattr(s, term) == 0)


@pytest.mark.parametrize("K", [2, 3, 6])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_all_terms_vanish_exactly_at_a_balanced_collapsed_point(K, n):
    s = margin_slack(integer_collapsed_point(K, n, K))
    assert [getattr(s, term).item() for term in TERMS] == [0, 0, 0]
    assert bool(s.bound == s.q_min)


def test_each_defect_is_seen_by_its_own_term_alone():
    p = integer_collapsed_point(3, 4, 3)
    shift = RATIONAL.asarray([[1, 1, 1]])
    found = {
        "centring": margin_slack(Point(p.W + shift, p.H)),
        "alignment": margin_slack(Point(p.W, 2 * p.H)),
        "spread": margin_slack(Point(_bent(p.W), _bent(p.H.T).T)),
    }
    for defect, s in found.items():
        assert {term for term in TERMS if bool(getattr(s, term) != 0)} == {defect}
        assert bool(s.bound - s.q_min == getattr(s, defect))


def _bent(rows):
    """Rows mapped by a matrix that keeps their sum at zero and breaks their equal angles."""
    return rows @ RATIONAL.asarray([[2, 0, 0], [0, 1, 0], [0, 0, 1]])


@repeatable
@given(st.integers(2, 4), st.sampled_from([1, 2, 4]), st.integers(1, 4), st.integers(0, 2**32))
def test_terms_are_blind_to_a_common_rotation_and_scale_like_squared_norms(K, n, d, seed):
    p = rational_point(K, n, d, seed)
    signs = RATIONAL.asarray(np.diag([1] + [-1] * (d - 1)))
    rotated, scaled = Point(p.W @ signs, signs @ p.H), Point(3 * p.W, 3 * p.H)
    for one, turned, larger in zip(margin_slack(p), margin_slack(rotated), margin_slack(scaled), strict=True):
        assert bool(one == turned)
        assert bool(9 * one == larger)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_floats_of_every_backend_agree_with_rational_arithmetic(xp, case):
    p = case.point(xp)
    exact = margin_slack(p.map(lambda a: RATIONAL.asarray(host(a))))
    found = margin_slack(p)
    # sums over K n d products, of terms whose sizes add up to the squared norm and the largest logits
    W, H = abs(host(p.W)), abs(host(p.H))
    size = float((W**2).sum() + (H**2).sum() + (W @ H).max())
    bound = 8 * (p.d + p.K * p.n) * p.K * float(np.finfo(dtype_name(xp)).eps) * size
    assert isinstance(found, MarginSlack)
    for value, reference in zip(found, exact, strict=True):
        assert Point.trusted(value, value).xp == xp
        assert abs(float(host(value)) - reference.nearest_float()) <= bound


@pytest.mark.parametrize(("K", "n", "d"), [(2, 1, 1), (3, 4, 2), (4, 2, 7)])
def test_the_bound_is_reached_by_collapsed_points_in_floats(K, n, d):
    p = collapsed_point(K, n, d, rotation=3)
    assert abs(margin_bound(p) - p.q_min) <= 32 * (d + K) * EPS


def test_the_mean_difference_leaves_out_the_own_class():
    """K = 2, n = 1: the two differences are s_12 = 2 and s_21 = 4; the zeros of s_kk do not count."""
    p = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -2.0]]))
    assert mean_difference(p) == 3.0


# --- unequal classes --------------------------------------------------------------------------------------------------

UNEQUAL = [(2, 1), (3, 1, 2), (50, 1), (1, 4, 9, 2)]


def unequal_point(sizes, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return UnequalPoint(rng.standard_normal((len(sizes), d)), rng.standard_normal((d, sum(sizes))), sizes)


@pytest.mark.parametrize("sizes", UNEQUAL, ids=str)
def test_the_three_terms_add_up_for_unequal_classes_to_fifty_digits(sizes):
    with precision(256):
        s = margin_slack(unequal_point(sizes).map(BALL.asarray))
        rest = (s.bound - s.q_min - s.centring - s.alignment - s.spread).item()
        assert rest.contains(0)
        assert float(rest.rad()) < 1e-50 * sum(sizes) ** 2
        assert all(not (getattr(s, term) < 0).values.item() for term in TERMS)
        for term in TERMS:
            assert not (rest - getattr(s, term).item() / 1000).contains(0)  # 0.1 % more of any term would be seen


@pytest.mark.parametrize("sizes", [(2, 2, 2), (1, 1), (3, 3)], ids=str)
def test_equal_sizes_given_one_by_one_make_no_difference(sizes):
    p = unequal_point(sizes)
    assert margin_slack(p) == margin_slack(Point(p.W, p.H))


def test_each_defect_is_seen_by_its_own_term_with_unequal_classes():
    W = np.array([[2.0, 0.0], [-2.0, 0.0]])
    aligned = UnequalPoint(W, np.array([[2, -1, -1, -1, -1], [0.0, 0, 0, 0, 0]]), (1, 4))
    s = margin_slack(aligned)
    assert (s.centring, s.alignment) == (0, 0)
    assert s.spread > 0  # not attained: the differences are 8 and 4
    assert margin_slack(UnequalPoint(W, 2 * aligned.H, (1, 4))).alignment > 0
    assert margin_slack(UnequalPoint(W + 1, aligned.H, (1, 4))).centring > 0


@pytest.mark.slow
def test_the_bound_for_unequal_classes_holds_and_one_below_the_mean_of_the_roots_does_not():
    space = Space(
        sizes={"K": 2, "d": 1},
        classes=("K", (1, 4)),
        variables={"W": Variable("K", "d"), "H": Variable("d", "N")},
    )

    def slack(factor):
        def of(p):
            q = UnequalPoint.of_classes(p.W, p.H, p.class_sizes)
            return factor * margin_bound(q) - q.q_min

        return Inequality("margin", slack=of)

    assert falsify(slack(1), space, budget=60, evaluations=3000).status == "unfalsified"
    assert falsify(slack(0.99), space, budget=60, evaluations=3000).status == "falsified"
