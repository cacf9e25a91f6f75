"""One SIGKILL at a random moment of two commands; `python -m tests.faults.campaign` does many of all four."""

import os

import pytest

from tests.faults.campaign import COMMANDS, killed, ledger_whole

pytestmark = [pytest.mark.skipif(not hasattr(os, "killpg"), reason="a matter of POSIX"), pytest.mark.slow]


@pytest.mark.parametrize("command", COMMANDS[1:2], ids=lambda command: command.name)
def test_a_killed_command_leaves_nothing_half_done_and_a_second_run_completes(command):
    outcome = killed(command, 1, seed=5)
    assert outcome.problems == []


def test_half_a_ledger_and_one_that_lacks_a_statement_are_noticed(tmp_path):
    """Negative control."""
    (tmp_path / "ledger.json").write_text('{"statements": [{"id": "eq-1.1", "ver')
    with pytest.raises(ValueError, match="expected a ledger"):
        ledger_whole(tmp_path)
    (tmp_path / "ledger.json").write_text('{"statements": [{"id": "eq-1.1", "verdict": "holds"}]}')
    with pytest.raises(AssertionError):
        ledger_whole(tmp_path)
