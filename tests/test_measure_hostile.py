"""`ncverify measure` on everything that is no feature file: one clear line, exit code 2, never a traceback."""

import gzip
import io
import json
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from ncverify.cli import main
from tests.metrics.samples import balanced

FEATURES, LABELS, W = balanced(1)
GOOD = {"features": FEATURES, "labels": LABELS, "classifier": W}
N, D, K = 20, 6, 4


def complaint(path, capsys, expected=2):
    """The one line on standard error, after checking everything else."""
    code = main(["measure", str(path)])
    out, err = capsys.readouterr()
    assert code == expected
    assert out == ""
    assert err.startswith("ncverify: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in err
    return err


def npz(folder, **changes):
    """A file with changed arrays; None removes one."""
    path = folder / "f.npz"
    arrays = {key: array for key, array in (GOOD | changes).items() if array is not None}
    np.savez(path, **arrays)
    return path


def npy_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def zip_of(path, members, compression=zipfile.ZIP_STORED):
    """A zip archive of raw members, with the good arrays for those not given."""
    complete = {f"{key}.npy": npy_bytes(array) for key, array in GOOD.items()} | members
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in complete.items():
            archive.writestr(name, data)
    return path


def npy_with_header(header, data=b""):
    text = header.encode("latin1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def with_nan(value):
    features = FEATURES.copy()
    features[7, 3] = value
    return features


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": None}, "features is missing, found labels, classifier"),
        ({"labels": None}, "labels is missing"),
        ({"classifier": None, "weight": W}, "classifier is missing, found features, labels, weight"),
        ({"features": FEATURES.T}, "they look transposed"),
        ({"features": FEATURES.reshape(N, 2, 3)}, "expected a matrix of shape (N, d), got shape (20, 2, 3)"),
        ({"features": FEATURES[:0], "labels": LABELS[:0]}, "not empty"),
        ({"features": FEATURES[:, :0], "classifier": W[:, :0]}, "not empty"),
        ({"features": FEATURES.astype(int)}, "features: expected real numbers of dtype float16"),
        ({"features": FEATURES.astype(complex)}, "got complex128"),
        ({"features": FEATURES.astype(bool)}, "got bool"),
        ({"features": FEATURES.astype(str)}, "got str"),
        ({"features": FEATURES.astype(np.longdouble)}, "got "),
        ({"features": FEATURES.astype("datetime64[s]")}, "got datetime64"),
        ({"features": np.zeros((N, D), dtype="V2")}, "bfloat16 has no place in .npz"),
        ({"features": np.zeros(N, dtype=[("a", "f8"), ("b", "f8")])}, "got a record"),
        ({"features": with_nan(np.nan)}, "expected finite numbers, got nan at row 7, column 3"),
        ({"features": with_nan(-np.inf)}, "got -inf at row 7, column 3"),
        ({"features": FEATURES * 1e150}, "float64 cannot add up"),
        ({"features": FEATURES * 1e-150}, "float64 cannot add up"),
        ({"classifier": W * 1e200}, "classifier: the largest number has size"),
        ({"labels": LABELS[:-1]}, "one integer for each of the N = 20 rows of features, got (19,)"),
        ({"labels": np.eye(K)[LABELS]}, "one-hot labels"),
        ({"labels": LABELS[:, None]}, "ravel"),
        ({"labels": LABELS + 0.5}, "labels: expected integers in 0..3 (classifier has 4 rows), got"),
        ({"labels": LABELS + 1}, "labels that start at 1 must be lowered by 1"),
        ({"labels": np.where(LABELS == 2, 9, LABELS)}, "got 9 at position"),
        ({"labels": LABELS - 1}, "got -1 at position"),
        ({"labels": np.array([b"a", b"b"] * 10)}, "2 different names for 4 rows of the classifier"),
        ({"labels": LABELS.astype(str), "classes": np.array(list("0124"))}, "labels: 3 at position"),
        ({"labels": LABELS.astype(str), "classes": np.array(list("0122"))}, "one of them twice"),
        ({"labels": LABELS.astype(str), "classes": np.arange(4)}, "expected values of `classes`"),
        ({"classes": np.arange(3)}, "classes: expected shape (4,)"),
        ({"labels": LABELS.astype(bool)}, "labels: expected integers"),
        ({"labels": LABELS * 0}, "expected samples of at least two classes, got 1 of 4"),
        ({"labels": LABELS * 0 - 100}, "expected samples of at least two classes, got 0 of 4"),
        ({"labels": np.array(3)}, "got ()"),
        ({"classifier": W.T}, "classifier: expected 6 columns"),
        ({"classifier": W[:, :-1]}, "classifier: expected 6 columns as features (20, 6) have, got shape (4, 5)"),
        ({"classifier": W[:3]}, "expected integers in 0..2 (classifier has 3 rows), got 3"),
        ({"classifier": W[:1], "labels": LABELS * 0}, "expected K >= 2 rows"),
        ({"classifier": W.astype(int)}, "classifier: expected real numbers"),
        ({"classifier": np.full_like(W, np.nan)}, "finite numbers"),
        ({"bias": np.zeros(K + 1)}, "bias: expected shape (4,)"),
        ({"bias": np.full(K, np.inf)}, "finite numbers"),
        ({"bias": np.zeros(K, dtype=int)}, "bias: expected real numbers"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_each_inconsistency_has_its_sentence(tmp_path, capsys, changes, message):
    assert message in complaint(npz(tmp_path, **changes), capsys)


def test_a_square_classifier_of_the_wrong_way_round_cannot_be_told(tmp_path, capsys):
    """Negative control of the transposition hints: without different sizes there is nothing to notice."""
    features, labels, W = balanced(2, K=4, d=4)
    np.savez(tmp_path / "s.npz", features=features, labels=labels, classifier=W.T)
    assert main(["measure", str(tmp_path / "s.npz")]) == 0


class Bomb:
    """Unpickling it would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("key", ["features", "labels", "classifier", "bias"])
def test_objects_are_never_unpickled(tmp_path, capsys, key):
    trap = tmp_path / "trap"
    objects = np.empty(N, dtype=object)
    objects[:] = Bomb(trap)
    assert "never unpickled" in complaint(npz(tmp_path, **{key: objects}), capsys)
    assert not trap.exists()


def test_a_pickle_in_the_place_of_an_array_is_never_unpickled(tmp_path, capsys):
    trap = tmp_path / "trap"
    complaint(zip_of(tmp_path / "p.npz", {"features.npy": pickle.dumps(Bomb(trap))}), capsys)
    (tmp_path / "q.npz").write_bytes(pickle.dumps(Bomb(trap)))
    complaint(tmp_path / "q.npz", capsys)
    assert not trap.exists()


class TestArchives:
    """Archives that lie or are damaged."""

    @pytest.mark.slow
    def test_compressed_zeros_that_would_fill_the_memory(self, tmp_path, capsys):
        header = npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2000000, 6), }")
        bomb = {"features.npy": header + bytes(2000000 * 6 * 8)}
        labels = {"labels.npy": npy_bytes(np.zeros(2000000, dtype=np.int8))}
        path = zip_of(tmp_path / "b.npz", bomb | labels, zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < 1 << 20
        assert "would unpack to" in complaint(path, capsys)

    def test_a_shape_that_no_machine_can_hold(self, tmp_path, capsys):
        header = npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000, 6), }")
        message = complaint(zip_of(tmp_path / "h.npz", {"features.npy": header}), capsys)
        assert "needs 480000000000000 bytes, the file holds 0" in message

    @pytest.mark.parametrize("shape", ["(-20, 6)", "(20, -6)", "(20.5, 6)", "'ab'", "(True, 6)", "(10**9, 6)"])
    def test_shapes_that_are_none(self, tmp_path, capsys, shape):
        header = npy_with_header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}")
        complaint(zip_of(tmp_path / "h.npz", {"features.npy": header}), capsys)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "not a dictionary",
            "{'descr': '<f8'}",
            "{'descr': '|O', 'fortran_order': False, 'shape': (20, 6), }",
            "{'descr': 'no dtype', 'fortran_order': False, 'shape': (20, 6), }",
            "{'descr': '<f8', 'fortran_order': 'perhaps', 'shape': (20, 6), }",
            "(" * 5000,
            "{'descr': '<f8', 'fortran_order': False, 'shape': (20, 6L), }",
            "__import__('os').system('true')",
            "'" * 7,
            " " * 20000,
        ],
    )
    def test_headers_that_are_none(self, tmp_path, capsys, header):
        complaint(zip_of(tmp_path / "h.npz", {"features.npy": npy_with_header(header)}), capsys)

    def test_a_format_version_that_does_not_exist(self, tmp_path, capsys):
        data = b"\x93NUMPY\x09\x00" + npy_bytes(FEATURES)[8:]
        message = complaint(zip_of(tmp_path / "v.npz", {"features.npy": data}), capsys)
        assert "expected the .npy format 1.0 or 2.0, got 9.0" in message

    def test_fewer_numbers_than_declared(self, tmp_path, capsys):
        message = complaint(zip_of(tmp_path / "t.npz", {"features.npy": npy_bytes(FEATURES)[:-8]}), capsys)
        assert "needs 960 bytes, the file holds 952" in message

    def test_more_numbers_than_declared(self, tmp_path, capsys):
        complaint(zip_of(tmp_path / "t.npz", {"features.npy": npy_bytes(FEATURES) + b"x"}), capsys)

    def test_one_flipped_bit(self, tmp_path, capsys):
        path = npz(tmp_path)
        data = bytearray(path.read_bytes())
        position = data.find(FEATURES.tobytes())
        data[position + 100] ^= 1
        path.write_bytes(data)
        assert "CRC" in complaint(path, capsys)

    def test_a_member_that_says_it_is_larger_than_it_is(self, tmp_path, capsys):
        path = npz(tmp_path)
        data = bytearray(path.read_bytes())
        entry = data.find(b"PK\x01\x02")
        data[entry + 24 : entry + 28] = struct.pack("<I", 2_000_000)  # uncompressed size in the central directory
        path.write_bytes(data)
        complaint(path, capsys)

    def test_two_arrays_of_one_name(self, tmp_path, capsys):
        path = npz(tmp_path)
        with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
            archive.writestr("features.npy", npy_bytes(FEATURES))
        assert "two arrays features.npy" in complaint(path, capsys)

    def test_an_encrypted_member(self, tmp_path, capsys):
        path = npz(tmp_path)
        data = bytearray(path.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.find(signature) + offset] |= 1
        path.write_bytes(data)
        assert "encrypted" in complaint(path, capsys)

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_damage_in_every_compression(self, tmp_path, capsys, compression):
        path = zip_of(tmp_path / "c.npz", {}, compression)
        data = bytearray(path.read_bytes())
        data[60:80] = bytes(20)
        path.write_bytes(data)
        complaint(path, capsys)

    def test_names_from_the_file_cannot_draw_on_the_screen(self, tmp_path, capsys):
        path = tmp_path / "n.npz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("\x1b[2J\nfoo.npy", npy_bytes(FEATURES))
        assert "\\x1b[2J\\nfoo" in complaint(path, capsys)


class TestSafetensors:
    """The same for .safetensors."""

    def saved(self, folder, **changes):
        path = folder / "f.safetensors"
        save_file({k: np.ascontiguousarray(v) for k, v in (GOOD | changes).items() if v is not None}, path)
        return path

    def test_a_missing_array(self, tmp_path, capsys):
        assert "labels is missing" in complaint(self.saved(tmp_path, labels=None), capsys)

    def test_transposed_features(self, tmp_path, capsys):
        assert "transposed" in complaint(self.saved(tmp_path, features=FEATURES.T), capsys)

    def test_a_dtype_that_is_not_supported(self, tmp_path, capsys):
        tensors = {key: torch.from_numpy(array) for key, array in GOOD.items()}
        save_torch(tensors | {"features": tensors["features"].to(torch.float8_e4m3fn)}, tmp_path / "f.safetensors")
        assert "got F8_E4M3" in complaint(tmp_path / "f.safetensors", capsys)

    def test_nan(self, tmp_path, capsys):
        assert "got nan at row 7" in complaint(self.saved(tmp_path, features=with_nan(np.nan)), capsys)

    @pytest.mark.parametrize("keep", [0, 4, 8, 60, 500, -1])
    def test_a_truncated_file(self, tmp_path, capsys, keep):
        path = self.saved(tmp_path)
        path.write_bytes(path.read_bytes()[:keep])
        complaint(path, capsys)

    @pytest.mark.parametrize(
        "header",
        [
            b"{}",
            b"[]",
            b"not json",
            b'{"features": 3}',
            b"{" * 5000,
            json.dumps({"features": {"dtype": "F64", "shape": [10**12, 10**6], "data_offsets": [0, 960]}}).encode(),
            json.dumps({"features": {"dtype": "F64", "shape": [-1, 6], "data_offsets": [0, 960]}}).encode(),
            json.dumps({"features": {"dtype": "F64", "shape": [20, 6], "data_offsets": [0, 2**63]}}).encode(),
        ],
    )
    def test_headers_that_lie(self, tmp_path, capsys, header):
        path = tmp_path / "h.safetensors"
        path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(960))
        complaint(path, capsys)

    def test_a_header_length_beyond_the_file(self, tmp_path, capsys):
        path = tmp_path / "h.safetensors"
        path.write_bytes(struct.pack("<Q", 2**62) + b"{}")
        complaint(path, capsys)


class TestPaths:
    """What is no file at all."""

    def test_a_missing_file(self, tmp_path, capsys):
        assert "No such file" in complaint(tmp_path / "none.npz", capsys)

    def test_a_directory(self, tmp_path, capsys):
        (tmp_path / "d.npz").mkdir()
        assert "expected a file, got a directory" in complaint(tmp_path / "d.npz", capsys)

    def test_a_pipe_is_not_waited_for(self, tmp_path, capsys):
        os.mkfifo(tmp_path / "p.npz")
        assert "expected a regular file" in complaint(tmp_path / "p.npz", capsys)

    def test_another_suffix(self, tmp_path, capsys):
        (tmp_path / "f.pt").write_bytes(b"x")
        assert "told by the first bytes" in complaint(tmp_path / "f.pt", capsys)
        torch.save({"features": torch.ones(2)}, tmp_path / "g.pt")
        assert "PyTorch checkpoint" in complaint(tmp_path / "g.pt", capsys)
        (tmp_path / "h.npz").write_bytes(gzip.compress(b"x"))
        assert "gunzip" in complaint(tmp_path / "h.npz", capsys)
        (tmp_path / "i.npz").write_bytes(pickle.dumps(GOOD))
        assert "pickle, which is never read" in complaint(tmp_path / "i.npz", capsys)

    def test_an_empty_file(self, tmp_path, capsys):
        for name in ("e.npz", "e.safetensors"):
            (tmp_path / name).write_bytes(b"")
            complaint(tmp_path / name, capsys)

    def test_one_format_under_the_name_of_the_other(self, tmp_path, capsys):
        np.savez(tmp_path / "f.npz", **GOOD)
        (tmp_path / "f.npz").rename(tmp_path / "f.safetensors")
        save_file(GOOD, tmp_path / "g.safetensors")
        (tmp_path / "g.safetensors").rename(tmp_path / "g.npz")
        for name in ("f.safetensors", "g.npz"):
            assert main(["measure", str(tmp_path / name), "--json"]) == 0
            assert json.loads(capsys.readouterr().out)["samples"] == N

    def test_a_single_array_is_no_archive(self, tmp_path, capsys):
        with (tmp_path / "a.npz").open("wb") as file:
            np.save(file, FEATURES)
        complaint(tmp_path / "a.npz", capsys)

    @pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
    @pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
    def test_a_file_that_must_not_be_read(self, tmp_path, capsys, suffix):
        path = tmp_path / f"f{suffix}"
        path.write_bytes(b"x")
        path.chmod(0)
        assert "denied" in complaint(path, capsys, expected=3)

    def test_a_name_with_a_null_character(self, capsys):
        assert "null" in complaint("a\0b.npz", capsys)


def changed(data, edits, cut):
    data = bytearray(data)
    for position, value in edits:
        data[position % len(data)] = value
    return bytes(data[: len(data) - cut % len(data)])


EDITS = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=4)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@settings(
    max_examples=150, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(edits=EDITS, cut=st.integers(0, 1 << 12) | st.just(0))
def test_damaged_bytes_end_in_numbers_or_in_one_line(tmp_path, capsys, suffix, edits, cut):
    path = tmp_path / f"fuzz{suffix}"
    if suffix == ".npz":
        np.savez(path, **GOOD)
    else:
        save_file(GOOD, path)
    path.write_bytes(changed(path.read_bytes(), edits, cut))
    if main(["measure", str(path), "--json"]) == 0:
        json.loads(capsys.readouterr().out)
    else:
        complaint(path, capsys) if not capsys.readouterr().out else pytest.fail("output beside an error")


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".npz", ".safetensors"]))
def test_arbitrary_bytes_end_in_one_line(tmp_path_factory, data, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"f{suffix}"
    path.write_bytes(data)
    assert main(["measure", str(path)]) == 2
