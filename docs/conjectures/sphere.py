"""Two unit vectors and a positive semidefinite matrix."""

from ncverify import Inequality, Space, Variable

SPACE = Space(
    sizes={"m": (2, 3)},
    variables={
        "u": Variable("m", on="sphere"),
        "v": Variable("m", on="sphere"),
        "S": Variable("m", "m", on="psd"),
    },
)

half = Inequality("u'Su is at most half the trace", slack=lambda p: p.xp.trace(p.S) / 2 - p.u @ p.S @ p.u)
