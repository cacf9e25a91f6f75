"""Fang et al.: the balanced layer-peeled model, softmax-based losses, the contrastive loss, oversampling."""

from ncverify.literature.fang_2021 import balanced
from properties.checks import checks

_, test_verdict = checks(balanced.CLAIMS)
