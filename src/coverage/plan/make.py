"""A plan from the country file and a scenario: candidates, what they would serve, the choice, and the networks built.

The order is that of ``make_plan``. Figures that are published come from the stages of a night run on the networks as
the plan leaves them at the end of each year; the optimiser's own estimate stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.country import Country
from coverage.plan.bound import Bound
from coverage.plan.built import with_demand, with_scenario, write_built
from coverage.plan.candidates import candidates_of
from coverage.plan.choose import ROUNDS, TRIES, Plan, choose
from coverage.plan.costs import Costs
from coverage.plan.demand import Demand, Places, demand_of, places_of, served_flags, weight_of
from coverage.plan.groups import Groups, Promise, floors_of, grouped, problem_of
from coverage.plan.money import with_costs
from coverage.plan.offer import Offer, corrected, offer_of
from coverage.plan.pins import Pins, read_pins
from coverage.plan.problem import PlanError, Problem
from coverage.plan.prove import prove
from coverage.plan.scenario import THEMES, Scenario, Theme
from coverage.plan.workshop import Workshop
from coverage.runs import Run
from coverage.store import read_geo

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NEAR_ENOUGH_SHARE = 0.005
"""An estimate so near to what the engines say is not corrected any more."""


@dataclass(frozen=True, eq=False)
class Scene:
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

    @property
    def communes(self) -> pd.DataFrame:
        """The commune table of today's network under the demand of the last year."""
        return pd.DataFrame(read_geo(self.horizon.stages_folder / "commune_gaps.parquet"))


@dataclass(frozen=True, eq=False)
class Chosen:
    """A plan with the problem that it solves."""

    problem: Problem
    groups: Groups
    plan: Plan
    bound: Bound
    promises: list[Promise]
    impossible: list[Promise]


@dataclass(frozen=True, eq=False)
class Built:
    """The network at the end of a year, computed: the commune table with the plan and without."""

    year: int
    run: Run
    with_plan: pd.DataFrame
    without: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Round:
    """What the optimiser expected of a plan at the end, and what the engines then said, by theme."""

    expected: dict[Theme, float]
    found: dict[Theme, float]

    @property
    def difference_share(self) -> float:
        """How far the estimate of all people newly served is off, in parts of what the engines say."""
        said = sum(self.found.values())
        return abs(sum(self.expected.values()) - said) / said if said > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Made:
    """A whole plan."""

    scene: Scene
    offer: Offer
    chosen: Chosen
    years: list[Built]
    rounds: list[Round] = field(default_factory=list)


def make_plan(workshop: Workshop, scenario: Scenario, costs: Costs, folder: Path, *, proven: bool = False) -> Made:
    """Plan, run the engines on it, learn from the difference and plan again; then every year's network."""
    scene = set_scene(workshop, scenario, costs)
    offer = offer_of(workshop, scene.horizon.country, scene.listed, scene.places, scene.demand, scenario)
    chosen, offer, rounds = learn(workshop, scene, offer, folder)
    if proven:
        chosen = proved(chosen)
    years = [network_of(workshop, scene, chosen.plan.year, index, folder) for index in range(len(scenario.years))]
    return Made(scene, offer, chosen, years, rounds)


def learn(workshop: Workshop, scene: Scene, offer: Offer, folder: Path) -> tuple[Chosen, Offer, list[Round]]:
    """Choose, run the engines on the choice and correct the offer by them, until the estimate is near enough.

    The choice and the offer that it was made from: the difference of the last round is that of the plan.
    """
    scenario, last = scene.scenario, len(scene.scenario.years) - 1
    before = served_by_theme(scene.horizon, scenario)
    rounds: list[Round] = []
    chosen = choose_from(scene, offer)
    while True:
        workshop.report("rounds", len(rounds), scenario.rounds + 1)
        run = build(workshop, scene, chosen.plan.year, last, folder)
        after = served_by_theme(run, scenario)
        workshop.forget(run)
        rounds.append(Round(expected(scene, offer, chosen, last), newly_served(scene, before, after)))
        if rounds[-1].difference_share <= NEAR_ENOUGH_SHARE or len(rounds) > scenario.rounds:
            return chosen, offer, rounds
        is_chosen = chosen.plan.year < chosen.problem.never
        offer = corrected(offer, scene.listed, scene.places, is_chosen, before, after)
        chosen = choose_from(scene, offer, chosen.plan.year)


def proved(chosen: Chosen, time_limit_s: float = 600.0) -> Chosen:
    """The same with HiGHS' proof, or a better plan."""
    plan = prove(chosen.problem, chosen.plan, chosen.bound, time_limit_s)
    return Chosen(chosen.problem, chosen.groups, plan, chosen.bound, chosen.promises, chosen.impossible)


def set_scene(workshop: Workshop, scenario: Scenario, costs: Costs) -> Scene:
    """Today's network under the scenario, who is in need at its end, and all candidates with their costs."""
    country = with_scenario(workshop.country, scenario)
    today = workshop.run("today-whole", country)
    horizon = today
    if demand_factor(workshop, scenario, scenario.last_year) != 1.0:
        horizon = workshop.run("horizon", in_year(workshop, country, scenario, scenario.last_year))
    places = places_of(horizon)
    demand, missing = demand_of(horizon, places, scenario)
    if not len(demand):
        why = "; ".join(f"{theme}: {reason}" for theme, reason in missing.items())
        raise PlanError(f"there is nobody to plan for: {why or 'nobody is without what the scenario asks for'}")
    listed = candidates_of(horizon, places, demand, scenario)
    if not len(listed):
        raise PlanError("there is no candidate; lower [candidates] least_people or name more kinds")
    listed = with_costs(listed, horizon, costs, scenario.budget)
    pins = read_pins(scenario.pins, listed["candidate_id"].tolist(), scenario.years)
    return Scene(scenario, costs, country, today, horizon, places, demand, weight_of(demand, horizon, scenario), listed,
                 pins, missing)  # fmt: skip


def demand_factor(workshop: Workshop, scenario: Scenario, year: int) -> float:
    """How much more is asked of the network in a year than at the night of the run: more people, and more by each."""
    passed = max(year - workshop.night.year, 0)
    return float(((1 + scenario.growth.people) * (1 + scenario.growth.demand)) ** passed)


def in_year(workshop: Workshop, country: Country, scenario: Scenario, year: int) -> Country:
    """The country under the demand of a year."""
    return with_demand(country, demand_factor(workshop, scenario, year), workshop.folder / "added" / f"demand-{year}")


def served_by_theme(run: Run, scenario: Scenario) -> dict[Theme, Flags]:
    """Whether each place is served, by theme, where that is known."""
    found = {theme: served_flags(run, theme, scenario.season) for theme in THEMES}
    return {theme: flags for theme, flags in found.items() if flags is not None}


def choose_from(
    scene: Scene, offer: Offer, start: Integers | None = None, tries: int = TRIES, rounds: int = ROUNDS
) -> Chosen:
    """The choice among what the candidates offer."""
    groups = grouped(scene.demand, scene.weight, offer.items(scene.demand, offer.gains))
    communes = scene.communes
    served = {theme: (communes["people"] - communes[_gap(theme, scene.scenario)]).to_numpy(np.float64)
              for theme in THEMES if theme not in scene.missing}  # fmt: skip
    floors, promises, impossible = floors_of(groups, communes, served, scene.scenario)
    weights = scene.scenario.weights
    lost = offer.people_lost(scene.places.people) @ np.array([weights.internet, weights.delivery, weights.payment])
    lost += offer.shortfall * np.asarray(groups.covers @ groups.weight)
    problem = problem_of(groups, scene.listed, lost, floors, scene.scenario, *scene.pins)
    plan, bound = choose(problem, start, tries, rounds)
    return Chosen(problem, groups, plan, bound, promises, impossible)


def _gap(theme: str, scenario: Scenario) -> str:
    """The column of people in need."""
    season = "_wet" if scenario.season == "wet" and theme != "internet" else ""
    return f"{theme}_gap{season}_people"


def build(workshop: Workshop, scene: Scene, year: Integers, until: int, folder: Path) -> Run:
    """The stages of a night on the network as it stands at the end of a year (index)."""
    when = scene.scenario.years[until]
    country = in_year(workshop, scene.country, scene.scenario, when)
    built = write_built(country, scene.listed[year <= until], scene.scenario, folder / f"{when}")
    return workshop.run(f"built-{when}", built)


def network_of(workshop: Workshop, scene: Scene, year: Integers, until: int, folder: Path) -> Built:
    """The commune tables of a year with the plan and without."""
    when = scene.scenario.years[until]
    run = build(workshop, scene, year, until, folder)
    without = scene.today
    if demand_factor(workshop, scene.scenario, when) != 1.0:
        without = workshop.run(f"without-{when}", in_year(workshop, scene.country, scene.scenario, when))
    tables = [pd.DataFrame(read_geo(each.stages_folder / "commune_gaps.parquet")) for each in (run, without)]
    return Built(when, run, *tables)


def newly_served(scene: Scene, before: Mapping[Theme, Flags], after: Mapping[Theme, Flags]) -> dict[Theme, float]:
    """People by theme, those who lost it taken off, in communes whose gap was known."""
    communes, places = scene.communes, scene.places
    found = {}
    for theme in before:
        known = (communes[f"{theme}_evidence"] != "data-poor").to_numpy()[places.share_commune]
        change = after[theme].astype(np.int64) - before[theme]
        found[theme] = float((places.share_people * change[places.share_place])[known].sum())
    return found


def expected(scene: Scene, offer: Offer, chosen: Chosen, until: int) -> dict[Theme, float]:
    """People newly served by theme at the end of a year (index) as the optimiser counts them."""
    rows = np.flatnonzero(chosen.plan.year <= until)
    groups = chosen.groups
    reached = np.asarray(groups.covers[rows].sum(axis=0)).ravel() > 0
    served = np.bincount(groups.theme[reached], groups.people[reached], len(THEMES))
    served = served - offer.people_lost(scene.places.people)[rows].sum(axis=0)
    served[0] -= offer.shortfall[rows] @ np.asarray(groups.covers[rows] @ groups.people)
    return dict(zip(THEMES, served.tolist(), strict=True))
