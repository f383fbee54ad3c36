"""Obligations as floors of a plan: which are, from when, and what a nation's floor needs, by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from commune_coverage.config.obligations import Obligation
from commune_coverage.planning.optimizer.aggregation import DemandGroups, service_constraints
from commune_coverage.planning.scenario.model import Budget, Scenario
from commune_coverage.planning.scenario.obligations import left_out, with_obligations

SCENARIO = Scenario(name="s", first_year=2027, last_year=2030, budget=Budget(per_year=1.0))


def obligation(**stated: object) -> Obligation:
    given = {"id": "x", "title": "T", "speed_mbps": 10, "share": 0.8, "by": date(2029, 12, 31), "source": "licence"}
    return Obligation(**(given | stated))


@pytest.mark.parametrize(
    ("by", "year"),
    [("2029-12-31", 2029), ("2029-12-30", 2028), ("2030-01-01", 2029), ("2024-06-30", 2027), ("2027-12-31", 2027)],
)
def test_a_floor_holds_from_the_last_year_that_ends_before_the_day(by: str, year: int) -> None:
    scenario = with_obligations(SCENARIO, [obligation(by=by, level="province", codes=["01"])], 10.0)
    (rule,) = scenario.service_constraints
    assert (rule.theme, rule.level, rule.codes, rule.share, rule.by) == ("internet", "province", ["01"], 0.8, year)


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ({"speed_mbps": 25}, "people with 10 Mbps"),
        ({"technology": "4g", "speed_mbps": None}, "people with 10 Mbps"),
        ({"technology": "4g", "speed_mbps": None, "operator": "One"}, "people with 10 Mbps"),
        ({"measure": "land"}, "serves people"),
        ({"basis": "declared"}, "serves people"),
        ({"by": "2031-12-31"}, "after 2030"),
        ({"share": 0.0}, "nobody"),
    ],
)
def test_what_the_planner_cannot_serve_is_named_with_the_reason(stated: dict[str, object], why: str) -> None:
    listed = [obligation(**stated)]
    assert with_obligations(SCENARIO, listed, 10.0).service_constraints == []
    assert why in left_out(SCENARIO, listed, 10.0)["x"]
    unasked = SCENARIO.model_copy(update={"obligations": False})
    assert left_out(unasked, listed, 10.0) == {}


def test_the_speed_is_the_scenario_s_own_where_it_has_one() -> None:
    faster = SCENARIO.model_copy(update={"high_speed_mbps": 25.0})
    assert with_obligations(faster, [obligation(speed_mbps=25)], 10.0).service_constraints
    assert not with_obligations(faster, [obligation()], 10.0).service_constraints
    unasked = SCENARIO.model_copy(update={"obligations": False})
    assert not with_obligations(unasked, [obligation()], 10.0).service_constraints


def test_a_nation_s_floor_needs_the_people_of_all_communes() -> None:
    communes = pd.DataFrame({"commune_code": ["a", "b", "c"], "people": [100.0, 200.0, 300.0]})
    zeros = np.zeros(2, dtype=np.int64)
    people = np.array([50.0, 120.0])
    groups = DemandGroups(csr_matrix(np.eye(2)), zeros, np.array([0, 2]), people, people, zeros)
    scenario = with_obligations(SCENARIO, [obligation(share=0.8)], 10.0)
    served = {"internet": np.array([40.0, 150.0, 170.0])}
    matrix, feasible, infeasible = service_constraints(groups, communes, served, scenario)
    (constraint,) = feasible
    assert (infeasible, constraint.level, constraint.unit) == ([], "nation", "")
    assert constraint.needed_people == pytest.approx(0.8 * 600 - 360)
    assert matrix.people.toarray().tolist() == [[50.0, 120.0]]
