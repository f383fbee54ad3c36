"""What is planned on, and the choice made on it: the country under a scenario, who is in need, what could be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.errors import PlanError
from commune_coverage.core.files import read_attributes
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.planning.benefits.matrix import BenefitMatrix
from commune_coverage.planning.candidates.costs import add_costs
from commune_coverage.planning.candidates.table import POINTS, candidates_of
from commune_coverage.planning.demand import Demand, Places, demand_of, places_of, weight_of
from commune_coverage.planning.optimizer.aggregation import (
    DemandGroups,
    UnitConstraint,
    group_demand,
    problem_of,
    service_constraints,
)
from commune_coverage.planning.optimizer.lagrangian_bound import Bound
from commune_coverage.planning.optimizer.milp import solve_milp
from commune_coverage.planning.optimizer.problem import Problem
from commune_coverage.planning.optimizer.solve import (
    MAX_ROUNDS,
    MAX_TRIALS,
    Move,
    Plan,
    apply_move,
    choose,
    evaluate_fixed,
)
from commune_coverage.planning.planned_network import with_demand, with_scenario
from commune_coverage.planning.sandbox import REPORTED, SimulationSandbox
from commune_coverage.planning.scenario.costs import Costs
from commune_coverage.planning.scenario.model import THEMES, FixedDecisions, Scenario, read_fixed_decisions
from commune_coverage.runs.run import Run

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PlanningInstance:
    """What is planned on: the country under the scenario, its places, who is in need, and what could be done.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    costs : Costs
        Unit costs.
    country : Country
        The country with the scenario's thresholds.
    today, horizon : Run
        Today's network under today's demand, and under that of the last year.
    places : Places
        All places with people.
    demand : Demand
        Items of people in need at the horizon.
    weight : ndarray of float64, shape (items,)
        What one person of each item counts for.
    listed : DataFrame, J rows
        Candidates with their costs.
    decisions : FixedDecisions
        What is pinned and forbidden.
    missing : mapping of str to str
        Themes that are not planned, with the reason.
    """

    scenario: Scenario
    costs: Costs
    country: Country
    today: Run
    horizon: Run
    places: Places
    demand: Demand
    weight: Floats
    listed: pd.DataFrame
    decisions: FixedDecisions
    missing: Mapping[str, str]

    @cached_property
    def known_people(self) -> list[Floats]:
        """By theme, the people of each place who live in communes whose gap of it is known."""
        places, communes = self.places, self.communes
        people = []
        for theme in THEMES:
            known = (communes[f"{theme}_evidence"] != DATA_POOR).to_numpy()[places.share_commune]
            counted = np.where(known, places.share_people, 0.0)
            people.append(np.bincount(places.share_place, counted, len(places.people)).astype(np.float64))
        return people

    @cached_property
    def communes(self) -> pd.DataFrame:
        """The commune table of today's network under the demand of the last year."""
        return read_attributes(self.horizon.stages_folder / "commune_gaps.parquet")


@dataclass(frozen=True, eq=False)
class Selection:
    """A plan with the problem that it solves.

    Parameters
    ----------
    problem : Problem
        The problem.
    groups : DemandGroups
        Its demand groups.
    plan : Plan
        What is built, when.
    bound : Bound
        Bound of the plan.
    constraints : list of UnitConstraint, length F
        Service constraints of the problem, row by row.
    infeasible : list of UnitConstraint
        Service constraints that all candidates together cannot meet.
    """

    problem: Problem
    groups: DemandGroups
    plan: Plan
    bound: Bound
    constraints: list[UnitConstraint]
    infeasible: list[UnitConstraint]


def planning_instance(sandbox: SimulationSandbox, scenario: Scenario, costs: Costs) -> PlanningInstance:
    """Set up what is planned on: today's network under the scenario, who is in need, all candidates with their costs.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    scenario : Scenario
        The scenario.
    costs : Costs
        Unit costs.

    Returns
    -------
    PlanningInstance
        With at least one item of demand and one candidate.

    Raises
    ------
    PlanError
        When nobody is in need, there is no candidate, or the fixed decisions cannot be used.
    """
    country = with_scenario(sandbox.country, scenario)
    today = sandbox.run("today-whole", country, REPORTED)
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
    return PlanningInstance(
        scenario=scenario,
        costs=costs,
        country=country,
        today=today,
        horizon=horizon,
        places=places,
        demand=demand,
        weight=weight_of(demand, horizon, scenario),
        listed=add_costs(listed, horizon, costs, scenario.budget),
        decisions=read_fixed_decisions(scenario.fixed_decisions, listed["candidate_id"].tolist(), scenario.years),
        missing=missing,
    )


def demand_factor(sandbox: SimulationSandbox, scenario: Scenario, year: int) -> float:
    """Compute how much the demand on the network grows from the date of the run to a year.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Has the date of the run.
    scenario : Scenario
        Has the growth of people and of demand.
    year : int
        Calendar year.

    Returns
    -------
    float
        Factor on the busy-hour demand, 1.0 for no growth.
    """
    passed = max(year - sandbox.run_date.year, 0)
    return float(((1 + scenario.growth.people) * (1 + scenario.growth.demand)) ** passed)


def in_year(sandbox: SimulationSandbox, country: Country, scenario: Scenario, year: int) -> Country:
    """Put the country under the demand of a year.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Into whose folder the link budgets are written.
    country : Country
        The country.
    scenario : Scenario
        Has the growth.
    year : int
        Calendar year.

    Returns
    -------
    Country
        The same where nothing grows.
    """
    return with_demand(country, demand_factor(sandbox, scenario, year), sandbox.folder / "added" / f"demand-{year}")


def select_candidates(
    instance: PlanningInstance,
    benefits: BenefitMatrix,
    start: Integers | None = None,
    max_trials: int = MAX_TRIALS,
    max_rounds: int = MAX_ROUNDS,
) -> Selection:
    """Choose among the candidates by their benefits.

    Parameters
    ----------
    instance : PlanningInstance
        What is planned on.
    benefits : BenefitMatrix
        Whom each candidate would serve.
    start : ndarray of int64, shape (J,), optional
        A plan that the result is never worse than.
    max_trials, max_rounds : int
        Trials of local search and subgradient steps at most.

    Returns
    -------
    Selection
        The plan.

    Raises
    ------
    PlanError
        When the fixed decisions cost more than there is.
    """
    setup = problem_setup(instance, benefits)
    plan, bound = choose(setup.problem, start, max_trials, max_rounds)
    return _selected(setup, plan, bound)


def evaluate_fixed_plan(
    instance: PlanningInstance,
    benefits: BenefitMatrix,
    build_year: Integers,
    move: Move | None = None,
    last_year: int = 0,
) -> Selection:
    """Evaluate a plan that has been simulated, as it is or after a move.

    Parameters
    ----------
    instance : PlanningInstance
        What is planned on.
    benefits : BenefitMatrix
        Whom each candidate would serve.
    build_year : ndarray of int64, shape (J,)
        Year index of each candidate.
    move : {"drop_late_sites", "fill_budget"}, optional
        Applied first.
    last_year : int
        Year index up to which "drop_late_sites" leaves sites in.

    Returns
    -------
    Selection
        The plan and its bound.
    """
    setup = problem_setup(instance, benefits)
    if move is not None:
        is_hub = np.isin(instance.listed["kind"].to_numpy(dtype=str), POINTS)
        build_year = apply_move(setup.problem, build_year, move, is_hub, last_year)
    plan, bound = evaluate_fixed(setup.problem, build_year)
    return _selected(setup, plan, bound)


class ProblemSetup(NamedTuple):
    """The planning problem of an instance.

    Parameters
    ----------
    problem : Problem
        The problem.
    groups : DemandGroups
        Its demand groups.
    constraints, infeasible : list of UnitConstraint
        Service constraints of the problem, and those that all candidates together cannot meet.
    """

    problem: Problem
    groups: DemandGroups
    constraints: list[UnitConstraint]
    infeasible: list[UnitConstraint]


def problem_setup(instance: PlanningInstance, benefits: BenefitMatrix) -> ProblemSetup:
    """Set up the planning problem of an instance.

    Parameters
    ----------
    instance : PlanningInstance
        What is planned on.
    benefits : BenefitMatrix
        Whom each candidate would serve.

    Returns
    -------
    ProblemSetup
        The problem, its groups and service constraints.
    """
    scenario, communes = instance.scenario, instance.communes
    groups = group_demand(instance.demand, instance.weight, benefits.items(instance.demand, benefits.gains))
    served = {
        theme: (communes["people"] - communes[_gap_column(theme, scenario)]).to_numpy(np.float64)
        for theme in THEMES
        if theme not in instance.missing
    }
    matrix, constraints, infeasible = service_constraints(groups, communes, served, scenario)
    weights = np.array([scenario.weights.internet, scenario.weights.delivery, scenario.weights.payment])
    loss = benefits.people_lost(instance.known_people) @ weights
    loss += benefits.shortfall * np.asarray(groups.covers @ groups.weight)
    problem = problem_of(groups, instance.listed, loss, matrix, scenario, instance.decisions)
    return ProblemSetup(problem, groups, constraints, infeasible)


def prove_selection(selection: Selection, time_limit_s: float = 600.0) -> Selection:
    """Let HiGHS prove a plan optimal, or find a better one.

    Parameters
    ----------
    selection : Selection
        The plan.
    time_limit_s : float
        Seconds that HiGHS may take.

    Returns
    -------
    Selection
        The best plan known, with the bound that is proven.
    """
    return replace(selection, plan=solve_milp(selection.problem, selection.plan, selection.bound, time_limit_s))


def _selected(setup: ProblemSetup, plan: Plan, bound: Bound) -> Selection:
    return Selection(setup.problem, setup.groups, plan, bound, setup.constraints, setup.infeasible)


def _gap_column(theme: str, scenario: Scenario) -> str:
    """Name the column of people in need."""
    season = "_wet" if scenario.season == "wet" and theme != "internet" else ""
    return f"{theme}_gap{season}_people"
