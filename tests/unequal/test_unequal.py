"""Points with classes of different sizes: closed forms against automatic differentiation, and against equal classes."""

import pickle

import numpy as np
import pytest
import torch

from ncverify import Inequality, Point, Space, UnequalPoint, Variable, falsify, landscape, losses, model
from ncverify.collapse import has_variability_collapse, residuals, within_class_deviations
from ncverify.metrics import section_4_metrics
from ncverify.numbers import backend_namespace, to_numpy
from ncverify.numbers.ball import BALL
from ncverify.numbers.rational import RATIONAL
from ncverify.separation import kkt_residuals
from ncverify.slack.loss import loss_slack, sphere_bound

SIZES = (3, 1, 2)
TORCH = backend_namespace("torch")
RNG = np.random.default_rng(0)
W, H = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 6))
U, V = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 6))
LABELS = torch.tensor([0, 0, 0, 1, 2, 2])


def point(sizes=SIZES):
    return UnequalPoint(W, H, sizes)


def torch_loss(w, h):
    return torch.nn.functional.cross_entropy((w @ h).T, LABELS, reduction="sum")


def close(found, expected):
    np.testing.assert_allclose(to_numpy(found), to_numpy(expected), rtol=1e-12, atol=1e-13)


def test_loss_gradient_and_hessian_products_are_those_of_autograd():
    w, h = torch.tensor(W, requires_grad=True), torch.tensor(H, requires_grad=True)
    value = torch_loss(w, h)
    value.backward()
    p = point()
    close(p.loss, value.detach())
    close(p.log_loss, value.detach().log())
    close(p.gradient.W, w.grad)
    close(p.gradient.H, h.grad)
    image = torch.autograd.functional.hvp(torch_loss, (w, h), (torch.tensor(U), torch.tensor(V)))[1]
    found = p.hessian_vector_product((U, V))
    close(found.W, image[0].detach())
    close(found.H, image[1].detach())
    other = point((2, 2, 2)).hessian_vector_product((U, V))
    assert np.abs(other.W - found.W).max() > 1e-3


def test_several_directions_at_once():
    p = point()
    both = p.hessian_vector_product((np.stack([U, -U]), np.stack([V, -V])))
    one = p.hessian_vector_product((U, V))
    close(both.W[1], -one.W)
    close(both.H[0], one.H)


def test_equal_sizes_are_a_point():
    p, q = Point(W, H), point((2, 2, 2))
    for name in ("logits", "margins", "q_min", "loss", "log_loss", "logit_gradient", "class_means", "global_mean"):
        close(getattr(q, name), getattr(p, name))
    assert (q.n, q.N, q.labels.tolist()) == (2, 6, p.labels.tolist())
    close(np.array(residuals(q)), np.array(residuals(p)))
    for name, value in vars(section_4_metrics(p)).items():
        close(getattr(section_4_metrics(q), name), value)
    assert repr(q).startswith("UnequalPoint(K=3, d=4, class_sizes=(2, 2, 2)")


def test_means_margins_and_deviations_go_by_class():
    p = point()
    close(p.class_means, np.stack([H[:, :3].mean(axis=1), H[:, 3], H[:, 4:].mean(axis=1)]))
    Z = W @ H
    expected = [min(Z[k, c] - Z[j, c] for j in range(3) if j != k) for c, k in enumerate(LABELS.tolist())]
    close(p.margins, np.array(expected))
    close(within_class_deviations(p)[:, 3], np.zeros(4))
    expected = np.sum(within_class_deviations(p) ** 2) / np.sum(np.array(SIZES) * np.sum(p.class_means**2, axis=1))
    assert float(residuals(p).nc1) ** 2 == pytest.approx(expected)
    collapsed = p.moved(W, p.class_means.T[:, p.labels])
    assert not bool(has_variability_collapse(p))
    assert float(residuals(collapsed).nc1) < 1e-15
    assert section_4_metrics(collapsed).within_class_variation < 1e-15 < section_4_metrics(p).within_class_variation


def test_the_landscape_is_that_of_the_summed_loss():
    """The dense Hessian on the sphere against second differences of the loss along great circles."""
    p = landscape.rescale(point(), 2.0)
    assert p.class_sizes == SIZES
    v = landscape.project(p, (U, V))
    length = float(landscape.norm(v, p.xp))
    v = (v[0] / length, v[1] / length)

    def along(angle):
        c, s = np.cos(angle), 2.0 * np.sin(angle)
        return float(p.moved(c * p.W + s * v[0], c * p.H + s * v[1]).loss)

    step = 1e-3
    slope, curve = (along(step) - along(-step)) / (2 * step), (along(step) - 2 * along(0) + along(-step)) / step**2
    gradient = landscape.riemannian_gradient(p)
    assert float(landscape.inner(gradient, v, p.xp)) * 2 == pytest.approx(slope, rel=1e-5)
    assert float(landscape.rayleigh_quotient(p, v)) * 4 == pytest.approx(curve, rel=1e-4)
    A = landscape.dense_hessian(p)
    x = np.concatenate([v[0].ravel(), v[1].ravel()])
    assert x @ A @ x * 4 == pytest.approx(curve, rel=1e-4)
    low = landscape.smallest_eigenpair(p)
    assert low.value == pytest.approx(np.linalg.eigvalsh(A)[0], abs=1e-8)


def test_descent_stays_among_the_classes_and_falls():
    start = landscape.rescale(point((4, 1, 1)), 3.0)
    end = landscape.minimise_on_sphere(start).point
    assert end.class_sizes == (4, 1, 1)
    assert float(end.loss) < float(start.loss)
    assert float(landscape.stationarity_residual(end)) < 1e-6
    found = landscape.lower_point_on_sphere(start)
    assert found.drop > 0
    assert found.point.class_sizes == (4, 1, 1)


@pytest.mark.parametrize("xp", [RATIONAL, BALL], ids=repr)
def test_it_works_in_exact_arithmetic(xp):
    p = UnequalPoint(xp.asarray(np.round(W * 4)), xp.asarray(np.round(H * 4)), SIZES)
    q = UnequalPoint(np.round(W * 4), np.round(H * 4), SIZES)
    assert p.q_min.nearest_float() == pytest.approx(float(q.q_min))
    zero = p.moved(0 * p.W, 0 * p.H)
    if xp is RATIONAL:
        assert str(zero.logit_gradient.data[0].tolist()) == "[-2/3, -2/3, -2/3, 1/3, 1/3, 1/3]"
    assert bool(xp.all(zero.gradient.W == 0))


def test_it_lives_in_statements():
    space = Space(
        sizes={"K": 2, "d": 1}, classes=("K", (1, 3)), variables={"W": Variable("K", "d"), "H": Variable("d", "N")}
    )

    def slack(factor):
        def value(p):
            q = UnequalPoint(p.W, p.H, p.class_sizes)
            return q.squared_norm * factor - 2 * (q.K - 1) * p.xp.sqrt(p.xp.asarray(min(p.class_sizes))) * q.q_min

        return value

    def status(factor):
        return falsify(Inequality("margin", slack=slack(factor)), space, budget=60, evaluations=3000).status

    assert status(1) == "unfalsified"
    assert status(0.99) == "falsified"


def test_what_is_for_equal_classes_only_is_refused():
    with pytest.raises(AttributeError, match=r"^n: the classes have different sizes, \(3, 1, 2\)"):
        kkt_residuals(point(), np.zeros((3, 6)))
    for function in (loss_slack, sphere_bound):
        with pytest.raises(ValueError, match=r"^p: expected classes of one size, got \(3, 1, 2\)"):
            function(point())


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ((3, 0, 3), ValueError, "class_sizes: expected sizes >= 1, got 0 for class 1: a class without samples"),
        ((3, 3), ValueError, "class_sizes: expected 3 sizes, one for each row of W"),
        ((3, 1, 1), ValueError, "class_sizes: expected sizes that add up to the 6 columns of H"),
        ((3, 1.5, 1.5), TypeError, "class_sizes: expected integers"),
        (6, TypeError, "class_sizes: expected integers"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_by_name(sizes, error, message):
    with pytest.raises(error, match=message):
        point(sizes)


def test_it_can_be_pickled_and_moved_between_libraries():
    p = point()
    again = pickle.loads(pickle.dumps(p))
    assert (again.class_sizes, float(again.loss)) == (SIZES, float(p.loss))
    close(p.map(torch.as_tensor).loss, p.loss)


def test_the_functions_of_the_model_take_class_sizes():
    xp = point().xp
    S = model.logit_differences(W @ H, SIZES, xp)
    close(model.loss(S, SIZES, xp), np.sum(losses.cross_entropy(W @ H, LABELS.tolist(), xp)))
    close(model.logit_gradient(S, SIZES, xp), losses.cross_entropy_gradient(W @ H, LABELS.tolist(), xp))
    D = U @ H
    close(
        model.softmax_jacobian_product(model.logit_gradient(S, SIZES, xp), D, SIZES, xp),
        losses.cross_entropy_hessian_product(W @ H, LABELS.tolist(), xp, D),
    )
    with pytest.raises(ValueError, match=r"^S: expected shape"):
        model.loss(S, (3, 1, 1), xp)
    with pytest.raises(ValueError, match=r"^n: expected n >= 1"):
        model.loss(S, (6, 0, 0), xp)
