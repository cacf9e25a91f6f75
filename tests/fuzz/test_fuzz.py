"""Every reader on a few hundred damaged inputs; `python -m tests.fuzz.campaign` goes on to 100,000."""

import gzip
import io
import os
import pickle
import resource
import struct
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.fuzz import kept, mutations
from tests.fuzz.campaign import campaign, fed, main
from tests.fuzz.guards import BYTES, Violation, watched
from tests.fuzz.readers import Reader, check_page, command, readers, samples, saved_npz
from tests.training.tiny import cifar_batch, pictures

READERS = {reader.name: reader for reader in readers()}
FINDINGS = sorted((Path(__file__).parent / "findings").glob("*.json"))
INPUTS = int(os.environ.get("NCVERIFY_FUZZ_INPUTS", "120"))


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_damaged_input_is_refused_as_documented_or_goes_through(name):
    reader = READERS[name]
    outcome = campaign(reader, -(-INPUTS // reader.costly), seed=7)
    assert outcome.findings == {}
    assert 0 < outcome.accepted < outcome.inputs  # otherwise the fuzzing looks at the door only, or does not knock


@pytest.mark.parametrize("file", FINDINGS, ids=lambda file: file.stem)
def test_what_was_found_once_is_not_found_again(file):
    reader = READERS[file.stem.rpartition("-")[0]]
    fed(reader, kept.read(file))


def finding(call):
    """What a campaign says of a reader that misbehaves."""
    outcome = campaign(Reader("bad", st.just(b"x"), call), 1, seed=0)
    return next(iter(outcome.findings), "")


class TestTheHarnessNotices:
    """Negative controls: each promise broken on purpose."""

    def test_an_undocumented_exception(self):
        assert "KeyError" in finding(lambda folder, content: {}[content])

    def test_unpickling(self):
        program = pickle.dumps(Path("x"))
        assert "code: pickle.find_class" in finding(lambda folder, content: bool(pickle.loads(program)))

    def test_a_program_that_is_started(self):
        assert "code: subprocess.Popen" in finding(lambda folder, content: not subprocess.run(["true"]).returncode)

    def test_a_file_elsewhere(self, tmp_path):
        assert "write outside" in finding(lambda folder, content: bool((tmp_path / "x").write_bytes(content)))
        assert "write outside" in finding(lambda folder, content: (folder.parent / "x").mkdir())

    def test_a_hang(self, monkeypatch):
        monkeypatch.setattr("tests.fuzz.guards.SECONDS", 0.05)
        assert "hang" in finding(lambda folder, content: all(True for _ in iter(int, 1)))

    @pytest.mark.slow
    def test_memory(self, monkeypatch):
        monkeypatch.setattr("tests.fuzz.guards.BYTES", 1 << 20)
        assert "memory" in finding(lambda folder, content: np.ones(resource_peak() + (64 << 20), np.uint8).any())

    def test_a_warning(self):
        assert "RuntimeWarning" in finding(lambda folder, content: bool(np.float64(0) / np.float64(0)))

    @pytest.mark.parametrize("markup", ["<script></script><script>", "<img src=x>", "<a href='javascript:x'>"])
    def test_markup(self, markup):
        with pytest.raises(Violation, match="markup"):
            check_page(f"<script></script><p onclick=x>{markup}")
        check_page("<script></script>")


def resource_peak():
    """Bytes; so much has to be exceeded for the peak to grow."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


@pytest.mark.slow
def test_the_campaign_tells_what_it_did(capsys, tmp_path):
    assert main(["--inputs", "20", "--reader", "idx", "--findings", str(tmp_path / "none")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1].split() == ["all", "20", "0"]
    assert not (tmp_path / "none").exists()


def bomb_npz(names, header, zeros, compression=zipfile.ZIP_DEFLATED):
    """An archive whose members are zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name in names:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                member.write(mutations.npy_with_header(header))
                for _ in range(zeros >> 20):
                    member.write(bytes(1 << 20))
    return buffer.getvalue()


HUGE = "{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776,), }"
ZEROS = "{'descr': '|u1', 'fortran_order': False, 'shape': (134217728,), }"
MANY = "{'descr': '|u1', 'fortran_order': False, 'shape': (15728640,), }"
FEATURES = "{'descr': '<f2', 'fortran_order': False, 'shape': (33554432, 2), }"


def deep_pickle():
    """Lists of lists, each twice the one before: a text of 2^60 characters in three hundred bytes."""
    doubled = b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(60))
    images, labels = pictures(2, (3, 32, 32), 1)
    whole = cifar_batch(images, labels, b"LABEL")
    return whole.replace(b"U\x05LABEL", b"]q\x00" + doubled)


BOMBS = {
    "npz-promises": ("npz", lambda: bomb_npz(["features", "labels", "classifier"], HUGE, 0)),
    "npz-zeros": ("npz", lambda: bomb_npz(["features", "labels", "classifier"], FEATURES, 128 << 20)),
    "trajectory-promises": ("trajectory", lambda: bomb_npz(["W", "H", "header"], HUGE, 0)),
    "trajectory-zeros": ("trajectory", lambda: bomb_npz(["W", "H", "header"], ZEROS, 128 << 20)),
    "trajectory-many": ("trajectory", lambda: bomb_npz([f"a{i}" for i in range(40)], MANY, 15 << 20)),
    "flow-start-zeros": ("flow-start", lambda: bomb_npz(["W", "H"], ZEROS, 128 << 20)),
    "safetensors-length": ("safetensors", lambda: struct.pack("<Q", 2**40) + b"{}"),
    "idx-promises": ("idx", lambda: (0, struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**31, 2**31))),
    "idx-gzip": ("idx", lambda: (0, gzip.compress(bytes(500 << 20), 1)[: 1 << 22])),
    "cifar-gzip": ("cifar-binary", lambda: gzip.compress(bytes(200 << 20))),
    "cifar-nested": ("cifar-python", deep_pickle),
    "json-deep": ("result", lambda: b"[" * 1_000_000),
    "json-digits": ("result", lambda: b'{"settings": {}, "history": [{"epoch": ' + b"9" * 4000 + b', "step": 1}]}'),
    "ledger-digits": ("ledger", lambda: b'{"statements": [{"id": ' + b"9" * 100_000 + b', "verdict": ""}]}'),
    "ledger-power": ("ledger", lambda: powerful("1e999999999")),
}


def powerful(number):
    """A ledger whose counterexample has a coordinate of a billion digits."""
    from tests.report.sample import entry, ledger, part

    point = {"K": 2, "n": 1, "d": 1, "W": [[number], ["0"]], "H": [["0", "0"]]}
    one = entry("thm-3.1-bound", "false", counterexample=point, parts=[part("x", False, counterexample=point)])
    return ledger(one)


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_small_files_that_promise_much_are_refused_without_it(name, tmp_path):
    """Less than 5 s of processor time, less than 1 GB; `watched` enforces both."""
    reader, made = BOMBS[name]
    content = made()
    assert BYTES == 1 << 30
    accepted = fed(READERS[reader], content)
    assert accepted == (name == "ledger-power")


def test_names_inside_an_archive_lead_nowhere(tmp_path):
    with watched(tmp_path):
        content = bomb_npz(["../../x", "/etc/x", "features"], MANY, 0)
        (tmp_path / "f.npz").write_bytes(content)
    assert not READERS["npz"].call(tmp_path, content)
    assert [path.name for path in tmp_path.iterdir()] == ["f.npz"]


def test_the_name_of_a_file_becomes_no_markup(tmp_path):
    name = '"><img src=x onerror=alert(1)>.npz'
    (tmp_path / name).write_bytes(saved_npz(samples()))
    assert command("measure", str(tmp_path / name), "--html", str(tmp_path / "page.html")) == 0
    check_page((tmp_path / "page.html").read_text())


def test_what_was_kept_comes_back(tmp_path):
    for content in (b"\x00\xff", (1, b"x"), ({"a": [None]}, b""), {"a": 1}):
        kept.write(tmp_path / "x.json", content)
        assert kept.read(tmp_path / "x.json") == content
