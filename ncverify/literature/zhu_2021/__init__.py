"""Zhu et al.: A Geometric Analysis of Neural Collapse with Unconstrained Features."""

from ncverify.papers import Paper

from . import classes, existence, lemmas, nuclear, small_d, theorem_3_1, theorem_3_2

PAPER = Paper(
    key="zhu-2021",
    title="A Geometric Analysis of Neural Collapse with Unconstrained Features",
    authors="Zhihui Zhu, Tianyu Ding, Jinxin Zhou, Xiao Li, Chong You, Jeremias Sulam, Qing Qu",
    arxiv="2105.02375",
    year=2021,
    claims=(
        *theorem_3_1.CLAIMS,
        *existence.CLAIMS,
        *lemmas.CLAIMS,
        *nuclear.CLAIMS,
        *theorem_3_2.CLAIMS,
        *small_d.CLAIMS,
        *classes.CLAIMS,
    ),
)
