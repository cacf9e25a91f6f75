"""Multipliers of (3.1) against the textbook program: constraint gradients stacked, generic quadratic program.

Both sides start from the same point, build their program, and solve it with Clarabel. Rounds alternate between them, so
that a busy machine slows both.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from ncverify.separation import multipliers
from tests.benchmarks.ratio import interleaved, recorded
from tests.separation.textbook import near_collapse, textbook_multipliers

LARGE = """
import json, re, time
import numpy as np
from ncverify.separation import multipliers
from tests.separation.textbook import near_collapse
point = near_collapse(20, 50, 32, 0.02)
start = time.perf_counter()
found = multipliers(point, active_within=np.inf)
# not getrusage: its peak begins with that of the process that started this one
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
print(json.dumps({
    "seconds": time.perf_counter() - start,
    "bytes": 1024 * peak,
    "multipliers": int(found.matrix.size - found.point.K * found.point.n),
    "stationarity": found.stationarity,
    "bound": found.stationarity_bound,
    "smallest": float(found.matrix[found.matrix > 0].min()),
}))
"""


@pytest.mark.parametrize(("case", "size"), [("collapse", 0.0), ("near collapse", 0.02)])
def test_multipliers_against_the_textbook_program_at_ten_classes_of_twenty(benchmark, case, size):
    point = near_collapse(10, 20, 16, size)
    sides = interleaved(lambda: multipliers(point, active_within=np.inf), lambda: textbook_multipliers(point))
    benchmark.pedantic(lambda: multipliers(point, active_within=np.inf), rounds=1)
    difference = float(np.abs(sides.found.matrix - sides.reference).max())
    benchmark.extra_info.update(difference=difference)
    assert difference < 1e-6
    ratio = recorded(benchmark, "multipliers", "faster", sides.ours, sides.theirs, case=case)
    assert ratio >= 4, f"{ratio:.1f} times faster than the textbook program, expected 4"


def test_nineteen_thousand_multipliers_within_a_minute_and_a_gigabyte(benchmark):
    command = [sys.executable, "-c", LARGE]
    run = benchmark.pedantic(
        lambda: subprocess.run(command, capture_output=True, text=True, check=True, timeout=300), rounds=1
    )
    measured = json.loads(run.stdout)
    benchmark.extra_info.update(measured)
    assert measured["multipliers"] == 19_000
    assert measured["stationarity"] - measured["bound"] < 1e-4 * measured["stationarity"]
    assert measured["seconds"] < 60
    assert measured["bytes"] < 1e9
