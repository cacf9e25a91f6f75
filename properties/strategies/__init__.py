"""Hypothesis strategies for shapes and points of the model."""

from properties.strategies.points import FAMILIES, Drawn, points
from properties.strategies.shapes import shapes

__all__ = ["FAMILIES", "Drawn", "points", "shapes"]
