"""By which paper's definition a number is meant: keys of papers, and of `ncverify.collapse.DEFINITIONS` with a slash.

"ulpm-2022" is the paper of the six metrics, "papyan-2020" Papyan, Han and Donoho. What a paper prints and what its
words say are told apart where they differ.
"""

from __future__ import annotations

MEANINGS = {
    "feature_norm_variation": "papyan-2020 = ulpm-2022, Section 4, 1",
    "classifier_norm_variation": "ulpm-2022, Section 4, 1, W centred",
    "within_class_variation": "ulpm-2022, Section 4, 2",
    "within_class_rms": "no paper's",
    "feature_cosine_deviation": "papyan-2020, NC2; ulpm-2022 in words",
    "classifier_cosine_deviation": "ulpm-2022, Section 4, 3, W centred",
    "self_duality_distance": "ulpm-2022, Section 4, 4, W centred",
    "papyan_nc1": "papyan-2020/nc1-measured",
    "nc1_residual": "papyan-2020/nc1, means centred",
    "nc2_residual": "papyan-2020/nc2",
    "nc3_residual": "papyan-2020/nc3",
    "nc4_residual": "papyan-2020/nc4-measured",
    "nc4_agreement": "papyan-2020/nc4-measured",
    "test_nc4_agreement": "papyan-2020/nc4-measured, on test data",
    "margin": "ulpm-2022, Section 3.1",
    "margin_bound": "ulpm-2022, Theorem 3.1",
}
"""By the column of the recorder. Its residuals have centred means and W as it is; their m_G is the mean of the class
means, which is that of all samples for equal classes only."""

UNCENTRED = {
    "classifier_norm_variation": "papyan-2020, NC2, W as it is",
    "feature_cosine_deviation": "ulpm-2022, Section 4, 3, as printed",
    "classifier_cosine_deviation": "papyan-2020, NC2, W as it is",
    "self_duality_distance": "no paper's: means centred, W as it is",
}
"""The same numbers without centring, as `ncverify measure` has them."""

PRINTED = {
    "nc1": "ulpm-2022, Section 2.1, as printed",
    "nc2": "ulpm-2022/nc2, as printed",
    "nc3": "ulpm-2022/nc3, as printed",
    "nc4": "ulpm-2022/nc4",
}
"""The residuals with uncentred means."""

CENTRED = {f"nc{i}": MEANINGS[f"nc{i}_residual"] for i in (1, 2, 3)} | {"nc4": "ulpm-2022/nc4"}
"""The residuals with centred means; no bias in any."""
