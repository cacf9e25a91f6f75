"""Lyu and Li: Gradient Descent Maximizes the Margin of Homogeneous Neural Networks."""

from ncverify.literature.lyu_li_2019 import cross_entropy, homogeneous
from ncverify.papers import Paper

PAPER = Paper(
    key="lyu-li-2019",
    title="Gradient Descent Maximizes the Margin of Homogeneous Neural Networks",
    authors="Kaifeng Lyu, Jian Li",
    arxiv="1906.05890",
    year=2019,
    claims=(*homogeneous.CLAIMS, *cross_entropy.CLAIMS),
)
