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
from ncverify.statements.types import Statement

_ESCAPED = {"^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "\\": r"\textbackslash{}"}
_ESCAPED |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
Status = Literal["falsified", "unfalsified", "proved", "vacuous", "undecided"]


@dataclass(frozen=True)
class Verdict(Displayed):
    """The outcome of `falsify`.

    Attributes:
        statement: the statement that was attacked.
        status: "falsified" (an exact counterexample is at hand), "unfalsified" (none was found), "proved" (every case
            was decided exactly), "vacuous" (no tried
            point met the hypotheses), "undecided" (a point whose sign is not decided at the highest precision).
        witness: the counterexample with float64 coordinates, or None.
        exact: whether the violation was confirmed in exact or ball arithmetic; true whenever falsified.
        slack: the lowest slack found at a point that meets the hypotheses, divided by the natural scale of the
            statement; NaN where there was none. For predicates, how far the conclusion was from failing.
        tightest: the point where it was found.
        hypothesis_rate: share of the sampled points that met the hypotheses.
        tried: points evaluated, gradients included.
        undefined: points at which the statement has no value.
        ties: points of equality: the sign is undecided there and every neighbour satisfies the statement.
        out_of_reach: points of extreme scale at which not even ball arithmetic decides.
        arithmetic: the arithmetic that confirmed the violation.
        attacked: whether the gradient adversary took part, beside sampling.
        distribution: how the scaled slacks were distributed, of sampled points and of the ends of attacks.
        seconds: wall time.
        truncated: whether the time budget ended the campaign early.
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

    def __bool__(self) -> bool:
        raise TypeError(
            f"the verdict on {self.statement.name!r} is {self.status!r} and no truth value: ask "
            'verdict.status == "falsified", or verdict.witness is not None'
        )

    def to_latex(self) -> str:
        """The statement's name, what became of it and the witness, as LaTeX for mathematics mode."""
        name = "".join(f"\\{c}" if c in "#$%&_{}" else _ESCAPED.get(c, c) for c in self.statement.name)
        head = rf"\text{{{name}: {self.status}}}"
        return head if self.witness is None else rf"{head};\quad {point_latex(self.witness)}"

    def _repr_html_(self) -> str:
        point = self.witness if self.witness is not None else self.tightest
        where = "" if point is None else ("" if self.witness is not None else "<p>tightest at</p>") + point_html(point)
        return f"<p>{escape(str(self))}</p>{where}"

    def __str__(self) -> str:
        head = f"{self.statement.name}: {self.status}"
        if self.witness is not None:
            where = sizes_in_words(self.witness)
            at = f" at {where}" if where else ""
            return f"{head}{at}, confirmed in {self.arithmetic} arithmetic, after {self.tried} points"
        met = f"{self.hypothesis_rate:.1%} met the hypotheses"
        return f"{head} by {self.tried} points, {met}, lowest slack {self.slack:.3g}"
