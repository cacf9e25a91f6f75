"""Exceptions that a caller may want to catch; every other misuse is a plain ValueError or TypeError."""


class NCVerifyError(Exception):
    """Base of the exceptions that ncverify defines itself."""


class NotRationalError(NCVerifyError, ArithmeticError):
    """A quantity left the field of exact arithmetic in use; ball arithmetic has to take over."""


class NotPolynomialError(NCVerifyError, ArithmeticError):
    """An expression is not a rational function of the coordinates, so its degree does not exist."""


class UndecidedError(NCVerifyError, ArithmeticError):
    """The precision in use does not decide a comparison."""


class StatementError(NCVerifyError, ValueError):
    """A statement cannot be evaluated: it raised, gave NaN, a wrong shape, or two values at one point."""


class WitnessError(NCVerifyError, ValueError):
    """A witness file is damaged, tampered with, or does not show what it claims."""


class BackendUnavailableError(NCVerifyError, RuntimeError):
    """A backend or device was asked for by name and cannot be used here."""


class NumberRangeError(NCVerifyError, ValueError, ZeroDivisionError, OverflowError, FloatingPointError):
    """Numbers leave the range of floats on the way to a result, or have none; the message names arguments and cause."""


class NotSeparableError(NCVerifyError, ValueError):
    """A point does not separate the classes, so no multiple of it is feasible for (3.1)."""


class SolverFailedError(NCVerifyError, RuntimeError):
    """An optimisation solver ended without a solution; the message carries its status."""


class NotConvergedError(NCVerifyError, RuntimeError):
    """An iteration ended above its tolerance and the answer depends on it; the message has the residual and bounds."""


class DamagedFileError(NCVerifyError, ValueError):
    """A file is not of the format that it should be, is damaged, or promises more than it has."""
