"""Assertions about statements, and what a verdict and a point show of themselves."""

import re
import sys
from dataclasses import fields

import numpy as np
import pytest

from ncverify import Domain, Implication, Inequality, OverShapes, Point, Space, Variable, falsify, judge
from ncverify.cli import main
from ncverify.commands.verdict_output import _account
from ncverify.papers import Witness
from ncverify.statements.types import STATEMENT_TYPES
from ncverify.testing import assert_falsified, assert_holds

SHAPES = Domain(K=(2, 3), n=1, d=(1, 2))
SPACE = Space(
    {"K": (2, 3), "m": 1},
    classes=("K", (1, 2)),
    variables={"b": Variable("K"), "lam": Variable(positive=True), "u": Variable("K", on="simplex")},
)
half = Inequality("q_min <= |theta|^2 / 2", slack=lambda p: p.squared_norm / 2 - p.q_min)
quarter = Inequality("q_min <= |theta|^2 / 4", slack=lambda p: p.squared_norm / 4 - p.q_min)
weighted = Inequality("sum b <= lam", slack=lambda p: p.lam - p.xp.sum(p.b))
unmet = Inequality("nothing", slack=lambda p: p.q_min, given=[lambda p: -p.squared_norm])
FEW = {"evaluations": 2_000}


def pasted(text, over):
    """The point of the Python in a message."""
    return eval(re.search(r"Witness\(.*\)", text)[0], {"Witness": Witness}).point(over)


def test_what_holds_gives_its_verdict():
    assert assert_holds(half, SHAPES, **FEW).status == "unfalsified"
    assert assert_holds(OverShapes("K <= 3", predicate=lambda s: 3 - s.K), SHAPES).status == "proved"


@pytest.mark.parametrize(
    ("statement", "over"),
    [
        (quarter, SHAPES),
        (weighted, SPACE),
        (OverShapes("K <= 2", predicate=lambda s: 2 - s.K), SHAPES),
        (OverShapes("K <= 2", predicate=lambda s: 2 - s.K), SPACE),
    ],
)
def test_a_failure_shows_a_counterexample_that_can_be_pasted(statement, over):
    with pytest.raises(AssertionError) as raised:
        assert_holds(statement, over, **FEW)
    text = str(raised.value)
    assert statement.name in text
    assert "confirmed in rational arithmetic" in text
    assert judge(statement, pasted(text, over)).violated


def test_a_precision_stands_behind_its_arithmetic():
    statement = Inequality(
        "exp(-K) is at least 1/2", slack=lambda p: p.xp.exp(-p.xp.asarray(p.K)) - p.xp.asarray(1) / 2
    )
    verdict = falsify(statement, SHAPES, **FEW)
    with pytest.raises(AssertionError) as raised:
        assert_holds(statement, SHAPES, **FEW)
    for text in (str(verdict), str(raised.value), "\n".join(_account(verdict))):
        assert re.search(r"confirmed in ball arithmetic at \d+ bits,? after", text), text


def test_what_tests_nothing_fails():
    with pytest.raises(AssertionError, match="nothing was tested"):
        assert_holds(unmet, SHAPES, **FEW)


def test_a_false_statement_gives_its_witness_and_a_true_one_fails():
    verdict = assert_falsified(quarter, SHAPES, **FEW)
    assert judge(quarter, verdict.witness).violated
    with pytest.raises(
        AssertionError, match=r"no counterexample was found\n.*\n  \d+ points, lowest slack .*\n  tightest at W"
    ):
        assert_falsified(half, SHAPES, **FEW)


def test_a_verdict_is_no_truth_value():
    verdict = falsify(quarter, SHAPES, evaluations=2_000)
    with pytest.raises(TypeError, match=r"is 'falsified' and no truth value: ask verdict.status"):
        assert verdict
    with pytest.raises(TypeError, match="no truth value"):
        assert not falsify(half, SHAPES, evaluations=500)


def test_points_in_latex_and_html():
    point = SPACE.point(b=[1, "-1/2"], lam=0.1, u=[0, 1], m=1, class_sizes=(2, 1))
    assert point.to_latex() == (
        r"(n_k)=(2,1),\quad b=\begin{pmatrix}1\\-\tfrac{1}{2}\end{pmatrix},\quad \lambda=0.1,\quad "
        r"u=\begin{pmatrix}0\\1\end{pmatrix}"
    )
    html = Point(np.array([[1.0], [-0.5]]), np.array([[1.0, -1.0]]))._repr_html_()
    assert "<th>W</th><td><pre>1\n-1/2</pre>" in html
    assert "Witness(W=[[1], [&#x27;-1/2&#x27;]], H=[[1, -1]])" in html


def test_domains_and_spaces_in_latex():
    assert SHAPES._repr_latex_() == r"$\displaystyle 2\le K\le3;\quad n=1;\quad 1\le d\le2$"
    assert Domain(where=lambda K, n, d: d > K).to_latex().endswith(r"\text{ shapes}")
    assert r"1\le n_k\le2\ (k\le K);\quad b\in\mathbb{R}^{K};\quad \lambda\in\mathbb{R},\ \lambda>0" in SPACE.to_latex()
    assert "Space(" in SPACE._repr_html_()


def test_a_verdict_in_latex_and_html_is_escaped():
    verdict = falsify(Inequality("a_b < 100% & <b>", slack=lambda p: 1 - p.q_min), SHAPES, evaluations=2_000)
    assert verdict.to_latex().startswith(
        r"\text{a\_b \textless{} 100\% \& \textless{}b\textgreater{}: falsified};\quad W="
    )
    assert "<b>" not in verdict._repr_html_()
    assert "tightest at" in falsify(half, SHAPES, evaluations=500)._repr_html_()


def smaller(p):
    return p.q_min


def test_statements_in_latex_and_html():
    claim = Implication("a_b < 100%", premise=smaller, conclusion=lambda p: p.d > 0, given=[smaller, lambda p: p.n])
    assert claim._repr_latex_() == (
        r"$\displaystyle \text{a\_b \textless{} 100\%}:\quad \mathit{smaller}(p)\Rightarrow \mathit{conclusion}(p)"
        r"\quad\forall p,\ \text{where smaller, 1 hypothesis}$"
    )
    assert "a_b &lt; 100%" in claim._repr_html_()


@pytest.mark.parametrize("kind", STATEMENT_TYPES)
def test_every_kind_of_statement_is_shown(kind):
    needed = [f.name for f in fields(kind) if f.metadata.get("function")]
    shown = kind("a name", **dict.fromkeys(needed, smaller)).to_latex()
    assert shown.startswith(r"\text{a name}:\quad ")
    assert "smaller" in shown


def test_the_repr_of_a_point_has_its_numbers_exact_ones_exactly():
    assert repr(Point(np.array([[1.0], [-0.5]]), np.array([[1.0, -1.0]]))).startswith(
        "Point(K=2, n=1, d=1, W=[[1.0], [-0.5]], H=[[1.0, -1.0]], "
    )
    assert "W=[[1], ['-1/3']]" in repr(Witness(W=[[1], ["-1/3"]], H=[[1, 0]]).point())
    assert "W=[[1], ['-1/3']]" not in repr(Witness(W=[[1], ["-1/2"]], H=[[1, 0]]).point())
    large = repr(Point(np.ones((30, 30)), np.ones((30, 30))))
    assert "..." in large
    assert len(large) < 300
    assert repr(falsify(Inequality("short", slack=lambda p: 1 - p.q_min), SHAPES, evaluations=2_000)).count("W=[[") >= 1


@pytest.mark.slow
def test_a_verdict_is_drawn_where_matplotlib_is_installed(monkeypatch):
    verdict = falsify(half, SHAPES, evaluations=500)
    pytest.importorskip("matplotlib")
    axes = verdict.plot()
    assert axes.get_title() == f"{half.name}: unfalsified"
    heights = [bar.get_height() for bar in axes.containers[0]]
    assert heights == verdict.distribution.sampled.tolist()
    assert sum(heights) > 0
    assert verdict.plot(axes) is axes
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match="pip install matplotlib"):
        verdict.plot()


def test_falsify_prints_latex(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text(
        "from ncverify import Domain, Inequality\nDOMAIN = Domain(K=2, n=1, d=1)\n"
        "claim = Inequality('margin', slack=lambda p: p.squared_norm / 4 - p.q_min)\n"
        "other = Inequality('odd', slack=lambda p: p.nothing)\n"
    )
    assert main(["falsify", str(path), "--latex", "--evaluations", "2000"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(r"$\text{margin: falsified};\quad W=\begin{pmatrix}")
    assert lines[1].startswith("% ERROR ")
    assert main(["falsify", str(path), "--latex", "--json"]) == 2
