"""Sums of products of expressions, in a normal form: what is equal by the rules of exp, log and roots looks the same.

A sum is a dictionary from monomials to coefficients that are not zero, rational or sums of square roots. A monomial is
a pair: the exponent of its exponential factor, itself a sum, and the powers of its atoms, expressions without a rule of
their own. Both are frozen, so that a sum can stand inside an atom.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import Any

from flint import fmpq, fmpz

from ncverify.errors import NotRationalError
from ncverify.kinds import Number
from ncverify.numbers.algebraic import IRRATIONAL, root_of_number
from ncverify.numbers.surd import Surd

Monomial = tuple[frozenset[Any], frozenset[Any]]
Sum = dict[Monomial, Any]

_MOST = 256  # terms; longer sums are given up
_COMPARED = 16  # terms of which each is tried as the leading one
_LARGEST_POWER = 8
_FACTORED = 1 << 80  # larger integers are atoms inside a logarithm
UNIT: Monomial = (frozenset(), frozenset())
ONE: Sum = {UNIT: fmpq(1)}


class TooLongError(Exception):
    """A sum of more terms than are worth it."""


def constant(value: Number) -> Sum:
    """A sum of one term without factors, empty for zero."""
    return {} if value == 0 else {UNIT: value}


def value_of(a: Sum) -> Number:
    """The number that a sum is; None where it has other factors."""
    return fmpq(0) if not a else a[UNIT] if a.keys() == {UNIT} else None


def sign_of(a: Sum) -> int | None:
    """-1, 0 or 1 where all terms have one sign: exponentials, roots and logs above zero are positive; else None."""
    if not all(_is_positive(key) for _, atoms in a for key, _ in atoms):
        return None
    signs = {c.sign() if isinstance(c, IRRATIONAL) else 1 if c > 0 else -1 for c in a.values()}
    return 0 if not a else signs.pop() if len(signs) == 1 else None


def _is_positive(key: Any) -> bool:
    """Whether an atom is a square root, a value of erfc, or the logarithm of one or more and something positive."""
    if key[0] != "log":
        return key[0] in ("sqrt", "erfc")
    inside = dict(key[1])
    plain = inside.get(UNIT, fmpq(0))
    return not isinstance(plain, IRRATIONAL) and plain >= 1 and inside != ONE and sign_of(inside) == 1


def added(a: Sum, b: Sum) -> Sum:
    """a + b."""
    total = dict(a)
    _add_to(total, b)
    return total


def _add_to(total: Sum, b: Sum) -> None:
    for monomial, c in b.items():
        coefficient = total[monomial] + c if monomial in total else c
        if coefficient == 0:
            del total[monomial]
        else:
            total[monomial] = coefficient


def scaled(a: Sum, factor: Number) -> Sum:
    """A number times a."""
    return {} if factor == 0 else {monomial: c * factor for monomial, c in a.items()}


def multiplied(a: Sum, b: Sum) -> Sum:
    """a b.

    Raises:
        TooLongError: more terms than are worth it.
    """
    if len(a) * len(b) > _MOST:
        raise TooLongError
    product: Sum = {}
    for m, c in a.items():
        for n, d in b.items():
            _add_to(product, _without_squares(_joined(m, n), c * d))
    return product


def _without_squares(monomial: Monomial, c: Number) -> Sum:
    """A term with sqrt(x) sqrt(x) = x and sin(x)^2 = 1 - cos(x)^2."""
    for key, power in monomial[1]:
        if key[0] == "sin" and power > 1:
            left = (monomial[0], monomial[1] - {(key, power)} | ({(key, 1)} if power % 2 else set()))
            square = added(ONE, {(frozenset(), frozenset({(("cos", *key[1:]), 2)})): fmpq(-1)})
            return multiplied({left: c}, reduce(multiplied, [square] * (power // 2)))
        if key[0] == "sqrt" and power > 1:
            left = (monomial[0], monomial[1] - {(key, power)} | ({(key, 1)} if power % 2 else set()))
            return multiplied({left: c}, reduce(multiplied, [dict(key[1])] * (power // 2)))
    return {monomial: c}


def inverted(a: Sum) -> Sum | None:
    """1 / a for a sum of one term, None for any other."""
    if len(a) != 1:
        return None
    ((exponent, atoms), c), *_ = a.items()
    flipped = frozenset((atom, -power) for atom, power in atoms)
    return {(frozenset((m, -k) for m, k in exponent), flipped): 1 / c}


def atom(*key: Any) -> Sum:
    """An expression that has no rule of its own."""
    return {(frozenset(), frozenset({(key, 1)})): fmpq(1)}


def frozen(a: Sum) -> frozenset[Any]:
    """A sum as part of an atom."""
    return frozenset(a.items())


def _joined(m: Monomial, n: Monomial) -> Monomial:
    if n == UNIT or m == UNIT:
        return m if n == UNIT else n
    exponent = _added_exponents(m[0], n[0]) if m[0] and n[0] else m[0] or n[0]
    return exponent, _multiplied_atoms(m[1], n[1]) if m[1] and n[1] else m[1] or n[1]


@lru_cache(maxsize=1 << 14)
def _added_exponents(a: frozenset[Any], b: frozenset[Any]) -> frozenset[Any]:
    """The sum of two exponents; they meet again and again, and the hash of a fraction takes long."""
    return frozen(added(dict(a), dict(b)))


@lru_cache(maxsize=1 << 14)
def _multiplied_atoms(a: frozenset[Any], b: frozenset[Any]) -> frozenset[Any]:
    powers = dict(a)
    for factor, power in b:
        powers[factor] = powers.get(factor, 0) + power
    return frozenset((factor, power) for factor, power in powers.items() if power)


def exponential(a: Sum) -> tuple[Sum, Sum]:
    """exp(a) as a quotient, with exp(k log x) = x^k for logarithms of primes and of positive sums.

    Raises:
        TooLongError: more terms than are worth it.
    """
    exponent, top, bottom = dict(a), ONE, ONE
    for monomial, k in a.items():
        inside = _argument_of_log(monomial)
        if inside is None or isinstance(k, IRRATIONAL) or k.q != 1 or abs(k) > _LARGEST_POWER:
            continue
        del exponent[monomial]
        for _ in range(abs(int(k))):
            top, bottom = (multiplied(top, inside), bottom) if k > 0 else (top, multiplied(bottom, inside))
    return multiplied({(frozen(exponent), frozenset()): fmpq(1)}, top), bottom


def root(a: Sum) -> Sum:
    """The square root of a positive sum, of its leading number and exponential and of what is left."""
    c, exponent = leading(a)
    left = _divided(a, c, exponent)
    try:
        number = root_of_number(c)
    except NotRationalError:
        number, left = fmpq(1), scaled(left, c)
    outside: Sum = {(frozen(scaled(exponent, fmpq(1, 2))), frozenset()): number}
    return outside if left == ONE else multiplied(outside, atom("sqrt", frozen(left)))


def _divided(a: Sum, c: Number, exponent: Sum) -> Sum:
    """a / (c exp(exponent))."""
    return scaled(multiplied(a, {(frozen(scaled(exponent, fmpq(-1))), frozenset()): fmpq(1)}), 1 / c)


def _argument_of_log(monomial: Monomial) -> Sum | None:
    exponent, atoms = monomial
    if exponent or len(atoms) != 1:
        return None
    ((key, power),) = atoms
    return dict(key[1]) if key[0] == "log" and power == 1 else None


def leading(a: Sum) -> tuple[Any, Sum]:
    """A positive number c and an exponent E to be taken out of a: a / (c exp(E)) is the same for all its multiples."""
    known = {m: value_of(dict(m[0])) for m in a}
    if all(v is not None and not isinstance(v, IRRATIONAL) for v in known.values()):
        top = max(known.values())
        first = min((m for m in a if known[m] == top), key=lambda m: spelled(frozenset({((frozenset(), m[1]), 1)})))
    elif len(a) <= _COMPARED:
        first = min(a, key=lambda m: spelled(frozen(_divided(a, _positive(a[m]), dict(m[0])))))
    else:
        first = min(a, key=lambda m: spelled(frozenset({(m, 1)})))
    return _positive(a[first]), dict(first[0])


def _positive(c: Number) -> Number:
    return (c if c.sign() > 0 else -c) if isinstance(c, IRRATIONAL) else abs(c)


@lru_cache(maxsize=4096)
def spelled(a: frozenset[Any]) -> str:
    """A sum in one spelling: the same text for the same sum."""
    terms = []
    for (exponent, atoms), c in a:
        factors = sorted(f"{key[0]}({','.join(map(spelled, key[1:]))})^{power}" for key, power in atoms)
        terms.append(f"{c} exp({spelled(exponent)}) {' '.join(factors)}")
    return " + ".join(sorted(terms))


def logarithm(a: Sum) -> Sum:
    """log(a) of a positive sum: of its leading number by primes, of its leading exponential, and of what is left."""
    c, exponent = leading(a)
    left = _divided(a, c, exponent)
    outside = added(_log_of_number(c), exponent)
    return outside if left == ONE else added(outside, atom("log", frozen(left)))


def _log_of_number(c: Number) -> Sum:
    if isinstance(c, Surd) and len(c.roots) == 1:
        ((m, outside),) = c.roots.items()
        return added(_log_of_number(outside), scaled(_log_of_number(fmpq(m)), fmpq(1, 2)))
    if isinstance(c, IRRATIONAL) or max(int(c.p), int(c.q)) > _FACTORED:
        return atom("log", frozen(constant(c)))
    logarithm: Sum = {}
    for integer, side in ((c.p, 1), (c.q, -1)):
        for prime, power in fmpz(integer).factor():
            logarithm = added(logarithm, scaled(atom("log", frozen(constant(fmpq(prime)))), fmpq(side * int(power))))
    return logarithm
