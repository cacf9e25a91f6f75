"""The map from features to logits in a last layer: logits = W h + b, held against the logits that came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ncverify.kinds import Array

Rounding = tuple[float, float]


@dataclass(frozen=True)
class Head:
    """An affine map from features to logits, on the host in float64.

    Args:
        classifier: W, shape (K, d).
        bias: shape (K,), or None.
        normalised: it takes h / |h| in the place of h.
        binary: the network has one logit z for two classes; W and b are those of (-z/2, z/2).
        note: how it was read from the layer, "" for a plain W h + b.
        rounding: (of the result, of what is multiplied) in the layer, in units of their size.
    """

    classifier: np.ndarray
    bias: np.ndarray | None
    normalised: bool = False
    binary: bool = False
    note: str = ""
    rounding: Rounding = (0.0, 0.0)

    def features(self, h: torch.Tensor) -> torch.Tensor:
        """The features that the classifier is multiplied with, shape (N, d)."""
        h = h.detach().reshape(-1, h.shape[-1])
        return nn.functional.normalize(h, dim=1) if self.normalised else h

    def logits(self, z: torch.Tensor) -> torch.Tensor:
        """The network's logits, shape (N, K)."""
        z = z.detach()
        if not self.binary:
            return z.reshape(-1, len(self.classifier))
        z = z.reshape(-1, 1)
        return torch.cat([-z / 2, z / 2], dim=1)

    def gives(self, features: torch.Tensor, logits: torch.Tensor) -> bool:
        """Whether logits (N, K) are W h + b up to rounding."""
        W, b = _on(self.classifier, features), None if self.bias is None else _on(self.bias, features)
        return _close(_map(features.to(W.dtype), W, b), features, W, b, logits, self.rounding)


def read_head(layer: nn.Module, h: torch.Tensor, z: torch.Tensor, made: torch.dtype | None = None) -> Head | None:
    """The head of a layer that made z from h, or None where no affine map of h or h / |h| is found.

    Tried in this order: the layer's W h + b; a multiple of it; the affine map that the layer is on unit vectors
    (adapters, hooks); W or h or both normalised, with a factor.

    Args:
        layer: with a weight (K, d), or any module that takes vectors (B, d).
        h: its input, shape (..., d).
        z: logits, shape (..., K).
        made: dtype of the layer's output, where z is a wider copy of it.
    """
    h, K = h.detach(), z.shape[-1]
    flat, logits = h.reshape(-1, h.shape[-1]), z.detach().reshape(-1, K)
    wide = torch.float64 if flat.dtype == torch.float64 else torch.float32
    for weight, bias, normalised, note in _candidates(layer, flat, K):
        rows = (nn.functional.normalize(flat, dim=1) if normalised else flat).to(wide)
        W, b = weight.detach().to(wide), None if bias is None else bias.detach().to(wide)
        rounding = _rounding(weight.dtype, (flat.dtype, z.dtype, made or z.dtype), normalised=normalised)
        fitted = _fitted(rows, W, b, logits, rounding)
        if fitted is None:
            continue
        factor, share = fitted
        if factor != 1 or share != 1:
            note = f"{note}, " if note else ""
            note += (
                f"times {factor:.6g}" if factor == share or b is None else f"W times {factor:.6g}, b times {share:.6g}"
            )
        return _head(weight, bias, factor, share, normalised=normalised, note=note, rounding=rounding)
    return None


def _head(
    weight: Array, bias: Array, factor: float, share: float, *, normalised: bool, note: str, rounding: Rounding
) -> Head:
    W = weight.detach().double().cpu().numpy() * factor
    b = None if bias is None else bias.detach().double().cpu().numpy() * share
    if len(W) > 1:
        return Head(W, b, normalised, False, note, rounding)
    both = np.array([[-0.5], [0.5]])
    note = f"{note}; one logit z as (-z/2, z/2)".removeprefix("; ")
    return Head(both * W, None if b is None else both[:, 0] * b, normalised, True, note, rounding)


def _rounding(weight: torch.dtype, passed: tuple[torch.dtype, ...], *, normalised: bool) -> Rounding:
    """Of the result: the widest among the dtypes that it passed; of what is multiplied: where autocast narrows it."""
    narrow = max(torch.finfo(dtype).eps for dtype in passed)
    return narrow, narrow if normalised or narrow > torch.finfo(weight).eps else 0.0


Candidate = tuple[torch.Tensor, torch.Tensor | None, bool, str]


def _candidates(layer: nn.Module, h: torch.Tensor, K: int) -> Iterator[Candidate]:
    weight: Any = getattr(layer, "weight", None)
    bias, d = getattr(layer, "bias", None), h.shape[1]
    has_weight = isinstance(weight, torch.Tensor) and tuple(weight.shape) == (K, d)
    bias = bias if isinstance(bias, torch.Tensor) and tuple(bias.shape) == (K,) else None
    if has_weight:
        yield weight, bias, False, ""
    probed = _probed(layer, h, K)
    if probed is not None:
        yield *probed, False, f"the affine map that {type(layer).__name__} is"
    if not has_weight:
        return
    rows = nn.functional.normalize(weight.detach(), dim=1)
    for W, normalised, name in (
        (rows, True, "cosine classifier, features and classifiers normalised"),
        (weight, True, "features normalised"),
        (rows, False, "classifiers normalised"),
    ):
        yield W, None, normalised, name
        if bias is not None:
            yield W, bias, normalised, name


def _probed(layer: nn.Module, h: torch.Tensor, K: int) -> tuple[torch.Tensor, torch.Tensor] | None:
    """(W, b) with layer(h) = W h + b at zero and at the unit vectors; None where it does not take them."""
    d = h.shape[1]
    try:
        images = layer(torch.cat([h.new_zeros(1, d), torch.eye(d, dtype=h.dtype, device=h.device)])).detach()
    except Exception:  # any layer, any demand on its input
        return None
    if tuple(images.shape) != (d + 1, K):
        return None
    return (images[1:] - images[0]).T.contiguous(), images[0].clone()


def _fitted(
    rows: torch.Tensor, W: torch.Tensor, b: torch.Tensor | None, logits: torch.Tensor, rounding: Rounding
) -> tuple[float, float] | None:
    """(c, t) with logits = c W h + t b up to rounding: (1, 1), or by least squares; None where none are."""
    plain = rows @ W.T
    if _close(plain if b is None else plain + b, rows, W, b, logits, rounding):
        return 1.0, 1.0
    columns = [plain.reshape(-1).double()] + ([] if b is None else [b.expand(len(rows), -1).reshape(-1).double()])
    table, wanted = torch.stack(columns, dim=1), logits.reshape(-1).double()
    if len(wanted) < 4 * len(columns) or not bool(torch.isfinite(wanted).all() and torch.isfinite(table).all()):
        return None
    coefficients = torch.linalg.lstsq(table.cpu(), wanted.cpu().unsqueeze(1), driver="gelsd").solution[:, 0].tolist()
    c, t = float(coefficients[0]), float(coefficients[-1])
    if abs(c - t) <= 1e-4 * abs(c):
        c = t = float(wanted.dot(table.sum(dim=1)) / table.sum(dim=1).square().sum())
    if c == 0:
        return None
    scaled = None if b is None else t * b
    close = _close(c * plain if scaled is None else c * plain + scaled, rows, c * W, scaled, logits, rounding)
    return (c, t) if close else None


def _close(
    made: torch.Tensor,
    h: torch.Tensor,
    W: torch.Tensor,
    b: torch.Tensor | None,
    logits: torch.Tensor,
    rounding: Rounding,
) -> bool:
    """Whether two computations of d products and a sum differ by no more than their rounding, entry by entry.

    Sums are taken in float32 or wider, which is bounded; where autocast rounds what is multiplied, the errors of a sum
    are taken as independent, and six standard deviations are allowed.
    """
    d, unit = h.shape[1], torch.finfo(made.dtype).eps
    narrow, inside, wide = rounding[0], 2 * (d + 8) * unit, h.to(made.dtype)
    sizes = inside * torch.outer(wide.norm(dim=1), W.norm(dim=1))
    if rounding[1]:
        sizes += 6 * rounding[1] * (wide.square() @ W.square().T).sqrt()
    sizes += 4 * max(narrow, unit) * (made.abs() + (0 if b is None else b.abs()))
    return bool(((made - logits.to(made.dtype)).abs() <= sizes).all())


def _map(h: torch.Tensor, W: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
    return h @ W.T if b is None else h @ W.T + b


def _on(array: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    wide = torch.float64 if like.dtype == torch.float64 else torch.float32
    return torch.from_numpy(array).to(device=like.device, dtype=wide)
