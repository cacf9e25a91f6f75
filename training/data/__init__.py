"""MNIST, Fashion-MNIST, KMNIST, CIFAR-10 and scikit-learn's digits, read without running anything found in a file."""

from training.data.dataset import CLASSES, Dataset, Split, first_of_each_class, with_label_noise
from training.data.files import DataError
from training.data.load import DATASETS, ENVIRONMENT, load

__all__ = [
    "CLASSES",
    "DATASETS",
    "ENVIRONMENT",
    "DataError",
    "Dataset",
    "Split",
    "first_of_each_class",
    "load",
    "with_label_noise",
]
