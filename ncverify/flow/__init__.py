"""Gradient flow of the layer-peeled model to the end of time."""
