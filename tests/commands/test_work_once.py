"""Work that is done once: the labels of a file are checked once, the logits of a sample computed once."""

from collections import Counter

import numpy as np
import pytest

from ncverify.cli import main
from ncverify.commands import labels as read_labels
from ncverify.commands.feature_file import read_feature_file
from ncverify.metrics import CollapseMetrics, MarginStream, place
from ncverify.metrics.leaders import Scores

K, n, d = 4, 30, 3


@pytest.fixture
def path(tmp_path):
    rng = np.random.default_rng(0)
    labels, classifier = rng.permutation(np.repeat(np.arange(K), n)), rng.standard_normal((K, d))
    features = (classifier[labels] + 0.1 * rng.standard_normal((K * n, d))).astype(np.float32)
    target = tmp_path / "net.npz"
    np.savez(target, features=features, labels=labels, classifier=classifier, bias=rng.standard_normal(K))
    return str(target)


@pytest.fixture
def spent(monkeypatch):
    """How many labels were checked, and how many rows were multiplied with a classifier."""
    found = Counter()
    for module in (read_labels, place):

        def counted(labels, *rest, check=module.checked_labels, **options):
            found["labels"] += len(labels)
            return check(labels, *rest, **options)

        monkeypatch.setattr(module, "checked_labels", counted)
    exact = Scores.exact

    def scored(self, x):
        found["logits" if len(self.biases) > 1 else "scores"] += len(x)
        return exact(self, x)

    monkeypatch.setattr(Scores, "exact", scored)
    return found


@pytest.mark.parametrize("options", [[], ["--json"], ["--html"]])
def test_measure_checks_each_label_once_and_computes_each_logit_once(path, spent, options, tmp_path, capsys):
    pages = [str(tmp_path / "page.html")] if options == ["--html"] else []
    assert main(["measure", path, *options, *pages]) == 0
    # the other scores are those of the class means, for NC4
    assert spent == {"labels": K * n, "logits": K * n, "scores": K * n}


def test_the_counter_sees_work_that_is_done_twice(path, spent):
    file = read_feature_file(path)
    assert spent["labels"] == K * n
    features = file.features.whole()
    CollapseMetrics(K, d).update(features, file.labels)
    MarginStream(file.classifier, bias=file.bias).update(features, file.labels)
    assert (spent["labels"], spent["scores"]) == (3 * K * n, K * n)
