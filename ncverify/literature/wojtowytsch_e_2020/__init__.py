"""E and Wojtowytsch: On the Emergence of Simplex Symmetry."""

from ncverify.literature.wojtowytsch_e_2020 import dynamics, layers, proportions
from ncverify.papers import Paper

PAPER = Paper(
    key="wojtowytsch-e-2020",
    title="On the emergence of simplex symmetry in the final and penultimate layers of neural network classifiers",
    authors="Weinan E, Stephan Wojtowytsch",
    arxiv="2012.05420",
    year=2020,
    claims=(*layers.CLAIMS, *proportions.CLAIMS, *dynamics.CLAIMS),
)
