"""Every reader of the project: what it is fed, how it is called, and what it may raise.

Each call does what a user's command does with the file, so that what is read is also used. An accepted input has to go
through to the end; a refused one has to end in the documented exception, or in one line and a documented exit code.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import strategies as st

from tests.fuzz import mutations as m
from tests.fuzz.guards import Violation
from tests.training.tiny import cifar_batch, idx, pictures, write_cifar, write_idx

Call = Callable[[Path, Any], bool]
ORIGIN = {"K": 2, "n": 1, "d": 1, "W": [["0"], ["0"]], "H": [["0", "0"]]}


@dataclass(frozen=True)
class Reader:
    """A reader under test.

    Args:
        name: of the format.
        inputs: what it is fed.
        call: writes an input into a folder, reads it there; whether it was accepted.
        costly: how many times dearer than others, so that a campaign gives it fewer inputs.
    """

    name: str
    inputs: st.SearchStrategy[Any]
    call: Call
    costly: int = 1


def command(*arguments: str) -> int:
    """The exit code of `ncverify ...`, after checking that an error is one line and a documented code."""
    from ncverify.cli import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    text = err.getvalue()
    complained = text.startswith("ncverify: ")
    if (
        code not in (0, 1, 2)
        or complained not in {0: (False,), 1: (False, True), 2: (True,)}[code]
        or text.count("\n") > 1
    ):
        raise Violation(f"{arguments[0]}: exit code {code} with {text[:200]!r}")
    if len(text) > 2000:
        raise Violation(f"{arguments[0]}: a message of {len(text)} characters")
    return code


def features(suffix: str) -> Call:
    def call(folder: Path, content: bytes) -> bool:
        file = folder / f"f{suffix}"
        file.write_bytes(content)
        page = folder / "page.html"
        if command("measure", str(file), "--json") or command("measure", str(file), "--html", str(page)):
            return False
        check_page(page.read_text(encoding="utf-8"))
        return True

    return call


def samples() -> dict[str, np.ndarray]:
    from tests.metrics.samples import balanced

    found = balanced(1)
    return dict(zip(("features", "labels", "classifier"), found, strict=True)) | {"bias": np.zeros(4)}


def saved_safetensors() -> bytes:
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array) for name, array in samples().items()})


def saved_npz(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def witness() -> dict[str, Any]:
    """The stored counterexample of a statement of the paper, as a witness file."""
    from ncverify.falsification.point_json import point_from_json
    from ncverify.falsification.witness import save_witness
    from tests.ulpm import claims

    claim = claims()["thm-3.1-equality"]
    part = next(p for p in claim.parts if p.statement.name == "equality gives collapse with |W| = |H|")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "w.json"
        save_witness(file, part.statement, point_from_json(ORIGIN), identifier=f"ulpm-2022/{claim.id}")
        return dict(json.loads(file.read_text()))


def call_witness(folder: Path, content: tuple[Any, bool]) -> bool:
    from ncverify.falsification.witness import _digest

    tree, signed = content
    if signed and isinstance(tree, dict):
        with contextlib.suppress(ValueError, RecursionError):
            tree["digest"] = _digest(tree)
    file = folder / "w.json"
    file.write_bytes(tree if isinstance(tree, bytes) else m.as_json(tree))
    return command("recheck", str(file)) == 0


def call_ledger(folder: Path, content: Any) -> bool:
    """Compare, errata and report of a ledger; pandoc is left out, whose own input is JSON."""
    import ncverify.report.page as page

    one = folder / "ledger.json"
    one.write_bytes(content if isinstance(content, bytes) else m.as_json(content))
    codes = {command("compare", str(one), str(one)), command("errata", str(one))}
    with mock.patch.object(page, "mathml", lambda formulas: [None] * len(formulas)):
        made = command("report", str(folder)) == 0
    if made:
        check_page((folder / "report.html").read_text(encoding="utf-8", errors="surrogatepass"))
    return made and 2 not in codes


class Tags(HTMLParser):
    """Counts scripts, and notes tags and attributes that only an attacker could have written."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts, self.foreign = 0, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.foreign = f"{tag} {name}={value!r}"
        if tag in ("img", "iframe", "object", "embed", "base", "link"):
            self.foreign = tag


def check_page(html: str) -> None:
    """Nothing, where a page has only the markup of its template.

    Raises:
        Violation: markup came from its data.
    """
    tags = Tags()
    tags.feed(html)
    if tags.scripts != 1 or tags.foreign:
        raise Violation(f"markup: {tags.scripts} scripts, {tags.foreign}")


def ledger() -> dict[str, Any]:
    from tests.report.sample import sample

    return sample()


def call_idx(folder: Path, content: tuple[int, bytes]) -> bool:
    from training.data import DataError, load

    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    write_idx(folder, 10, 10, suffix="")
    which, data = content
    (folder / names[which]).write_bytes(data)
    try:
        load("mnist", folder)
    except DataError:
        return False
    return True


def idx_seeds() -> tuple[bytes, ...]:
    images, labels = pictures(10, (28, 28), 1)
    return idx(images), idx(labels), gzip.compress(idx(images)), gzip.compress(idx(labels))


def call_cifar(name: str) -> Call:
    def call(folder: Path, content: bytes) -> bool:
        from training.data import DataError, load

        write_cifar(folder, (1,), binary=name.endswith(".bin"), count=2)
        (folder / name).write_bytes(content)
        try:
            load("cifar-10", folder)
        except DataError:
            return False
        return True

    return call


def cifar_seed() -> tuple[bytes, bytes]:
    images, labels = pictures(2, (3, 32, 32), 1)
    binary = np.concatenate([labels[:, None], images.reshape(2, -1)], axis=1).tobytes()
    return binary, cifar_batch(images, labels, b"training batch 1 of 5")


def trajectory() -> dict[str, np.ndarray]:
    from ncverify.flow import gradient_flow
    from ncverify.flow.storage import packed
    from ncverify.point import Point

    rng = np.random.default_rng(0)
    start = Point(rng.standard_normal((3, 4)), rng.standard_normal((4, 6)))
    data = packed(gradient_flow(start, until_log_t=10.0, record=[1.0, 3.0]))
    with np.load(io.BytesIO(data)) as found:
        return dict(found)


def trajectories(arrays: dict[str, np.ndarray]) -> st.SearchStrategy[bytes]:
    header = json.loads(str(arrays["header"]))

    def with_header(tree: Any) -> bytes:
        text = m.as_json(tree).decode("utf-8", "replace")[:20_000]
        return saved_npz(arrays | {"header": np.array(text)})

    return st.one_of(
        m.npz_files(arrays), m.trees_near(header).map(with_header), m.anything(saved_npz(arrays), saved_npz({}))
    )


def call_trajectory(folder: Path, content: bytes) -> bool:
    from ncverify.commands.flow_table import facts, slope_table, table
    from ncverify.flow import Trajectory

    file = folder / "trajectory.npz"
    file.write_bytes(content)
    try:
        found = Trajectory.load(file)
    except ValueError:
        return False
    table(found), slope_table([found]), list(facts(found)), found.directions(), found.end.loss
    return True


def parquet() -> bytes:
    """A trajectory as Parquet; nothing like it where pyarrow is missing."""
    import importlib.util
    import tempfile

    from ncverify.flow import gradient_flow
    from ncverify.point import Point

    if importlib.util.find_spec("pyarrow") is None:
        return b"PAR1"
    with tempfile.TemporaryDirectory() as folder:
        start = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -0.5]]))
        gradient_flow(start, until_log_t=3.0, record=[1.0]).save(Path(folder) / "t.parquet")
        return (Path(folder) / "t.parquet").read_bytes()


def call_parquet(folder: Path, content: bytes) -> bool:
    from ncverify.flow import Trajectory

    file = folder / "t.parquet"
    file.write_bytes(content)
    try:
        return len(Trajectory.load(file)) > 0
    except (ValueError, ModuleNotFoundError):
        return False


def call_start(folder: Path, content: bytes) -> bool:
    from ncverify.commands.flow import _point_of
    from ncverify.commands.text import CommandError

    file = folder / "start.npz"
    file.write_bytes(content)
    try:
        _point_of(file)
    except CommandError:
        return False
    return True


def checkpoint() -> tuple[dict[str, Any], bytes]:
    import torch
    from safetensors.torch import save

    tensors = {"network.0.weight": torch.ones(2, 3), "generator.cpu": torch.get_rng_state()}
    return {"epoch": 3, "sha256": "", "history": [{"epoch": 0, "step": 0}], "losses": [0.5], "sessions": []}, save(
        tensors
    )


def call_checkpoint(folder: Path, content: tuple[Any, bytes]) -> bool:
    import hashlib

    from training.checkpoint import CheckpointError, newest

    state, tensors = content
    if isinstance(state, dict) and state.get("sha256") == "":
        state = state | {"sha256": hashlib.sha256(tensors).hexdigest()}
    place = folder / "epoch-00000003"
    place.mkdir(exist_ok=True)
    (place / "state.json").write_bytes(state if isinstance(state, bytes) else m.as_json(state))
    (place / "tensors.safetensors").write_bytes(tensors)
    try:
        return newest(folder, lambda sentence: None) is not None
    except CheckpointError:
        return False


def result() -> dict[str, Any]:
    """A short result as the paper trained it, which counts for a panel."""
    from ncverify.literature.ulpm_2022.figures import METRICS

    settings = {"network": "vgg13", "dataset": "mnist", "learning_rate": 0.01, "momentum": 0.3, "batch": 128}
    settings |= {"weight_decay": 0.0, "schedule": "none", "width": 1.0, "features": None, "per_class": None}
    settings |= {"balanced": False, "label_noise": 0.0, "epochs": 100, "seed": 0}
    rows = [{"epoch": e, "step": 10 * 3**e, **dict.fromkeys(METRICS, 1 / (1 + e))} for e in (0, 1, 2, 3, 100)]
    about = {"name": "mnist", "training_images": 60000, "missing": []}
    return {
        "format": 1,
        "settings": settings,
        "history": rows,
        "data": about,
        "hardware": ["a processor"],
        "seconds": 1,
    }


def call_result(folder: Path, content: Any) -> bool:
    from ncverify.literature.ulpm_2022.figures import PANELS, decreases, judge_panel, read_results
    from training.experiments import read_result
    from training.run_directory import RunError
    from training.tables import controls_table, run_table

    file = folder / "r.json"
    file.write_bytes(content if isinstance(content, bytes) else m.as_json(content))
    found, unreadable = read_results(folder)
    assert len(found) + len(unreadable) == 1
    for panel in PANELS:
        judge_panel(panel, found)
    for one in found:
        decreases(one["history"])
    try:
        own = read_result(file)
    except RunError:
        return False
    assert own is not None
    run_table(own), controls_table({"a": own})
    return True


def call_settings(folder: Path, content: Any) -> bool:
    from training.run_directory import RunDirectory, RunError
    from training.settings import Settings

    place = folder / "run"
    place.mkdir(exist_ok=True)
    (place / "settings.json").write_bytes(content if isinstance(content, bytes) else m.as_json(content))
    try:
        RunDirectory.opened(place, Settings()).close()
    except RunError:
        return False
    return True


def readers() -> list[Reader]:
    """All of them; built when it is called, since seeds take a moment."""
    arrays, tensors = samples(), saved_safetensors()
    binary, batch = cifar_seed()
    start = {"W": np.eye(3, 4), "H": np.ones((4, 6))}
    state, weights = checkpoint()
    good = witness()
    signed = st.tuples(st.one_of(st.just(good), m.trees_near(good)), st.sampled_from((True, True, True, False)))
    whole = json.dumps(result()).encode()
    from dataclasses import asdict

    from ncverify.report.formulas import missing_converter
    from training.settings import Settings

    missing_converter()  # starts pandoc for its version, once in a process: not while a reader is watched
    settings = asdict(Settings())
    return [
        Reader("npz", st.one_of(m.npz_files(arrays), m.anything(saved_npz(arrays))), features(".npz"), 2),
        Reader(
            "safetensors", st.one_of(m.safetensors_files(tensors), m.anything(tensors)), features(".safetensors"), 2
        ),
        Reader("witness", st.one_of(signed, st.tuples(m.anything(m.as_json(good)), st.just(False))), call_witness, 2),
        Reader(
            "ledger",
            st.one_of(st.just(ledger()), m.trees_near(ledger()), m.anything(m.as_json(ledger()))),
            call_ledger,
            20,
        ),
        Reader("idx", st.tuples(st.integers(0, 3), m.anything(*idx_seeds())), call_idx),
        Reader("cifar-binary", m.anything(binary, gzip.compress(binary)), call_cifar("data_batch_1.bin")),
        Reader("cifar-python", m.pickle_programs(batch), call_cifar("data_batch_1")),
        Reader("trajectory", trajectories(trajectory()), call_trajectory, 2),
        Reader("parquet", st.one_of(st.just(parquet()), m.anything(parquet())), call_parquet),
        Reader("flow-start", st.one_of(m.npz_files(start), m.anything(saved_npz(start))), call_start),
        Reader(
            "checkpoint",
            st.one_of(
                st.tuples(m.trees_near(state), st.just(weights)),
                st.tuples(st.just(state), st.one_of(m.safetensors_files(weights), m.anything(weights))),
                st.tuples(m.anything(m.as_json(state)), m.anything(weights)),
            ),
            call_checkpoint,
        ),
        Reader("result", st.one_of(m.trees_near(result()), m.anything(whole)), call_result),
        Reader("settings", st.one_of(m.trees_near(settings), m.anything(m.as_json(settings))), call_settings),
    ]


def names() -> list[str]:
    return [reader.name for reader in readers()]
