"""ResNet18, VGG13 and a multilayer perceptron for small images."""

from training.networks.build import NETWORKS, TITLES, build, parameter_count

__all__ = ["NETWORKS", "TITLES", "build", "parameter_count"]
