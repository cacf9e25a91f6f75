"""Exact decompositions of the slack of the paper's bounds: why a point is not optimal."""

from ncverify.arguments import at_the_door as _at_the_door
from ncverify.slack.margin import MarginSlack, margin_bound, margin_slack, mean_difference

__all__ = ["MarginSlack", "margin_bound", "margin_slack", "mean_difference"]

_at_the_door(globals())
