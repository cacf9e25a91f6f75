"""Drawn points of planted statements: what fails, what it says, and that too few applicable points fail as well."""

from __future__ import annotations

import subprocess
import sys

import hypothesis
import pytest
from hypothesis import Phase

from ncverify.falsification.on_backend import look
from ncverify.ledger import drawn
from ncverify.numbers import BACKENDS, DTYPES, backend_namespace
from ncverify.papers.claim import Claim, Part
from ncverify.point import Point
from ncverify.statements.types import Identity, Implication, Inequality
from properties.drawn import DrawnOnce, hold
from properties.evidence import collecting
from properties.settings import RUN, register_profiles
from tests.cases import gaussian
from tests.drawn.faults import FAULTS
from tests.drawn.libraries import broken
from tests.ulpm import claims


@pytest.fixture(autouse=True)
def _quick():
    """The quick profile, without shrinking: how small a failure gets is Hypothesis's business and most of the time."""
    before = hypothesis.settings.get_current_profile_name()
    register_profiles()
    quick = hypothesis.settings.get_profile("quick")
    hypothesis.settings.register_profile("unshrunk", quick, phases=(Phase.explicit, Phase.generate))
    hypothesis.settings.load_profile("unshrunk")
    yield
    hypothesis.settings.load_profile(before)


def planted(statement):
    part = Part(statement)
    return Claim("planted", "q", "holds", "planted", parts=(part,)), 0, part


def test_a_true_statement_passes():
    assert hold(*planted(Inequality("squares", slack=lambda p: p.squared_norm)))["applicable"] == 6


def test_a_false_statement_fails_with_exact_confirmation():
    with pytest.raises(AssertionError, match="the statement is violated, confirmed in rational arithmetic"):
        hold(*planted(Inequality("points are short", slack=lambda p: 1 - p.squared_norm)))


@pytest.mark.slow
def test_hypotheses_that_nothing_meets_fail_in_every_profile():
    with pytest.raises(AssertionError, match=r"its hypotheses are met at 0 of .* and 5 are the least"):
        hold(*planted(Inequality("vacuous", slack=lambda p: -1.0, given=[lambda p: -p.loss])))


@pytest.mark.slow
def test_hypotheses_that_drawn_points_never_meet_are_met_by_points_that_are_sought():
    """Margins of at least 3 on the unit sphere of W: a corner that no family of drawn points hits."""
    narrow = Inequality(
        "sought",
        slack=lambda p: p.q_min,
        given=[lambda p: p.q_min - 3, lambda p: 1.01 - p.squared_norm / 10, lambda p: p.squared_norm / 10 - 0.99],
    )
    assert hold(*planted(narrow))["applicable"] >= drawn.LEAST


def test_a_formula_that_means_another_thing_in_floats_fails():
    """The float branch of a formula is held against the exact branch, too."""
    odd = Identity("branches", left=lambda p: p.loss + (0 if p.xp.exact else 1), right=lambda p: p.loss)
    with pytest.raises(AssertionError, match=r"left is to be near"):
        hold(*planted(odd))


def test_a_branch_on_a_truth_that_the_backend_gets_wrong_fails(monkeypatch):
    """A predicate has to agree where rounding cannot turn it: here `max` that is `min` turns it."""
    monkeypatch.setattr(RUN, "library", broken("numpy", "float64", FAULTS["max returns min"]("float64")))
    truth = Implication("wide", premise=lambda p: p.squared_norm > 0, conclusion=lambda p: p.xp.max(p.W) >= 1000.0)
    xp = RUN.namespace
    W, H = gaussian(3, 2, 4)
    W[0, 0] = 2000.0
    seen = look(truth, Point(xp.asarray(W.tolist()), xp.asarray(H.tolist())))
    assert [str(d) for d in seen.disagreements] == [
        "conclusion is False on the backend, and True exactly, allowed difference none: no rounding turns it"
    ]


@pytest.mark.slow
def test_a_failure_says_all_that_is_needed_and_its_line_finds_it_again(monkeypatch):
    wrong = broken("numpy", "float64", FAULTS["sqrt is a little off"]("float64"))
    monkeypatch.setattr(RUN, "library", wrong)
    claim = claims()["thm-3.1-bound"]
    ((index, part),) = drawn.drawn_parts(claim)
    with pytest.raises(AssertionError) as caught:
        hold(claim, index, part)
    text = str(caught.value)
    assert text.startswith("thm-3.1-bound: 'margin bound of Theorem 3.1': slack is ")
    for words in ("slack is ", "on the backend, and ", "exactly, allowed difference ", "'W': [[", "again: python -c"):
        assert words in text
    line = text.partition('python -c "')[2].partition('"')[0]
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "nothing", done.stderr  # the real NumPy is right
    monkeypatch.setattr(drawn, "backend_namespace", lambda *_, **__: wrong)
    scope = {}
    exec(line.replace("print(", "found = ("), scope)  # the printed line itself
    assert scope["found"].startswith("slack is ")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_failure_names_the_backend_as_the_option_does(backend, dtype):
    pytest.importorskip("array_api_strict" if backend == "strict" else backend)
    xp = backend_namespace(backend, dtype=dtype)
    assert drawn.described(Point(xp.ones((2, 2)), xp.ones((2, 4)))) == (backend, dtype, "cpu")


def test_a_changed_coordinate_is_reported(monkeypatch):
    monkeypatch.setattr(RUN, "library", broken("torch", "float64", FAULTS["mean changes its argument"]("float64")))
    with pytest.raises(AssertionError, match=r"p\.H is changed in place|on the backend"):
        hold(*planted(Inequality("mean", slack=lambda p: 1 + p.xp.abs(p.xp.mean(p.H)))))


def once(draw, name, part):
    """What the drawn test of a claim with this part records: tried, applicable and compared, in all."""
    with collecting() as found:
        draw(Claim(name, "q", "holds", "planted", parts=(part,)), 0, part, families=("small",), paper="")
    assert {item["id"] for item in found} == {name}
    return {key: sum(item[key] for item in found) for key in ("tried", "applicable", "compared")}


def test_a_part_of_two_claims_is_drawn_once_and_counts_in_both(monkeypatch):
    held = []
    monkeypatch.setattr("properties.drawn.hold", lambda *a, **k: held.append(a[0].id) or hold(*a, **k))
    part, draw = Part(Inequality("squares", slack=lambda p: p.squared_norm)), DrawnOnce()
    first, second = once(draw, "first", part), once(draw, "second", part)
    assert held == ["first"]
    assert first == second
    assert first["tried"] == 6
    again = once(draw, "third", Part(Inequality("squares", slack=lambda p: p.squared_norm)))
    assert again == first  # another statement, if one that reads alike
    assert held == ["first", "third"]


def test_a_shared_part_is_drawn_anew_on_another_library_and_turns_red_there(monkeypatch):
    part, draw = Part(Inequality("sums", slack=lambda p: 1 + p.xp.sum(p.W * p.W))), DrawnOnce()
    once(draw, "first", part)
    monkeypatch.setattr(RUN, "library", broken("numpy", "float64", FAULTS["sum forgets the last term"]("float64")))
    with pytest.raises(AssertionError, match=r"slack is .* on the backend, and .* exactly"):
        once(draw, "second", part)
    monkeypatch.setattr(RUN, "library", None)
    monkeypatch.setattr(RUN, "dtype", "float32")
    seen = []
    monkeypatch.setattr("properties.drawn.look", lambda *a: seen.append(str(a[1].xp.dtype)) or look(*a))
    once(draw, "third", part)
    assert set(seen) == {"float32"}


def test_a_changed_statement_of_a_shared_part_is_drawn_anew():
    part, draw = Part(Inequality("squares", slack=lambda p: p.squared_norm)), DrawnOnce()
    once(draw, "first", part)
    with pytest.raises(AssertionError, match="the statement is violated"):
        once(draw, "second", Part(Inequality("squares", slack=lambda p: 1 - p.squared_norm)))
