"""The pieces of a plan by hand, on a line of six places: what its simulation says of each choice, rows and money."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from commune_coverage.planning import demand
from commune_coverage.planning.benefits.matrix import BenefitMatrix
from commune_coverage.planning.candidates.points import _away
from commune_coverage.planning.candidates.table import _with_lockers
from commune_coverage.planning.demand import Places
from commune_coverage.planning.optimizer.aggregation import _fixed_years
from commune_coverage.planning.optimizer.problem import FORBIDDEN, FREE, Problem, no_constraints
from commune_coverage.planning.optimizer.solve import over_budget
from commune_coverage.planning.planned_network import fibre_rows, point_rows
from commune_coverage.planning.reports import verify as check
from commune_coverage.planning.reports.comparison import budget_curve_rows
from commune_coverage.planning.scenario.model import Weights
from commune_coverage.planning.simulation import refinement
from commune_coverage.planning.simulation.correction import corrected
from commune_coverage.planning.simulation.networks import BuiltNetworks, SimulatedNetwork
from commune_coverage.planning.simulation.refinement import Round

# Places at these metres along a line, with so many people.
X_M = np.array([0.0, 1000, 2000, -500, 100, -200])
PEOPLE = np.array([10.0, 20, 30, 40, 50, 60])
# A is built in the first year at 0 m, B in the second at 2000 m, C at 900 m never.
LISTED = pd.DataFrame({"kind": ["build", "upgrade", "share"], "x_m": [0.0, 2000, 900], "y_m": 0.0})
BUILD_YEAR = np.array([0, 1, 3])


def _places() -> Places:
    nobody, one = np.zeros(6, dtype=np.int64), np.arange(6)
    return Places(X_M, np.zeros(6), PEOPLE, nobody, one, nobody, PEOPLE)


def _benefits(alone: list[list[int]], losses: list[list[int]], shortfall: list[float]) -> BenefitMatrix:
    matrix, none = csr_matrix(np.array(alone, dtype=float)), csr_matrix((3, 6))
    lost = csr_matrix(np.array(losses, dtype=float))
    gains: dict[Any, csr_matrix] = {"internet": matrix, "delivery": none, "payment": none}
    return BenefitMatrix(gains, gains, gains, gains, gains | {"internet": lost}, np.array(shortfall))


def _built(with_plan: list[list[int]], without: list[list[int]]) -> list[BuiltNetworks]:
    return [
        BuiltNetworks(2027 + index, *(SimulatedNetwork(pd.DataFrame(), {"internet": row == 1}) for row in pair))
        for index, pair in enumerate(zip(np.array(with_plan), np.array(without), strict=True))
    ]


ALONE = [[1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0]]
WITH_PLAN = [[1, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 1], [1, 1, 1, 1, 1, 1]]
# The fourth place is served by what stands today, the last until demand grows.
WITHOUT = [[0, 0, 0, 1, 0, 1], [0, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0]]


def test_a_place_counts_for_the_choice_of_the_year_in_which_the_simulation_serves_it() -> None:
    """The second place is served in the second year only, so by B; the fifth and sixth by A, which is the nearest."""
    benefits = _benefits(ALONE, [[0] * 6, [0] * 6, [0, 0, 1, 0, 0, 0]], [0.5, 0.5, 0.5])
    found = corrected(benefits, LISTED, _places(), BUILD_YEAR, _built(WITH_PLAN, WITHOUT))
    assert found.gains["internet"].toarray().tolist() == [[1, 0, 0, 0, 1, 1], [0, 1, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0]]
    # In the second year the fourth and fifth place lose their service by B; in the third A, the nearer, gives it back.
    assert found.losses["internet"].toarray().tolist() == [[0, 0, 0, -1, -1, 0], [0, 0, 0, 1, 1, 0], [0, 0, 1, 0, 0, 0]]


def test_what_the_chosen_fall_short_of_together_is_taken_off_the_others() -> None:
    """Alone 10 and 20 people for three years and 30 for two are 150; 20 people come a year later: 20 of 150."""
    benefits = _benefits(ALONE, [[0] * 6] * 3, [0.5, 0.5, 0.5])
    found = corrected(benefits, LISTED, _places(), BUILD_YEAR, _built(WITH_PLAN, WITHOUT))
    assert found.shortfall.tolist() == [0, 0, pytest.approx(20 / 150)]
    hub = LISTED.assign(kind=["build", "upgrade", "pickup"])
    assert corrected(benefits, hub, _places(), BUILD_YEAR, _built(WITH_PLAN, WITHOUT)).shortfall.tolist() == [0, 0, 0.5]


def test_a_plan_without_sites_says_nothing_of_them() -> None:
    benefits = _benefits(ALONE, [[0] * 6, [0] * 6, [0, 0, 1, 0, 0, 0]], [0.25, 0.5, 0.75])
    found = corrected(benefits, LISTED, _places(), np.full(3, 3), _built(WITHOUT, WITHOUT))
    assert found.shortfall.tolist() == [0.25, 0.5, 0.75]
    assert found.gains["internet"].toarray().tolist() == ALONE
    assert found.losses["internet"].sum() == 1


def test_people_years_are_weighted_by_theme_and_years_after_the_last_gain_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refinement, "corrected", lambda *_: "corrected")
    weights = Weights(internet=2.0, delivery=0.5, payment=1.0)
    instance: Any = SimpleNamespace(scenario=SimpleNamespace(weights=weights), listed=LISTED, places=_places())
    selection: Any = SimpleNamespace(plan=SimpleNamespace(build_year=BUILD_YEAR, met=np.array([True, False, True])))
    simulated: list[Any] = [
        {"internet": 100.0, "delivery": 40.0, "payment": 3.0},
        {"internet": 120.0, "delivery": 50.0, "payment": 5.0},
    ]
    found = refinement._evaluated(instance, None, selection, [], Round(simulated, simulated))  # type: ignore[arg-type]
    # 2 * 220 people of the internet, half of 90 of delivery, 8 of payment.
    assert found.people_years == 440 + 45 + 8
    assert found.score == (2, 493)


def test_the_next_move_is_the_first_that_changes_the_plan_while_there_are_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans = {"same": [0, 1, 3], "other": [0, 3, 3], "third": [3, 3, 3]}

    def moved(_: object, benefits: object, build_year: np.ndarray, move: str, last_year: int) -> Any:
        assert (benefits, build_year.tolist(), last_year) == ("corrected", [0, 1, 3], 2)
        return SimpleNamespace(plan=SimpleNamespace(build_year=np.array(plans[move])))

    monkeypatch.setattr(refinement, "evaluate_fixed_plan", moved)
    best: Any = SimpleNamespace(
        selection=SimpleNamespace(plan=SimpleNamespace(build_year=BUILD_YEAR)), benefits="corrected", last_year=2
    )
    moves: list[Any] = ["same", "other", "third"]
    found = refinement._next_move(None, best, moves, 1)  # type: ignore[arg-type]
    assert found is not None
    assert found.plan.build_year.tolist() == [0, 3, 3]
    assert moves == ["third"]
    assert refinement._next_move(None, best, moves, 0) is None  # type: ignore[arg-type]
    assert refinement._next_move(None, best, ["same"], 1) is None  # type: ignore[arg-type, list-item]


def test_an_estimate_is_near_enough_over_all_years_and_in_each() -> None:
    def of(*expected: float) -> Round:
        return Round([{"internet": people} for people in expected], [{"internet": 100.0}] * len(expected))

    assert of(100.9, 99.1).is_near_enough
    assert of(100.9, 100).is_near_enough
    assert not of(101.1, 98.9).is_near_enough
    assert not of(100.9, 100.2).is_near_enough
    assert of(101, 98).difference_share == pytest.approx(0.02)
    assert of(101, 98).whole_difference_share == pytest.approx(-0.005)
    assert of(90).difference_by_year == pytest.approx([-0.1])


CHOSEN = pd.DataFrame(
    {
        "candidate_id": ["build@1", "fibre@2", "agent@3", "build_locker@4", "pickup@5"],
        "kind": ["build", "fibre", "agent", "build_locker", "pickup"],
        "place_name": ["", "hall", "shop", "planned site", "market"],
        "lon": [104.0, 105, 106, 107, 108],
        "lat": [11.0, 12, 13, 14, 15],
    }
)


def test_of_what_is_chosen_fibre_agents_and_hubs_are_rows_of_their_own_layers() -> None:
    assert fibre_rows(CHOSEN).to_numpy().tolist() == [["fibre@2", "", 105.0, 12.0]]
    assert point_rows(CHOSEN, "payments").to_numpy().tolist() == [["agent@3", "agent", "shop", 106.0, 13.0]]
    assert point_rows(CHOSEN, "hubs").to_numpy().tolist() == [
        ["build_locker@4", "locker", "planned site", 107.0, 14.0],
        ["pickup@5", "pick-up point", "market", 108.0, 15.0],
    ]


def test_a_new_site_stands_once_more_with_a_locker_and_nothing_else_does() -> None:
    again = _with_lockers(CHOSEN.assign(why=""))
    assert again[["candidate_id", "kind", "place_name"]].to_numpy().tolist() == [
        ["build_locker@1", "build_locker", "planned site"]
    ]


def test_a_year_is_over_its_budget_by_a_hundredth_and_not_by_rounding() -> None:
    def over(budget: float) -> list[tuple[int, float]]:
        return over_budget(_problem(np.array([budget, 2.02])), np.array([0, 2]))

    # 10 of capital and 2 a year.
    assert over(12.0) == over(12.0 - 1e-9) == []
    assert over(11.99) == [(0, pytest.approx(0.01))]


def _problem(budget: np.ndarray) -> Problem:
    """Two candidates of 10 and 2 a year, of which each serves one of two groups of 40 people."""
    return Problem(
        covers=csr_matrix(np.eye(2)),
        weight=np.full(2, 40.0),
        year_value=np.ones(2),
        loss=np.zeros(2),
        capital=np.full(2, 10.0),
        yearly=np.full(2, 2.0),
        budget=budget,
        alternatives=np.arange(2),
        fixed_year=np.full(2, FREE),
        first_year=np.zeros(2, np.int64),
        carry_over=True,
        constraints=no_constraints(2),
    )


@pytest.mark.xdist_group("plan")
def test_what_one_more_person_costs_is_the_money_more_over_the_people_more() -> None:
    """14 build one of the two, 28 both; more buys nobody."""
    problem = _problem(np.array([28.0, 0.0]))
    groups = SimpleNamespace(covers=problem.covers, people=np.full(2, 40.0))
    selection = SimpleNamespace(problem=problem, groups=groups, plan=SimpleNamespace(build_year=np.zeros(2, np.int64)))
    table = budget_curve_rows(SimpleNamespace(selection=selection)).set_index("budget_share")  # type: ignore[arg-type]
    assert table.loc[[0.4, 0.5, 0.9, 1.0, 1.5], "expected_people"].tolist() == [0, 40, 40, 80, 80]
    assert table.loc[[0.4, 0.5, 0.9, 1.0, 1.5], "spent"].tolist() == [0, 14, 14, 28, 28]
    # 14 for the first 40 people and 14 for the others.
    assert table["marginal_cost_per_person"].dropna().to_dict() == {0.5: 14 / 40, 1.0: 14 / 40}


def _fixed(pinned: dict[str, int | None], capital: list[float], yearly: list[float], carry_over: bool) -> list[int]:
    names = ["a", "b", "c", "d", "e", "f"][: len(capital)]
    decisions: Any = SimpleNamespace(pinned=pinned, forbidden={"d"})
    scenario: Any = SimpleNamespace(first_year=2027, budget=SimpleNamespace(carry_over=carry_over))
    budget = np.array([100.0, 60, 60])
    return _fixed_years(names, decisions, np.array(capital), np.array(yearly), budget, scenario).tolist()


def test_what_is_pinned_without_a_year_is_built_in_the_first_that_can_pay_all_that_follows() -> None:
    """After a of 2028 there are 100, 5 and 55 left, after b 55, 0 and 50, after c 5, 0 and 50, after e 5, 0 and 4."""
    pinned: dict[str, int | None] = {"a": 2028, "b": None, "c": None, "e": None, "f": None}
    capital, yearly = [50.0, 40, 50, 1, 45, 10], [5.0, 5, 0, 0, 1, 0]
    # Nobody can pay for f, so it is of the last year.
    assert _fixed(pinned, capital, yearly, carry_over=False) == [1, 0, 0, FORBIDDEN, 2, 2]
    assert _fixed({"b": None}, [1.0, 100], [1.0, 0], carry_over=False) == [FREE, 0]
    assert _fixed({"b": None}, [1.0, 100.01], [1.0, 0], carry_over=False) == [FREE, 2]
    # Saved, 100 and 60 pay for 160 in the second year, and with 1 a year in the third.
    assert _fixed({"b": None}, [1.0, 160], [1.0, 0], carry_over=True) == [FREE, 1]
    assert _fixed({"b": None}, [1.0, 160], [1.0, 1], carry_over=True) == [FREE, 2]


def test_nothing_is_opened_within_250_m_of_a_hub() -> None:
    hubs = pd.DataFrame({"x_m": [0.0, 3000], "y_m": [0.0, 0]})
    spots = np.array([[0.0, 250], [0, 251], [3200, 0], [1500, 0]])
    assert _away(spots, hubs).tolist() == [False, True, False, True]
    assert _away(spots, hubs.iloc[:0]).all()


def test_the_checker_names_what_is_wrong() -> None:
    """It is no checker if it never objects."""
    sites = pd.DataFrame(
        {
            "candidate_id": ["a", "b", "c"],
            "kind": ["build", "build", "share"],
            "operator": ["One", "Two", "One"],
            "year": [2027, 2027, 2028],
            "fund_capital": [100.0, 50.0, 10.0],
            "fund_yearly": [1.0, 1.0, 1.0],
            "x_m": [0.0, 1000.0, 9e6],
            "y_m": 0.0,
            "alternative": ["p", "p", "q"],
        }
    )
    standing = pd.DataFrame({"x_m": [500.0], "y_m": [0.0], "operator": ["Three"]})
    # 150 of capital and two running costs, then 10 and three.
    assert check.money_faults(sites, {2027: 100.0, 2028: 100.0}, False) == [
        "2027: 152.00 is spent, 52.00 more than there is"
    ]
    assert check.money_faults(sites, {2027: 152.0, 2028: 12.99}, False) == []
    # What the first year leaves is there for the second only where it is carried over.
    assert check.money_faults(sites, {2027: 200.0, 2028: 12.0}, True) == []
    assert check.money_faults(sites, {2027: 200.0, 2028: 12.0}, False) == [
        "2028: 13.00 is spent, 1.00 more than there is"
    ]
    assert check.money_faults(sites, {2027: 160.0, 2028: 4.0}, True) == [
        "2028: 13.00 is spent, 1.00 more than there is"
    ]
    assert check.sharing_faults(sites, standing, 3000.0, 3) == [
        "a: built within 3000 m of a site that can be shared",
        "a: built within 3000 m of another that is built",
        "b: built within 3000 m of a site that can be shared",
        "b: built within 3000 m of another that is built",
        "c: shares a site that does not stand",
    ]
    full = pd.DataFrame({"x_m": [9e6, 9e6 + 100], "y_m": 0.0, "operator": ["Three", "Four"]})
    assert check.sharing_faults(sites.iloc[2:], full, 3000.0, 2) == ["c: more than 2 operators on one site"]
    assert check.alternative_faults(sites) == ["p: a, b"]
    assert check.fixed_decision_faults(sites, {"x": None, "a": 2028}, {"b"}) == [
        "x is pinned and not in the plan",
        "a is pinned to 2028 and built in 2027",
        "b is forbidden and in the plan",
    ]


def test_demand_is_of_all_who_are_not_served_where_figures_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places 1, 3 and 4 are not served; the fourth is half in a commune without data; delivery is not known at all."""
    served = {"internet": np.array([True, False, True, False, False, True])}
    monkeypatch.setattr(demand, "served_flags", lambda _, theme, season: served.get(theme) if season == "wet" else None)
    table = pd.DataFrame({"internet_evidence": ["modelled", "data-poor"], "delivery_evidence": "modelled"})
    monkeypatch.setattr(demand, "read_attributes", lambda _: table)
    share_place, share_commune = np.array([0, 1, 2, 3, 4, 4, 5]), np.array([0, 0, 0, 0, 0, 1, 0])
    places = Places(
        X_M, np.zeros(6), PEOPLE, share_place * 0, share_place, share_commune, np.array([10.0, 20, 30, 0, 25, 25, 60])
    )
    scenario: Any = SimpleNamespace(weights=Weights(internet=1.0, delivery=1.0, payment=0.0), season="wet")
    found, missing = demand.demand_of(SimpleNamespace(stages_folder=tmp_path), places, scenario)  # type: ignore[arg-type]
    assert missing == {"delivery": "its layers are not there", "payment": "the scenario gives it no weight"}
    assert (found.theme.tolist(), found.place.tolist(), found.commune.tolist()) == ([0, 0], [1, 4], [0, 0])
    assert found.people.tolist() == [20, 25]
