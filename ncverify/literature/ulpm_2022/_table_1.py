"""Table 1 of the paper as a page: each row with what of it was confirmed, repaired or refuted.

`python -m ncverify.literature.ulpm_2022._table_1 > docs/table-1.md` writes the page from the statements of the papers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from ncverify.papers import Claim, Paper, find
from ncverify.papers.claim import NOT_RIGHT
from ncverify.papers.discovery import PaperError
from ncverify.report.errata import formula
from ncverify.report.page import cell

Word = Literal["confirmed", "repaired", "refuted", "not decided"]


class Finding(NamedTuple):
    """A sentence about a row, and the statements that carry it.

    Args:
        word: what became of it; every statement has to have a verdict that goes with it.
        says: the sentence.
        claims: "key/id" of statements.
    """

    word: Word
    says: str
    claims: tuple[str, ...]


class Row(NamedTuple):
    """A row as printed: references with the keys of their papers, contribution, constraint, regularisation, loss."""

    references: tuple[tuple[str, str], ...]
    contribution: str
    constraint: bool
    regularisation: bool
    loss: str
    findings: tuple[Finding, ...] = ()


def _of(key: str, *ids: str) -> tuple[str, ...]:
    return tuple(f"{key}/{id_}" for id_ in ids)


ROWS = (
    Row(
        (("Papyan et al., 2020", "papyan-2020"),),
        "Empirical Results",
        False,
        False,
        "CE Loss",
        (
            Finding(
                "confirmed",
                "Of what they prove: the simplex is the widest configuration and has the largest error exponent of a "
                "linear decoder, K/(4(K-1)), for d >= K; with the least-squares classifier (NC1) and (NC2) give (NC3) "
                "and (NC4).",
                _of("papyan-2020", "papyan-packing", "papyan-exponent-thm", "papyan-nc12-ls-nc34"),
            ),
        ),
    ),
    Row(
        (
            ("Wojtowytsch & E, 2020", "wojtowytsch-e-2020"),
            ("Lu & Steinerberger, 2020", "lu-steinerberger-2020"),
            ("Fang et al., 2021", "fang-2021"),
        ),
        "Global Optimum",
        True,
        False,
        "CE Loss",
        (
            Finding(
                "confirmed",
                "In a ball, on the sphere and in the layer-peeled model the global optimum is a simplex, for d >= K-1 "
                "(for balanced classes in the layer-peeled model).",
                (
                    *_of("wojtowytsch-e-2020", "we-ball", "we-penultimate"),
                    *_of("lu-steinerberger-2020", "lu-thm-1", "lu-bound"),
                    *_of("fang-2021", "fang-thm-1-etf", "fang-lpm-value"),
                ),
            ),
            Finding(
                "repaired",
                "The abstract of Fang et al. has it in every dimension: it needs d >= K-1.",
                _of("fang-2021", "fang-abstract-any-solution"),
            ),
            Finding(
                "confirmed",
                "With unequal classes the minority collapses, from a finite ratio of the class sizes on (the formula "
                "of the ratio is our reading).",
                _of("fang-2021", "fang-minority-limit", "fang-minority-finite"),
            ),
        ),
    ),
    Row(
        (
            ("Mixon et al., 2020", "mixon-2020"),
            ("Poggio & Liao, 2020", "poggio-liao-2020"),
            ("Han et al., 2021", "han-2021"),
        ),
        "Modified Training Dynamics",
        False,
        False,
        "l2 Loss",
        (
            Finding(
                "confirmed",
                "Mixon et al.: strong collapse has no loss and (NC1) to (NC4); from the invariant subspace with a "
                "classifier of rank K-1 the flow ends there (the subspace and the closed form are our reading).",
                _of("mixon-2020", "mixon-strong-nc", "mixon-subspace-invariant", "mixon-limit-on-s"),
            ),
            Finding(
                "repaired",
                "Poggio and Liao: the equilibrium of the norm is a quotient only where lambda + sum f_n^2 > 0.",
                _of("poggio-liao-2020", "poggio-rho-eq"),
            ),
            Finding(
                "confirmed",
                "For equal classes the squared loss is one term for the class means and one for the scatter around "
                "them. On the central path the nonzero singular values grow like t^(1/4); their ratios tend to one.",
                _of("han-2021", "han-ls-classifier", "han-decomposition", "han-nc1-nc23", "han-asymptotics"),
            ),
            Finding(
                "repaired",
                "The limit of the central path is a simplex only where the class means are affinely independent at the "
                "start, which needs d >= K-1.",
                _of("han-2021", "han-limit-nc"),
            ),
        ),
    ),
    Row(
        (("Zhu et al., 2021, concurrent", "zhu-2021"),),
        "Landscape Analysis",
        False,
        True,
        "CE Loss",
        (
            Finding(
                "confirmed",
                "Every local minimiser is global and every other critical point a strict saddle, already for d >= K-1.",
                _of("zhu-2021", "zhu-thm-3.2-local", "zhu-thm-3.2-saddle", "zhu-d-k-minus-1"),
            ),
            Finding(
                "repaired",
                "That the global minimisers are simplices needs K^2 n lambda_W lambda_H < 1: beyond, zero is optimal.",
                _of("zhu-2021", "zhu-abstract", "zhu-thm-3.1-etf"),
            ),
            Finding(
                "repaired",
                "The Hessian at the other critical points is not non-degenerate; it has a negative eigenvalue.",
                _of("zhu-2021", "zhu-thm-3.2-nondegenerate"),
            ),
        ),
    ),
    Row(
        (("This paper", "ulpm-2022"),),
        "Training Dynamics + Landscape Analysis",
        False,
        False,
        "CE Loss",
        (
            Finding(
                "confirmed",
                "The margin is at most (|W|^2 + |H|^2)/(2 (K-1) sqrt n), in every dimension.",
                _of("ulpm-2022", "thm-3.1-bound"),
            ),
            Finding(
                "repaired",
                "Training dynamics: that limit directions of the flow are along KKT points is true, its printed proof "
                "has gaps.",
                _of("ulpm-2022", "thm-3.2"),
            ),
            Finding(
                "repaired",
                "Optimality on spheres and the benign landscape hold away from the origin and for d >= K-1.",
                _of(
                    "ulpm-2022", "abstract-strict-saddles", "cor-3.1", "thm-3.3", "thm-3.4-direction", "thm-3.4-sphere"
                ),
            ),
        ),
    ),
)

HEAD = """\
# Table 1

The last row of Table 1 of "An Unconstrained Layer-Peeled Perspective on Neural Collapse" is the paper itself, the
others are what it compares itself with. Here is each row as printed, and what of it the referee confirmed, repaired or
refuted. Generated from the declared verdicts of the papers, which every run of the claim checker has to come to again;
not written by hand.

*Confirmed* means true as stated, *repaired* not true as stated, with what is true instead, *refuted* refuted by
experiment or without a repair. The words that are judged: *seen* follows text that was read; *recalled* is attributed
to the paper from memory, its text was not at hand, so that the verdict is one on our wording. Our own readings and
extensions stand apart and are not counted: a verdict on them is no verdict on the paper.
"""


def page(rows: tuple[Row, ...] = ROWS, load: Callable[[str], Paper] = find) -> str:
    """The page as Markdown.

    Args:
        rows: of the table.
        load: from a key to its paper; raises PaperError where there is none.

    Raises:
        ValueError: a finding that its statements do not carry.
    """
    papers: dict[str, Paper] = {}
    for _, key in (reference for row in rows for reference in row.references):
        try:
            papers[key] = load(key)
        except PaperError:
            continue
    table = [
        "| reference | contribution | constraint | regularisation | loss | confirmed | repaired | refuted | open |"
    ]
    table += ["|---|---|---|---|---|---|---|---|---|", *(_line(row, papers) for row in rows)]
    return "\n".join([HEAD, *table, "", *("\n".join(_section(row, papers)) for row in rows)])


def outcome(claim: Claim) -> Word:
    """What became of a statement, by its declared verdict."""
    if claim.verdict == "open":
        return "not decided"
    if claim.verdict not in NOT_RIGHT:
        return "confirmed"
    return "refuted" if claim.verdict == "refuted" or claim.correction is None else "repaired"


def _counts(claims: tuple[Claim, ...]) -> list[int]:
    outcomes = [outcome(claim) for claim in claims]
    return [outcomes.count(word) for word in ("confirmed", "repaired", "refuted", "not decided")]


def _line(row: Row, papers: dict[str, Paper]) -> str:
    names = "; ".join(name for name, _ in row.references)
    known = [papers[key] for _, key in row.references if key in papers]
    claims = tuple(claim for paper in known for claim in paper.claims if claim.attribution != "reading")
    numbers = [str(count) for count in _counts(claims)] if known else ["\u2013"] * 4
    ticks = ["yes" if tick else "no" for tick in (row.constraint, row.regularisation)]
    texts = [cell(text) for text in (names, row.contribution, *ticks, row.loss)]
    return f"| {' | '.join([*texts, *numbers])} |"


def _section(row: Row, papers: dict[str, Paper]) -> Iterator[str]:
    yield f"## {cell('; '.join(name for name, _ in row.references))}\n"
    for finding in row.findings:
        _check(finding, papers)
        ids = ", ".join(f"`{name.partition('/')[2]}`" for name in finding.claims)
        yield f"**{finding.word.capitalize()}.** {cell(finding.says)} ({ids})\n"
    for name, key in row.references:
        if key not in papers:
            yield f"{cell(name)}: not among the built-in papers.\n"
        elif key == "ulpm-2022":
            confirmed, repaired, refuted, undecided = _counts(papers[key].claims)
            yield (
                f"{len(papers[key].claims)} statements: {confirmed} confirmed, {repaired} repaired, {refuted} refuted, "
                f"{undecided} not decided. Those that are not right as printed: [Errata](errata.md).\n"
            )
        else:
            yield f"### {cell(papers[key].title)}\n"
            claims = papers[key].claims
            yield from _statements([claim for claim in claims if claim.attribution != "reading"])
            readings = [claim for claim in claims if claim.attribution == "reading"]
            if readings:
                yield "Our own readings and extensions, no verdicts on the paper:\n"
                yield from _statements(readings)


def _statements(claims: Sequence[Claim]) -> Iterator[str]:
    """Those that were confirmed as a list, then the others, each with its reason and what is true instead."""
    right = [claim for claim in claims if outcome(claim) == "confirmed"]
    yield from (f"- {_words(claim)}: {cell(claim.says)} (`{claim.id}`)" for claim in right)
    yield from [""] * bool(right)
    for claim in claims:
        if claim in right:
            continue
        yield f"**{_words(claim).capitalize()}**: {cell(claim.says)} (`{claim.id}`). Why: {cell(claim.reason)}.\n"
        if claim.correction is not None:
            yield f"True instead:\n\n{formula(claim.correction.latex)}\n"


def _words(claim: Claim) -> str:
    """What became of it, and whose words it has."""
    if claim.attribution == "reading":
        return {"confirmed": "true", "repaired": "not true", "refuted": "not true"}.get(outcome(claim), "not decided")
    return f"{outcome(claim)}, {claim.attribution}"


def _check(finding: Finding, papers: dict[str, Paper]) -> None:
    for name in finding.claims:
        key, _, id_ = name.partition("/")
        if key in papers and outcome(papers[key].claim(id_)) != finding.word:
            raise ValueError(f"{name}: expected a statement that was {finding.word}: {finding.says}")


if __name__ == "__main__":
    sys.stdout.write(page())
