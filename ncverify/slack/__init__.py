"""Exact decompositions of the slack of the paper's bounds: why a point is not optimal."""

from ncverify.arguments import check_package as _check_package
from ncverify.slack.margin import MarginSlack, margin_bound, margin_slack, mean_difference

__all__ = ["MarginSlack", "margin_bound", "margin_slack", "mean_difference"]

_check_package(globals())
