"""The documentation: Markdown through MyST, the reference from docstrings, formulas as MathML without any script."""

import os
import re
import sys
from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ncverify import __version__ as release  # noqa: E402
from ncverify.cli import build_parser  # noqa: E402
from ncverify.report.formulas import mathml  # noqa: E402

project = "ncverify"
author = "The ncverify authors"
project_copyright = author
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"ncverify {release}"
html_math_renderer = "mathml"
html_copy_source = False
myst_heading_anchors = 3
myst_fence_as_directive = ["math"]
suppress_warnings = ["ref.python"]  # a K in an annotation is a size, not one of the attributes of that name
autodoc_typehints_format = "short"
autodoc_member_order = "groupwise"
autodoc_default_options = {"members": True, "imported-members": True}
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
maximum_signature_line_length = 88

BLOCK = "overflow: auto hidden; padding: .4rem 0"
SPAN = re.compile(r"(`+)(.+?)\1")
MARKUP = re.compile(r"([*|\\]|(?<=\w)_(?!\w))")


def escaped(line):
    """A line of a docstring for Sphinx: names in single backticks are code, and signs of formulas are only signs."""
    parts, end = [], 0
    for span in SPAN.finditer(line):
        parts += [MARKUP.sub(r"\\\1", line[end : span.start()]), f"``{span[2]}``"]
        end = span.end()
    return "".join(parts) + MARKUP.sub(r"\\\1", line[end:])


def without_markup(app, what, name, obj, options, lines):
    """Escapes the text of a docstring in place; examples and displayed formulas stay as they are."""
    verbatim = False
    for i, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith((">>>", ".. math::")):
            verbatim = True
        elif not stripped:
            verbatim = False
        if not verbatim:
            lines[i] = escaped(line)


@cache
def converted(tex):
    """A formula as MathML, or None."""
    (found,) = mathml([tex])
    return found


def write_formula(self, node):
    """Writes a formula; one that cannot be converted is a warning, and so an error."""
    found = converted(node.astext())
    if found is None:
        logging.getLogger(__name__).warning("formula without MathML: %s", node.astext(), location=node)
    else:
        block = isinstance(node, nodes.math_block)
        self.body.append(f'<div style="{BLOCK}">{found}</div>' if block else found)
    raise nodes.SkipNode  # its LaTeX is not text of the page


def without_fields(app, what, name, obj, skip, options):
    """Leaves out the fields of named tuples that have no text of their own: the class lists them."""
    return True if (getattr(obj, "__doc__", "") or "").startswith("Alias for field number") else None


class CommandHelp(Directive):
    """What each subcommand of ncverify prints for --help, read from the command line itself."""

    def run(self):
        """One block for each subcommand."""
        group = next(action for action in build_parser()._actions if action.choices)
        found = []
        for name, parser in group.choices.items():
            section = nodes.section(ids=[f"ncverify-{name}"], names=[f"ncverify {name}"])
            section += nodes.title(text=f"ncverify {name}")
            section += nodes.literal_block(text=parser.format_help(), language="text")
            found.append(section)
        return found


def setup(app):
    """Called by Sphinx."""
    os.environ["COLUMNS"] = "90"  # of the help texts, on every machine
    app.add_directive("command-help", CommandHelp)
    app.connect("autodoc-process-docstring", without_markup, priority=100)
    app.connect("autodoc-skip-member", without_fields)
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(write_formula, None),
        block_renderers=(write_formula, None),
    )
