"""What is planned upon, and the choice made on it: the country under a scenario, who is in need, what could be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.files import read_attributes
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.planning.benefits.demand import Demand, Places, demand_of, places_of, weight_of
from commune_coverage.planning.benefits.matrix import BenefitMatrix
from commune_coverage.planning.candidates.costs import with_costs
from commune_coverage.planning.candidates.table import POINTS, candidates_of
from commune_coverage.planning.optimizer.aggregation import Groups, ServiceConstraint, floors_of, grouped, problem_of
from commune_coverage.planning.optimizer.lagrangian_bound import Bound
from commune_coverage.planning.optimizer.milp import solve_milp
from commune_coverage.planning.optimizer.problem import PlanError, Problem
from commune_coverage.planning.optimizer.solve import ROUNDS, TRIES, Move, Plan, choose, evaluate_fixed, moved
from commune_coverage.planning.scenario.costs import Costs
from commune_coverage.planning.scenario.model import THEMES, Pins, Scenario, read_pins
from commune_coverage.planning.simulation.planned_network import with_demand, with_scenario
from commune_coverage.planning.simulation.sandbox import SimulationSandbox
from commune_coverage.runs.run import Run

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PlanningInstance:
    """What is planned upon: the country under the scenario, its places, who is in need, and what could be done."""

    scenario: Scenario
    costs: Costs
    country: Country
    today: Run
    horizon: Run
    places: Places
    demand: Demand
    weight: Floats
    listed: pd.DataFrame
    pins: Pins
    missing: Mapping[str, str]

    @cached_property
    def known_people(self) -> list[Floats]:
        """By theme, the people of each place who live in communes whose gap of it is known."""
        places, communes = self.places, self.communes
        found = []
        for theme in THEMES:
            known = (communes[f"{theme}_evidence"] != DATA_POOR).to_numpy()[places.share_commune]
            counted = np.where(known, places.share_people, 0.0)
            found.append(np.bincount(places.share_place, counted, len(places.people)).astype(np.float64))
        return found

    @cached_property
    def communes(self) -> pd.DataFrame:
        """The commune table of today's network under the demand of the last year."""
        return read_attributes(self.horizon.stages_folder / "commune_gaps.parquet")


@dataclass(frozen=True, eq=False)
class Selection:
    """A plan with the problem that it solves."""

    problem: Problem
    groups: Groups
    plan: Plan
    bound: Bound
    promises: list[ServiceConstraint]
    impossible: list[ServiceConstraint]


def planning_instance(sandbox: SimulationSandbox, scenario: Scenario, costs: Costs) -> PlanningInstance:
    """Today's network under the scenario, who is in need at its end, and all candidates with their costs."""
    country = with_scenario(sandbox.country, scenario)
    today = sandbox.run("today-whole", country)
    horizon = today
    if demand_factor(sandbox, scenario, scenario.last_year) != 1.0:
        horizon = sandbox.run("horizon", in_year(sandbox, country, scenario, scenario.last_year))
    places = places_of(horizon)
    demand, missing = demand_of(horizon, places, scenario)
    if not len(demand):
        why = "; ".join(f"{theme}: {reason}" for theme, reason in missing.items())
        raise PlanError(f"there is nobody to plan for: {why or 'nobody is without what the scenario asks for'}")
    listed = candidates_of(horizon, places, demand, scenario)
    if not len(listed):
        raise PlanError("there is no candidate; lower [candidates] min_people or name more kinds")
    listed = with_costs(listed, horizon, costs, scenario.budget)
    pins = read_pins(scenario.pins, listed["candidate_id"].tolist(), scenario.years)
    return PlanningInstance(
        scenario,
        costs,
        country,
        today,
        horizon,
        places,
        demand,
        weight_of(demand, horizon, scenario),
        listed,
        pins,
        missing,
    )


def demand_factor(sandbox: SimulationSandbox, scenario: Scenario, year: int) -> float:
    """How much more is asked of the network in a year than at the date of the run: more people, and more by each."""
    passed = max(year - sandbox.run_date.year, 0)
    return float(((1 + scenario.growth.people) * (1 + scenario.growth.demand)) ** passed)


def in_year(sandbox: SimulationSandbox, country: Country, scenario: Scenario, year: int) -> Country:
    """The country under the demand of a year."""
    return with_demand(country, demand_factor(sandbox, scenario, year), sandbox.folder / "added" / f"demand-{year}")


def choose_from(
    instance: PlanningInstance,
    benefits: BenefitMatrix,
    start: Integers | None = None,
    tries: int = TRIES,
    rounds: int = ROUNDS,
) -> Selection:
    """The choice among what the candidates offer."""
    problem, groups, promises, impossible = problem_from(instance, benefits)
    plan, bound = choose(problem, start, tries, rounds)
    return Selection(problem, groups, plan, bound, promises, impossible)


def hold_to(
    instance: PlanningInstance, benefits: BenefitMatrix, year: Integers, move: Move | None = None, last_year: int = 0
) -> Selection:
    """A plan that the engines have been asked of, as it is or after a move."""
    problem, groups, promises, impossible = problem_from(instance, benefits)
    if move is not None:
        is_hub = np.isin(instance.listed["kind"].to_numpy(dtype=str), POINTS)
        year = moved(problem, year, move, is_hub, last_year)
    plan, bound = evaluate_fixed(problem, year)
    return Selection(problem, groups, plan, bound, promises, impossible)


def problem_from(
    instance: PlanningInstance, benefits: BenefitMatrix
) -> tuple[Problem, Groups, list[ServiceConstraint], list[ServiceConstraint]]:
    """The problem, its groups, the floors that can be promised and those that cannot."""
    groups = grouped(instance.demand, instance.weight, benefits.items(instance.demand, benefits.gains))
    communes = instance.communes
    served = {
        theme: (communes["people"] - communes[_gap(theme, instance.scenario)]).to_numpy(np.float64)
        for theme in THEMES
        if theme not in instance.missing
    }
    floors, promises, impossible = floors_of(groups, communes, served, instance.scenario)
    weights = instance.scenario.weights
    lost = benefits.people_lost(instance.known_people) @ np.array([weights.internet, weights.delivery, weights.payment])
    lost += benefits.shortfall * np.asarray(groups.covers @ groups.weight)
    problem = problem_of(groups, instance.listed, lost, floors, instance.scenario, *instance.pins)
    return problem, groups, promises, impossible


def proved(chosen: Selection, time_limit_s: float = 600.0) -> Selection:
    """The same with HiGHS' proof, or a better plan."""
    plan = solve_milp(chosen.problem, chosen.plan, chosen.bound, time_limit_s)
    return Selection(chosen.problem, chosen.groups, plan, chosen.bound, chosen.promises, chosen.impossible)


def _gap(theme: str, scenario: Scenario) -> str:
    """The column of people in need."""
    season = "_wet" if scenario.season == "wet" and theme != "internet" else ""
    return f"{theme}_gap{season}_people"
