"""Several processes, and a Dask cluster through joblib, come to the very verdict of a serial run."""

import dataclasses
import logging

import joblib
import pytest

from ncverify import Domain, Implication, Inequality, StatementError, falsify
from tests.falsification.points import coordinates

SMALL = Domain(K=(2, 3), n=(1, 2), d=(1, 2))


def bound(p, factor=1):
    return factor * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


STATEMENTS = [
    Inequality("bound", slack=lambda p: bound(p) - p.q_min),
    Inequality("bound lowered by 0.1 %", slack=lambda p: bound(p, 0.999) - p.q_min),
    Implication("below log 2", premise=lambda p: p.loss < p.xp.log(2), conclusion=lambda p: p.q_min > 0),
]


def campaign(statement, workers):
    verdict = falsify(statement, SMALL, seed=3, evaluations=3_000, budget=1e9, workers=workers)
    found = {f.name: getattr(verdict, f.name) for f in dataclasses.fields(verdict) if f.name != "seconds"}
    for name in ("witness", "tightest"):
        found[name] = found[name] and coordinates(found[name])
    return found | {"slack": repr(found["slack"])}


@pytest.fixture(scope="module")
def serial():
    return {statement.name: campaign(statement, 1) for statement in STATEMENTS}


@pytest.mark.slow
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.name)
def test_two_processes_agree_with_the_serial_run(statement, serial):
    assert campaign(statement, 2) == serial[statement.name]


def test_an_error_in_a_worker_is_the_error_of_the_campaign():
    def slack(p):
        if p.K == 3 and p.n == 2:
            raise KeyError("in a worker")
        return p.squared_norm

    domain = Domain(K=(2, 3), n=(1, 2), d=1, where=lambda K, n, d: K == 2 or n != 1)
    with pytest.raises(StatementError, match="in a worker"):
        falsify(Inequality("broken", slack=slack), domain, evaluations=500, workers=2)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="dask's distributed is not installed (extra cluster)")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
    )
    with cluster, distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        yield client


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the cluster's own shutdown
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.name)
def test_a_dask_cluster_of_two_workers_agrees_with_the_serial_run(statement, serial, cluster):
    assert len(cluster.scheduler_info()["workers"]) == 2
    with joblib.parallel_config(backend="dask"):
        assert campaign(statement, 2) == serial[statement.name]
