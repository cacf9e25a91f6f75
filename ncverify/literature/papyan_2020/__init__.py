"""Papyan, Han and Donoho: Prevalence of neural collapse during the terminal phase of deep learning training."""

from ncverify.literature.papyan_2020 import classifier, definitions, exponent, exponent_limits, geometry
from ncverify.papers import Paper

PAPER = Paper(
    key="papyan-2020",
    title="Prevalence of neural collapse during the terminal phase of deep learning training",
    authors="Vardan Papyan, X.Y. Han, David L. Donoho",
    arxiv="2008.08186",
    year=2020,
    claims=(
        *definitions.CLAIMS,
        *geometry.CLAIMS,
        *exponent.CLAIMS,
        *exponent_limits.CLAIMS,
        *classifier.CLAIMS,
    ),
)
