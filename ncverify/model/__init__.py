"""The unconstrained layer-peeled model as formulas on arrays: logits, loss, derivatives."""

from ncverify.arguments import check_package as _check_package
from ncverify.model.derivatives import gradient, hessian_vector_product, logit_gradient, softmax_jacobian_product
from ncverify.model.logits import between_classes, logit_differences, margins
from ncverify.model.loss import (
    log_loss,
    log_odds,
    loss,
    other_class_mask,
    own_class_mask,
    wrong_class_probabilities,
)

__all__ = [
    "between_classes",
    "gradient",
    "hessian_vector_product",
    "log_loss",
    "log_odds",
    "logit_differences",
    "logit_gradient",
    "loss",
    "margins",
    "other_class_mask",
    "own_class_mask",
    "softmax_jacobian_product",
    "wrong_class_probabilities",
]

_check_package(globals())
