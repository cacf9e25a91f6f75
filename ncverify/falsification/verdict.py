"""What a falsification campaign found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal

from ncverify.falsification.distribution import Distribution
from ncverify.space.latex import Displayed, point_html, point_latex
from ncverify.space.text import sizes_in_words
from ncverify.statements._shown import text
from ncverify.statements.types import Statement

Status = Literal["falsified", "unfalsified", "proved", "vacuous", "undecided"]


@dataclass(frozen=True)
class Verdict(Displayed):
    """The outcome of `falsify`.

    Attributes:
        statement: the statement that was attacked.
        status: "falsified" (an exact counterexample is at hand), "unfalsified" (none was found), "vacuous" (no tried
            point met the hypotheses), "undecided" (a point whose sign is not decided at the highest precision),
            "proved" (an identity of polynomials that agrees at random points, or an `Optimum` that rests on such
            identities alone, see `error_probability`; or a statement about sizes alone, decided at every shape).
        witness: the counterexample with float64 coordinates, or with exact ones a + b sqrt(m) where no floats lie on
            the hypotheses; or None.
        exact: whether the violation was confirmed in exact or ball arithmetic; true whenever falsified.
        slack: the lowest slack found at a point that meets the hypotheses, divided by the natural scale of the
            statement; NaN where there was none. For predicates, how far the conclusion was from failing.
        tightest: the point where it was found.
        hypothesis_rate: share of the sampled points that met the hypotheses.
        tried: points evaluated, gradients included.
        undefined: points at which the statement has no value.
        ties: points of equality: the sign is undecided there, and every neighbour satisfies the statement, or agrees to
            the last bit as well where equal numbers satisfy it.
        out_of_reach: points of extreme scale at which not even ball arithmetic decides.
        arithmetic: the arithmetic that confirmed the violation.
        attacked: whether the gradient adversary took part, beside sampling.
        distribution: how the scaled slacks were distributed, of sampled points and of the ends of attacks.
        seconds: wall time.
        truncated: whether the time budget ended the campaign early.
        untried: for each stage, how many of its tasks the time budget left out; stages that ran in full are absent.
            "judgements" counts points of equality, as far as 512 bits tell, that were not judged any further: time
            ran out, or others had been judged in their place.
        sizes: (choices of the sizes that were tried, all that the domain has, a restriction by `where` left aside).
        error_probability: of a proved identity: the probability that a false one would have passed, for the shapes of
            the domain and no others. NaN otherwise.
        certificate: what the certificate of an `Optimum` was found to prove, in words; "" without one.
    """

    statement: Statement
    status: Status
    witness: Any
    exact: bool
    slack: float
    tightest: Any
    hypothesis_rate: float
    tried: int
    undefined: int = 0
    ties: int = 0
    out_of_reach: int = 0
    arithmetic: str = ""
    attacked: bool = False
    distribution: Distribution = field(default_factory=Distribution, compare=False)
    seconds: float = field(default=math.nan, compare=False)
    truncated: bool = False
    untried: dict[str, int] = field(default_factory=dict, compare=False)
    sizes: tuple[int, int] = (0, 0)
    error_probability: float = math.nan
    certificate: str = ""

    def save(self, path: str | Path, *, source: str = "", identifier: str = "") -> None:
        """Writes the witness as JSON that `ncverify recheck` verifies again.

        Args:
            path: the file to write.
            source: the Python file that defines the statement, if it is a user's own.
            identifier: "paper/id" of its claim, if it is one of a paper's.

        Raises:
            ValueError: the statement was not falsified, so there is no witness.
        """
        from ncverify.falsification.witness import save_witness

        if self.witness is None:
            raise ValueError(f"{self.statement.name!r} is {self.status}: there is no witness to save")
        save_witness(path, self.statement, self.witness, identifier=identifier, source=source)

    @property
    def arithmetic_in_words(self) -> str:
        """The arithmetic that confirmed the violation, such as "ball arithmetic at 128 bits"."""
        kind, _, precision = self.arithmetic.partition(" ")
        return f"{kind} arithmetic {precision}".rstrip()

    @property
    def selection(self) -> str:
        """Which choices of the sizes were tried, in words; "" where all were."""
        tried, in_all = self.sizes
        return f"{tried:,} of {in_all:,} choices of the sizes were tried" if tried < in_all else ""

    def __bool__(self) -> bool:
        raise TypeError(
            f"the verdict on {self.statement.name!r} is {self.status!r} and no truth value: ask "
            'verdict.status == "falsified", or verdict.witness is not None'
        )

    def to_latex(self) -> str:
        """The statement's name, what became of it and the witness, as LaTeX for mathematics mode."""
        head = text(f"{self.statement.name}: {self.status}")
        return head if self.witness is None else rf"{head};\quad {point_latex(self.witness)}"

    def plot(self, axes: Any = None) -> Any:
        """How the search went, drawn by matplotlib: how many points had which slack, sampled and after attacks.

        Args:
            axes: of matplotlib, to draw in; a new figure by default.

        Returns:
            The axes; `verdict.plot().figure.savefig("search.png")` writes a picture.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        from ncverify.falsification.plot import search_axes

        return search_axes(self.distribution, f"{self.statement.name}: {self.status}", axes)

    def _repr_html_(self) -> str:
        point = self.witness if self.witness is not None else self.tightest
        where = "" if point is None else ("" if self.witness is not None else "<p>tightest at</p>") + point_html(point)
        return f"<p>{escape(str(self))}</p>{where}"

    def __str__(self) -> str:
        head = f"{self.statement.name}: {self.status}"
        if self.witness is not None:
            where = sizes_in_words(self.witness)
            at = f" at {where}" if where else ""
            return f"{head}{at}, confirmed in {self.arithmetic_in_words}, after {self.tried} points"
        if self.status == "proved" and math.isnan(self.error_probability):
            return f"{head}: each of {self.tried} shapes was decided exactly"
        if self.status == "proved":
            how = " by its certificate" if self.certificate else ""
            return f"{head}{how}, as polynomials, with error probability {self.error_probability:.1g}"
        tail = f"; {self.certificate}" if self.certificate else ""
        tail += f"; {self.selection}" if self.selection else ""
        met = f"{self.hypothesis_rate:.1%} met the hypotheses"
        lowest = f", lowest slack {self.slack:.3g}" if math.isfinite(self.slack) else ""
        return f"{head} by {self.tried} points, {met}{lowest}{tail}"
