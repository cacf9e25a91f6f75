"""Names for what libraries and arithmetics have no common type for; to a type checker each of them is anything.

A Protocol for arrays would need a cast at every return: what the functions of a namespace give is of no known type.
What points have in common is one, `ncverify.space.point_like`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Array: TypeAlias = Any
"""An array of the array API: of NumPy, PyTorch or JAX, or of exact, tracked or rounded numbers."""

Number: TypeAlias = Any
"""A scalar of some arithmetic: a float, a Fraction, a rational or a ball of flint, a surd, an expression."""

Functions: TypeAlias = Any
"""The namespace of functions that belong to such arrays: `p.xp`."""

TruthValue: TypeAlias = Any
"""A truth value of some arithmetic, element by element or one, or a number that is >= 0 where it is true."""
