"""Neural collapse: simplex frames, collapsed points, the conditions NC1 to NC4 and how far a point is from them."""

from ncverify.arguments import check_package as _check_package
from ncverify.collapse.conditions import (
    has_balanced_norms,
    has_equal_norms,
    has_self_duality,
    has_variability_collapse,
    is_collapsed,
    is_simplex,
    means,
    simplex_gram,
    within_class_deviations,
)
from ncverify.collapse.definitions import DEFINITIONS, Definition, definition
from ncverify.collapse.residuals import Residuals, nearest_mean_disagreement, residuals
from ncverify.collapse.simplex import collapsed_point, integer_collapsed_point, simplex_etf

__all__ = [
    "DEFINITIONS",
    "Definition",
    "Residuals",
    "collapsed_point",
    "definition",
    "has_balanced_norms",
    "has_equal_norms",
    "has_self_duality",
    "has_variability_collapse",
    "integer_collapsed_point",
    "is_collapsed",
    "is_simplex",
    "means",
    "nearest_mean_disagreement",
    "residuals",
    "simplex_etf",
    "simplex_gram",
    "within_class_deviations",
]

_check_package(globals())
