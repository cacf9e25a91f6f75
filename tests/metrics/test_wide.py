"""Batches in float64 where they are, with labels beside them."""

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.metrics.wide import beside, wide_batch

FORMS = {"numpy": np.asarray, "torch": torch.from_numpy, "strict": array_api_strict.asarray}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("label_form", [*FORMS.values(), np.ndarray.tolist], ids=[*FORMS, "list"])
def test_labels_of_any_library_come_as_integers_of_the_library_of_the_features(form, label_form):
    features, labels = np.array([[1.5, 2.0], [0.1, -3.0], [4.0, 0.0]], dtype=np.float32), np.array([2, 0, 1])
    wide, integers, xp = wide_batch(form(features), label_form(labels), 3, 2)
    assert type(wide) is type(integers) is type(form(features))
    assert wide.dtype == xp.float64
    assert integers.dtype == xp.int64
    assert np.asarray(wide).tolist() == features.astype(np.float64).tolist()
    assert np.asarray(integers).tolist() == [2, 0, 1]


def test_a_gradient_ends_where_the_batch_begins():
    features = torch.ones(2, 2, requires_grad=True)
    assert not wide_batch(features, [0, 1], 2, 2)[0].requires_grad


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_numbers_of_the_host_stand_beside_the_features(form):
    like = form(np.ones((2, 2), dtype=np.float32))
    _, _, xp = wide_batch(like, [0, 1], 2, 2)
    values = beside(np.array([0.1, 2.0]), like, xp)
    assert type(values) is type(like)
    assert values.dtype == xp.float64
    assert np.asarray(values).tolist() == [0.1, 2.0]
