"""MNIST and its like: what is read, and what is said of files that are not what they should be."""

import gzip

import numpy as np
import pytest

from tests.training.tiny import idx, pictures, write_idx
from training.data import DataError, load
from training.data.published import PUBLISHED

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("folder", ["", "mnist", "MNIST/raw"])
def test_plain_and_compressed_files_are_found_in_the_usual_folders(tmp_path, suffix, folder):
    write_idx(tmp_path / folder, suffix=suffix)
    data = load("mnist", tmp_path)
    images, labels = pictures(30, (28, 28), 1)
    assert np.array_equal(data.train.images[:, 0], images)
    assert np.array_equal(data.train.labels, labels)
    assert (data.train.images.dtype, data.train.labels.dtype) == (np.uint8, np.int64)
    assert len(data.test) == 20


def test_the_directory_can_come_from_the_environment(tmp_path, monkeypatch):
    write_idx(tmp_path)
    monkeypatch.setenv("NCVERIFY_DATA", str(tmp_path))
    assert len(load("kmnist").train) == 30
    monkeypatch.delenv("NCVERIFY_DATA")
    with pytest.raises(DataError, match="--data DIR or NCVERIFY_DATA=DIR"):
        load("kmnist")


def test_checksums_are_reported_and_a_smaller_copy_is_said_to_lack_images(tmp_path):
    write_idx(tmp_path)
    about = load("mnist", tmp_path).describe()
    assert [len(file["md5"]) for file in about["files"]] == [32] * 4
    assert not any(file["published"] for file in about["files"])
    assert about["missing"] == ["59,970 training images", "9,980 test images"]
    assert "path" not in about["files"][0]


def damage(content: bytes, how: str) -> bytes:
    middle = len(content) // 2
    return {
        "cut": content[:middle],
        "flipped": content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :],
        "no gzip": b"no gzip at all",
        "empty": b"",
        "three": content[:3],
    }[how]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("cut", "truncated gzip"),
        ("flipped", "damaged gzip"),
        ("no gzip", "which starts with 0000, got 6e6f"),
        ("empty", "got a file of 0 bytes"),
    ],
)
def test_a_damaged_compressed_file_is_named(tmp_path, how, message):
    write_idx(tmp_path)
    path = tmp_path / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(damage(path.read_bytes(), how))
    with pytest.raises(DataError, match=message) as error:
        load("mnist", tmp_path)
    assert str(path) in str(error.value)


def test_a_file_that_a_browser_has_unpacked_is_read_under_its_old_name(tmp_path):
    write_idx(tmp_path)
    before = load("mnist", tmp_path).train.images
    path = tmp_path / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(gzip.decompress(path.read_bytes()))
    assert (load("mnist", tmp_path).train.images == before).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x00\x00", "got a file of 2 bytes"),
        (b"\x00\x01\x08\x03" + b"\x00" * 40, "starts with 0000"),
        (b"\x00\x00\x0d\x03" + b"\x00" * 40, "got type 0d"),
        (b"\x00\x00\x08\x03\x00\x00", "truncated inside its header"),
        (idx(pictures(30, (28, 28))[0])[:-1], "truncated: its header says 30 x 28 x 28, 23,536 bytes, got 23,535"),
        (idx(pictures(30, (28, 28))[0]) + b"x", "too long"),
        (idx(pictures(30, (28, 28))[1]), "it looks like a label file"),
        (idx(pictures(30, (8, 8))[0]), "expected images of 28 x 28 pixels, got 8 x 8"),
        (idx(pictures(29, (28, 28))[0]), "29 images but 30 labels"),
        (idx(pictures(0, (28, 28))[0]), "0 images but 30 labels"),
    ],
)
def test_an_image_file_that_is_none_is_named_with_what_was_expected(tmp_path, content, message):
    write_idx(tmp_path, suffix="")
    (tmp_path / TRAIN_IMAGES).write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        load("mnist", tmp_path)
    assert TRAIN_IMAGES in str(error.value)


def test_labels_outside_the_classes_are_named_with_their_position(tmp_path):
    write_idx(tmp_path, suffix="")
    labels = pictures(30, (28, 28))[1]
    labels[[4, 7]] = 14
    (tmp_path / TRAIN_LABELS).write_bytes(idx(labels))
    with pytest.raises(DataError, match=r"expected labels in 0..9, got 14 at position 4 \(2 such labels\)"):
        load("mnist", tmp_path)


def test_a_missing_file_is_named_with_the_places_that_were_searched(tmp_path):
    write_idx(tmp_path)
    (tmp_path / f"{TRAIN_LABELS}.gz").unlink()
    with pytest.raises(DataError, match=f"MNIST's training labels not found: expected {TRAIN_LABELS}"):
        load("mnist", tmp_path)
    with pytest.raises(DataError, match="no such directory"):
        load("mnist", tmp_path / "absent")


def test_a_published_file_of_another_set_is_recognised_by_its_checksum(tmp_path, monkeypatch):
    write_idx(tmp_path)
    import hashlib

    swapped = hashlib.md5((tmp_path / f"{TRAIN_IMAGES}.gz").read_bytes()).hexdigest()
    monkeypatch.setitem(PUBLISHED["kmnist"].md5, "test images", swapped)
    with pytest.raises(DataError, match="by its checksum it is KMNIST's test images"):
        load("mnist", tmp_path)


def test_a_file_that_hides_another_compression_is_only_decompressed_once(tmp_path):
    write_idx(tmp_path)
    path = tmp_path / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(DataError, match="starts with 0000"):
        load("mnist", tmp_path)


def test_the_digits_need_no_files():
    data = load("digits")
    assert (len(data.train), len(data.test)) == (1438, 359)
    assert data.train.images.shape[1:] == (1, 8, 8)
    assert data.train.images.max() == 240
    assert [file["published"] for file in data.files] == [True]


def test_an_unknown_data_set_is_refused():
    with pytest.raises(DataError, match="expected one of digits, mnist"):
        load("imagenet")
