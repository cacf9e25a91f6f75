"""Subsets, noisy labels, and the data set on the device."""

import numpy as np
import pytest
import torch

from training.data import DataError, first_of_each_class, load, with_label_noise
from training.on_device import OnDevice, pixel_statistics


def test_a_subset_has_the_first_images_of_each_class_in_the_order_of_the_file():
    data = load("digits")
    subset = first_of_each_class(data, 3).train
    assert np.bincount(subset.labels).tolist() == [3] * 10
    for k in range(10):
        assert np.array_equal(subset.images[subset.labels == k], data.train.images[data.train.labels == k][:3])
    with pytest.raises(DataError, match="expected 1 to 127 images per class"):
        first_of_each_class(data, 1000)


def test_noise_replaces_exactly_the_share_of_labels_by_others_and_leaves_the_test_images():
    data = load("digits")
    noisy = with_label_noise(data, 0.1, seed=3)
    assert np.count_nonzero(noisy.train.labels != data.train.labels) == round(0.1 * len(data.train))
    assert np.array_equal(noisy.train.labels, with_label_noise(data, 0.1, seed=3).train.labels)
    assert not np.array_equal(noisy.train.labels, with_label_noise(data, 0.1, seed=4).train.labels)
    assert noisy.test is data.test
    assert "144 training labels" in noisy.describe()["changes"][0]
    with pytest.raises(DataError, match="between 0 and 1"):
        with_label_noise(data, 1.5, seed=0)


def on_device():
    split = load("digits").train
    return split, OnDevice(split, *pixel_statistics(split.images), torch.device("cpu"))


def test_the_pixels_have_mean_zero_and_deviation_one():
    split, data = on_device()
    inputs = data.inputs(data.images).double()
    rounding = torch.finfo(torch.float32).eps * len(split) ** 0.5
    assert abs(float(inputs.mean())) < rounding
    assert abs(float(inputs.std(correction=0)) - 1) < rounding


def test_channels_of_one_grey_level_do_not_divide_by_zero():
    mean, deviation = pixel_statistics(np.full((4, 2, 3, 3), 7, dtype=np.uint8))
    assert mean.tolist() == [7, 7]
    assert deviation.tolist() == [1, 1]


def test_an_epoch_has_every_image_once_and_every_epoch_another_order():
    _, data = on_device()
    orders = [data.order(seed, epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0), (0, 0))]
    assert torch.equal(orders[0].sort().values, torch.arange(len(data)))
    assert torch.equal(orders[0], orders[3])
    assert not torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0], orders[2])
    labels = torch.cat([labels for _, labels in data.shuffled(0, 0, 128)])
    assert torch.equal(labels, data.labels[orders[0]])


def test_several_processes_share_every_batch():
    _, data = on_device()
    whole = [labels for _, labels in data.shuffled(0, 0, 128)]
    parts = [[labels for _, labels in data.shuffled(0, 0, 128, rank, 3)] for rank in range(3)]
    for batch, *shares in zip(whole, *parts, strict=True):
        assert torch.equal(torch.cat(shares).sort().values, batch.sort().values)
