"""What is published of each data set: its files, their checksums and sizes, and under which folders they are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A data set as its authors published it.

    Args:
        title: its name in print.
        shape: channels, height and width of an image.
        train: number of training images.
        test: number of test images.
        folders: where its files usually lie below a directory of data sets.
        md5: checksums of the files as published, by role.
    """

    title: str
    shape: tuple[int, int, int]
    train: int
    test: int
    folders: tuple[str, ...]
    md5: dict[str, str]


IDX_NAMES = {
    "training images": ("train-images-idx3-ubyte", "train-images.idx3-ubyte"),
    "training labels": ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte"),
    "test images": ("t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"),
    "test labels": ("t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"),
}


def _idx(title: str, folders: tuple[str, ...], *md5: str) -> Published:
    return Published(title, (1, 28, 28), 60_000, 10_000, folders, dict(zip(IDX_NAMES, md5, strict=True)))


DIGITS_MD5 = "53f7e40161f5d7cb2154c7f26df85a51"  # of the images, then the labels, as `load` holds them
CIFAR_BATCHES = {f"training batch {i}": f"data_batch_{i}" for i in range(1, 6)} | {"test batch": "test_batch"}

PUBLISHED = {
    "mnist": _idx(
        "MNIST",
        ("mnist", "MNIST", "MNIST/raw"),
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    "fashion-mnist": _idx(
        "Fashion-MNIST",
        ("fashion-mnist", "FashionMNIST", "FashionMNIST/raw"),
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    "kmnist": _idx(
        "KMNIST",
        ("kmnist", "KMNIST", "KMNIST/raw"),
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
    "cifar-10": Published(
        "CIFAR-10",
        (3, 32, 32),
        50_000,
        10_000,
        (
            "cifar-10",
            "cifar-10-batches-py",
            "cifar-10-batches-bin",
            "cifar-10/cifar-10-batches-py",
            "cifar-10/cifar-10-batches-bin",
        ),
        {  # of the Python version; the binary version is published in one archive, without checksums of its files
            "training batch 1": "c99cafc152244af753f735de768cd75f",
            "training batch 2": "d4bba439e000b95fd0a9bffe97cbabec",
            "training batch 3": "54ebc095f3ab1f0389bbae665268c751",
            "training batch 4": "634d18415352ddfa80567beed471001a",
            "training batch 5": "482c414d41f54cd18b22e5b47cb7c3cb",
            "test batch": "40351d587109b95175f43aff81a1287e",
        },
    ),
}


def owner(md5: str) -> tuple[str, str] | None:
    """The data set and the role of a published file, known by its checksum."""
    return next(
        ((name, role) for name, about in PUBLISHED.items() for role, sum_ in about.md5.items() if sum_ == md5), None
    )
