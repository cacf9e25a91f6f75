"""Points and spaces in LaTeX and HTML, for notebooks and papers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from ncverify.kinds import Array
from ncverify.space.point_like import PointLike
from ncverify.space.text import as_witness, nested

if TYPE_CHECKING:
    from ncverify.space.variable import Variable

_GREEK = re.compile("alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega")
_SETS = {
    "sphere": r"\|{0}\|=1",
    "ball": r"\|{0}\|\le1",
    "rows on sphere": r"\text{{rows of }}{0}\text{{ of norm }}1",
    "columns on sphere": r"\text{{columns of }}{0}\text{{ of norm }}1",
    "simplex": r"{0}\ge0,\ \textstyle\sum_i {0}_i=1",
    "symmetric": r"{0}={0}^\top",
    "psd": r"{0}\succeq0",
    "orthonormal columns": r"{0}^\top {0}=I",
}


class Displayed:
    """The display of a value in Jupyter: its LaTeX, and its Python in HTML."""

    def to_latex(self) -> str:
        """The value as LaTeX for mathematics mode."""
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.to_latex()}$"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


class DisplayedPoint(Displayed):
    """A point: (W, H), or one of a space."""

    def to_latex(self: PointLike) -> str:
        r"""Every variable by its name, as a matrix, a column or a number.

        Example:
            >>> import numpy as np
            >>> from ncverify import Point
            >>> Point(np.array([[1.0], [-0.5]]), np.array([[1.0, 0.0]])).to_latex()
            'W=\\begin{pmatrix}1\\\\-\\tfrac{1}{2}\\end{pmatrix},\\quad H=\\begin{pmatrix}1&0\\end{pmatrix}'
        """
        return point_latex(self)

    def _repr_html_(self: PointLike) -> str:
        return point_html(self)


def point_latex(point: PointLike) -> str:
    """The variables of a point, or its sizes where it has no variables."""
    words = [f"{symbol(name)}={_value(nested(value))}" for name, value in point.variables.items()]
    if point.sizes.class_sizes is not None:
        words.insert(0, f"(n_k)=({','.join(map(str, point.sizes.class_sizes))})")
    if not point.variables:
        words = [f"{symbol(name)}={size}" for name, size in point.sizes.values.items()]
    return r",\quad ".join(words)


def point_html(point: PointLike) -> str:
    """A table of the variables, and below it the point as Python to paste."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><pre>{escape(_lines(nested(value)))}</pre></td></tr>"
        for name, value in point.variables.items()
    )
    return (
        f"<table><caption>{escape(repr(point.sizes))}</caption>{rows}</table><code>{escape(as_witness(point))}</code>"
    )


def symbol(name: str) -> str:
    r"""The name of a variable in LaTeX.

    Example:
        >>> symbol("W"), symbol("sigma"), symbol("lam"), symbol("W_1")
        ('W', '\\sigma', '\\lambda', '\\mathrm{W\\_1}')
    """
    if name == "lam":
        return r"\lambda"
    if _GREEK.fullmatch(name):
        return f"\\{name}"
    return name if len(name) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_")


def number(text: str) -> str:
    r"""An exact number of a witness file in LaTeX; a float by its shortest decimal.

    Example:
        >>> number("-7/3"), number("0x1.999999999999ap-4"), number("0x1.0p-40")
        ('-\\tfrac{7}{3}', '0.1', '9.094947017729282\\cdot10^{-13}')
    """
    if "0x" in text:
        mantissa, _, exponent = repr(float.fromhex(text)).partition("e")
        return rf"{mantissa}\cdot10^{{{int(exponent)}}}" if exponent else mantissa
    top, _, bottom = text.partition("/")
    if not (bottom.isdigit() and top.lstrip("-").isdigit()):
        return text if text.lstrip("-").isdigit() else rf"\text{{{text}}}"
    return f"{'-' if top.startswith('-') else ''}\\tfrac{{{top.lstrip('-')}}}{{{bottom}}}"


def _value(value: Array) -> str:
    if isinstance(value, str):
        return number(value)
    rows = [row if isinstance(row, list) else [row] for row in value]
    if any(isinstance(cell, list) for row in rows for cell in row):
        return rf"\left({','.join(_value(part) for part in value)}\right)"
    lines = r"\\".join("&".join(map(number, row)) for row in rows)
    return rf"\begin{{pmatrix}}{lines}\end{{pmatrix}}"


def _lines(value: Array) -> str:
    if isinstance(value, str):
        return value
    return "\n".join("  ".join(map(str, row)) if isinstance(row, list) else str(row) for row in value)


def sizes_latex(ranges: Mapping[str, tuple[int, int]]) -> list[str]:
    r"""Ranges of sizes, ends included.

    Example:
        >>> sizes_latex({"K": (2, 4), "n": (1, 1)})
        ['2\\le K\\le4', 'n=1']
    """
    return [
        f"{symbol(name)}={low}" if low == high else rf"{low}\le {symbol(name)}\le{high}"
        for name, (low, high) in ranges.items()
    ]


def variable_latex(name: str, variable: Variable) -> str:
    r"""A variable with its shape and its set.

    Example:
        >>> from ncverify import Variable
        >>> variable_latex("W", Variable("K", "d")), variable_latex("lam", Variable(positive=True))
        ('W\\in\\mathbb{R}^{K\\times d}', '\\lambda\\in\\mathbb{R},\\ \\lambda>0')
    """
    shown = symbol(name)
    shape = r"\times ".join(symbol(size) if isinstance(size, str) else str(size) for size in variable.shape)
    words = [rf"{shown}\in\mathbb{{R}}" + (f"^{{{shape}}}" if shape else "")]
    words += [f"{shown}>0"] if variable.positive else []
    words += [rf"{shown}\ge{_end(variable.low)}"] if variable.low is not None else []
    words += [rf"{shown}\le{_end(variable.high)}"] if variable.high is not None else []
    words += [_SETS[variable.on].format(shown)] if variable.on else []
    return r",\ ".join(words)


def _end(value: Fraction) -> str:
    return number(str(value))
