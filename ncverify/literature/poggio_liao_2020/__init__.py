"""Poggio and Liao: Explicit regularization and implicit bias in deep classifiers trained with the square loss."""

from ncverify.literature.poggio_liao_2020 import collapse, layers
from ncverify.papers import Paper

PAPER = Paper(
    key="poggio-liao-2020",
    title="Explicit regularization and implicit bias in deep network classifiers trained with the square loss",
    authors="Tomaso Poggio, Qianli Liao",
    arxiv="2101.00072",
    year=2021,
    claims=(*layers.CLAIMS, *collapse.CLAIMS),
)
