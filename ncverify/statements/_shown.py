"""What Jupyter shows of a statement: its name, and its functions in the relation that it claims."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any

from ncverify.space.latex import Displayed

_RELATIONS = {
    "Inequality": r"{slack}\ge0",
    "Identity": "{left}={right}",
    "Equivalence": r"{left}\iff {right}",
    "Implication": r"{premise}\Rightarrow {conclusion}",
    "Existence": r"{witness}\text{{ satisfies }}{valid}",
    "Trend": r"{quantity}=O({rate})",
    "ForAll": "{predicate}",
    "OverShapes": "{predicate}",
    "Optimum": r"\min {objective}={value}",
}
_SPECIAL = {c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}"}
_SPECIAL |= {"~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}


class DisplayedStatement(Displayed):
    """A statement of any kind."""

    def to_latex(self) -> str:
        r"""The name and the relation; functions without a name of their own are called by their part in it.

        Example:
            >>> from ncverify import Inequality
            >>> Inequality("x < 1 & y", slack=lambda p: p.d, strict=True).to_latex()
            '\\text{x \\textless{} 1 \\& y}:\\quad \\mathit{slack}(p)>0\\quad\\forall p'
        """
        return rf"{text(getattr(self, 'name', ''))}:\quad {_relation(self)}\quad\forall p{_where(self)}"

    def _repr_html_(self) -> str:
        kind = type(self).__name__
        return f"<p><strong>{escape(kind)}</strong>: {escape(getattr(self, 'name', ''))}</p>"


def text(words: str) -> str:
    r"""Words inside mathematics.

    Example:
        >>> text("100 %")
        '\\text{100 \\%}'
    """
    return rf"\text{{{''.join(_SPECIAL.get(c, c) for c in words)}}}"


def _relation(statement: Any) -> str:
    functions = {f.name: _called(statement, f.name) for f in fields(statement) if f.name not in ("name", "given")}
    pattern = _RELATIONS[type(statement).__name__]
    if getattr(statement, "strict", False):
        pattern = pattern.replace(r"\ge0", ">0")
    return pattern.format(**functions)


def _called(statement: Any, part: str) -> str:
    own = getattr(getattr(statement, part), "__name__", "<lambda>")
    name = part if own == "<lambda>" else own.lstrip("_")
    return rf"\mathit{{{name.replace('_', chr(92) + '_')}}}(p)"


def _where(statement: Any) -> str:
    names = [getattr(given, "__name__", "<lambda>") for given in statement.given]
    named = [name.lstrip("_") for name in names if name != "<lambda>"]
    rest = len(names) - len(named)
    words = named + ([f"{rest} hypotheses" if rest > 1 else "1 hypothesis"] if rest else [])
    return rf",\ {text('where ' + ', '.join(words))}" if words else ""
