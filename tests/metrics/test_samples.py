"""Checks of features, labels and classifiers: what is taken, and the sentence for what is not."""

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.metrics.samples import checked_bias, checked_classifier, checked_features, checked_labels


@pytest.mark.parametrize(
    "labels",
    [
        [1, 0, 2],
        [1.0, 0.0, 2.0],
        np.array([1, 0, 2], dtype=np.uint8),
        np.array([1, 0, 2], dtype=">i4"),
        np.array([1, 0, 2], dtype=np.float16),
        torch.tensor([1, 0, 2], dtype=torch.uint16),
        torch.tensor([1.0, 0.0, 2.0], dtype=torch.bfloat16),
        array_api_strict.asarray([1, 0, 2]),
    ],
    ids=lambda labels: f"{type(labels).__module__} {getattr(labels, 'dtype', 'list')}",
)
def test_whole_numbers_of_every_kind_are_labels(labels):
    checked = checked_labels(labels, 3, 3)
    assert [int(k) for k in checked] == [1, 0, 2]
    assert str(checked.dtype).endswith("int64")


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.array([True, False]), TypeError, "got dtype bool"),
        (np.array(["a", "b"]), TypeError, "got dtype <U1"),
        (np.array([1j, 0]), TypeError, "got dtype complex128"),
        ([None, 1], TypeError, "got dtype object"),
        (torch.tensor([True, False]), TypeError, "got dtype torch.bool"),
        ([0, 0.5], ValueError, "got 0.5 at position 1"),
        ([0, np.nan], ValueError, "got nan at position 1"),
        ([0, np.inf], ValueError, "got inf at position 1"),
        ([0, -1], ValueError, "got -1 at position 1"),
        ([0, 7], ValueError, r"expected integers in 0..1 \(classifier has 2 rows\), got 7 at position 1"),
        ([1, 2], ValueError, "got 2 at position 1; labels that start at 1 must be lowered by 1"),
        (np.array([0, 2**64 - 1], dtype=np.uint64), ValueError, "got 18446744073709551615 at position 1"),
        ([[1, 0], [0, 1]], ValueError, "one-hot labels"),
        ([[1], [0]], ValueError, "ravel"),
        ([0, 1, 1], ValueError, "expected one for each of the 2 samples, got 3"),
        ([[1], [1, 0]], ValueError, "nested lists"),
        (3, ValueError, r"got shape \(\)"),
    ],
)
def test_a_sentence_says_what_is_wrong_with_labels(labels, error, message):
    with pytest.raises(error, match=message):
        checked_labels(labels, 2, 2)


@pytest.mark.parametrize(
    ("features", "error", "message"),
    [
        ([[1.0, 2.0]], TypeError, "got list"),
        (np.ones((3, 2), dtype=int), TypeError, r"expected an array \(N, d = 2\) .*, got dtype int64$"),
        (np.ones((3, 2), dtype=complex), TypeError, "got dtype complex128"),
        (torch.ones(3, 2, dtype=torch.int32), TypeError, "got dtype torch.int32"),
        (np.ones(3), ValueError, r"got shape \(3,\)"),
        (np.ones((3, 5)), ValueError, r"expected an array \(N, d = 2\) .* got shape \(3, 5\)"),
        (np.ones((2, 5)), ValueError, "they look transposed"),
    ],
)
def test_a_sentence_says_what_is_wrong_with_features(features, error, message):
    with pytest.raises(error, match=message):
        checked_features(features, 2)


@pytest.mark.parametrize(
    "array", [np.ma.masked_array([[1.0, 2.0]] * 2), torch.ones(2, 2, device="meta")], ids=["mask", "meta"]
)
def test_what_is_masked_or_has_no_values_is_refused_under_its_name(array):
    with pytest.raises(TypeError, match=f"^features: expected a dense array with values, got {type(array).__name__} "):
        checked_features(array, 2)
    with pytest.raises(TypeError, match=f"^labels: expected a dense array with values, got {type(array).__name__} "):
        checked_labels(array[0], 2, 2)
    with pytest.raises(TypeError, match=r"^classifier: expected a dense array with values, got "):
        checked_classifier(array)
    with pytest.raises(TypeError, match=r"^bias: expected a dense array with values, got "):
        checked_bias(array[0], 2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_classifiers_and_biases_of_every_float_are_widened(dtype):
    assert checked_classifier(torch.ones(2, 3, dtype=dtype, requires_grad=True)).dtype == np.float64
    assert checked_bias(torch.ones(2, dtype=dtype), 2).dtype == np.float64


@pytest.mark.parametrize(
    ("classifier", "error", "message"),
    [
        (np.ones((3, 2)), ValueError, r"expected an array \(K = 2, d = 3\), got shape \(3, 2\); it looks transposed"),
        (np.ones(3), ValueError, "got shape"),
        (np.ones((2, 3), dtype=int), TypeError, "real floats, got dtype int64"),
        (np.array([[1.0, np.nan, 1.0]] * 2), ValueError, "finite numbers, got 2 others"),
    ],
)
def test_a_sentence_says_what_is_wrong_with_a_classifier(classifier, error, message):
    with pytest.raises(error, match=message):
        checked_classifier(classifier, 2, 3)


def test_a_classifier_of_one_class_is_refused():
    with pytest.raises(ValueError, match="K >= 2"):
        checked_classifier(np.ones((1, 3)))


def test_a_bias_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"classifier has 2 rows\), got shape \(3,\)"):
        checked_bias([1.0, 2.0, 3.0], 2)


def test_a_bias_that_is_no_array_is_refused_with_its_type():
    with pytest.raises(TypeError, match=r"^bias: expected a vector \(K = 2,\) of real floats, got str$"):
        checked_bias("ab", 2)


def test_a_classifier_of_another_shape_is_not_called_transposed():
    with pytest.raises(ValueError, match=r"got shape \(4, 3\)$"):
        checked_classifier(np.ones((4, 3)), 2, 3)
