"""Hypothesis strategies for shapes and points of the model, and for the points of a part of a statement."""

from properties.strategies.parts import AnyDrawn, points_of
from properties.strategies.points import FAMILIES, Drawn, points
from properties.strategies.shapes import shapes

__all__ = ["FAMILIES", "AnyDrawn", "Drawn", "points", "points_of", "shapes"]
