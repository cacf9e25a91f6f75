"""Graf et al.: Dissecting Supervised Contrastive Learning."""

from ncverify.literature.graf_2021 import contrastive, cross_entropy, unequal
from ncverify.papers import Paper

PAPER = Paper(
    key="graf-2021",
    title="Dissecting Supervised Contrastive Learning",
    authors="Florian Graf, Christoph D. Hofer, Marc Niethammer, Roland Kwitt",
    arxiv="2102.08817",
    year=2021,
    claims=(*contrastive.CLAIMS, *unequal.CLAIMS, *cross_entropy.CLAIMS),
)
