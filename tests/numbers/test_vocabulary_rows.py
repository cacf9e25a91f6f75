"""Every function of the vocabulary, with every argument and rank, gives in every arithmetic what NumPy gives."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
import torch

from ncverify.errors import NotRationalError
from ncverify.numbers import NativeNamespace
from ncverify.numbers.array_functions import ArrayFunctions
from ncverify.numbers.ball import BALL, DOUBTFUL, precision
from ncverify.numbers.composed import ALIASES
from ncverify.numbers.exact import _FUNCTIONS, ExactArray, ExactNamespace
from ncverify.numbers.forms import DOUBTFUL_FORMS, FORMS
from ncverify.numbers.methods import METHODS as METHODS_OF_ARRAYS
from ncverify.numbers.methods import Methods
from ncverify.numbers.numpy_names import _UFUNCS, FUNCTIONS
from ncverify.numbers.operators import _OPERATORS
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.slopes import SLOPES
from ncverify.numbers.tracked import TrackedArray, TrackedNamespace
from ncverify.numbers.truth import Truth
from tests.numbers.vocabulary_rows import METHODS, NUMPY, OPERATIONS, XP

RANKS = {0: (), 1: (3,), 2: (2, 3), 3: (2, 2, 3)}
NATIVE = NativeNamespace(np.ones(()))
TORCH = NativeNamespace(torch.ones((), dtype=torch.float64))
# integer parts are left to balls
LEAVE = """
acos acosh asin asinh atan atan2 atanh cos cosh e erf erfc exp expm1 log log10 log1p log2 log_softmax log_softplus
logaddexp logsumexp pi sigmoid sin sinh softmax softplus tan tanh inf nan arccos arccosh arcsin arcsinh arctan arctan2
arctanh ceil floor floor_divide mod remainder rint round around trunc
"""
IRRATIONAL = set(LEAVE.split())
ROOTS = {"sqrt", "hypot", "std", "corrcoef"}  # of surds are no surds


def drawn(rank, seed):
    """Arrays of dyadic numbers without ties; y > 0, 0 < u < 1 < o."""
    rng = np.random.default_rng((rank, seed))
    shape = RANKS[rank]
    count = int(np.prod(shape))

    def apart(low, high):
        return (rng.permutation(64)[:count].reshape(shape) / 64 * (high - low) + low) + 1 / 256

    square = {0: (), 1: (3,), 2: (3, 3), 3: (2, 3, 3)}[rank]
    s = (rng.permutation(256)[: int(np.prod(square))].reshape(square) - 100) / 64
    v = np.array([1.5, -0.75, 2.25])
    found = {"x": apart(-2, 2), "y": apart(0, 4), "z": apart(-2, 2), "u": apart(0, 1) * 0.96875, "o": apart(1, 2)}
    return {**found, "s": s, "v": v + seed}


def environment(arrays, xp):
    return {"xp": xp, "np": np, "m": math, "F": Fraction, "t": arrays["z"] > arrays["x"], **arrays}


def host(value):
    """What an expression gives, as NumPy arrays of floats or booleans."""
    if isinstance(value, tuple | list):
        return [host(one) for one in value]
    if isinstance(value, ExactArray):
        return np.asarray(np.frompyfunc(value.field.to_float, 1, 1)(value.data), dtype=float)
    if isinstance(value, Truth):
        return value.decided()
    value = getattr(value, "truth", getattr(value, "value", value))
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    value = np.asarray(value)
    return value if value.dtype == bool else value.astype(float)


def rational(arrays):
    return environment({k: RATIONAL.asarray(v) for k, v in arrays.items()}, RATIONAL)


def surds(arrays):
    root = RATIONAL.sqrt(2)
    return environment({k: RATIONAL.asarray(v) * (1 + root / 16) for k, v in arrays.items()}, RATIONAL)


def balls(arrays):
    return environment({k: BALL.asarray(v) for k, v in arrays.items()}, BALL)


def doubtful(arrays):
    known = {k: ExactArray(BALL.asarray(v).data, DOUBTFUL.field) for k, v in arrays.items()}
    return environment(known, DOUBTFUL)


def forms(arrays):
    return environment({k: FORMS.asarray(v) for k, v in arrays.items()}, FORMS)


def doubtful_forms(arrays):
    known = {k: ExactArray(FORMS.asarray(v).data, DOUBTFUL_FORMS.field) for k, v in arrays.items()}
    return environment(known, DOUBTFUL_FORMS)


def tracked(arrays):
    xp = TrackedNamespace(NATIVE)
    return environment({k: xp.track(v) for k, v in arrays.items()}, xp)


def search(arrays):
    xp = TrackedNamespace(TORCH)
    return environment({k: xp.track(torch.as_tensor(v)) for k, v in arrays.items()}, xp)


ARITHMETICS = {f.__name__: f for f in (rational, surds, balls, doubtful, forms, doubtful_forms, tracked, search)}
FACTOR = {"surds": 1 + math.sqrt(2) / 16}


def expected(expression, arrays):
    """What NumPy gives; None where it refuses."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            return host(eval(expression, environment(arrays, NATIVE)))
    except Exception:
        return None


def leaves_the_field(name, expression):
    if name in IRRATIONAL or name in ROOTS or name in ("pow", "power", "float_power"):
        return True
    written = ("0.5", "1.5", "floor", "//", "%", "divmod", "round(", "m.ceil", "m.trunc", "** z", "2 ** x", "** F(")
    return any(part in expression for part in written)


def same(found, wanted):
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(same, found, wanted))
    if found.shape != wanted.shape:
        return False
    if wanted.dtype == bool:
        return bool((found == wanted).all())
    sane = np.isfinite(wanted)
    size = np.abs(wanted[sane]).max(initial=1.0)
    near = np.allclose(found[sane], wanted[sane], rtol=0, atol=1e-11 * size)
    return bool(near and not np.isfinite(found[~sane]).any())


def finite(wanted):
    """Whether NumPy gives numbers."""
    return wanted is not None and bool(np.isfinite(np.hstack([np.ravel(part) for part in np.atleast_1d(wanted)])).all())


def evaluated(expression, names):
    """The value of an expression and no error, or no value and the error."""
    try:
        with precision(128), np.errstate(all="ignore"):
            return host(eval(expression, names)), None
    except Exception as error:
        return None, error


def check(name, expression, arithmetic, *, rank):
    """Compares; returns whether NumPy had a value."""
    arrays = drawn(rank, 0)
    scaled = {key: value * FACTOR.get(arithmetic, 1.0) for key, value in arrays.items()}
    wanted = expected(expression, scaled)
    found, error = evaluated(expression, ARITHMETICS[arithmetic](arrays))
    if isinstance(error, NotRationalError):
        assert leaves_the_field(name, expression), (name, expression, rank)
        return wanted is not None
    if error is not None:
        # NumPy takes axis 0 of a number, and has infinities where exact arithmetic divides by zero
        harmless = rank == 0 and ("axis" in str(error) or isinstance(error, IndexError))
        pole = isinstance(error, ArithmeticError) and not finite(wanted)
        assert wanted is None or harmless or pole, f"{expression} at rank {rank}: {type(error).__name__}: {error}"
        return False
    if wanted is None:  # what NumPy refuses never gets as far as a verdict
        return False
    assert same(found, wanted), f"{expression} at rank {rank}: {found} for {wanted}"
    return True


def expressions():
    for name, rows in XP.items():
        yield name, [f"xp.{name}"] if not rows else [f"xp.{name}({row})" for row in rows]
    for name, rows in NUMPY.items():
        yield f"np.{name}", [f"np.{name}({row})" for row in rows]
    for name, rows in METHODS.items():
        array = "s" if name in ("diagonal", "trace", "dot") else "x"
        yield f".{name}", [f"{array}.{name}" if row is None else f"{array}.{name}({row})" for row in rows]
    yield "operators", list(OPERATIONS)


EXPRESSIONS = dict(expressions())


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_argument_and_rank_gives_what_numpy_gives(name, arithmetic):
    plain = name.removeprefix("np.").removeprefix(".")
    for expression in EXPRESSIONS[name]:
        if expression == "xp.newaxis":
            continue
        met = [check(plain, expression, arithmetic, rank=rank) for rank in RANKS]
        assert any(met), f"NumPy takes {expression} at no rank"


NOT_OF_PYTORCH = {"xp.newaxis", "xp.linspace(x, y, 3)"}  # its ends are numbers there
# Lists, and what asks for the truth of one point.
POINT_BY_POINT = {
    *("xp.unstack(x)", "xp.unstack(x, axis=-1)", "np.unstack(x)", "np.unstack(x, axis=-1)", "np.shape(x)", "x.shape"),
    *("v[v > 0]", "bool(x)", "min(v)", "max(v)", "sorted(v)[0]", "xp.newaxis"),
}


@pytest.mark.parametrize("name", [name for name in EXPRESSIONS if name in XP])
def test_points_of_pytorch_get_what_numpy_gives(name):
    """What a formula says of a point whose arrays are PyTorch's own, where PyTorch takes it."""
    for expression in EXPRESSIONS[name]:
        met = 0
        for rank in RANKS:
            arrays = drawn(rank, 0)
            wanted = expected(expression, arrays)
            try:
                found = eval(expression, environment({k: torch.as_tensor(v) for k, v in arrays.items()}, TORCH))
            except Exception:
                continue  # met again, and reported, where the statement is used
            if wanted is not None and rank > 0 and expression != "xp.newaxis":
                assert same(host(found), wanted), f"{expression} at rank {rank}: {found} for {wanted}"
                met += 1
        assert met or expression in NOT_OF_PYTORCH, f"PyTorch takes {expression} at no rank"


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_many_points_at_once_give_what_each_gives(name):
    """Where a formula can be vectorised over points, every point gets its own value."""
    for expression in EXPRESSIONS[name]:
        met = 0
        for rank in RANKS:
            points = [drawn(rank, seed) for seed in (0, 1)]
            wanted = [expected(expression, arrays) for arrays in points]
            if any(one is None or isinstance(one, list) for one in wanted) or expression == "xp.newaxis":
                continue
            xp = TrackedNamespace(TORCH)

            def evaluated(arrays, expression=expression, xp=xp):
                value = eval(expression, environment({k: xp.track(v) for k, v in arrays.items()}, xp))
                value = getattr(value, "truth", getattr(value, "value", value))
                return value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))

            together = {k: torch.stack([torch.as_tensor(p[k]) for p in points]) for k in points[0]}
            try:
                found = torch.func.vmap(evaluated)(together)
            except Exception:
                continue  # evaluated point by point
            for one, each in zip(found, wanted, strict=True):
                assert same(host(one), each), f"{expression} at rank {rank}: {one} for {each}"
            met += 1
        assert met or expression in POINT_BY_POINT, f"{expression} is vectorised at no rank"


def names_of(namespace):
    return {name for name in dir(namespace) if not name.startswith("_")}


NO_FUNCTIONS = {"exact", "field", "linalg", "larger", "lifted", "native", "numpy_call", "smoothing", "track", "truth"}


def test_every_function_has_a_row():
    own = names_of(ExactNamespace) | names_of(TrackedNamespace) | set(_FUNCTIONS) | set(SLOPES)
    assert own - NO_FUNCTIONS - set(XP) == set()
    spelled = {numpys for numpys, own in ALIASES.items() if own in _UFUNCS}
    ufuncs = {name for name in _UFUNCS | spelled | set(_OPERATORS) if isinstance(getattr(np, name, None), np.ufunc)}
    assert (set(FUNCTIONS) | ufuncs) - set(NUMPY) - {
        "acos",
        "acosh",
        "asin",
        "asinh",
        "atan",
        "atan2",
        "atanh",
        "pow",
    } == set()
    methods = METHODS_OF_ARRAYS | names_of(ExactArray) | names_of(TrackedArray) | names_of(Methods)
    others = {"data", "field", "namespace", "value", "size_of_terms", "magnitude", "item", "nearest_float", "tolist"}
    assert methods - others - set(METHODS) == set()


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_a_function_that_means_another_thing_is_noticed(monkeypatch, arithmetic):
    monkeypatch.setattr(ArrayFunctions, "roll", lambda self, x, shift, axis=0: self.flip(x, axis=axis))
    with pytest.raises(AssertionError, match=r"xp\.roll"):
        test_every_argument_and_rank_gives_what_numpy_gives("roll", arithmetic)


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("np.linalg.svd(s)", r"linalg\.svd"),
        ("np.linalg.qr(s)", r"linalg\.qr"),
        ("np.unique(x)", r"np\.unique"),
        ("np.partition(x, 1)", r"np\.partition"),
        ("np.interp(x, x, x)", r"np\.interp"),
        ("np.sum(x, initial=3)", r"np\.sum with initial="),
        ("np.max(x, where=[True, False, True])", r"np\.max with where="),
        ("np.add.reduce(x)", r"np\.add\.reduce"),
        ("np.exp(x, where=np.array([True, False, True]))", r"np\.exp with where="),
        ("np.array([x[0], x[1]])", r"p\.xp\.stack"),
        ("np.asarray(x)", r"p\.xp\.stack"),
        ("np.gcd(x, x)", r"np\.gcd"),
        ("np.sum(x, dtype=float)", "dtype="),
        ("np.where(x > 0)", "np.where"),
    ],
)
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_what_cannot_be_had_is_refused_by_name(expression, named, arithmetic):
    with pytest.raises((TypeError, AttributeError), match=named):
        eval(expression, ARITHMETICS[arithmetic](drawn(1, 0)))


@pytest.mark.parametrize(("name", "meant"), [("sofmax", "softmax"), ("arctann", "arctan"), ("logsumexpp", "logsumexp")])
@pytest.mark.parametrize("xp", [BALL, TrackedNamespace(NATIVE)])
def test_a_misspelt_function_gets_a_hint(xp, name, meant):
    with pytest.raises(AttributeError, match=rf"did you mean p\.xp\.{meant}"):
        getattr(xp, name)
