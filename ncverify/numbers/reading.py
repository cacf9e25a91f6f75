"""Irrational numbers read from the text in which points are written."""

from __future__ import annotations

import re
from typing import Any

from flint import fmpq, fmpq_poly

from ncverify.numbers.algebraic import LARGEST_DEGREE, reduced, roots_of
from ncverify.numbers.surd import read_surd

_SENTENCE = re.compile(r"(.+) where r is root (\d{1,2}) of (.+)")
_TERM = re.compile(r"(-?\d+(?:/\d+)?)( r(?:\^(\d{1,2}))?)?")


def read_irrational(text: str) -> Any:
    """The number that is written as a sum of square roots, or as `1/2 + -3 r^2 where r is root 0 of -2 + 1 r^3`.

    Raises:
        ValueError: the text is no such number, its polynomial is not irreducible, or it has no such root.

    Example:
        >>> float(read_irrational("1 r where r is root 0 of -2 + 1 r^3"))
        1.2599210498948732
    """
    sentence = _SENTENCE.fullmatch(text)
    if sentence is None:
        return read_surd(text)
    modulus = fmpq_poly(_coefficients(sentence[3]))
    if modulus.degree() < 2 or modulus.degree() > LARGEST_DEGREE or modulus[modulus.degree()] != 1:
        raise ValueError(f"expected a polynomial of degree 2 to {LARGEST_DEGREE} that ends in 1 r^k, got {text[:80]!r}")
    if [power for _, power in modulus.factor()[1]] != [1]:
        raise ValueError(f"expected an irreducible polynomial, got {sentence[3][:80]!r}")
    roots = roots_of(modulus)
    if int(sentence[2]) >= len(roots):
        raise ValueError(f"root {sentence[2]}: {sentence[3][:80]!r} has {len(roots)} real roots, counted from 0")
    return reduced(roots[int(sentence[2])].root, fmpq_poly(_coefficients(sentence[1])))


def _coefficients(text: str) -> list[Any]:
    coefficients: dict[int, Any] = {}
    for term in text.split(" + "):
        match = _TERM.fullmatch(term)
        if match is None:
            raise ValueError(f"expected a term such as '1/2 r^3', got {term[:40]!r}")
        power = int(match[3] or 1) if match[2] else 0
        if power > LARGEST_DEGREE or power in coefficients:
            raise ValueError(f"expected each power up to {LARGEST_DEGREE} once, got {term[:40]!r}")
        try:
            coefficients[power] = fmpq(*map(int, match[1].split("/")))
        except ZeroDivisionError as error:
            raise ValueError(f"expected a fraction, got {term[:40]!r}") from error
    return [coefficients.get(i, fmpq(0)) for i in range(max(coefficients) + 1)]
