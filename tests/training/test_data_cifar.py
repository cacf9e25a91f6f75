"""CIFAR-10 in both versions; the Python version is never unpickled."""

import gzip
import os
import pickle
import pickletools
from contextlib import suppress

import numpy as np
import pytest

from tests.training.tiny import array_program, cifar_batch, pictures, short, write_cifar
from training.data import DataError, load
from training.data.pickles import plain_data


class Evil:
    """Leaves a file behind wherever it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("folder", ["", "cifar-10/cifar-10-batches-py", "cifar-10-batches-bin"])
def test_both_versions_give_the_same_images(tmp_path, binary, folder):
    write_cifar(tmp_path / folder, binary=binary)
    data = load("cifar-10", tmp_path)
    images, labels = zip(*(pictures(20, (3, 32, 32), seed) for seed in (1, 2)), strict=True)
    assert np.array_equal(data.train.images, np.concatenate(images))
    assert np.array_equal(data.train.labels, np.concatenate(labels))
    assert data.missing == ("training batch 3", "training batch 4", "training batch 5")


def test_the_binary_version_may_be_compressed(tmp_path):
    write_cifar(tmp_path, binary=True)
    for path in list(tmp_path.glob("*.bin")):
        path.with_suffix(".bin.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert len(load("cifar-10", tmp_path).train) == 40


def test_what_the_tests_write_is_what_python_would_read(tmp_path):
    """The hand-made program is a real pickle: the standard library reads the same array from it."""
    images, labels = pictures(3, (3, 32, 32))
    raw = cifar_batch(images, labels, b"training batch 1 of 5")
    read = pickle.loads(raw, encoding="bytes")
    assert np.array_equal(read[b"data"], images.reshape(3, -1))
    ours = plain_data(raw, "f")
    assert np.array_equal(ours[b"data"], read[b"data"])
    assert ours[b"labels"] == read[b"labels"]


@pytest.mark.parametrize("protocol", [3, 4])
def test_plain_pickles_of_newer_protocols_are_read(protocol):
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    value = {"data": array.T.copy(), "labels": [1, 2], "more": (1.5, None, True, b"x", {"a": []})}
    found = plain_data(pickle.dumps(value, protocol=protocol), "f")
    assert np.array_equal(found.pop("data"), value.pop("data"))
    assert found == value


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: {"data": e}, lambda e: {b"labels": [1, (2, e)]}])
def test_nothing_in_a_hostile_pickle_is_ever_called(tmp_path, protocol, wrap):
    raw = pickle.dumps(wrap(Evil(tmp_path / "called")), protocol=protocol)
    with pytest.raises(DataError, match="hostile"):
        plain_data(raw, "hostile")
    assert not (tmp_path / "called").exists()
    pickle.loads(raw)  # the control: it is hostile indeed
    assert (tmp_path / "called").exists()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "damaged or truncated"),
        (b"\x80\x02}", "damaged or truncated|does not end"),
        (b"\x80\x02}.x", "1 bytes follow its end"),
        (b"\x80\x02].", "expected a dictionary, got list"),
        (b"\x80\x02}}.", "2 objects"),
        (b"\x80\x02}(cbuiltins\neval\nK\x01u.", "it names 'builtins.eval'"),
        (b"\x80\x02}(cnumpy\nload\nK\x01u.", "it names 'numpy.load'"),
        (b"\x80\x02}(cnumpy\ndtype\n" + short(b"O") + b"\x85RK\x01u.", "an array of type 'O'"),
        (b"\x80\x02K\x01K\x02e.", "damaged|adds items"),
        (b"\x80\x02}K\x01K\x02b.", "builds something"),
        (b"\x80\x02}(]K\x01u.", "key is neither text nor number"),
        (b"\x80\x02h\x05.", "damaged"),
        (b"\x80\x02cnumpy\nndarray\n)R.", "calls"),
    ],
)
def test_anything_but_plain_data_is_refused(raw, message):
    with pytest.raises(DataError, match=message):
        plain_data(raw, "f")


def test_a_damaged_batch_gives_an_error_or_data_and_nothing_else():
    images, labels = pictures(2, (3, 32, 32))
    raw = cifar_batch(images, labels, b"x")
    head = len(raw) - raw.rindex(images.tobytes())
    generator = np.random.default_rng(0)
    for _ in range(400):
        position = int(generator.integers(len(raw) - head if generator.random() < 0.9 else len(raw)))
        changed = raw[:position] + bytes([int(generator.integers(256))]) + raw[position + 1 :]
        with suppress(DataError):
            assert isinstance(plain_data(changed, "f"), dict)
    for end in range(0, len(raw) - 1, 61):
        with pytest.raises(DataError):
            plain_data(raw[:end], "f")


def test_every_instruction_is_either_known_or_refused():
    """No instruction of any protocol can reach the standard library's unpickler: there is none in the module."""
    import training.data.pickles as module

    assert not hasattr(module, "pickle")
    for opcode in pickletools.opcodes:
        with pytest.raises(DataError):
            plain_data(b"\x80\x02" + opcode.code.encode("latin-1"), "f")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: (d / "data_batch_1").write_bytes((d / "test_batch").read_bytes()),
            "says that it is 'testing batch 1",
        ),
        (
            lambda d: (d / "data_batch_2").write_bytes((d / "data_batch_1").read_bytes()),
            "expected the training batch 2",
        ),
        (lambda d: (d / "data_batch_1").write_bytes((d / "data_batch_1").read_bytes()[:-40]), "data_batch_1"),
        (lambda d: (d / "test_batch").unlink(), "CIFAR-10's test batch not found"),
        (lambda d: [p.unlink() for p in d.glob("data_batch_*")], "CIFAR-10's training batch 1 not found"),
        (lambda d: (d / "data_batch_1").write_bytes(b"\x80\x02}" + short(b"a") + b"K\x01s."), "found a"),
        (
            lambda d: (d / "data_batch_1").write_bytes(
                b"\x80\x02}(" + short(b"data") + array_program(np.zeros((2, 5), np.uint8)) + short(b"labels") + b"]u."
            ),
            r"expected data of shape \(N, 3072\), got \(2, 5\)",
        ),
    ],
)
def test_wrong_missing_and_damaged_batches_are_named(tmp_path, change, message):
    write_cifar(tmp_path)
    change(tmp_path)
    with pytest.raises(DataError, match=message):
        load("cifar-10", tmp_path)


def test_a_truncated_binary_batch_is_named(tmp_path):
    write_cifar(tmp_path, binary=True)
    path = tmp_path / "data_batch_1.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="records of 3073 bytes") as error:
        load("cifar-10", tmp_path)
    assert str(path) in str(error.value)


def test_a_wrong_label_in_the_binary_version_is_named(tmp_path):
    write_cifar(tmp_path, binary=True)
    path = tmp_path / "data_batch_1.bin"
    path.write_bytes(b"\x0b" + path.read_bytes()[1:])
    with pytest.raises(DataError, match="got 11 at position 0"):
        load("cifar-10", tmp_path)
