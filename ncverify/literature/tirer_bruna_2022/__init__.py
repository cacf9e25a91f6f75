"""Tirer and Bruna: Extended Unconstrained Features Model for Exploring Deep Neural Collapse."""

from ncverify.literature.tirer_bruna_2022 import bias_free, extended, landscape, relu
from ncverify.papers import Paper

PAPER = Paper(
    key="tirer-bruna-2022",
    title="Extended Unconstrained Features Model for Exploring Deep Neural Collapse",
    authors="Tom Tirer, Joan Bruna",
    arxiv="2202.08087",
    year=2022,
    claims=(*bias_free.CLAIMS, *extended.CLAIMS, *landscape.CLAIMS, *relu.CLAIMS),
)
