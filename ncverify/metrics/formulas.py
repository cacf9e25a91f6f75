"""The six metrics of Section 4 as pure formulas on class means, features and classifiers.

Every function runs unchanged on floats (NumPy, PyTorch, JAX, array-api-strict) and on the rational and ball arithmetic
of `ncverify.numbers`. Each is zero at a collapsed point and is not changed when features or classifiers are multiplied
by a positive number. A quotient with denominator zero (all class means equal, a class mean or a classifier of norm
zero) is NaN, without a warning; rational arithmetic, which has no NaN, raises ZeroDivisionError there.

What the paper leaves open stands as an option, the reading taken by default first:

- *centred*: Section 4 prints cos(hbar_k, hbar_k'), uncentred, while the text of (NC2) and Papyan et al. (2020) centre
  the class means by the global mean; uncentred means of a collapsed network need not have cosine -1/(K-1).
- bar w_k: not defined in Section 4. Appendix D, item 4, calls its direction "the normalized centered classifier", so
  the default subtracts the mean classifier; `centred=False` takes the rows of W as they are, as Papyan et al. do.
- Std: divides by K (`ddof=0`), since the K classes are the whole population; `ddof=1` divides by K - 1.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ncverify.arguments import Array, Index, Labels
from ncverify.kinds import Functions
from ncverify.metrics.pairs import check_classes, cosine_deviation
from ncverify.metrics.rows import centred_rows, ratio, row_norms, unit_rows
from ncverify.metrics.samples import checked_labels
from ncverify.numbers import namespace_of, to_numpy


def feature_norm_variation(
    means: Annotated[Array, "k d"], global_mean: Annotated[Array, "d"], *, ddof: Index = 0
) -> Array:
    r"""Std over Avg of the norms of the centred class means: Section 4, item 1, first half.

    .. math:: \mathrm{Std}(\|\bar h_k - \bar h\|) / \mathrm{Avg}(\|\bar h_k - \bar h\|)

    Args:
        means: class means as rows, shape (K, d).
        global_mean: the mean of all features, shape (d,).
        ddof: Std divides by K - ddof.

    Raises:
        ValueError: fewer than two classes.

    Example:
        >>> import numpy as np
        >>> float(feature_norm_variation(np.array([[3.0], [-1.0]]), np.zeros(1)))
        0.5
    """
    xp = namespace_of(means, global_mean)
    return _variation(row_norms(means - xp.expand_dims(global_mean, axis=0), xp), ddof, xp)


def classifier_norm_variation(W: Annotated[Array, "k d"], *, centred: bool = True, ddof: Index = 0) -> Array:
    r"""Std over Avg of the norms of the classifiers: Section 4, item 1, second half.

    .. math:: \mathrm{Std}(\|\bar w_k\|) / \mathrm{Avg}(\|\bar w_k\|)

    Args:
        W: classifiers as rows, shape (K, d).
        centred: bar w_k is w_k minus the mean classifier (default, see the module's text), else w_k itself.
        ddof: Std divides by K - ddof.

    Raises:
        ValueError: fewer than two classes.

    Example:
        >>> import numpy as np
        >>> float(classifier_norm_variation(np.array([[3.0], [-1.0]]), centred=False))
        0.5
    """
    xp = namespace_of(W)
    return _variation(row_norms(centred_rows(W, xp) if centred else W, xp), ddof, xp)


def mean_distance(features: Annotated[Array, "N d"], centres: Annotated[Array, "N d|d"]) -> Array:
    """The average of the distances of the features from their centres; a mean of norms, not of squares.

    Args:
        features: shape (N, d).
        centres: one for all, shape (d,), or one for each feature, shape (N, d).

    Example:
        >>> import numpy as np
        >>> float(mean_distance(np.array([[3.0, 4.0], [0.0, 1.0]]), np.zeros(2)))
        3.0
    """
    xp = namespace_of(features, centres)
    if len(centres.shape) == 1:
        centres = xp.expand_dims(centres, axis=0)
    return xp.mean(row_norms(features - centres, xp))


def within_class_variation(
    features: Annotated[Array, "N d"],
    labels: Labels,
    means: Annotated[Array, "k d"],
    global_mean: Annotated[Array, "d"],
) -> Array:
    r"""The within-class variation: Section 4, item 2.

    .. math:: \mathrm{Avg}(\|h_{k,i} - \bar h_k\|) / \mathrm{Avg}(\|h_{k,i} - \bar h\|)

    The paper prints h_k without a bar; no such vector is defined, and (NC1) names the class mean. Appendix D prints the
    class mean in the denominator too, a quotient that is one wherever it is defined; `mean_distance` gives its parts.

    Args:
        features: shape (N, d).
        labels: the class of each feature, N integers in 0..K-1.
        means: class means as rows, shape (K, d).
        global_mean: the mean of all features, shape (d,).

    Raises:
        TypeError: labels that are no numbers.
        ValueError: labels that are not N integers in 0..K-1.

    Example:
        >>> import numpy as np
        >>> features = np.array([[3.0], [5.0], [-3.0], [-5.0]])
        >>> float(within_class_variation(features, [0, 0, 1, 1], np.array([[4.0], [-4.0]]), np.zeros(1)))
        0.25
    """
    xp = namespace_of(features, means, global_mean)
    whole = checked_labels(labels, means.shape[0], features.shape[0])
    own = xp.take(means, xp.integers(to_numpy(whole)), axis=0)
    return ratio(mean_distance(features, own), mean_distance(features, global_mean), xp)


def feature_cosine_deviation(
    means: Annotated[Array, "k d"], global_mean: Annotated[Array, "d"], *, centred: bool = True
) -> Array:
    r"""The mean distance of the cosines between class means from -1/(K-1): Section 4, item 3, first half.

    .. math:: \mathrm{Avg}_{k \ne k'}(|\cos(\bar h_k, \bar h_{k'}) + 1/(K-1)|)

    Args:
        means: class means as rows, shape (K, d).
        global_mean: the mean of all features, shape (d,).
        centred: cosines of hbar_k - hbar (default: (NC2), Papyan et al.), else of hbar_k as the formula is printed.

    Raises:
        ValueError: fewer than two classes.

    Example:
        >>> import numpy as np
        >>> means = np.array([[4.0, 0.0], [4.0, 2.0]])
        >>> float(feature_cosine_deviation(means, np.array([4.0, 1.0])))
        0.0
        >>> round(float(feature_cosine_deviation(means, np.array([4.0, 1.0]), centred=False)), 4)
        1.8944
    """
    xp = namespace_of(means, global_mean)
    return cosine_deviation(means - xp.expand_dims(global_mean, axis=0) if centred else means, xp)


def classifier_cosine_deviation(W: Annotated[Array, "k d"], *, centred: bool = True) -> Array:
    r"""The mean distance of the cosines between classifiers from -1/(K-1): Section 4, item 3, second half.

    .. math:: \mathrm{Avg}_{k \ne k'}(|\cos(\bar w_k, \bar w_{k'}) + 1/(K-1)|)

    Args:
        W: classifiers as rows, shape (K, d).
        centred: bar w_k is w_k minus the mean classifier (default, see the module's text), else w_k itself.

    Raises:
        ValueError: fewer than two classes.

    Example:
        >>> import numpy as np
        >>> float(classifier_cosine_deviation(np.array([[1.0, 0.0], [0.0, 1.0]]), centred=False))
        1.0
    """
    xp = namespace_of(W)
    return cosine_deviation(centred_rows(W, xp) if centred else W, xp)


def self_duality_distance(
    means: Annotated[Array, "k d"],
    global_mean: Annotated[Array, "d"],
    W: Annotated[Array, "k d"],
    *,
    centred: bool = True,
) -> Array:
    r"""The mean distance between the directions of centred class means and of classifiers: Section 4, item 4.

    .. math:: \mathrm{Avg}\Bigl(\Bigl\|\frac{\bar h_k - \bar h}{\|\bar h_k - \bar h\|} -
              \frac{\bar w_k}{\|\bar w_k\|}\Bigr\|\Bigr)

    Between 0 and 2. Section 4 prints one closing bar fewer, Appendix D prints all.

    Args:
        means: class means as rows, shape (K, d).
        global_mean: the mean of all features, shape (d,).
        W: classifiers as rows, shape (K, d).
        centred: bar w_k is w_k minus the mean classifier (default, see the module's text), else w_k itself.

    Raises:
        ValueError: fewer than two classes.

    Example:
        >>> import numpy as np
        >>> float(self_duality_distance(np.array([[1.0], [-1.0]]), np.zeros(1), np.array([[-5.0], [5.0]])))
        2.0
    """
    xp = namespace_of(means, global_mean, W)
    check_classes(W.shape[0])
    features = unit_rows(means - xp.expand_dims(global_mean, axis=0), xp)
    classifiers = unit_rows(centred_rows(W, xp) if centred else W, xp)
    if isinstance(features, np.ndarray):
        features -= classifiers  # both are ours
        return xp.mean(row_norms(features, xp))
    return xp.mean(row_norms(features - classifiers, xp))


def _variation(norms: Array, ddof: int, xp: Functions) -> Array:
    """Std/Avg of some norms, as the Std of norms over their mean: exact arithmetic stays rational where it can."""
    K = norms.shape[0]
    check_classes(K)
    relative = ratio(norms, xp.mean(norms), xp) - 1
    return xp.sqrt(xp.sum(relative * relative) / (K - ddof))
