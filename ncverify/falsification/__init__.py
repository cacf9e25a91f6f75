"""Falsification: search in floats, verdicts in exact arithmetic."""

from typing import TYPE_CHECKING, Any

from ncverify.falsification.exact import Judgement, judge

if TYPE_CHECKING:
    from ncverify.falsification.campaign import falsify
    from ncverify.falsification.verdict import Verdict

__all__ = ["Judgement", "Verdict", "falsify", "judge"]


def __getattr__(name: str) -> Any:
    """The search needs torch; it is imported when it is used."""
    if name == "falsify":
        from ncverify.falsification.campaign import falsify

        return falsify
    if name == "Verdict":
        from ncverify.falsification.verdict import Verdict

        return Verdict
    raise AttributeError(name)
