"""A numerical referee of "An Unconstrained Layer-Peeled Perspective on Neural Collapse"."""

__version__ = "0.1.0"
