"""The same optimum as spopt's maximal covering location problem, which knows one year and a number of sites."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from commune_coverage.planning.optimizer.milp import solve_milp
from commune_coverage.planning.optimizer.problem import FREE, Problem
from commune_coverage.planning.optimizer.solve import choose

pytest.importorskip("spopt", reason="spopt is not installed: make setup installs it")

# What chooses is compiled once.
pytestmark = pytest.mark.xdist_group("plan")


@pytest.mark.parametrize(("seed", "sites"), [(1, 3), (2, 6), (3, 10)])
def test_same_optimum_as_spopt(seed: int, sites: int) -> None:
    draw = np.random.default_rng(seed)
    demand, candidates, radius = draw.random((250, 2)) * 100, draw.random((60, 2)) * 100, 12.0
    weight, away = np.round(draw.exponential(100, 250)) + 1, cdist(demand, candidates)
    problem = Problem(
        csr_matrix((away <= radius).T.astype(float)),
        weight,
        np.ones(1),
        np.zeros(60),
        np.ones(60),
        np.zeros(60),
        np.array([float(sites)]),
        np.arange(60),
        np.full(60, FREE),
        np.zeros(60, dtype=np.int64),
    )
    plan, bound = choose(problem)
    ours = solve_milp(problem, plan, bound, 60.0)
    assert ours.is_proven
    theirs = _covered(away, weight, radius, sites)
    assert ours.value == pytest.approx(theirs)
    assert plan.value >= 0.98 * theirs
    assert plan.bound >= theirs


def _covered(away: np.ndarray, weight: np.ndarray, radius: float, sites: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pulp
        from spopt.locate import MCLP

        solved = MCLP.from_cost_matrix(away, weight, radius, sites).solve(pulp.PULP_CBC_CMD(msg=False))
    return float(pulp.value(solved.problem.objective))
