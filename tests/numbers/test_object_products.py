"""No product of object arrays by NumPy: it corrupts memory when an element raises."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ncverify.numbers.rational import RATIONAL

NUMBERS = Path(__file__).parents[2] / "ncverify" / "numbers"
FORBIDDEN = re.compile(
    r"np\.(matmul|dot|einsum|tensordot|inner|vdot|kron|linalg\.[a-z]+)\(|\.data @|@ [a-z_.]*\.data|_lift\([a-z]+\) @"
)
CLAIM = """
import numpy as np
from ncverify import Domain, Inequality, Point, judge

def largest(p):
    U = p.W / p.xp.sqrt(p.xp.sum(p.W * p.W, axis=1, keepdims=True))
    G = U @ U.T
    return p.xp.max(G - 2 * p.xp.eye(p.K)) + 1

rng = np.random.default_rng(0)
for turn in range(60):
    W = rng.integers(-3, 4, (5, 2)) + 0.0
    W[:, 0] += W[:, 0] == 0
    judge(Inequality("coherence", slack=largest), Point(W, np.ones((2, 5))))
print("alive")
"""


def uses(text):
    return FORBIDDEN.findall(text)


def test_the_source_has_no_product_of_object_arrays():
    assert uses("return self.data @ other.data")
    assert uses("np.einsum('ij', x.data)")
    for file in NUMBERS.glob("*.py"):
        assert not uses(file.read_text()), file.name


@pytest.mark.slow
def test_a_gram_matrix_of_normalised_rows_does_not_end_the_process():
    done = subprocess.run([sys.executable, "-c", CLAIM], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


SHAPES = [((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((5, 2, 3), (3, 4)), ((2, 0), (0, 3))]


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_products_have_the_values_and_shapes_of_numpy(left, right):
    rng = np.random.default_rng(0)
    a, b = rng.integers(-4, 5, left), rng.integers(-4, 5, right)
    found = RATIONAL.asarray(a) @ RATIONAL.asarray(b)
    assert found.shape == np.shape(a @ b)
    assert np.all(found.data.astype(float) == a @ b) if found.shape else found.item() == a @ b
    with pytest.raises(ValueError, match="inner lengths"):
        RATIONAL.ones((2, 3)) @ RATIONAL.ones((2, 3))


def test_rolls_flips_and_repeats_without_an_axis_are_those_of_numpy():
    x = np.arange(6).reshape(2, 3)
    exact = RATIONAL.asarray(x)
    for f in (lambda v: np.roll(v, 1), np.flip, lambda v: np.repeat(v, 2), lambda v: np.roll(v, (1, 1), axis=(0, 1))):
        assert [int(v) for v in f(exact).data.ravel()] == f(x).ravel().tolist()
