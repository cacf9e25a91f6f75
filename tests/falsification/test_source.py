"""The hash of a statement changes with everything that it says, and with nothing else."""

from __future__ import annotations

import importlib.util

import pytest

from ncverify.falsification.source import source_hash

TEXT = """
from ncverify import Inequality
SIZE = 2
def helper(p):
    return p.q_min * SIZE
def made(c):
    return Inequality("closure", slack=lambda p: c - p.q_min)
S = [
    Inequality("lines", slack=lambda p: 1
        - p.q_min),
    Inequality("helper", slack=lambda p: 1 - helper(p), given=[lambda p: p.loss]),
    made(3),
]
"""


def hashes(folder, text):
    file = folder / f"s{len(list(folder.iterdir()))}.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("mine", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [source_hash(s) for s in module.S]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("- p.q_min),\n    Ineq", "- 2 * p.q_min),\n    Ineq", [True, False, False]),
        ("SIZE = 2", "SIZE = 3", [False, True, False]),
        ("p.q_min * SIZE", "p.q_min + SIZE", [False, True, False]),
        ("given=[lambda p: p.loss]", "given=[lambda p: p.loss - 1]", [False, True, False]),
        ("made(3)", "made(4)", [False, False, True]),
        ("c - p.q_min", "2 * c - p.q_min", [False, False, True]),
        ('"lines"', '"other"', [True, False, False]),
        ("SIZE = 2\n", "SIZE = 2  # a comment\n\n\nOTHER = 5\n", [False, False, False]),
        ("1\n        - p.q_min", "1 - p.q_min", [False, False, False]),
    ],
)
def test_a_change_is_noticed_where_it_matters(tmp_path, old, new, changed):
    assert old in TEXT
    before, after = hashes(tmp_path, TEXT), hashes(tmp_path, TEXT.replace(old, new))
    assert [a != b for a, b in zip(before, after, strict=True)] == changed
