"""The forms of other libraries, with the real libraries where they are installed (tox -e ecosystem)."""

import pickle
import sys
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ncverify.metrics import metrics_of
from ncverify.recorder import measured
from tests.recorder.networks import body_and, data

EPS = float(np.finfo(np.float32).eps)
pytestmark = pytest.mark.filterwarnings("ignore")  # those libraries warn of much that is not ours


def imported(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} is not installed; tox -e ecosystem has it")


@pytest.fixture(scope="module")
def metric_class():
    imported("torchmetrics")
    from ncverify.recorder.torchmetrics import NeuralCollapse

    return NeuralCollapse


def sample(K=4, d=6):
    generator = torch.Generator().manual_seed(3)
    labels = torch.arange(53) % K
    features = torch.randn(53, d, generator=generator) + 2 * torch.eye(K, d)[labels]
    return features, labels, torch.randn(K, d, generator=generator)


def fed(metric, parts=((0, 20), (20, 53))):
    features, labels, W = sample()
    for start, stop in parts:
        metric.update(features[start:stop], labels[start:stop], W)
    return metric


@pytest.mark.parametrize("keep", [False, True])
def test_the_metric_gives_the_numbers_of_all_samples(metric_class, keep):
    found = fed(metric_class(4, 6, keep_features=keep)).compute()
    expected = vars(metrics_of(*sample()))
    assert set(expected) - set(found) == (set() if keep else {"within_class_variation"})
    for name, value in found.items():
        assert float(value) == pytest.approx(expected[name], rel=1000 * EPS), name


def test_without_a_classifier_the_numbers_that_need_one_are_left_out(metric_class):
    features, labels, _ = sample()
    metric = metric_class(4, 6)
    metric.update(features, labels)
    assert set(metric.compute()) == {"feature_norm_variation", "feature_cosine_deviation", "within_class_rms"}


def test_the_metric_stands_in_a_collection_moves_resets_and_is_saved(metric_class):
    torchmetrics = imported("torchmetrics")
    features, labels, W = sample()
    metric = metric_class(4, 6)
    collection = torchmetrics.MetricCollection({"collapse": metric}).to("cpu")
    collection.update(features=features, labels=labels, classifier=W)
    found = collection.compute()
    assert float(found["within_class_rms"]) == pytest.approx(metrics_of(*sample()).within_class_rms, rel=1e-5)
    assert collection["collapse"].half().sums.dtype == torch.float64
    collection.reset()
    assert int(collection["collapse"].counts.sum()) == 0
    saved = fed(metric_class(4, 6))
    saved.persistent(True)
    again = metric_class(4, 6)
    again.load_state_dict(saved.state_dict(), strict=False)
    again.persistent(True)
    assert torch.equal(again.sums, saved.sums)
    travelled = pickle.loads(pickle.dumps(saved))
    assert travelled.compute() == saved.compute()


def test_forward_gives_the_batch_s_numbers_and_adds_it_up(metric_class):
    features, labels, W = sample()
    metric = metric_class(4, 6)
    batch = metric(features[:20], labels[:20], W)
    expected = metrics_of(features[:20], labels[:20], W).self_duality_distance
    assert float(batch["self_duality_distance"]) == pytest.approx(expected, rel=1e-5)
    few = metric(features[20:21], labels[20:21], W)
    assert all(torch.isnan(value) for value in few.values())
    metric(features[21:], labels[21:], W)
    assert float(metric.compute()["self_duality_distance"]) == pytest.approx(
        metrics_of(*sample()).self_duality_distance, rel=1e-5
    )


def test_several_processes_add_up_even_when_one_has_nothing(metric_class):
    parts = [fed(metric_class(4, 6), [(0, 20)]), metric_class(4, 6), fed(metric_class(4, 6), [(20, 53)])]
    total = metric_class(4, 6)
    for name, reduce in total._reductions.items():
        setattr(total, name, reduce(torch.stack([getattr(part, name) for part in (parts[1], parts[0], parts[2])])))
    total._update_count = 1
    for name, value in fed(metric_class(4, 6)).compute().items():
        assert float(total.compute()[name]) == pytest.approx(float(value), rel=1e-9), name


def test_the_metric_is_drawn(metric_class):
    pytest.importorskip("matplotlib")
    figure, _ = fed(metric_class(4, 6)).plot()
    assert figure is not None


def test_a_size_that_is_none_is_refused(metric_class):
    with pytest.raises(ValueError, match="K"):
        metric_class(1, 6)


def test_lightning_records_and_logs(tmp_path):
    lightning = imported("lightning.pytorch")
    from lightning.pytorch.loggers import CSVLogger

    from ncverify.recorder.lightning import CollapseCallback

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = body_and(nn.Linear(6, 3))

        def forward(self, x):
            return self.network(x)

        def training_step(self, batch, _):
            return nn.functional.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    loader = DataLoader(TensorDataset(*data()), 16, shuffle=True)
    callback, module = CollapseCallback(last=3, page=tmp_path / "page.html", layers=["network.0"]), Module()
    trainer = lightning.Trainer(
        max_epochs=4, callbacks=[callback], logger=CSVLogger(tmp_path), accelerator="cpu",
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=tmp_path, log_every_n_steps=1,
    )  # fmt: skip
    trainer.fit(module, loader)
    assert [row["epoch"] for row in callback.recorder.rows] == [0, 1, 2, 3]
    assert [row["step"] for row in callback.recorder.rows] == [4, 8, 12, 16]
    assert callback.recorder.rows[-1]["margin"] == measured(module, loader).row["margin"]
    assert "collapse/margin" in next(tmp_path.rglob("metrics.csv")).read_text()
    assert (tmp_path / "page.html").is_file()
    assert len(callback.state_dict()["rows"]) == 4


def test_a_hugging_face_trainer_records_and_logs(tmp_path):
    transformers = imported("transformers")
    imported("accelerate")
    from ncverify.recorder.transformers import CollapseTrainerCallback

    config = transformers.BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=3
    )
    model = transformers.BertForSequenceClassification(config)
    words = torch.randint(0, 20, (24, 5))
    rows = [{"input_ids": words[i], "attention_mask": torch.ones(5).long(), "labels": i % 3} for i in range(24)]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), num_train_epochs=3, per_device_train_batch_size=8, report_to=[], use_cpu=True,
        save_strategy="no", disable_tqdm=True, logging_strategy="no",
    )  # fmt: skip
    callback = CollapseTrainerCallback(epochs="all", page=tmp_path / "page.html")
    trainer = transformers.Trainer(model=model, args=arguments, train_dataset=rows, callbacks=[callback])
    trainer.train()
    assert [row["epoch"] for row in callback.recorder.rows] == [0, 1, 2, 3]
    assert callback.recorder.rows[-1]["step"] == 9
    assert callback.recorder.latest.layer == "classifier"
    assert callback.recorder.latest.means.counts.tolist() == [8, 8, 8]
    assert any("collapse/margin" in entry for entry in trainer.state.log_history)
    assert (tmp_path / "page.html").is_file()


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("torchmetrics", "NeuralCollapse", (3, 4)),
        ("lightning", "CollapseCallback", ()),
        ("transformers", "CollapseTrainerCallback", ()),
    ],
)
def test_without_the_library_the_class_says_what_to_install(module, name, arguments, monkeypatch):
    import importlib

    full = f"ncverify.recorder.{module}"
    monkeypatch.delitem(sys.modules, full, raising=False)
    for hidden in ("torchmetrics", "lightning", "lightning.pytorch.callbacks", "pytorch_lightning", "transformers"):
        monkeypatch.setitem(sys.modules, hidden, None)
    monkeypatch.setitem(sys.modules, "pytorch_lightning.callbacks", None)
    found = getattr(importlib.import_module(full), name)
    monkeypatch.delitem(sys.modules, full, raising=False)
    with pytest.raises(ModuleNotFoundError, match=f"pip install {module}"):
        found(*arguments)
