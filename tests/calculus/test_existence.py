"""Critical points that exist are proved to, with their signs; where there is none nothing is proved."""

import numpy as np
import pytest

from ncverify import Space, Variable
from ncverify.calculus.existence import critical_box

VECTOR = Space(sizes={"m": (2, 3)}, variables={"x": Variable("m")})
ROOT = 1.4142135623730951


def bowl(p):
    return (p.xp.sum(p.x * p.x) - 2) ** 2


def rotations(p):
    unit = p.xp.eye(p.m)
    return [{"x": p.x[0] * unit[i, :] - p.x[i] * unit[0, :]} for i in range(1, p.m)]


def at(*x):
    return VECTOR.point(x=list(x))


def test_an_orbit_of_minima_is_found_modulo_the_symmetry():
    for x in ((ROOT, 0), (1, 1), (ROOT, 0, 0)):
        found = critical_box(bowl, at(*x), symmetry=rotations)
        assert found.is_minimum
        assert (found.positive, found.kernel) == (1, len(x) - 1)


def test_without_the_symmetry_an_orbit_is_not_decided():
    assert critical_box(bowl, at(ROOT, 0)) is None


def test_a_saddle_and_a_maximum_have_their_signs():
    found = critical_box(lambda p: p.xp.exp(p.x[0] * p.x[1]), at(0, 0))
    assert (found.negative, found.positive, found.is_strict_saddle, found.is_minimum) == (1, 1, True, False)
    top = critical_box(bowl, at(0, 0))
    assert (top.negative, top.positive) == (2, 0)


def test_an_isolated_minimum_without_a_closed_form():
    """x - cos x = 0 in each coordinate."""

    def f(p):
        return p.xp.sum(p.x * p.x / 2 - p.xp.sin(p.x))

    found = critical_box(f, at(0.7390851332, 0.7390851332), radius=1e-8)
    assert found.is_minimum
    assert found.radius == 1e-8


@pytest.mark.parametrize(
    ("f", "x", "radius"),
    [
        (bowl, (1.5, 0.0), 1e-3),  # the gradient does not vanish near
        (lambda p: p.x[0] ** 3 + p.x[1] ** 2, (0, 0), 1e-3),  # degenerate
        (lambda p: p.x[0] ** 3 + p.x[0] / 1000 + p.x[1] ** 2, (0, 0), 1e-2),  # nearly critical, and no critical point
        (lambda p: p.xp.sum(p.x), (0, 0), 1.0),
    ],
)
def test_nothing_is_proved_where_there_is_nothing(f, x, radius):
    assert critical_box(f, at(*x), radius=radius) is None
    assert f is not bowl or critical_box(f, at(*x), radius=radius, symmetry=rotations) is None


def test_a_direction_that_is_no_symmetry_proves_nothing_false():
    """With a made-up symmetry whose directions vanish somewhere in the box, the test gives up."""

    def false_symmetry(p):
        return [{"x": p.x * 0}]

    assert critical_box(bowl, at(ROOT, 0), symmetry=false_symmetry) is None


def test_directions_along_which_the_objective_changes_are_refused():
    def f(p):
        return p.x[0] ** 2 + 3 * p.x[1] ** 2

    with pytest.raises(ValueError, match="symmetry: the objective changes along direction 0"):
        critical_box(f, at(0, 0), symmetry=rotations)


def test_a_radius_is_positive():
    with pytest.raises(ValueError, match="radius: expected a positive number, got 0"):
        critical_box(bowl, at(0, 0), radius=0)


def test_points_in_floats_do_as_well():
    p = VECTOR.point(x=[0, 0]).map(lambda a: np.zeros(2))
    assert critical_box(bowl, p).negative == 2


# --- on spheres -------------------------------------------------------------------------------------------------------

PAIRS = Space(sizes={"m": (2, 3)}, variables={"u": Variable("m"), "v": Variable("m")})
THIRD = 3**0.5 / 2


def stretched(p):
    """x'Ax / 2 with the eigenvalues (5 -+ sqrt 5)/2 of A."""
    return p.x[0] ** 2 + p.x[0] * p.x[1] + 3 * p.x[1] ** 2 / 2


def eigenvector(which):
    values, vectors = np.linalg.eigh(np.array([[2.0, 1.0], [1.0, 3.0]]))
    return values[which], vectors[:, which]


@pytest.mark.parametrize("which", [0, 1])
def test_critical_points_of_a_form_on_the_circle_are_eigenvectors(which):
    value, vector = eigenvector(which)
    found = critical_box(stretched, at(*vector), on={"x": 1}, radius=1e-9)
    assert found.multipliers == pytest.approx((value,))
    assert (found.negative, found.positive) == ((0, 1), (1, 0))[which]
    assert critical_box(stretched, at(*(2 * vector)), on={"x": 4}).is_minimum is (which == 0)
    assert critical_box(stretched, at(*vector), on="sphere").is_minimum is (which == 0)


@pytest.mark.parametrize("x", [(0.6, 0.8), (0.0, 0.0), tuple(1.001 * eigenvector(0)[1])])
def test_nothing_is_proved_off_the_sphere_or_away_from_eigenvectors(x):
    assert critical_box(stretched, at(*x), on={"x": 1}, radius=1e-6) is None


def test_a_form_that_is_constant_on_the_sphere_is_not_decided():
    assert critical_box(lambda p: p.xp.sum(p.x * p.x), at(0.6, 0.8), on={"x": 1}) is None


def product(p):
    return -p.xp.sum(p.u * p.v)


def turned(p):
    unit = p.xp.eye(p.m)
    pairs = [(i, j) for i in range(p.m) for j in range(i)]
    return [{name: x[i] * unit[j, :] - x[j] * unit[i, :] for name, x in (("u", p.u), ("v", p.v))} for i, j in pairs]


def test_two_vectors_on_their_spheres_agree_at_the_minimum_modulo_rotations():
    p = PAIRS.point(u=[0.5, THIRD], v=[0.5, THIRD])
    found = critical_box(product, p, on={"u": 1, "v": 1}, symmetry=turned)
    assert found.is_minimum
    assert (found.positive, found.kernel) == (1, 1)
    assert (
        critical_box(
            product, PAIRS.point(u=[0.5, THIRD], v=[-0.5, -THIRD]), on={"u": 1, "v": 1}, symmetry=turned
        ).negative
        == 1
    )
    assert critical_box(product, p, on={"u": 1, "v": 1}) is None  # an orbit
    assert critical_box(product, p, on={"u": 1}, symmetry=turned) is None  # v is free: no critical point


def test_a_symmetry_that_leaves_the_sphere_is_refused():
    with pytest.raises(ValueError, match="symmetry: direction 0 leaves the sphere"):
        critical_box(lambda p: p.x[0] / p.x[1], at(0.6, 0.8), on={"x": 1}, symmetry=lambda p: [{"x": p.x}])


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("ball", "on: expected 'sphere', squared norms by name, or None, got 'ball'"),
        ({"y": 1}, "on: no variable of `by` is named 'y'; there are x"),
        ({"x": 0}, "on: expected a positive squared norm for x, got 0"),
    ],
)
def test_spheres_are_named_with_positive_norms(on, message):
    with pytest.raises(ValueError, match=message):
        critical_box(stretched, at(0, 1), on=on)


def quartic(p):
    return p.xp.sum((p.x - 1) ** 2) + p.xp.sum(p.x**4) / 8


def saddle_on_the_sphere(p):
    return p.x[0] ** 2 + 3 * p.x[1] ** 2 + 5 * p.x[2] ** 2 + p.x[0] * p.x[1] * p.x[2]


FREE = [0.84770759814, 0.84770759814]  # of the quartic: x - 1 + x^3 / 4 = 0
ON_SPHERE = [0.0, 1.0, 0.0]  # symmetric under two changes of sign: critical exactly
OFFSETS = {
    "free": (quartic, FREE, {}, (1.0, -1.0)),
    "on a sphere": (saddle_on_the_sphere, ON_SPHERE, {"on": {"x": 1}}, (1.0, 0.0, 1.0)),
    "modulo rotations": (bowl, [ROOT, 0.0, 0.0], {"symmetry": rotations}, (1.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("radius", [1e-3, 1e-5])
@pytest.mark.parametrize("name", OFFSETS)
def test_the_critical_point_is_as_near_as_is_said(name, radius):
    """Beside a critical point by less than the radius it is found, by more it is not: no other is near."""
    f, x, options, direction = OFFSETS[name]
    for away, near in ((0.0, True), (0.5, True), (1.5, False), (4.0, False)):
        moved = np.array(x) + away * radius * np.array(direction)
        if name == "on a sphere":
            moved = moved / np.linalg.norm(moved)
        found = critical_box(f, at(*moved), radius=radius, **options)
        assert (found is not None) == near, away


def test_the_multiplier_is_that_of_the_sphere():
    found = critical_box(saddle_on_the_sphere, at(*ON_SPHERE), radius=1e-6, on={"x": 1})
    assert found.multipliers == pytest.approx((6.0,))
    assert (found.negative, found.positive, found.kernel) == (1, 1, 0)


def test_a_wrong_radius_is_refused():
    with pytest.raises(ValueError, match="radius: expected a positive number, got 0"):
        critical_box(bowl, at(ROOT, 0), radius=0)


@pytest.mark.parametrize(
    ("f", "x", "options", "decided", "undecided"),
    [
        (lambda p: p.xp.exp(p.x[0] * p.x[1]), [0, 0], {}, 0.2, 0.4),
        (lambda p: p.x[0] ** 2 - p.x[1] ** 2 + 3 * p.x[0] * p.x[1] + p.x[0] ** 4 + p.x[1] ** 4, [0, 0], {}, 0.2, 0.26),
        (saddle_on_the_sphere, ON_SPHERE, {"on": {"x": 1}}, 0.03, 0.13),
    ],
)
def test_in_a_wide_box_signs_are_not_decided(f, x, options, decided, undecided):
    """There is one critical point in it, but not everywhere in the box the Hessian has its signs."""
    box = critical_box(f, at(*x), radius=decided, **options)
    assert (box.negative, box.positive) == (1, 1)
    assert critical_box(f, at(*x), radius=undecided, **options) is None


def test_signs_on_a_sphere_do_not_depend_on_the_size_of_its_normal():
    top = critical_box(lambda p: p.xp.exp(p.x[0] + 2 * p.x[1]), at(0.2**0.5, 2 * 0.2**0.5), radius=1e-3, on={"x": 1})
    assert (top.negative, top.positive) == (1, 0)
