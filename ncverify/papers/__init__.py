"""Papers and their statements: what is printed, what is declared, what is examined; and where papers are found."""

from ncverify.papers.claim import Claim as Claim
from ncverify.papers.claim import Correction as Correction
from ncverify.papers.claim import Demonstration as Demonstration
from ncverify.papers.claim import Neighbour as Neighbour
from ncverify.papers.claim import Part as Part
from ncverify.papers.claim import Shown as Shown
from ncverify.papers.claim import Witness as Witness
from ncverify.papers.discovery import find as find
from ncverify.papers.discovery import installed as installed
from ncverify.papers.paper import Paper as Paper
