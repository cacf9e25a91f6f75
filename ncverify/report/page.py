"""The report as a web page and as Markdown."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from ncverify.report.charts import slack_figure
from ncverify.report.figure import Figure
from ncverify.report.formulas import mathml
from ncverify.report.histogram import histogram, in_words
from ncverify.report.points import in_one_line
from ncverify.report.view import MARK, MEANING, ReportView, formulas
from ncverify.report.wrapping import wrapped

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

Link = Callable[[str], str | None]


def html_page(
    report: ReportView,
    *,
    link: Link = lambda module: None,
    figures: Sequence[Figure] = (),
    index: str | None = None,
) -> str:
    """The report as one page that needs nothing from outside.

    Args:
        report: the content.
        link: from the dotted name of a module to the address of its source, or None.
        figures: to show after the statements.
        index: the address of the page over several papers, if there is one.
    """
    from markupsafe import Markup

    wanted = formulas(report.statements)
    converted = {tex: Markup(wrapped(m)) for tex, m in zip(wanted, mathml(wanted), strict=True) if m}
    return (
        environment(autoescape=True)
        .get_template("report.html")
        .render(
            report=report,
            math=converted,
            overview=Markup(slack_figure(report.statements)),
            figures=figures,
            index=index,
            style=inline("report.css"),
            script=inline("report.js"),
            link=link,
            meaning=MEANING,
            mark=MARK,
        )
    )


def markdown_page(report: ReportView) -> str:
    """The report as Markdown."""
    template = environment(autoescape=False).get_template("report.md")
    return template.render(report=report, meaning=MEANING)


class Inline(NamedTuple):
    """A style or a script that stands in the page, and the hash by which the page allows it."""

    text: Markup
    hash: str


@cache
def inline(name: str) -> Inline:
    """A file of the templates' folder to stand in a page."""
    from markupsafe import Markup

    text = resources.files("ncverify.report").joinpath("templates", name).read_text(encoding="utf-8").strip()
    return Inline(Markup(text), "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())


def environment(*, autoescape: bool) -> Environment:
    """The templates with their filters; a name that a template uses and nobody gives is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("ncverify.report"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(number=number, share=share, cell=cell, code=code, point=in_one_line, counts=in_words)
    made.filters.update(histogram=lambda counts: Markup(histogram(counts)), svg=Markup)
    return made


def number(value: float | None) -> str:
    """A number in three digits, "" for none.

    Example:
        >>> number(1.23456e-9), number(None)
        ('1.23e-09', '')
    """
    return "" if value is None else f"{value + 0.0:.3g}"


def share(value: float | None) -> str:
    """A share in per cent, "" for none; a share above 0 is never written as 0 %.

    Example:
        >>> share(0.25), share(0.0001)
        ('25 %', '< 0.1 %')
    """
    if value is None:
        return ""
    return "< 0.1 %" if 0 < value < 0.001 else f"{100 * value:.3g} %"


def cell(text: object) -> str:
    r"""A text inside a Markdown table or paragraph: one line, nothing in it is markup.

    Example:
        >>> cell("a|b <c>")
        'a\\|b &lt;c&gt;'
    """
    line = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\|*_`[]$~":
        line = line.replace(sign, "\\" + sign)
    return line


def code(text: object) -> str:
    """A text as inline code of Markdown, whatever is in it.

    Example:
        >>> code("a`b")
        '``a`b``'
    """
    line = " ".join(str(text).split())
    fence = "`"
    while fence in line:
        fence += "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"
