"""Spaces of points: named variables, sizes and class sizes, the sets that variables lie on, exact points."""

from ncverify.space.point import SpacePoint as SpacePoint
from ncverify.space.sizes import Sizes as Sizes
from ncverify.space.space import Space as Space
from ncverify.space.variable import Variable as Variable
