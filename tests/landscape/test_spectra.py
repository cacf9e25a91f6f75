"""The tangent spectrum at collapse in closed form."""

import numpy as np
import pytest

from ncverify.collapse import collapsed_point
from ncverify.landscape import collapsed_spectrum, kernel_dimension, spectra
from tests.landscape.oracle import rounding, tangent_spectrum

SHAPES = [
    (2, 1, 1), (2, 1, 2), (2, 3, 1), (2, 2, 4), (3, 1, 2), (3, 2, 3), (3, 1, 5), (4, 1, 3), (4, 2, 3), (4, 2, 5),
    (5, 1, 4), (5, 2, 5), (6, 1, 6), (7, 1, 6),
]  # fmt: skip


def expanded(levels):
    return np.sort(np.concatenate([np.full(level.multiplicity, level.value) for level in levels]))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("rho", [0.5, 3.0])
def test_the_formula_gives_every_eigenvalue_and_the_kernel_of_the_hessian(shape, rho):
    p = collapsed_point(*shape, squared_norm=rho**2, rotation=3)
    spectrum = tangent_spectrum(p)
    formula = expanded(collapsed_spectrum(*shape, rho))
    assert len(formula) == len(spectrum)
    assert np.abs(formula - spectrum).max() <= rounding(p)
    assert np.sum(np.abs(spectrum) <= rounding(p)) == kernel_dimension(*shape)
    assert formula[0] >= 0


def test_the_spectrum_depends_on_n_and_a_wrong_n_is_noticed():
    p = collapsed_point(3, 2, 3, squared_norm=4.0)
    wrong = expanded(collapsed_spectrum(3, 3, 3, 2.0))[: len(tangent_spectrum(p))]
    assert np.abs(wrong - tangent_spectrum(p)).max() > 1e-2


@pytest.mark.parametrize(("arguments", "message"), [((3, 1, 1, 1.0), "d >= K-1"), ((3, 1, 2, 0.0), "rho|radius")])
def test_impossible_shapes_and_radii_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        collapsed_spectrum(*arguments)


NAMES = {
    "rotations",
    "common shift of the classifiers",
    "W against H",
    "W and H turned against each other",
    "features, across the span of the classifiers",
    "within a class, towards two wrong classes at once",
    "within a class, towards the own classifier",
    "W and H deformed alike, lengths kept",
    "lengths of W and H, and common shift",
}


def test_every_level_names_its_directions_and_the_levels_are_sorted():
    levels = collapsed_spectrum(4, 2, 5, 2.0)
    assert {level.directions for level in levels} == NAMES
    assert [level.value for level in levels] == sorted(level.value for level in levels)


def test_two_classes_have_levels_of_their_own():
    """No two wrong classes, nothing to deform; the shift of the features stands alone, as one direction."""
    levels = {level.directions: level for level in collapsed_spectrum(2, 2, 3, 2.0)}
    assert set(levels) - NAMES == {"common shift of the features"}
    assert levels["common shift of the features"].multiplicity == 1
    assert all(level.multiplicity > 0 for level in levels.values())


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 0, 2), (3, 1, 1)], ids=str)
def test_shapes_without_a_collapsed_point_are_refused_inside_the_package_too(shape):
    for refused in (lambda: spectra.kernel_dimension(*shape), lambda: spectra.collapsed_spectrum(*shape, 1.0)):
        with pytest.raises(ValueError, match="expected"):
            refused()
    assert type(kernel_dimension(3, 1, 2)) is int
