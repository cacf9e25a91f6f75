"""Products of exact matrices, also where an element has no product: NumPy's own would crash there."""

import numpy as np
import pytest

from ncverify.errors import NotRationalError
from ncverify.numbers.rational import RATIONAL

SHAPES = [((2, 3), (3, 4)), ((4, 1), (1, 7)), ((2, 3), (3,)), ((3,), (3, 2)), ((3,), (3,))]


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_a_product_is_that_of_numpy(left, right):
    a, b = np.arange(np.prod(left)).reshape(left), 1 + np.arange(np.prod(right)).reshape(right)
    found = RATIONAL.asarray(a.tolist()) @ RATIONAL.asarray(b.tolist())
    assert found.shape == (a @ b).shape
    assert bool(RATIONAL.all(found == RATIONAL.asarray((a @ b).tolist())))


def test_lengths_that_differ_are_an_error():
    with pytest.raises(ValueError, match="mismatch"):
        RATIONAL.ones((2, 3)) @ RATIONAL.ones((1, 4))


@pytest.mark.parametrize("inner", [1, 2, 3])
def test_roots_that_do_not_go_together_raise_in_a_product(inner):
    a = RATIONAL.sqrt(RATIONAL.asarray([[2] * inner] * 4))
    b = RATIONAL.sqrt(RATIONAL.asarray([[3] * 7] * inner))
    with pytest.raises(NotRationalError, match=r"sqrt\(2\) and sqrt\(3\) meet"):
        a @ b
