"""Fang et al.: losses of softmax type, the contrastive loss, oversampling."""

from ncverify.literature.fang_2021 import losses
from properties.checks import checks

_, test_verdict = checks(losses.CLAIMS)
