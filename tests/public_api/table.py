"""A good call of every public function: {"package.function": its arguments by name}."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import ncverify.flow as flow
import ncverify.landscape as landscape
import ncverify.metrics as metrics
from ncverify import Domain, Inequality, Point
from ncverify.numbers import backend_namespace

K, n, d = 3, 2, 4


def point(K: int = K, n: int = n, d: int = d, seed: int = 0) -> Point:
    """A separated point near a collapsed one."""
    from ncverify.collapse import collapsed_point

    rng, p = np.random.default_rng(seed), collapsed_point(K, n, d, squared_norm=4.0)
    return Point(p.W + 0.05 * rng.standard_normal(p.W.shape), p.H + 0.05 * rng.standard_normal(p.H.shape))


@cache
def trajectory() -> Any:
    """A short flow."""
    return flow.gradient_flow(point(), until_log_t=1e6, record=flow.log_time_grid(1e6, 5))


def of_optima() -> dict[str, dict[str, Any]]:
    """Good calls of the closed forms, certificates and descents."""
    rng, unequal = np.random.default_rng(2), [4, 2, 2]
    weights, bounds = {"lambda_W": 0.01, "lambda_H": 0.02}, {"E_W": 1.5, "E_H": 0.5}
    W, H, b, P = (
        rng.standard_normal((3, 2)),
        rng.standard_normal((2, 3)),
        rng.standard_normal(3),
        np.full((3, 3), 1 / 3),
    )
    split, sizes = {"KA": 2, "KB": 3}, {"n_A": 7, "n_B": 4}
    return {
        "optima.certify_layer_peeled": {"class_sizes": unequal, **bounds, "W": W, "H": H, "P": P},
        "optima.certify_regularised": {
            "class_sizes": unequal,
            **weights,
            "lambda_b": 0.5,
            "W": W,
            "H": H,
            "bias": b,
            "P": P,
        },
        "optima.error_exponent": {"W": W, "M": H, "b": b, "xp": backend_namespace("numpy")},
        "optima.layer_peeled_excess": {"W": W, "H": np.repeat(H, 2, axis=1), **bounds},
        "optima.layer_peeled_merging_energy": split | sizes,
        "optima.layer_peeled_merging_ratio": split | bounds,
        "optima.layer_peeled_minority_merges": split | sizes | bounds,
        "optima.layer_peeled_optimum": {"K": K, "n": n} | bounds,
        "optima.layer_peeled_phases": split | {"ratios": [2.0], "energies": [0.5], "seed": 0},
        "optima.layer_peeled_relaxation": {"class_sizes": unequal, **bounds, "solver": "CLARABEL"},
        "optima.minimise_layer_peeled": {"class_sizes": unequal, **bounds, "seed": 0},
        "optima.minimise_regularised": {"class_sizes": unequal, **weights, "lambda_b": 0.5, "seed": 0},
        "optima.optimal_error_exponent": {"K": K, "d": d},
        "optima.packed_means": {"K": K, "d": d},
        "optima.regularised_border": split | sizes,
        "optima.regularised_phases": split | {"n_A": 20, "minorities": [2], "weights": [0.01], "seed": 0},
        "optima.regularised_contrast": {"N": 40, "n_B": 4} | weights,
        "optima.regularised_excess": {"W": W, "H": np.repeat(H, 2, axis=1), "bias": b, **weights, "lambda_b": 0.5},
        "optima.regularised_merging_ratio": split | {"n_B": 4} | weights,
        "optima.regularised_merging_weight": {"N": 40, "n_B": 4},
        "optima.regularised_minority_merges": {"N": 40, "n_B": 4} | weights,
        "optima.regularised_optimum": {"K": K, "n": n} | weights,
        "optima.certify_seli": {"class_sizes": unequal, "W": np.eye(3), "H": np.eye(3), "A": np.eye(3) - 1},
        "optima.seli_geometry": {"class_sizes": unequal},
        "optima.zero_is_optimal": {"K": K, "n": n} | weights,
        "optima.zero_threshold": {"K": K, "n": n},
        "optima.squared_bias_optimum": {"K": K, "n": n, **weights, "lambda_b": 0.5, "d": 3},
        "optima.squared_free_bias_optimum": {"class_sizes": unequal, **weights, "d": 2},
        "optima.squared_optimum": {"class_sizes": unequal, "weights": [0.01, 0.02], "d": 2},
        "optima.squared_relu_bounds": {"K": K, "n": n, "weights": [0.01, 0.02, 0.03]},
        "optima.squared_zero_threshold": {"factors": 3},
    }


def of_weight_decay() -> dict[str, dict[str, Any]]:
    """Good calls of the landscape with weight decay."""
    from ncverify.weight_decay import DecayProblem, Triple

    rng, problem = np.random.default_rng(3), DecayProblem((2, 1), 0.02, 0.03, 0.1)
    point, along = (Triple(*(rng.standard_normal(s) for s in ((2, 2), (2, 3), (2,)))) for _ in range(2))
    at, weights = {"problem": problem, "point": point}, {"lambda_W": 0.02, "lambda_H": 0.03}
    return {
        **{
            f"weight_decay.{f}": at
            for f in (
                "classify_decay",
                "decay_gradient",
                "decay_value",
                "dense_decay_hessian",
                "inertia",
                "null_direction",
            )
        },
        **{f"weight_decay.{f}": at | {"along": along} for f in ("decay_ball_quotient", "decay_hessian_product")},
        "weight_decay.decay_phases": {"problem": problem, "d": [1], "starts": 1, "seed": 0},
        "weight_decay.least_curvature": {"problem": problem, "spectral_norm": 0.5},
        "weight_decay.merged_decay_point": {"K": 4, "n": 1, "d": 3, **weights, "blocks": 2, "lambda_b": 0.1},
        "weight_decay.minimise_decay": {"problem": problem, "start": point},
        "weight_decay.newton_decay": {"problem": problem, "start": point, "steps": 3},
        "weight_decay.random_decay_point": {"problem": problem, "d": 2, "seed": 0},
        "weight_decay.smallest_decay_eigenpair": at | {"tolerance": 1e-8, "seed": 0},
        "weight_decay.spectrum_at_origin": {"K": 3, "n": 2, "d": 4, **weights, "lambda_b": 0.1},
    }


def calls() -> dict[str, dict[str, Any]]:
    """Fresh arguments for all functions."""
    rng, xp, p = np.random.default_rng(1), backend_namespace(), point()
    small, direction = point(2, 1, 2), (rng.standard_normal((K, d)), rng.standard_normal((d, K * n)))
    S, G, M = p.logit_differences.copy(), p.logit_gradient.copy(), np.abs(rng.standard_normal((K, K * n)))
    rows, centre = p.class_means.copy(), p.global_mean.copy()
    features, labels = np.ascontiguousarray(p.H.T), np.repeat(np.arange(K), n)
    claim = Inequality("margins", slack=lambda q: 1 - q.q_min)
    shape = {"K": K, "n": n, "d": d}
    tiny = {"K": 2, "n": 1, "d": 2}
    critical = landscape.collapsed(2, 1, 2, 1.5).point
    of_p = {"p": p}
    table: dict[str, dict[str, Any]] = {
        "ncverify.falsify": {
            "statement": claim, "domain": Domain(K=2, n=1, d=1), "seed": 0, "budget": 5.0, "evaluations": 100,
            "workers": 1, "with_simplex": True, "stages": ("random",), "shapes": 2, "simplify": False, "device": "cpu",
            "progress": print_nothing,
        },
        "ncverify.judge": {"statement": claim, "point": small, "last_bits": 256},
        "ncverify.on_sphere": {"point": p, "squared_norm": 2.0},
        "numbers.backend_namespace": {"name": "numpy", "device": "cpu", "dtype": "float64"},
        "numbers.namespace_of": {"arrays": S},
        "numbers.to_numpy": {"array": S},
        "model.between_classes": {"S": S, "n": n, "xp": xp},
        "model.gradient": {"W": p.W, "H": p.H, "G": G},
        "model.hessian_vector_product": {
            "W": p.W, "H": p.H, "G": G, "U": direction[0], "V": direction[1], "xp": xp, "n": n,
        },
        **{f"model.{f}": {"S": S, "n": n, "xp": xp} for f in (
            "log_loss", "log_odds", "loss", "margins", "logit_gradient", "wrong_class_probabilities")},
        "model.logit_differences": {"Z": p.logits.copy(), "n": n, "xp": xp},
        "model.other_class_mask": {"K": K, "n": n, "xp": xp},
        "model.own_class_mask": {"K": K, "n": n, "xp": xp},
        "model.softmax_jacobian_product": {"G": G, "D": rng.standard_normal((K, K * n)), "n": n, "xp": xp},
        **{f"losses.{f}": {"Z": p.logits.copy(), "labels": np.repeat(np.arange(K), n), "xp": xp} | more for f, more in (
            ("cross_entropy", {"temperature": 0.5}), ("cross_entropy_gradient", {"temperature": 0.5}),
            ("cross_entropy_hessian_product", {"D": rng.standard_normal((K, K * n))}), ("squared", {}),
            ("squared_gradient", {}), ("label_smoothing", {"eps": 0.5}), ("label_smoothing_gradient", {"eps": 0.5}),
            ("focal", {"gamma": 2.0}), ("focal_gradient", {"gamma": 2.0}))},
        "losses.supervised_contrastive": {
            "H": p.H, "labels": np.repeat(np.arange(K), n), "xp": xp, "temperature": 0.5,
        },
        "collapse.collapsed_point": shape | {"squared_norm": 2.0, "norm_ratio": 1.0, "rotation": 0, "like": xp},
        "collapse.definition": {"key": "papyan-2020/nc2"},
        "collapse.integer_collapsed_point": {"K": 4, "n": n, "d": 4},
        "collapse.has_equal_norms": {"vectors": rows, "xp": xp},
        "collapse.is_simplex": {"vectors": rows, "xp": xp},
        "collapse.simplex_etf": {"K": K, "d": d, "rotation": 0},
        "collapse.simplex_gram": {"K": K, "xp": xp},
        **{f"collapse.{f}": of_p for f in (
            "has_balanced_norms", "has_variability_collapse", "is_collapsed", "nearest_mean_disagreement",
            "within_class_deviations")},
        **{f"collapse.{f}": {"p": p, "centred": True} for f in ("has_self_duality", "means", "residuals")},
        "metrics.classifier_cosine_deviation": {"W": p.W, "centred": True},
        "metrics.classifier_norm_variation": {"W": p.W, "centred": True, "ddof": 0},
        "metrics.feature_cosine_deviation": {"means": rows, "global_mean": centre, "centred": True},
        "metrics.feature_norm_variation": {"means": rows, "global_mean": centre, "ddof": 0},
        "metrics.mean_distance": {"features": features, "centres": centre},
        "metrics.metrics_of": {
            "features": features, "labels": labels, "classifier": p.W, "centre": "samples",
            "notation": metrics.Notation(), "ignore_index": -100, "empty": "leave out",
        },
        "metrics.balanced_subsample": {"labels": labels, "K": K, "n": n, "seed": 0},
        "metrics.scatter_ratio": {"features": features, "labels": labels, "K": K},
        "metrics.section_4_metrics": {"point": p, "notation": metrics.Notation()},
        "metrics.self_duality_distance": {"means": rows, "global_mean": centre, "W": p.W, "centred": True},
        "metrics.within_class_variation": {
            "features": features, "labels": labels, "means": rows, "global_mean": centre,
        },
        **{f"slack.{f}": of_p for f in ("margin_bound", "margin_slack", "mean_difference")},
        "separation.collapse_multipliers": {"K": K, "n": n, "xp": xp},
        "separation.constraint_qualification": {"gradients": rng.standard_normal((3, 4)), "solver": "CLARABEL"},
        **{f"separation.{f}": of_p for f in ("dual_objective_gap", "is_feasible")},
        "separation.is_approximate_kkt_point": {"p": p, "M": M, "epsilon": 0.1, "delta": 0.1},
        **{f"separation.{f}": {"p": p, "M": M} for f in (
            "is_kkt_point", "kkt_residuals", "squared_stationarity", "stationarity", "weighted_gradient")},
        "separation.mangasarian_fromovitz": {"point": small, "every_constraint": False},
        "separation.margin_gap": {"q_min": 1.0, "best_margin": 2.0, "rounding": 1e-12, "shape": landscape_shape()},
        "separation.margin_rounding": {"longest": 2.0, "best_margin": 2.0, "shape": landscape_shape(), "eps": 1e-16},
        "separation.multipliers": {
            "point": small, "epsilon": 0.1, "delta": None, "active_within": 0.1, "solver": "CLARABEL",
        },
        **{f"separation.{f}": {"K": 2, "n": 1, "solver": "CLARABEL"} for f in (
            "nuclear_norm_dual", "nuclear_norm_primal")},
        "separation.optimal_value": {"K": K, "n": n, "xp": xp},
        "separation.optimality_gap": {"point": p},
        "separation.scaled_to_unit_margin": {"point": p},
        "separation.slopes": {"p": p, "direction": direction},
        "separation.smallest_delta": {"point": small, "epsilon": 0.5, "solver": "CLARABEL"},
        "separation.smallest_epsilon": {"point": small, "delta": 0.5, "solver": "CLARABEL"},
        "separation.softmax_multipliers": {"point": p, "epsilon": 0.1, "delta": 0.1},
        "separation.verify_certificate": {"K": 3, "n": 1, "xp": None, "multipliers": None},
        "separation.weight_matrix": {"M": M, "n": n, "xp": xp},
        **{f"landscape.{f}": {"p": p, "direction": direction} for f in (
            "ball_quotient", "is_tangent", "project", "rayleigh_quotient", "riemannian_hessian", "tangent_hessian")},
        **{f"landscape.{f}": of_p for f in (
            "multiplier", "position", "riemannian_gradient", "rotation_directions",
            "spectral_lower_bound", "stationarity_residual", "dense_hessian", "linear_operator")},
        "landscape.classify": {"p": critical},
        "landscape.collapsed": shape | {"rho": 1.5, "opposed": False},
        "landscape.collapsed_spectrum": shape | {"rho": 1.5},
        "landscape.direct_sum": {"K": 4, "n": 1, "d": 3, "blocks": 2, "rho": 1.5, "opposed": False},
        "landscape.find_critical_point": tiny | {"rho": 1.5, "seed": 0, "opposed": False, "tolerance": 1e-10},
        "landscape.find_minimum": tiny | {"rho": 1.5, "seed": 0},
        "landscape.inner": {"a": direction, "b": direction, "xp": xp},
        "landscape.is_critical_by_symmetry": {"p": rational(), "seed": 0, "trials": 1},
        "landscape.kernel_dimension": shape,
        "landscape.lower_point_on_sphere": {"p": small, "within": 0.1, "direction": tangent(small)},
        "landscape.merged_classes": {"K": 4, "n": 1, "d": 3, "blocks": 2, "rho": 1.5, "opposed": False},
        "landscape.minimise_on_sphere": {"p": small, "tolerance": 1e-8, "steps": 20},
        "landscape.negative_curvature": {"p": critical, "seed": 0},
        "landscape.newton_on_gradient": {"p": small, "tolerance": 1e-8, "steps": 20},
        "landscape.norm": {"a": direction, "xp": xp},
        "landscape.partial_simplex": {"K": 4, "n": 1, "d": 3, "active": 2, "rho": 1.5, "opposed": False},
        "landscape.phase_cell": tiny | {"rho": 1.5, "starts": 1, "seed": 0},
        "landscape.phase_diagram": {"K": 2, "n": 1, "d": [1], "rho": [1.5], "starts": 1, "seed": 0},
        "landscape.polygon": {"K": 4, "n": 1, "d": 2, "rho": 1.5, "opposed": False},
        "landscape.random_point": shape | {"rho": 1.5, "rng": np.random.default_rng(0)},
        "landscape.reduce_at": {"p": critical, "t": 0.5},
        "landscape.rescale": {"p": p, "rho": 1.5},
        "landscape.retract": {"p": p, "direction": direction, "step": 0.5},
        "landscape.shares": {"cells": [[landscape.phase_cell(2, 1, 1, 1.5, starts=1)]], "kind": "collapsed"},
        "landscape.smallest_eigenpair": {"p": small, "tolerance": 1e-6, "certify": False, "seed": 0},
        "landscape.tangent_form_is_positive": {
            "p": small, "kernel": [], "hessian": landscape.riemannian_hessian, "shift": 0.5,
        },
        "landscape.vanishing_gradient": {"K": 4, "n": 1, "d": 4, "rho": 1.5, "share": 0.5, "seed": 0},
        **of_optima(),
        **of_weight_decay(),
        **{f"flow.{f}": of_p for f in ("alignment", "conserved", "smoothed_margin")},
        "flow.complement_of": {"limit": p},
        **{f"flow.{f}_singular_values": {"w": [0.5, 2.0], "t": 3.0, "K": K, "n": n} for f in (
            "projected", "renormalised")},
        "flow.mse_singular_values": {"s": [0.5, 2.0], "t": 3.0, "n": n},
        "flow.mse_bias": {"beta": 0.5, "t": 3.0, "K": K, "n": n},
        "flow.linearised_mse_flow": {"W": p.W, "H": p.H, "b": np.zeros(K), "t": 0.5},
        **{f"flow.{f}_velocity": {"W": p.W, "H": p.H, "b": np.zeros(K)} for f in ("mse", "linearised_mse")},
        **{f"flow.{f}": {"H": np.random.default_rng(3).standard_normal((2, K * n)), "K": K} for f in (
            "centred_class_means", "within_class_scatter", "least_squares_slope", "projected_velocity",
            "renormalised_velocity")},
        "flow.renormalised_step": {
            "H": np.random.default_rng(3).standard_normal((2, K * n)), "K": K, "step": 0.1,
        },
        "flow.integrated": {"velocity": lambda x: -x, "start": [np.ones(2)], "times": [0.5, 1.0]},
        "flow.escape_exponent": {"p": critical},
        "flow.gradient_descent": {
            "start": small, "learning_rate": 0.1, "steps": 5, "loss": "sum", "record": [1, 5],
            "progress": print_nothing,
        },
        "flow.gradient_flow": {
            "start": small, "until_log_t": 5.0, "rtol": 1e-4, "record": [1.0], "events": (), "log_t": 0.0,
            "origin": flow.conserved(small), "progress": print_nothing,
        },
        "flow.largest_possible_margin": {"K": K, "n": n, "xp": xp},
        "flow.least_stationarity": {"trajectory": trajectory(), "rows": [-1]},
        "flow.limit_direction": {"trajectory": trajectory(), "order": 1, "spacing": 1.5, "variable": "1/rho"},
        **{f"flow.{f}": {"value": 2.0, "terminal": False} for f in (
            "log_loss_reaches", "log_time_reaches", "loss_reaches", "margin_reaches", "norm_reaches")},
        "flow.linearised_limit_direction": {"W": p.W, "H": p.H},
        "flow.log_time_grid": {"horizon": 100.0, "per_decade": 3, "first": 1.0},
        "flow.mean_slope": {"trajectories": [trajectory()] * 2, "name": "rho", "low": 10.0, "high": 1e6},
        "flow.measured_exponent": {
            "trajectory": trajectory(), "outside": flow.complement_of(p), "low": 1.0, "high": 1e6,
        },
        "flow.measured_offsets": {"p": p, "complement": np.eye(d)},
        "flow.predicted_offsets": {"start": flow.conserved(p), "K": K, "complement": np.eye(d)},
        "flow.relative_drift": {"start": flow.conserved(p), "W": p.W, "H": p.H},
        "flow.resume": {"trajectory": trajectory(), "until_log_t": 2e6},
        "flow.subspace_flow": {"W": p.W - p.W.mean(axis=0), "beta": 0.5, "n": n, "t": 0.5},
        "flow.slope": {"trajectory": trajectory(), "name": "rho", "low": 10.0, "high": 1e6},
    }  # fmt: skip
    return table


def rational() -> Point:
    """A point in rational arithmetic."""
    from ncverify.collapse import integer_collapsed_point

    return integer_collapsed_point(2, 1, 2)


def landscape_shape() -> Any:
    from ncverify import Shape

    return Shape(K, n, d)


def tangent(p: Point) -> Any:
    rng = np.random.default_rng(2)
    return landscape.project(p, (rng.standard_normal(p.W.shape), rng.standard_normal(p.H.shape)))


def print_nothing(*numbers: Any) -> None:
    """A callback."""


POSITIONAL = {"numbers.namespace_of"}


def classes() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Constructors and methods that take numbers from users, with a good call of each."""
    p, xp = point(), backend_namespace()
    features, labels = np.ascontiguousarray(p.H.T), np.repeat(np.arange(K), n)

    def fed() -> metrics.CollapseMetrics:
        metric = metrics.CollapseMetrics(K, d)
        metric.update(features, labels)
        metric.update_distances(features, labels)
        return metric

    direction = (np.ones((K, d)), np.ones((d, K * n)))
    batch = {"features": features, "labels": labels}
    return {
        "Point": (Point, {"W": p.W, "H": p.H}),
        "Point.hessian_vector_product": (p.hessian_vector_product, {"direction": direction}),
        "Domain": (Domain, {"K": 3, "n": 2, "d": 4}),
        "CollapseMetrics": (metrics.CollapseMetrics, {"K": K, "d": d, "centre": "samples", "dtype": "float64"}),
        "CollapseMetrics.update": (lambda **both: metrics.CollapseMetrics(K, d).update(**both), batch),
        "CollapseMetrics.update_distances": (lambda features, labels: fed().update_distances(features, labels), batch),
        "CollapseMetrics.compute": (lambda classifier: fed().compute(classifier), {"classifier": p.W}),
        "MarginStream": (metrics.MarginStream, {"classifier": p.W, "n": n, "bias": np.zeros(K)}),
        "MarginStream.update": (
            lambda features, labels: metrics.MarginStream(p.W, n=n).update(features, labels), batch,
        ),
        "NearestMeanAgreement": (
            lambda classifier, bias: metrics.NearestMeanAgreement(fed().class_means, classifier, bias),
            {"classifier": p.W, "bias": np.zeros(K)},
        ),
        "NativeNamespace": (type(xp), {"like": p.W}),
    }  # fmt: skip
