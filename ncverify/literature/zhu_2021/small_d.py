"""Zhu et al. in small dimensions: a local minimiser that is not global."""

from __future__ import annotations

from typing import Any

from ncverify.kinds import Array
from ncverify.literature._layer_peeled import gradients, hessian_product, objective
from ncverify.literature.zhu_2021.lemmas import SINGULAR
from ncverify.literature.zhu_2021.theorem_3_2 import FALSE_CURVATURE, NEGATIVE
from ncverify.papers import Claim, Correction, Demonstration, Part, Shown
from ncverify.space import Sizes, SpacePoint

K, WEIGHT = 5, 0.01


def _point(W: Array, b: Array, lb: float) -> SpacePoint:
    """(W, W', b) with lW = lH = 1/100 in NumPy float64."""
    variables = {"W": W, "H": W.T.copy(), "b": b, "lW": WEIGHT, "lH": WEIGHT, "lb": lb}
    return SpacePoint(Sizes({"K": K, "d": 2}, (1,) * K), variables)


def _square() -> tuple[Array, Array]:
    """W with four rows at the corners of a square and one at zero, and its bias: stationary for lb = 0."""
    import numpy as np
    from scipy.optimize import fsolve

    def equations(u: Array) -> Any:
        x, B = np.exp(u[0]), np.exp(u[1])
        corner, centre = x + 2 + 1 / x + B, B + 4
        return [4 / centre - 4 * B / corner, (x - 1 / x) / corner - 1 + K * WEIGHT]

    q, beta = fsolve(equations, [5.9, 2.9], xtol=1e-12)
    return np.sqrt(q) * np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [0, 0]]), np.array([0, 0, 0, 0, beta])


def _pentagon(lb: float) -> float:
    """The least f among regular pentagons around zero without a bias."""
    import numpy as np
    from scipy.optimize import minimize_scalar

    turn = 2 * np.pi * np.arange(K) / K
    W = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return float(minimize_scalar(lambda r: float(objective(_point(r * W, np.zeros(K), lb))), bounds=(0.1, 10)).fun)


def _spurious(seed: int, lb: float = 0.0) -> Shown:
    """The square is stationary, with a Hessian >= 0, null for rotation and shift alone, and a pentagon is lower."""
    import numpy as np

    W, b = _square()
    p = _point(W, b, lb)
    columns = [np.concatenate([np.ravel(x) for x in hessian_product(p, *_split(e))]) for e in np.eye(5 * K)]
    spectrum = np.linalg.eigvalsh(np.array(columns))
    residual = max(float(np.abs(x).max()) for x in gradients(p)[:3])
    flat = int(np.sum(np.abs(spectrum) < 1e-10))
    value, better = float(objective(p)), _pentagon(lb)
    holds = residual < 1e-10 and spectrum[0] > -1e-10 and flat == 2 and value > better + 0.005
    least = ", ".join(f"{x:.1e}" for x in spectrum[:4])
    detail = f"gradient {residual:.1e}, least eigenvalues {least}, f = {value:.7f}, at a pentagon {better:.7f}"
    return Shown(bool(holds), detail, value=float(spectrum[2]))


def _split(e: Array) -> tuple[Array, Array, Array]:
    return e[: 2 * K].reshape(K, 2), e[2 * K : 4 * K].reshape(2, K), e[4 * K :]


SPURIOUS = Demonstration(
    "K = 5, d = 2, n = 1, lW = lH = 1/100, lb = 0: a local minimiser that is not global",
    run=_spurious,
    grade="measured",
    control=lambda seed: _spurious(seed, lb=1.0),
)

CLAIMS = (
    Claim(
        id="zhu-small-d",
        where="every dimension",
        kind="claim",
        attribution="reading",
        says="every local minimiser is global for d >= 1",
        printed=r"d\ge1",
        verdict="false",
        reason=(
            "K = 5, d = 2: centre and square is a strict local minimum modulo symmetry, f = 0.319, and a pentagon has "
            "f = 0.310; a reading, no verdict on the paper"
        ),
        severity="local",
        effect="needs d >= K-1",
        parts=(Part(SPURIOUS, refutes=True),),
        correction=Correction(latex=r"d\ge K-1", parts=(NEGATIVE, SINGULAR)),
        neighbours=FALSE_CURVATURE,
    ),
)
