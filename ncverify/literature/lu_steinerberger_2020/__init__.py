"""Lu and Steinerberger: Neural Collapse with Cross-Entropy Loss."""

from ncverify.papers import Paper

from . import sphere

PAPER = Paper(
    key="lu-steinerberger-2020",
    title="Neural Collapse with Cross-Entropy Loss",
    authors="Jianfeng Lu, Stefan Steinerberger",
    arxiv="2012.08465",
    year=2020,
    claims=sphere.CLAIMS,
)
