"""Theorem 3.2: where the gradient flow goes.

If the loss is below log 2 at some time, then every limit of the direction (W, H) / |(W, H)| of the gradient flow is
along a KKT point of the max-margin problem (3.1): minimise (|W|^2 + |H|^2) / 2 where every s_kij >= 1. The theorem is
true; a step of the printed proof divides by the wrong power of q_min.
"""

import math

from hypothesis import given, settings

from ncverify.flow import gradient_flow, limit_direction, log_time_grid
from ncverify.literature.ulpm_2022._flow_limits import residual_over_bound
from ncverify.papers import Witness
from ncverify.point import Point
from properties.exactly import holds
from properties.strategies.model import points_below_log_2

LOG_T = 1e6


@settings(max_examples=5)
@given(points_below_log_2())
def test_the_limit_direction_is_along_a_kkt_point(start):
    """If L < log 2 at the start, the limit of the direction leaves no stationarity residual beyond its error bar."""
    assert start.loss < math.log(2)
    path = gradient_flow(start, until_log_t=LOG_T, rtol=1e-9, record=log_time_grid(LOG_T, per_decade=4, first=10.0))
    limit = limit_direction(path)
    assert limit.error < 1e-3
    assert residual_over_bound(limit) <= 1


def test_the_printed_proof_divides_by_the_wrong_power():
    """(W, H) / q_min, of which the proof speaks, is not even feasible for (3.1); (W, H) / sqrt(q_min) is."""
    p = Witness(W=[[1], [-1]], H=[[1, -1]]).point()
    divided = Point(p.W / p.q_min, p.H / p.q_min)
    scaled = Point(p.W / p.xp.sqrt(p.q_min), p.H / p.xp.sqrt(p.q_min))
    assert not holds(lambda p: p.q_min >= 1, divided)
    assert holds(lambda p: p.q_min >= 1, scaled)
