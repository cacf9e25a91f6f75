"""Real algebraic numbers: cube roots, roots of roots, and what else solves a polynomial equation in one unknown.

A number is a polynomial in one root of an irreducible polynomial, so it is zero only where that polynomial is empty;
every other sign shows at some precision. Numbers in different roots meet in a root that generates both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from flint import arb, fmpq, fmpq_mpoly_ctx, fmpq_poly

from ncverify.errors import NotRationalError
from ncverify.kinds import Number
from ncverify.numbers.roots import Root, certain, height, real_roots, value_at
from ncverify.numbers.surd import Surd, square_root

LARGEST_DEGREE = 16  # of a generating root; beyond, balls take over
_LARGEST_HEIGHT = 1 << 10  # bits of the coefficients of its polynomial
_LARGEST_PRODUCT = 64  # of the degrees of two roots that meet: one may lie in the field of the other
_MODEST_HEIGHT = 1 << 7  # the same, of a number whose root is taken
_RING = fmpq_mpoly_ctx.get(("x", "y"))


class Algebraic:
    """A polynomial in a root, of a degree from one to that of the root less one: irrational, and never zero.

    Args:
        root: the root.
        polynomial: in it.
    """

    __slots__ = ("polynomial", "root")

    def __init__(self, root: Root, polynomial: Any) -> None:
        self.root, self.polynomial = root, polynomial

    def __add__(self, other: Number) -> Any:
        root, a, b = _met(self, other)
        return reduced(root, a + b)

    __radd__ = __add__

    def __neg__(self) -> Any:
        return Algebraic(self.root, -self.polynomial)

    def __sub__(self, other: Number) -> Any:
        return self + (-other)

    def __rsub__(self, other: Number) -> Any:
        return -self + other

    def __mul__(self, other: Number) -> Any:
        root, a, b = _met(self, other)
        return reduced(root, a * b)

    __rmul__ = __mul__

    def _inverse(self) -> Any:
        gcd, _, inverse = self.root.modulus.xgcd(self.polynomial)
        return reduced(self.root, inverse / gcd[0])

    def __truediv__(self, other: Number) -> Any:
        return self * (1 / fmpq(other) if not isinstance(other, IRRATIONAL) else other._inverse())

    def __rtruediv__(self, other: Number) -> Any:
        return self._inverse() * other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IRRATIONAL):
            return False
        gap = self - other
        return isinstance(gap, fmpq) and gap == 0

    def __hash__(self) -> int:
        """Of the mean of its conjugates and that of their squares: the same for every spelling, and for a `Surd`."""
        modulus = self.root.modulus
        return hash((_mean_conjugate(self.polynomial, modulus), _mean_conjugate(self.polynomial**2 % modulus, modulus)))

    def ball(self) -> Any:
        """The ball around it at the precision in force."""
        return value_at(self.polynomial, self.root.ball())

    def sign(self) -> int:
        """-1 or 1: it is never zero."""
        return 1 if certain(self.ball, lambda ball: not ball.contains(0)) > 0 else -1

    def __float__(self) -> float:
        return float(certain(self.ball, lambda ball: ball.rel_accuracy_bits() > 60).mid())

    def __repr__(self) -> str:
        return f"{_written(self.polynomial.coeffs())} where r is root {self.root.index} of {_written(self._modulus())}"

    def _modulus(self) -> list[Any]:
        return list(self.root.coefficients)


IRRATIONAL = (Surd, Algebraic)


def _mean_conjugate(polynomial: Any, modulus: Any) -> Any:
    """The mean of a polynomial over all complex roots of a monic one, by Newton's identities for their power sums."""
    degree = modulus.degree()
    sums = [fmpq(degree)]
    for k in range(1, degree):
        known = sum((modulus[degree - i] * sums[k - i] for i in range(1, k)), fmpq(0))
        sums.append(-k * modulus[degree - k] - known)
    return sum((c * s for c, s in zip(polynomial.coeffs(), sums, strict=False)), fmpq(0)) / degree


def roots_of(polynomial: Any) -> list[Any]:
    """The real roots of an irreducible polynomial over the rationals as exact numbers.

    Raises:
        NotRationalError: its degree or its coefficients are too large.
    """
    if polynomial.degree() == 1:
        return [-polynomial[0] / polynomial[1]]
    monic = polynomial / polynomial[polynomial.degree()]
    return [Algebraic(root, fmpq_poly([0, 1])) for root in _all(monic)]


def _all(monic: Any) -> list[Root]:
    coefficients = tuple(monic.coeffs())
    if monic.degree() > LARGEST_DEGREE or height(monic) > _LARGEST_HEIGHT:
        raise NotRationalError(f"a root of a polynomial of degree {monic.degree()}")
    return [Root(coefficients, i) for i in range(len(real_roots(monic)))]


def nth_root(value: Any, n: int) -> Any:
    """The positive n-th root of a positive number, a rational, a sum of square roots or an algebraic one.

    Raises:
        NotRationalError: the number is not positive, or its polynomial is beyond reach.

    Example:
        >>> nth_root(fmpq(8), 3)
        2
    """
    if (value.sign() if isinstance(value, IRRATIONAL) else value) <= 0:
        raise NotRationalError("a root of a number that is not positive")
    own = minimal_polynomial(value)
    if n * own.degree() > LARGEST_DEGREE or height(own) > _MODEST_HEIGHT:
        raise NotRationalError(f"a root of degree {n} of a number of degree {own.degree()}")
    spread = fmpq_poly([own[i // n] if i % n == 0 else 0 for i in range(n * own.degree() + 1)])
    return _root_at(spread, lambda: (arb(value) if isinstance(value, fmpq) else value.ball()).root(n))


def root_of_number(value: Any) -> Any:
    """The exact square root of a non-negative rational or a positive irrational number.

    Raises:
        NotRationalError: for a negative argument, or where it is beyond reach.
    """
    return nth_root(value, 2) if isinstance(value, IRRATIONAL) else square_root(value)


def lifted(value: Any) -> Algebraic:
    """A sum of square roots as an algebraic number; others as they are."""
    if isinstance(value, Algebraic):
        return value
    total: Any = value.roots.get(1, fmpq(0))
    for m, c in value.roots.items():
        if m != 1:
            total = total + roots_of(fmpq_poly([-m, 0, 1]))[1] * c
    algebraic: Algebraic = total
    return algebraic


def _root_at(polynomial: Any, value: Callable[[], Any]) -> Any:
    """The root of a polynomial that a ball of growing precision singles out; the ball has to contain one."""
    factors = [factor for factor, _ in polynomial.factor()[1]]

    def near() -> list[tuple[int, int]]:
        here, balls = value(), [real_roots(factor) for factor in factors]
        return [(f, i) for f, roots in enumerate(balls) for i, root in enumerate(roots) if root.overlaps(here)]

    ((which, index),) = certain(near, lambda matches: len(matches) == 1)
    return roots_of(factors[which])[index]


def minimal_polynomial(number: Any) -> Any:
    """The irreducible polynomial of which a number is a root."""
    if isinstance(number, fmpq):
        return fmpq_poly([-number, 1])
    value = lifted(number)
    x, y = _RING.gens()
    resultant = _of_x(_at(value.root.modulus, y).resultant(x - _at(value.polynomial, y), "y"))
    return next(f for f, _ in resultant.factor()[1] if _vanishes(f, value))


def _vanishes(polynomial: Any, value: Algebraic) -> bool:
    total: Any = fmpq(0)
    for c in reversed(polynomial.coeffs()):
        total = total * value + c
    return isinstance(total, fmpq) and total == 0


def _at(polynomial: Any, argument: Any) -> Any:
    """A polynomial in one unknown at a polynomial in two."""
    return sum((argument**i * c for i, c in enumerate(polynomial.coeffs())), 0 * argument)


def _of_x(polynomial: Any) -> Any:
    """A polynomial in two unknowns in which only the first one occurs."""
    terms = {powers[0]: c for powers, c in polynomial.to_dict().items()}
    return fmpq_poly([terms.get(i, 0) for i in range(max(terms, default=0) + 1)])


def reduced(root: Root, polynomial: Any) -> Any:
    """A polynomial in a root as a number: a rational where it is constant."""
    left = polynomial % root.modulus
    return Algebraic(root, left) if left.degree() > 0 else left[0]


def _met(a: Algebraic, other: Any) -> tuple[Root, Any, Any]:
    """One root, and both numbers as polynomials in it."""
    if not isinstance(other, IRRATIONAL):
        return a.root, a.polynomial, fmpq_poly([fmpq(other)])
    b = lifted(other)
    if a.root == b.root:
        return a.root, a.polynomial, b.polynomial
    root, first, second = _joined(a.root, b.root)
    return root, _composed(a.polynomial, first, root), _composed(b.polynomial, second, root)


def _composed(outer: Any, argument: Any, root: Root) -> Any:
    total = fmpq_poly([0])
    for c in reversed(outer.coeffs()):
        total = (total * argument + c) % root.modulus
    return total


@lru_cache(maxsize=256)
def _joined(a: Root, b: Root) -> tuple[Root, Any, Any]:
    """A root that generates two, and both as polynomials in it.

    It is a + k b for a small integer k: a root of a resultant, which has to be without squares. Then what a satisfies
    and what (a + k b - y) / k has to satisfy for b have y = a as their only common root.
    """
    if a.degree * b.degree > _LARGEST_PRODUCT:
        raise NotRationalError(f"numbers of degrees {a.degree} and {b.degree} meet")
    x, y = _RING.gens()
    for k in _small_integers():
        other = _at(b.modulus, (x - y) * fmpq(1, k))
        modulus = _of_x(_at(a.modulus, y).resultant(other, "y"))
        if modulus.gcd(modulus.derivative()).degree() > 0:
            continue
        joint = _root_at(modulus, lambda k=k: a.ball() + k * b.ball())  # type: ignore[misc]
        if isinstance(joint, fmpq):
            continue
        first = _common(list(a.modulus.coeffs()), _in_y(other, joint), joint)
        if first is not None:
            second = (joint - first) * fmpq(1, k)
            return joint.root, _as_polynomial(first), _as_polynomial(second)
    raise AssertionError("unreachable")


def _small_integers() -> Iterator[int]:
    k = 1
    while True:
        yield k
        k = -k if k > 0 else 1 - k


def _as_polynomial(value: Any) -> Any:
    return value.polynomial if isinstance(value, Algebraic) else fmpq_poly([value])


def _in_y(polynomial: Any, joint: Algebraic) -> list[Any]:
    """The coefficients of the powers of y, with the number for x."""
    coefficients: list[Any] = [fmpq(0)] * (polynomial.degrees()[1] + 1)
    powers: list[Any] = [fmpq(1)]
    for _ in range(polynomial.degrees()[0]):
        powers.append(powers[-1] * joint)
    for (i, j), c in polynomial.to_dict().items():
        coefficients[j] = coefficients[j] + powers[i] * c
    return coefficients


def _common(a: list[Any], b: list[Any], joint: Algebraic) -> Any | None:
    """The common root of two polynomials with coefficients in a field, by Euclid; None where there are several."""
    while True:
        a, b = b, _remainder(a, b)
        if not b:
            return -1 * a[0] / a[1] if len(a) == 2 else None


def _remainder(a: list[Any], b: list[Any]) -> list[Any]:
    left = list(a)
    while len(left) >= len(b):
        factor = left[-1] / b[-1]
        for i, c in enumerate(b):
            place = len(left) - len(b) + i
            left[place] = left[place] - factor * c
        left.pop()
    while left and isinstance(left[-1], fmpq) and left[-1] == 0:
        left.pop()
    return left


def _written(coefficients: list[Any]) -> str:
    terms = [(str(c), i) for i, c in enumerate(coefficients) if c != 0]
    return " + ".join(c if not i else f"{c} r" if i == 1 else f"{c} r^{i}" for c, i in terms)
