"""Fang, He, Long and Su: Exploring Deep Neural Networks via Layer-Peeled Model."""

from ncverify.literature.fang_2021 import balanced, losses, minority, relaxation
from ncverify.papers import Paper

PAPER = Paper(
    key="fang-2021",
    title="Exploring Deep Neural Networks via Layer-Peeled Model: Minority Collapse in Imbalanced Training",
    authors="Cong Fang, Hangfeng He, Qi Long, Weijie J. Su",
    arxiv="2101.12699",
    year=2021,
    claims=(*balanced.CLAIMS, *losses.CLAIMS, *relaxation.CLAIMS, *minority.CLAIMS),
)
