"""A paper of somebody's own, as a file: each kind of claim that its author may have."""

from importlib.metadata import entry_points
from pathlib import Path

from tests.processes import python

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = () if entry_points(group="pytest11", name="ncverify") else ("-p", "ncverify.pytest_plugin.plugin")

HEAD = '''\
"""A paper."""

from ncverify import Domain, Inequality, OverShapes, Space, Variable
from ncverify.papers import Claim, Correction, Neighbour, Paper, Part, Witness

SHAPES = Domain(K=(2, 3), n=1, d=(1, 2))
SPACE = Space({"m": (1, 2)}, variables={"x": Variable("m"), "lam": Variable(positive=True)})


def margin(share):
    return Inequality(f"q_min <= {share} |theta|^2", slack=lambda p: share * p.squared_norm - p.q_min)


one = Inequality("q_min <= 1", slack=lambda p: 1 - p.q_min)
square = Inequality(
    "2 lam x_1 <= 1 + lam^2 x_1^2", slack=lambda p: 1 + p.lam**2 * p.x[0] ** 2 - 2 * p.lam * p.x[0]
)
four = OverShapes("K <= 2", predicate=lambda s: 2 - s.K)
six = OverShapes("K <= 3", predicate=lambda s: 3 - s.K)
unmet = Inequality("q_min <= 0 where |theta|^2 < 0", slack=lambda p: -p.q_min, given=[lambda p: -p.squared_norm])
COLLAPSED = Witness(W=[[1], [-1]], H=[[1, -1]])
RIGHT = Correction(latex=r"q_{\\min}\\le|\\theta|^2/2", parts=(Part(margin(0.5), domain=SHAPES),))
'''

CLAIMS = {
    "true": """Claim(id="true", where="Theorem 1", printed="q", verdict="holds", reason="r",
        parts=(Part(margin(0.5), domain=SHAPES),), neighbours=(Neighbour(margin(0.49), SHAPES),))""",
    "false": """Claim(id="false", where="(2)", printed="q", verdict="false", reason="r",
        parts=(Part(margin(0.25), domain=SHAPES, witness=COLLAPSED),), correction=RIGHT)""",
    "gap": """Claim(id="gap", where="Theorem 3", printed="q", verdict="proof-gap", reason="r",
        parts=(Part(margin(0.5), domain=SHAPES), Part(one, role="step", domain=SHAPES, witness=COLLAPSED)),
        correction=RIGHT)""",
    "shapes": """Claim(id="shapes", where="Remark 4", printed="q", verdict="false", reason="r",
        parts=(Part(four, domain=SHAPES, witness=Witness(K=3, n=1, d=1)),),
        correction=Correction(latex="K", parts=(Part(six, domain=SHAPES),)))""",
    "space": """Claim(id="space", where="Lemma 5", printed="q", verdict="holds", reason="r",
        parts=(Part(square, domain=SPACE),))""",
    "open": """Claim(id="open", where="Conjecture 6", printed="q", verdict="open", reason="nobody knows")""",
}
WRONG = {
    "wrong": """Claim(id="wrong", where="Theorem 7", printed="q as printed", verdict="holds", reason="r",
        parts=(Part(margin(0.25), domain=SHAPES),))""",
    "vacuous": """Claim(id="vacuous", where="Theorem 8", printed="q", verdict="holds", reason="r",
        parts=(Part(unmet, domain=SHAPES),))""",
    "neighbour": """Claim(id="neighbour", where="Theorem 9", printed="q", verdict="holds", reason="r",
        parts=(Part(margin(0.5), domain=SHAPES),), neighbours=(Neighbour(margin(0.51), SHAPES),))""",
    "repair": """Claim(id="repair", where="Theorem 10", printed="q", verdict="false", reason="r",
        parts=(Part(margin(0.25), domain=SHAPES, witness=COLLAPSED),),
        correction=Correction(latex="q", parts=(Part(margin(0.26), domain=SHAPES),)))""",
    "witness": """Claim(id="witness", where="Theorem 11", printed="q", verdict="false", reason="r",
        parts=(Part(margin(0.5), domain=SHAPES, witness=COLLAPSED),), correction=RIGHT)""",
}


def write(folder, claims, name="my_paper.py"):
    """A file with a PAPER of some claims."""
    path = folder / name
    path.write_text(
        f'{HEAD}\nPAPER = Paper(key="{path.stem.replace("_", "-")}", title="Mine", authors="Me", claims=(\n    '
        + ",\n    ".join(claims)
        + ",\n))\n",
        encoding="utf-8",
    )
    return path


def pytest_in(folder, *arguments, fresh=False):
    """Pytest with the plugin, run in a folder; `fresh` as in tests/processes.py."""
    options = (*PLUGIN, "-p", "no:cacheprovider", "--ncv-profile", "quick")
    changes = {"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": None}
    return python("-m", "pytest", *options, *arguments, cwd=folder, changes=changes, fresh=fresh, timeout=500)


def without_seconds(ledger):
    """A ledger without what differs between equal runs."""
    return ledger | {"statements": [e | {"seconds": None} for e in ledger["statements"]]}
