"""Lu and Steinerberger: Neural Collapse with Cross-Entropy Loss."""

from ncverify.literature.lu_steinerberger_2020 import sphere
from ncverify.papers import Paper

PAPER = Paper(
    key="lu-steinerberger-2020",
    title="Neural Collapse with Cross-Entropy Loss",
    authors="Jianfeng Lu, Stefan Steinerberger",
    arxiv="2012.08465",
    year=2020,
    claims=sphere.CLAIMS,
)
