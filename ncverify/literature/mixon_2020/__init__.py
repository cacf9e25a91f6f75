"""Mixon, Parshall and Pi: Neural collapse with unconstrained features."""

from ncverify.literature.mixon_2020 import starts, subspace
from ncverify.papers import Paper

PAPER = Paper(
    key="mixon-2020",
    title="Neural collapse with unconstrained features",
    authors="Dustin G. Mixon, Hans Parshall, Jianzong Pi",
    arxiv="2011.11619",
    year=2020,
    claims=(*subspace.CLAIMS, *starts.CLAIMS),
)
