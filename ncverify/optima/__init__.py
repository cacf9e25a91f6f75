"""Closed forms of optima, with certificates, a convex relaxation and descent to compare with.

Cross-entropy: the layer-peeled model of Fang et al. 2021 and the regularised model of Zhu et al. 2021 (optimal values
and norms, the weight from which on zero is optimal, the ratio of class sizes at which the classifiers of minority
classes merge); the SELI geometry of Thrampoulidis et al. 2022 (margin one and least norm, for any class sizes).
Squared loss with weight decay: without bias (any class sizes, any number of linear layers, bounds with a relu), with a
free bias (any class sizes) and with a regularised one. The error exponent of a linear decoder (Papyan et al. 2020) and
packings in a ball.
"""

from ncverify.arguments import check_package as _check_package
from ncverify.optima.descent import Minimum, minimise_layer_peeled, minimise_regularised
from ncverify.optima.diagram import PhaseCell, layer_peeled_phases, regularised_border, regularised_phases
from ncverify.optima.duality import Certificate, certify_layer_peeled, certify_regularised
from ncverify.optima.excess import LayerPeeledExcess, RegularisedExcess, layer_peeled_excess, regularised_excess
from ncverify.optima.exponent import ErrorExponent, error_exponent, optimal_error_exponent, packed_means
from ncverify.optima.layer_peeled import LayerPeeledOptimum, layer_peeled_optimum
from ncverify.optima.minority import (
    MergingRatio,
    layer_peeled_merging_energy,
    layer_peeled_merging_ratio,
    layer_peeled_minority_merges,
    regularised_contrast,
    regularised_merging_ratio,
    regularised_merging_weight,
    regularised_minority_merges,
)
from ncverify.optima.regularised import RegularisedOptimum, regularised_optimum, zero_is_optimal, zero_threshold
from ncverify.optima.relaxation import LayerPeeledSolution, layer_peeled_relaxation
from ncverify.optima.seli import SELIGeometry, certify_seli, seli_geometry
from ncverify.optima.squared import (
    ReluBounds,
    SquaredOptimum,
    squared_optimum,
    squared_relu_bounds,
    squared_zero_threshold,
)
from ncverify.optima.squared_bias import SquaredBiasOptimum, squared_bias_optimum
from ncverify.optima.squared_unequal import SquaredFreeBiasOptimum, squared_free_bias_optimum

__all__ = [
    "Certificate",
    "ErrorExponent",
    "LayerPeeledExcess",
    "LayerPeeledOptimum",
    "LayerPeeledSolution",
    "MergingRatio",
    "Minimum",
    "PhaseCell",
    "RegularisedExcess",
    "RegularisedOptimum",
    "ReluBounds",
    "SELIGeometry",
    "SquaredBiasOptimum",
    "SquaredFreeBiasOptimum",
    "SquaredOptimum",
    "certify_layer_peeled",
    "certify_regularised",
    "certify_seli",
    "error_exponent",
    "layer_peeled_excess",
    "layer_peeled_merging_energy",
    "layer_peeled_merging_ratio",
    "layer_peeled_minority_merges",
    "layer_peeled_optimum",
    "layer_peeled_phases",
    "layer_peeled_relaxation",
    "minimise_layer_peeled",
    "minimise_regularised",
    "optimal_error_exponent",
    "packed_means",
    "regularised_border",
    "regularised_contrast",
    "regularised_excess",
    "regularised_merging_ratio",
    "regularised_merging_weight",
    "regularised_minority_merges",
    "regularised_optimum",
    "regularised_phases",
    "seli_geometry",
    "squared_bias_optimum",
    "squared_free_bias_optimum",
    "squared_optimum",
    "squared_relu_bounds",
    "squared_zero_threshold",
    "zero_is_optimal",
    "zero_threshold",
]

_check_package(globals())
