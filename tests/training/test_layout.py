"""The memory layout of convolutions: wide ones gain by channels_last, narrow ones would corrupt the heap on AVX2."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.processes import python
from training.layout import memory_format
from training.loop import _check_norms
from training.networks import build

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
# What PyTorch and oneDNN use on a processor with AVX2 and without AVX-512, here on any processor that has both.
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MALLOC_CHECK_": "3", "OMP_NUM_THREADS": "1"}
STEPS = """
import sys, torch
from training.layout import memory_format
from training.loop import _check_norms
from training.networks import build
for width in sys.argv[1:]:
    network = build("resnet18", (1, 28, 28), width=float(width))
    network.to(memory_format=memory_format(network, torch.device("cpu")))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(network(torch.randn(32, 1, 28, 28)), torch.arange(32) % 10)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("trained", width)
"""
WIDTHS = ["0.02", "0.05", "0.11", "0.125"]


@pytest.mark.parametrize(
    ("name", "width", "expected"),
    [
        ("resnet18", 0.02, torch.contiguous_format),
        ("resnet18", 0.11, torch.contiguous_format),
        ("resnet18", 0.125, torch.channels_last),
        ("vgg13", 0.05, torch.contiguous_format),
        ("vgg13", 1.0, torch.channels_last),
        ("mlp", 0.05, torch.channels_last),
    ],
)
def test_narrow_convolutions_keep_the_usual_layout_on_a_cpu(name, width, expected):
    assert memory_format(build(name, (1, 28, 28), width=width), CPU) is expected


def test_a_gpu_always_gets_channels_last():
    assert memory_format(build("resnet18", (1, 28, 28), width=0.02), torch.device("cuda")) is torch.channels_last


@pytest.fixture(scope="module")
def on_avx2():
    """The training at all widths, one after the other; a heap that one of them corrupts ends the process."""
    return python("-c", STEPS, *WIDTHS, cwd=ROOT, changes=AVX2, fresh=True, timeout=600)


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_training_survives_the_kernels_of_avx2(on_avx2, width):
    assert f"trained {width}\n" in on_avx2.stdout, on_avx2.stderr[-500:]
    assert (on_avx2.returncode, on_avx2.stdout.count("\n")) == (0, len(WIDTHS)), on_avx2.stderr[-500:]


def test_one_image_at_one_pixel_is_refused_before_the_first_step():
    network = build("resnet18", (1, 8, 8), width=0.125)
    network[0].eval()
    modes = [layer.training for layer in network.modules()]
    with pytest.raises(ValueError, match="batch: 10 images in batches of 9 leave one image to a process"):
        _check_norms(network, (1, 8, 8), 10, 9, world=1)
    with pytest.raises(ValueError, match="batch normalisation sees one pixel"):
        _check_norms(network, (1, 8, 8), 32, 16, world=10)
    assert [layer.training for layer in network.modules()] == modes


def test_what_has_a_variance_is_not_refused():
    assert _check_norms(build("resnet18", (1, 8, 8), width=0.125), (1, 8, 8), 10, 8, world=1) is None
    assert _check_norms(build("resnet18", (1, 28, 28), width=0.125), (1, 28, 28), 10, 9, world=1) is None
    assert _check_norms(build("mlp", (1, 8, 8), width=0.125), (1, 8, 8), 10, 9, world=1) is None
