"""The planner's choice on made-up demand: how long it takes, how far from the best it can be, against HiGHS.

National size is 20,000 groups of demand, 5,000 candidates and 9 years, two networks under one budget. HiGHS solves the
linear programme of a tenth of it, which is the bound that ours comes near.
"""

from __future__ import annotations

import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from benchmarks.clock import Result, cost_of, interleave, ratio
from benchmarks.fixture import Fixture
from commune_coverage.planning.optimizer.milp import linear_bound
from commune_coverage.planning.optimizer.problem import FREE, Problem
from commune_coverage.planning.optimizer.solve import Plan, choose

OURS, HIGHS = "greedy with swaps, and its bound", "HiGHS' linear programme"
NATIONAL, TENTH = (20_000, 5_000, 9), (2_000, 500, 9)
_SIDE_KM, _TOWNS, _TOWN_KM = 420.0, 200, 25.0
_SEED = 5


class Once(NamedTuple):
    """One choice in a process of its own."""

    cpu_s: float
    wall_s: float
    gap_share: float
    chosen: int
    peak_mb: float


def plan(fixture: Fixture) -> Result:
    """The default country is planned at a tenth, any other at national size too."""
    small = made_up(*TENTH)
    found: dict[str, Any] = {}

    def ours() -> None:
        found["plan"] = choose(small)[0]

    def theirs() -> None:
        found["linear"] = linear_bound(small)

    ours()
    costs = interleave({OURS: ours, HIGHS: theirs}, fixture.rounds)
    mine: Plan = found["plan"]
    agreement = {
        "bound below HiGHS' linear programme, share": max(1 - mine.bound / found["linear"], 0.0),
        "bound above HiGHS' linear programme, share": max(mine.bound / found["linear"] - 1, 0.0),
        "plan below the bound, share": mine.gap_share,
    }
    facts: dict[str, Any] = {"groups, candidates, years": TENTH}
    if fixture.country_path.parent.name != "default":
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            once = pool.submit(choose_once, *NATIONAL).result()
        facts |= {"national: groups, candidates, years": NATIONAL} | {
            f"national: {name}": value for name, value in once._asdict().items()
        }
    return Result("plan", [ratio(costs, OURS, HIGHS, at_most=1.0)], agreement, facts)


def choose_once(groups: int, candidates: int, years: int) -> Once:
    """A choice, compiled before it is timed."""
    choose(made_up(200, 50, years))
    problem, found = made_up(groups, candidates, years), []
    cost = cost_of(lambda: found.append(choose(problem)[0]))
    chosen: Plan = found[-1]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Once(cost.cpu_s, cost.wall_s, chosen.gap_share, int((chosen.build_year < problem.never).sum()), peak_mb)


def made_up(groups: int, candidates: int, years: int) -> Problem:
    """People about towns, sites and hubs among them that reach some km, and money for an eighth of them all."""
    draw = np.random.default_rng(_SEED)
    part = groups / NATIONAL[0]
    towns = draw.random((max(int(_TOWNS * part), 1), 2)) * _SIDE_KM * np.sqrt(part)
    people = towns[draw.integers(0, len(towns), groups)] + draw.normal(0, _TOWN_KM, (groups, 2))
    weight = np.exp(draw.normal(4.5, 1.2, groups))
    at = people[draw.choice(groups, candidates, p=weight / weight.sum())] + draw.normal(0, 1, (candidates, 2))
    of_group, is_hub = draw.integers(0, 2, groups), draw.integers(0, 2, candidates)
    reach_km = np.where(is_hub == 1, draw.uniform(6, 16, candidates), draw.uniform(4, 12, candidates))
    pairs = cKDTree(at).sparse_distance_matrix(cKDTree(people), 16.0, output_type="ndarray")
    row, column = pairs["i"], pairs["j"]
    near = (pairs["v"] <= reach_km[row]) & (is_hub[row] == of_group[column])
    covers = csr_matrix((np.ones(int(near.sum())), (row[near], column[near])), (candidates, groups))
    kinds = np.where(is_hub == 1, draw.choice([3e3, 15e3, 40e3], candidates), draw.choice([3e4, 6e4, 1e5], candidates))
    capital = kinds * draw.uniform(0.8, 1.5, candidates)
    budget = np.full(years, capital.sum() / 8 / years)
    return Problem(
        covers,
        weight,
        np.ones(years),
        np.zeros(candidates),
        capital,
        capital * 0.1,
        budget,
        np.arange(candidates),
        np.full(candidates, FREE),
        np.zeros(candidates, dtype=np.int64),
    )
