"""From what a campaign found to its verdict."""

from __future__ import annotations

import math
from typing import Any

from ncverify.falsification import layouts
from ncverify.falsification.exact import judge
from ncverify.falsification.over_shapes import is_enumerated
from ncverify.falsification.shrink import shrink
from ncverify.falsification.tasks import Outcome
from ncverify.falsification.verdict import Status, Verdict
from ncverify.statements.types import Identity, Inequality, Optimum, OverShapes, Statement, Trend


def conclude(
    statement: Statement, domain: layouts.Over, total: Outcome, simplify: bool, *, truncated: bool, seconds: float
) -> Verdict:
    """The verdict on a statement.

    Args:
        statement: what was attacked.
        domain: where.
        total: what all tasks found.
        simplify: whether to look for a simpler counterexample.
        truncated: whether time ran out.
        seconds: that were spent.
    """
    witness, arithmetic = total.violation, total.arithmetic
    if witness is not None and simplify and not isinstance(statement, Trend):
        smaller = shrink(statement, witness, domain)
        # shrinking works at a lower precision; the witness itself was confirmed at the full one
        if smaller is not witness and (final := judge(statement, smaller)).violated:
            witness, arithmetic = smaller, final.arithmetic
    status: Status = "unfalsified"
    if witness is not None:
        status = "falsified"
    elif total.met == 0:
        status = "vacuous"
    elif isinstance(statement, OverShapes):
        decided = not total.undecided and not total.undefined
        everywhere = is_enumerated(domain) and not truncated
        status = ("proved" if everywhere else "unfalsified") if decided else "undecided"
    elif _stays_undecided(statement, total):
        status = "undecided"
    return Verdict(
        statement=statement,
        status=status,
        witness=witness,
        exact=witness is not None,
        slack=_lowest(statement, total, witness),
        tightest=total.tightest,
        hypothesis_rate=total.applicable / max(1, total.sampled),
        tried=total.tried,
        undefined=total.undefined,
        ties=len(total.ties),
        out_of_reach=total.out_of_reach,
        arithmetic=arithmetic,
        attacked=total.attacked,
        distribution=total.distribution,
        seconds=seconds,
        truncated=truncated,
    )


def _stays_undecided(statement: Statement, total: Outcome) -> bool:
    """Whether points of undecided sign leave the statement open.

    A weak inequality may agree with equality to the last bit, as one of two exponentials against their sum does far
    out; that is no doubt about it as long as other points show a clear positive slack. Equality violates a strict one.
    An optimum is attained with equality, so ties with its conclusion need clear points beside them, too.
    """
    if isinstance(statement, Optimum):
        return total.undecided > 0 or bool(total.ties and not total.decisive)
    if isinstance(statement, Inequality):
        return (
            bool(total.undecided or total.ties or total.open)
            if statement.strict
            else total.undecided > 0 and not total.decisive
        )
    return total.undecided > 0


def _lowest(statement: Statement, total: Outcome, witness: Any) -> float:
    """The lowest scaled slack; below rounding level its exact value decides the sign."""
    if witness is None and not math.isfinite(total.lowest):
        return math.nan
    if isinstance(statement, Inequality) and statement.scale is not None:
        at = witness or total.tightest
        slack = judge(statement, at).slack if at is not None else None
        return math.nan if slack is None else slack / float(statement.scale(at))
    if witness is not None:
        return min(total.lowest, -0.0)
    if isinstance(statement, Identity):  # how far its sides are apart
        return abs(total.lowest)
    return max(total.lowest, 0.0)
