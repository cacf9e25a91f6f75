"""Checkpoints are whole or not there, and what is damaged is noticed."""

import errno
import os

import pytest
import torch

from training import checkpoint as module
from training.checkpoint import STATE, TENSORS, Checkpoint, CheckpointError, load, newest, save


def some(epoch: int) -> Checkpoint:
    return Checkpoint(epoch, {"w": torch.full((3, 2), float(epoch)), "r": torch.get_rng_state()}, {"history": [epoch]})


def refuse(sentence: str) -> None:
    raise AssertionError(sentence)


def test_what_is_saved_is_loaded(tmp_path):
    path = save(tmp_path, some(7))
    found = load(path)
    assert (found.epoch, found.state["history"]) == (7, [7])
    assert torch.equal(found.tensors["w"], some(7).tensors["w"])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["epoch-00000007"]


def test_the_two_newest_are_kept_and_leftovers_cleared(tmp_path):
    (tmp_path / "unfinished-00000001").mkdir()
    for epoch in (1, 2, 10):
        save(tmp_path, some(epoch))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["epoch-00000002", "epoch-00000010"]
    assert newest(tmp_path, refuse).epoch == 10


def test_where_there_is_none_there_is_none(tmp_path):
    assert newest(tmp_path / "absent", refuse) is None


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: flip(d / TENSORS), "does not have the checksum"),
        (lambda d: (d / TENSORS).write_bytes((d / TENSORS).read_bytes()[:-1]), "does not have the checksum"),
        (lambda d: (d / TENSORS).unlink(), "damaged checkpoint"),
        (lambda d: (d / STATE).write_text("{"), "damaged checkpoint"),
        (lambda d: (d / STATE).write_text("{}"), "lacks its epoch"),
        (lambda d: (d / STATE).write_bytes(b"\xff"), "damaged checkpoint"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(tmp_path, damage, message):
    save(tmp_path, some(1))
    damage(save(tmp_path, some(2)))
    warnings = []
    assert newest(tmp_path, warnings.append).epoch == 1
    assert len(warnings) == 1
    assert "epoch-00000002" in warnings[0]
    with pytest.raises(CheckpointError, match=message):
        load(tmp_path / "epoch-00000002")
    save(tmp_path, some(2))
    assert newest(tmp_path, refuse).epoch == 2


def test_when_all_are_damaged_nothing_is_trained_over_them(tmp_path):
    flip(save(tmp_path, some(1)) / TENSORS)
    with pytest.raises(CheckpointError, match="all 1 checkpoints are damaged"):
        newest(tmp_path, lambda sentence: None)


def test_a_full_disk_is_told_and_the_checkpoint_before_stays(tmp_path, monkeypatch):
    save(tmp_path, some(1))

    def full(path, content):
        path.write_bytes(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "write_durably", full)
    with pytest.raises(CheckpointError, match=r"No space left on device; .* MB are free.*epoch-00000001 is untouched"):
        save(tmp_path, some(2))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["epoch-00000001"]
    assert newest(tmp_path, refuse).epoch == 1
