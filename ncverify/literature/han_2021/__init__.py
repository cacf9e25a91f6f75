"""Han, Papyan and Donoho: Neural Collapse Under MSE Loss."""

from ncverify.literature.han_2021 import central_path, decompositions, limits, snr
from ncverify.papers import Paper

PAPER = Paper(
    key="han-2021",
    title="Neural Collapse Under MSE Loss: Proximity to and Dynamics on the Central Path",
    authors="X.Y. Han, Vardan Papyan, David L. Donoho",
    arxiv="2106.02073",
    year=2021,
    claims=(*decompositions.CLAIMS, *snr.CLAIMS, *central_path.CLAIMS, *limits.CLAIMS),
)
