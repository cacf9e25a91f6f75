"""The theorems that are written out in `properties/ulpm_2022/`: what each asserts, broken, is seen by its test."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ncverify.collapse import collapsed_point, is_collapsed
from ncverify.flow.limits import Limit
from ncverify.point import Point
from properties.strategies import model

FOLDER = Path(__file__).parents[2] / "properties" / "ulpm_2022"
FILES = ("theorem_3_1", "theorem_3_2", "theorem_3_3", "theorem_3_4", "corollary_3_1")


settings.register_profile(
    "written out",
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # what has to fail need not fail at a small point
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def profile():
    """As in `pytest properties/`: the same points in every run, and no clock."""
    before = settings.get_current_profile_name()
    settings.load_profile("written out")
    yield
    settings.load_profile(before)


def written_out(name):
    """A test module of `properties/ulpm_2022/`, executed anew."""
    spec = importlib.util.spec_from_file_location(f"written_out_{name}", FOLDER / f"test_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BROKEN = [
    ("theorem_3_1", "bound", lambda p: p.squared_norm / (2 * p.K * p.xp.sqrt(p.n)), "the_margin_is_at_most_the_bound"),
    (
        "theorem_3_1",
        "bound",
        lambda p: p.squared_norm / (p.K - 1),
        "collapsed_points_with_equal_norms_attain_the_bound",
    ),
    ("theorem_3_1", "is_optimal", lambda p: p.q_min < 0, "away_from_the_origin_nothing_else_attains_it"),
    ("theorem_3_1", "is_optimal", lambda p: p.squared_norm == 0, "the_printed_equivalence_fails_at_the_origin"),
    ("theorem_3_3", "on_sphere", lambda p, size: p, "no_point_of_the_sphere_has_less_loss_than_the_collapsed_one"),
    ("theorem_3_3", "on_sphere", lambda p, size: Point(p.W, -p.H), "every_other_point_has_more"),
    ("theorem_3_3", "is_optimal", lambda p: p.q_min == 0, "the_printed_form_fails_at_the_origin"),
    (
        "theorem_3_3",
        "is_collapsed",
        lambda p: p.q_min <= 0,
        "the_printed_form_fails_on_every_sphere_where_no_simplex_fits",
    ),
    ("theorem_3_4", "distance", lambda p, q: 10 + p.squared_norm, "a_nearby_point_of_the_same_norm_has_less_loss"),
    ("theorem_3_4", "is_collapsed", lambda p: p.q_min == 0, "the_printed_form_of_3_4_fails_at_the_origin"),
    ("corollary_3_1", "least_value", lambda p: 2 * p.K * p.n, "feasible_points_have_at_least_the_least_value"),
    ("corollary_3_1", "is_optimal", lambda p: p.q_min < 0, "only_collapsed_points_attain_it"),
    ("corollary_3_1", "objective", lambda p: p.squared_norm, "collapsed_points_attain_it_and_are_kkt_points"),
    (
        "corollary_3_1",
        "is_collapsed",
        lambda p: p.q_min > 0,
        "the_printed_form_fails_for_four_classes_in_the_plane",
    ),
]


@pytest.mark.parametrize(("file", "name", "wrong", "test"), BROKEN, ids=[f"{b[0]}: {b[1]}: {b[3]}" for b in BROKEN])
def test_a_theorem_with_a_wrong_formula_is_red(monkeypatch, file, name, wrong, test):
    module = written_out(file)
    monkeypatch.setattr(module, name, wrong)
    with pytest.raises(AssertionError):
        getattr(module, f"test_{test}")()


def test_an_early_direction_is_no_kkt_point(monkeypatch):
    """The direction at log t = 10 with the error bar of the limit, from one start: no shrinking."""
    module = written_out("theorem_3_2")
    found, start = module.limit_direction, collapsed_point(3, 1, 2, squared_norm=9.0)
    start = Point(start.W + 0.2, start.H + np.array([[0.1, 0.0, -0.2], [0.0, 0.1, 0.0]]))
    check = module.test_the_limit_direction_is_along_a_kkt_point.hypothesis.inner_test
    check(start)
    monkeypatch.setattr(
        module, "limit_direction", lambda path: Limit(path.point(1), found(path).error * float(path["rho"][1]))
    )
    with pytest.raises(AssertionError):
        check(start)


def test_wrong_multipliers_show_no_kkt_point(monkeypatch):
    module = written_out("corollary_3_1")
    right = module.collapse_multipliers
    monkeypatch.setattr(module, "collapse_multipliers", lambda K, n, xp: 2 * right(K, n, xp))
    with pytest.raises(AssertionError):
        module.test_collapsed_points_attain_it_and_are_kkt_points()


@pytest.mark.parametrize(
    ("file", "name", "test"),
    [
        ("theorem_3_4", "SQUARE", "the_printed_form_of_3_4_fails_where_no_simplex_fits"),
        ("theorem_3_4", "THREE_ON_A_LINE", "the_printed_form_of_3_3_fails_for_three_classes_on_a_line"),
        ("corollary_3_1", "SQUARE", "the_printed_form_fails_for_four_classes_in_the_plane"),
    ],
)
def test_a_point_that_is_no_counterexample_is_red(monkeypatch, file, name, test):
    module = written_out(file)
    monkeypatch.setattr(module, name, squeezed(getattr(module, name)))
    with pytest.raises(AssertionError):
        getattr(module, f"test_{test}")()


def squeezed(witness):
    """The same coordinates with the first feature turned around: no longer critical, and not separating."""
    H = [[-row[0] if isinstance(row[0], int) else "1", *row[1:]] for row in witness.values["H"]]
    return type(witness)(W=witness.values["W"], H=H)


@pytest.mark.parametrize("file", FILES)
def test_every_written_out_test_says_its_sentence(file):
    module = written_out(file)
    tests = [value for name, value in vars(module).items() if name.startswith("test_")]
    assert len(tests) >= 2
    assert all(test.__doc__ for test in tests)


def test_the_strategies_make_what_their_names_say():
    @settings(max_examples=20)
    @given(model.collapsed_points(balanced=False), model.feasible_points(), model.points_below_log_2())
    def check(collapsed, feasible, late):
        assert is_collapsed(collapsed)
        assert not is_collapsed(Point(collapsed.W, -collapsed.H))
        assert bool(feasible.q_min == 1)
        assert float(late.loss) < 0.69315

    check()
