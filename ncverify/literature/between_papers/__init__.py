"""Statements that connect definitions of several papers."""

from ncverify.literature.between_papers import definitions, statements
from ncverify.papers import Paper

PAPER = Paper(
    key="between-papers",
    title="Statements that connect definitions of several of these papers",
    authors="-",
    claims=(*statements.CLAIMS, *definitions.CLAIMS),
)
