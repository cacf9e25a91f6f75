"""The real files, where NCVERIFY_DATA names a directory that has them."""

import os
from pathlib import Path

import numpy as np
import pytest

from training.data import DataError, load
from training.data.published import PUBLISHED

DIRECTORY = os.environ.get("NCVERIFY_DATA")
pytestmark = pytest.mark.skipif(not DIRECTORY, reason="NCVERIFY_DATA does not name a directory of data sets")


def real(name):
    try:
        return load(name, Path(DIRECTORY))
    except DataError as error:
        if "not found" in str(error):
            pytest.skip(str(error))
        raise


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_the_published_files_are_recognised(name):
    data = real(name)
    assert all(file["published"] for file in data.files)
    assert data.missing == ()
    assert (len(data.train), len(data.test)) == (60_000, 10_000)
    assert data.train.images.shape[1:] == PUBLISHED[name].shape
    if name != "mnist":
        assert np.bincount(data.train.labels).tolist() == [6000] * 10


def test_the_batches_of_cifar_10_are_read_and_missing_ones_named():
    data = real("cifar-10")
    assert all(file["published"] for file in data.files)
    assert len(data.train) == 10_000 * (5 - len(data.missing))
    assert np.bincount(data.test.labels).tolist() == [1000] * 10
