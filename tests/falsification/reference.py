"""The functions of formulas by mpmath, with None for what has no value and for what its digits do not tell."""

import mpmath

mp = mpmath.mp
TINY, HUGE = -200, 60  # powers of ten: beyond them 250 digits do not tell what a number is


class OutOfReachError(Exception):
    """A number so small or so large that the reference cannot be trusted."""


class Real:
    """A number of mpmath, or nothing."""

    def __init__(self, value):
        self.value = None if value is None or not mpmath.isfinite(value) else mpmath.mpf(value)
        if self.value is not None and self.value != 0:
            size = abs(self.value)
            if size < mpmath.mpf(10) ** TINY or size > mpmath.mpf(10) ** HUGE:
                raise OutOfReachError

    def of(self, f, *others):
        values = [self.value, *(real(o).value for o in others)]
        return Real(None) if None in values else Real(f(*values))

    def __add__(self, other):
        return self.of(lambda a, b: a + b, other)

    def __sub__(self, other):
        return self.of(lambda a, b: a - b, other)

    def __rsub__(self, other):
        return real(other) - self

    def __mul__(self, other):
        return self.of(lambda a, b: a * b, other)

    def __truediv__(self, other):
        return self.of(lambda a, b: a / b if b else None, other)

    def __rtruediv__(self, other):
        return real(other) / self

    def __neg__(self):
        return self.of(lambda a: -a)

    def __pow__(self, other):
        return self.of(power, other)

    def __floordiv__(self, other):
        return REFERENCE.floor(self / other)

    def __mod__(self, other):
        return self - (self // other) * other

    def compared(self, op, other):
        right = real(other)
        if self.value is None or right.value is None:
            return Kleene(None)
        gap = self.value - right.value
        if gap != 0 and abs(gap) < mpmath.mpf(10) ** TINY:
            raise OutOfReachError
        return Kleene(op(gap))

    def __lt__(self, other):
        return self.compared(lambda g: g < 0, other)

    def __le__(self, other):
        return self.compared(lambda g: g <= 0, other)

    def __gt__(self, other):
        return self.compared(lambda g: g > 0, other)

    def __ge__(self, other):
        return self.compared(lambda g: g >= 0, other)

    def __eq__(self, other):
        return self.compared(lambda g: g == 0, other)

    def __ne__(self, other):
        return self.compared(lambda g: g != 0, other)

    __radd__, __rmul__, __hash__ = __add__, __mul__, None


class Kleene:
    """True, False or None."""

    def __init__(self, value):
        self.value = None if value is None else bool(value)

    def __and__(self, other):
        values = {self.value, other.value}
        return Kleene(False if False in values else None if None in values else True)

    def __invert__(self):
        return Kleene(None if self.value is None else not self.value)

    def __or__(self, other):
        return ~(~self & ~other)


def real(value):
    if isinstance(value, Real):
        return value
    return Real(mpmath.mpf(value.numerator) / value.denominator if hasattr(value, "numerator") else value)


def power(a, b):
    if b == mpmath.floor(b):
        return None if a == 0 and b < 0 else a ** int(b)
    return None if a < 0 or (a == 0 and b < 0) else mpmath.power(a, b) if a else mpmath.mpf(0)


def inside(low, high, f, *, edges=True):
    """A function on an interval, with or without its ends."""
    return lambda x: f(x) if (low <= x <= high if edges else low < x < high) else None


def half_even(x):
    lower = mpmath.floor(x + mpmath.mpf(1) / 2)
    return lower - 1 if x + mpmath.mpf(1) / 2 == lower and int(lower) % 2 else lower


INF = mpmath.inf
UNARY = {
    "abs": abs,
    "acos": inside(-1, 1, mpmath.acos),
    "acosh": inside(1, INF, mpmath.acosh),
    "asin": inside(-1, 1, mpmath.asin),
    "asinh": mpmath.asinh,
    "atan": mpmath.atan,
    "atanh": inside(-1, 1, mpmath.atanh, edges=False),
    "ceil": mpmath.ceil,
    "cos": mpmath.cos,
    "cosh": mpmath.cosh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "exp": mpmath.exp,
    "expm1": lambda x: mpmath.exp(x) - 1,
    "floor": mpmath.floor,
    "log": inside(0, INF, mpmath.log, edges=False),
    "log10": inside(0, INF, mpmath.log10, edges=False),
    "log1p": inside(-1, INF, lambda x: mpmath.log(1 + x), edges=False),
    "log2": inside(0, INF, lambda x: mpmath.log(x, 2), edges=False),
    "log_softplus": lambda x: mpmath.log(mpmath.log(1 + mpmath.exp(x))),
    "reciprocal": lambda x: 1 / x if x else None,
    "rint": half_even,
    "round": half_even,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "sign": mpmath.sign,
    "sin": mpmath.sin,
    "sinh": mpmath.sinh,
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "sqrt": inside(0, INF, mpmath.sqrt),
    "square": lambda x: x * x,
    "tan": lambda x: mpmath.sin(x) / mpmath.cos(x),
    "tanh": mpmath.tanh,
    "trunc": lambda x: mpmath.floor(x) if x >= 0 else mpmath.ceil(x),
}
BINARY = {
    "atan2": mpmath.atan2,
    "copysign": lambda a, b: abs(a) if b >= 0 else -abs(a),
    "hypot": mpmath.hypot,
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "maximum": max,
    "minimum": min,
    "pow": power,
}
LISTS = {
    "sum": mpmath.fsum,
    "mean": lambda v: mpmath.fsum(v) / len(v),
    "max": max,
    "min": min,
    "prod": mpmath.fprod,
    "median": lambda v: (sorted(v)[(len(v) - 1) // 2] + sorted(v)[len(v) // 2]) / 2,
    "var": lambda v: mpmath.fsum((x - mpmath.fsum(v) / len(v)) ** 2 for x in v) / len(v),
    "std": lambda v: mpmath.sqrt(LISTS["var"](v)),
    "logsumexp": lambda v: mpmath.log(mpmath.fsum(map(mpmath.exp, v))),
}
MANY = 40  # larger numbers are not exponentiated


class Reference:
    """The names of p.xp on lists of numbers."""

    def __getattr__(self, name):
        if name in UNARY:
            return lambda x: real(x).of(lambda v: UNARY[name](bounded(name, v)))
        if name in BINARY:
            return lambda a, b: real(a).of(lambda v, w: BINARY[name](bounded(name, v), bounded(name, w)), b)
        return lambda numbers: _of_list(name, numbers)

    pi = property(lambda self: Real(+mpmath.pi))

    def stack(self, numbers):
        return [real(x) for x in numbers]

    def where(self, truth, a, b):
        return Real(None) if truth.value is None else real(a) if truth.value else real(b)

    def softmax(self, numbers):
        weights = [self.exp(x) for x in numbers]
        return [w / sum(weights[1:], weights[0]) for w in weights]

    def sort(self, numbers):
        values = [x.value for x in numbers]
        return [Real(None)] * len(values) if None in values else [Real(v) for v in sorted(values)]


def _of_list(name, numbers):
    values = [x.value for x in numbers]
    return Real(None) if None in values else Real(LISTS[name]([bounded(name, v) for v in values]))


def bounded(name, value):
    if abs(value) > MANY and name not in ("abs", "sign", "maximum", "minimum", "max", "min", "sum", "mean", "sqrt"):
        raise OutOfReachError
    return value


REFERENCE = Reference()
