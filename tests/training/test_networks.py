"""The networks are the published ones, and their last layer is found."""

import pytest
import torch
from torch import nn

from ncverify.recorder.last_layer import LastLayerHook
from training.networks import NETWORKS, build, parameter_count
from training.networks.resnet import resnet18
from training.networks.vgg import vgg13


def counted(build_it):
    with torch.device("meta"):
        return parameter_count(build_it())


@pytest.mark.parametrize(
    ("name", "channels", "count"),
    [
        ("resnet18", 3, 11_173_962),
        ("resnet18", 1, 11_172_810),
        ("vgg13", 1, 9_411_914),
        ("vgg13", 3, 9_413_066),
        ("vgg13-plain", 1, 9_408_970),
    ],
)
def test_the_small_image_networks_have_the_published_number_of_parameters(name, channels, count):
    assert counted(lambda: build(name, (channels, 32, 32))) == count


def test_with_their_published_stem_and_head_they_have_the_published_number_of_parameters():
    def whole(parts):
        body, d = parts
        return nn.Sequential(body, nn.Linear(d, 10))

    assert counted(lambda: whole(resnet18(3, stem="imagenet"))) == 11_181_642
    assert counted(lambda: whole(vgg13(3, norm=False, wide_head=True))) == 128_991_818


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 8)])
def test_every_network_takes_every_image_size(name, shape):
    network = build(name, shape, width=1 / 16).eval()
    with torch.no_grad(), LastLayerHook(network) as hook:
        last = hook(torch.zeros(2, *shape))
    assert last.logits.shape == (2, 10)
    assert last.features.shape == (2, hook.head.classifier.shape[1])


def test_the_seed_alone_decides_the_initial_weights():
    state = torch.get_rng_state()
    first, again, other = (build("mlp", (1, 8, 8), seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.classifier.weight, again.classifier.weight)
    assert not torch.equal(first.classifier.weight, other.classifier.weight)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_bottleneck_sets_the_dimension_of_the_features():
    network = build("mlp", (1, 8, 8), features=4, bias=False)
    with LastLayerHook(network) as hook:
        hook(torch.zeros(2, 1, 8, 8))
    assert hook.head.classifier.shape == (10, 4)
    assert hook.head.bias is None


@pytest.mark.parametrize(("options", "message"), [({"width": 0.0}, "width"), ({"features": 0}, "features")])
def test_sizes_that_are_not_positive_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build("mlp", (1, 8, 8), **options)
    with pytest.raises(ValueError, match="expected one of resnet18"):
        build("lenet", (1, 8, 8))
