"""Thrampoulidis et al.: Imbalance Trouble: Revisiting Neural-Collapse Geometry."""

from ncverify.literature.thrampoulidis_2022 import geometry, ridge
from ncverify.papers import Paper

PAPER = Paper(
    key="thrampoulidis-2022",
    title="Imbalance Trouble: Revisiting Neural-Collapse Geometry",
    authors="Christos Thrampoulidis, Ganesh R. Kini, Vala Vakilian, Tina Behnia",
    arxiv="2208.05512",
    year=2022,
    claims=(*geometry.CLAIMS, *ridge.CLAIMS),
)
