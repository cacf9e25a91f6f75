"""`ncverify measure --html`: the page about a user's own network, and files that try to break out of it."""

from __future__ import annotations

import json
import math
import os
import re

import numpy as np
import pytest

from ncverify.cli import main
from ncverify.commands.feature_file import read_feature_file
from ncverify.commands.measurement import measure
from ncverify.commands.network_page import CAUSES, causes, network_view
from ncverify.metrics import MarginBound, MarginStream
from ncverify.report.bars import BINS, bins, margin_histogram, share_bars
from ncverify.report.heatmap import MOST, condensed, gram, heatmap, simplex_gram
from ncverify.report.network import network_page
from tests.metrics.samples import balanced
from tests.report.test_report import parsed

LARGEST = 3 << 20


def collapsed_file(path, K=4, n=3, d=6, **more):
    """A file of an exactly collapsed network with |W| = |H|, with other arrays on demand."""
    rows = (np.eye(K) - 1 / K) @ np.eye(K, d)
    arrays = {"features": np.repeat(rows, n, axis=0) / n**0.25, "labels": np.repeat(np.arange(K), n)}
    np.savez(path, **(arrays | {"classifier": rows * n**0.25} | more))
    return path


def random_file(path, seed=0, **more):
    features, labels, classifier = balanced(seed)
    np.savez(path, **({"features": features, "labels": labels, "classifier": classifier} | more))
    return path


def page_of(path, tmp_path):
    out = tmp_path / "page.html"
    assert main(["measure", str(path), "--html", str(out)]) == 0
    return out.read_text(encoding="utf-8")


def view_of(path):
    file = read_feature_file(str(path))
    return network_view(file, measure(file, keep_margins=True), str(path))


def test_the_page_nests_names_each_place_once_and_needs_nothing_from_outside(tmp_path):
    html = page_of(random_file(tmp_path / "net.npz"), tmp_path)
    found = parsed(html)
    assert len(found.ids) == len(set(found.ids))
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!#)", html)
    assert "default-src 'none'" in html
    assert {"conclusions", "distance", "margins", "gram", "numbers"} <= set(found.ids)


def test_the_table_or_json_is_printed_as_without_a_page(tmp_path, capsys):
    path = str(random_file(tmp_path / "net.npz"))
    main(["measure", path, "--json"])
    alone = capsys.readouterr().out
    main(["measure", path, "--json", "--html", str(tmp_path / "page.html")])
    assert json.loads(capsys.readouterr().out) == json.loads(alone)


@pytest.mark.skipif(os.name == "nt", reason="such file names do not exist there")
def test_a_hostile_file_name_stays_text(tmp_path):
    name = '<script>alert("x")<:script> & {{ 7 * 7 }} \n"quotes".npz'
    html = page_of(random_file(tmp_path / name), tmp_path)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(&#34;x&#34;)" in html
    assert "{{ 7 * 7 }}" in html
    assert html.count("<script>") == 1
    parsed(html)


def test_a_margin_of_each_sample_agrees_with_the_stream(tmp_path):
    bias = np.array([0.5, -0.5, 0.0, 1.0])
    file = read_feature_file(str(random_file(tmp_path / "net.npz", bias=bias)))
    features = file.features.whole()
    for margins, shift in zip(measure(file, keep_margins=True).sample_margins, (0.0, bias), strict=True):
        stream = MarginStream(file.classifier, bias=shift + np.zeros(4))
        stream.update(features, file.labels)
        assert margins.min() == pytest.approx(stream.q_min, rel=1e-12)
        logits = features.astype(np.float64) @ file.classifier.T + shift
        own = np.take_along_axis(logits, file.labels[:, None], axis=1)[:, 0]
        np.put_along_axis(logits, file.labels[:, None], -np.inf, axis=1)
        np.testing.assert_allclose(margins, own - logits.max(axis=1), rtol=1e-9, atol=1e-12)
    assert measure(file).sample_margins == ()
    assert view_of(tmp_path / "net.npz").legend == ["margins without the bias", "margins with the bias"]


def test_the_causes_are_all_of_the_distance_and_none_is_negative(tmp_path):
    for seed in range(20):
        file = read_feature_file(str(random_file(tmp_path / "net.npz", seed)))
        m = measure(file)
        W, H = (float(np.linalg.norm(x.astype(float))) for x in (file.classifier, file.features.whole()))
        found = causes(m.bound, m.decisions.q_min, H / W)
        distance = m.bound.bound - m.decisions.q_min
        assert sum(value for _, value in found) == pytest.approx(distance, rel=1e-12)
        assert all(value >= 0 for _, value in found)


def test_the_causes_are_those_of_the_rescaled_network(tmp_path):
    file = read_feature_file(str(random_file(tmp_path / "net.npz")))
    scale = math.sqrt(float(np.linalg.norm(file.features.whole())) / float(np.linalg.norm(file.classifier)))
    rescaled = {"classifier": scale * file.classifier, "features": file.features.whole() / scale}
    m = measure(read_feature_file(str(random_file(tmp_path / "rescaled.npz", **rescaled))))
    found = dict(causes(measure(file).bound, measure(file).decisions.q_min, scale**2))
    assert found[CAUSES[1]] == pytest.approx(m.bound.centring, rel=1e-12)
    assert found[CAUSES[2]] == pytest.approx(m.bound.alignment, rel=1e-9)


def test_a_network_without_features_has_the_terms_of_the_point_itself():
    bound = MarginBound(bound=2.0, balanced_bound=0.0, centring=0.5, alignment=1.5, spread=0.0)
    assert [value for _, value in causes(bound, 0.0, 0.0)] == [0.5, 1.5, 0.0]


def test_a_collapsed_network_is_at_its_bound_and_its_gram_matrices_are_the_simplex(tmp_path):
    path = collapsed_file(tmp_path / "net.npz")
    view = view_of(path)
    assert "100.00% of the bound" in view.distance[1]
    assert "Every sample is classified correctly" in view.conclusions[0]
    file = read_feature_file(str(path))
    for rows in (measure(file).class_means, file.classifier):
        np.testing.assert_allclose(gram(rows), simplex_gram(4), atol=8 * np.finfo(float).eps)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"labels": np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 0])}, "unequal sizes"),
        ({"labels": np.roll(np.repeat(np.arange(4), 3), 3)}, "12 of 12 samples are not classified correctly"),
        ({"bias": np.zeros(4)}, "The paper's model has no bias"),
        ({"features": np.zeros((12, 6))}, "because a norm is zero"),
        ({"features": np.zeros((12, 6)), "classifier": np.zeros((4, 6))}, "because a norm is zero"),
        ({"features": np.ones((12, 2)), "classifier": np.eye(4, 2)}, "does not fit in"),
        ({"features": 1e119 * np.ones((12, 6)), "classifier": 1e119 * np.eye(4, 6)}, "not classified correctly"),
        ({"features": 1e-119 * np.eye(12, 6), "classifier": 1e-119 * np.eye(4, 6)}, "not classified correctly"),
    ],
)
def test_what_is_special_is_said_and_every_page_is_whole(tmp_path, more, said):
    html = page_of(collapsed_file(tmp_path / "net.npz", **more), tmp_path)
    assert said in html.replace("&#39;", "'")
    parsed(html)
    graphics = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))
    assert not re.search(r"[ \"](nan|inf)", graphics)


def test_many_classes_give_a_page_of_bounded_size(tmp_path):
    rng = np.random.default_rng(0)
    K, d = 500, 20
    arrays = {
        "features": rng.standard_normal((K, d)),
        "labels": np.arange(K),
        "classifier": rng.standard_normal((K, d)),
    }
    np.savez(tmp_path / "net.npz", **arrays)
    assert len(page_of(tmp_path / "net.npz", tmp_path).encode()) < LARGEST


def test_condensing_keeps_what_is_farthest_from_collapse():
    K = 2 * MOST + 3
    matrix = simplex_gram(K)
    matrix[5, 100] = matrix[100, 5] = 0.7
    small = condensed(matrix)
    assert len(small) <= MOST
    assert (small == 0.7).sum() == 2
    assert (np.diag(small) == 1).all()
    np.testing.assert_array_equal(condensed(simplex_gram(MOST)), simplex_gram(MOST))


def test_rows_that_are_all_the_same_have_no_gram_matrix():
    assert np.isnan(gram(np.ones((3, 2)))).all()
    assert "not defined" in heatmap("means", gram(np.ones((3, 2))))


def test_every_sample_is_in_the_histogram():
    values = np.random.default_rng(1).standard_normal(500)
    edges = bins([values])
    assert np.histogram(values, bins=edges)[0].sum() == 500
    assert len(edges) == BINS + 1
    assert len(bins([np.ones(3)])) == 2
    assert "1 of 500 not above zero" in margin_histogram([("m", np.append(np.full(499, 2.0), -1.0))])


def test_shares_add_up_in_words_and_nothing_has_no_bars():
    assert 'aria-label="a: 75.0%, b: 25.0%"' in share_bars([("a", 3.0), ("b", 1.0)])
    assert share_bars([("a", 0.0)]) == ""
    assert share_bars([("a", math.nan)]) == ""


def test_a_page_that_cannot_be_written_is_an_error_in_one_line(tmp_path, capsys):
    path = random_file(tmp_path / "net.npz")
    for out in (tmp_path, tmp_path / "net.npz" / "page.html", "a\0b"):
        assert main(["measure", str(path), "--html", str(out)]) in (2, 3)
        err = capsys.readouterr().err
        assert err.startswith("ncverify: ")
        assert err.count("\n") == 1


def test_the_same_file_gives_the_same_page(tmp_path):
    path = random_file(tmp_path / "net.npz")
    assert network_page(view_of(path)) == network_page(view_of(path))
