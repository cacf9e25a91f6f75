"""ResNet18, VGG13 and a multilayer perceptron for small images, and a hook for the last layer of any network."""

from training.networks.build import NETWORKS, TITLES, build, parameter_count
from training.networks.last_layer import FeatureHook, LastLayer, unwrapped

__all__ = ["NETWORKS", "TITLES", "FeatureHook", "LastLayer", "build", "parameter_count", "unwrapped"]
