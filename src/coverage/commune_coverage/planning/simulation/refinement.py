"""Refinement by simulation: choose, simulate every year's network, correct the benefits, and choose again.

What the optimiser expected of a plan and what the simulation then gave is recorded for every round and year.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from commune_coverage.planning.benefits.matrix import BenefitMatrix
from commune_coverage.planning.optimizer.solve import MOVES, Move, best_last_year
from commune_coverage.planning.sandbox import SimulationSandbox
from commune_coverage.planning.scenario.model import THEMES, Theme
from commune_coverage.planning.simulation.correction import corrected
from commune_coverage.planning.simulation.instance import (
    PlanningInstance,
    Selection,
    evaluate_fixed_plan,
    select_candidates,
)
from commune_coverage.planning.simulation.networks import BuiltNetworks, planned_networks, unplanned_networks

MAX_DIFFERENCE_SHARE = 0.005
"""An estimate so near to the simulation, over all years, is not corrected any more."""
MAX_YEAR_DIFFERENCE_SHARE = 0.01
"""The same for each year by itself."""
FREE_ROUNDS = 3
"""Rounds in which the choice is free; then the best simulated plan is fixed."""


@dataclass(frozen=True, eq=False)
class Round:
    """People newly served by theme in each year: expected by the optimiser, and simulated.

    Parameters
    ----------
    expected, simulated : list of dict of theme to float, length T
        People.
    """

    expected: list[dict[Theme, float]]
    simulated: list[dict[Theme, float]]

    @property
    def difference_by_year(self) -> list[float]:
        """Error of the estimate of all people newly served in each year, as a share of those simulated."""
        return [_difference(*pair) for pair in zip(self.expected, self.simulated, strict=True)]

    @property
    def difference_share(self) -> float:
        """That of the last year, without its sign."""
        return abs(self.difference_by_year[-1])

    @property
    def whole_difference_share(self) -> float:
        """That of all years together: people served for a year each."""
        expected, simulated = (sum(sum(year.values()) for year in years) for years in (self.expected, self.simulated))
        return expected / simulated - 1 if simulated > 0 else 0.0

    @property
    def is_near_enough(self) -> bool:
        """Whether the estimate needs no more correction."""
        return abs(self.whole_difference_share) <= MAX_DIFFERENCE_SHARE and all(
            abs(share) <= MAX_YEAR_DIFFERENCE_SHARE for share in self.difference_by_year
        )


def _difference(expected: dict[Theme, float], simulated: dict[Theme, float]) -> float:
    people = sum(simulated.values())
    return sum(expected.values()) / people - 1 if people > 0 else 0.0


@dataclass(frozen=True, eq=False)
class EvaluatedPlan:
    """A plan that has been simulated.

    Parameters
    ----------
    selection : Selection
        The plan.
    benefits : BenefitMatrix
        As the simulation corrects them.
    constraints_met : int
        Service constraints that it meets.
    people_years : float
        Weighted people times years newly served, as simulated.
    last_year : int
        Year index after which sites take more than they give.
    """

    selection: Selection
    benefits: BenefitMatrix
    constraints_met: int
    people_years: float
    last_year: int

    @property
    def score(self) -> tuple[int, float]:
        """By which plans are compared: service constraints met, then weighted people times years."""
        return self.constraints_met, self.people_years


def refine_by_simulation(
    sandbox: SimulationSandbox, instance: PlanningInstance, benefits: BenefitMatrix, folder: Path
) -> tuple[Selection, BenefitMatrix, list[BuiltNetworks], list[Round]]:
    """Choose, simulate every year of the choice and correct the benefits, until the estimate is near enough.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    instance : PlanningInstance
        What is planned on.
    benefits : BenefitMatrix
        Whom each candidate alone would serve.
    folder : Path
        Into which the planned rows of each year are written.

    Returns
    -------
    selection : Selection
        The plan.
    benefits : BenefitMatrix
        From which it was chosen.
    built : list of BuiltNetworks, length T
        Its networks as simulated.
    rounds : list of Round
        The last is that of the plan.

    Notes
    -----
    The choice is free for FREE_ROUNDS rounds. Then the best simulated plan is fixed; each move from it is made once,
    and stays if it serves more by the simulation. A fixed-point iteration between optimiser and simulator without proof
    of convergence: the best simulated plan is remembered, and the number of rounds limited.
    """
    unplanned, max_rounds = unplanned_networks(sandbox, instance), instance.scenario.rounds
    rounds: list[Round] = []
    best, moves, selection = None, [*MOVES], select_candidates(instance, benefits)
    while True:
        sandbox.report("rounds", len(rounds), max_rounds + 1)
        built = planned_networks(sandbox, instance, selection.plan.build_year, unplanned, folder)
        rounds.append(compare_with_simulation(instance, benefits, selection, built))
        was_free, is_near = len(rounds) <= FREE_ROUNDS, rounds[-1].is_near_enough
        if len(rounds) > max_rounds or (was_free and is_near):
            return selection, benefits, built, rounds
        evaluated = _evaluated(instance, benefits, selection, built, rounds[-1])
        best = evaluated if best is None or evaluated.score > best.score else best
        if len(rounds) < min(FREE_ROUNDS, max_rounds):
            benefits = evaluated.benefits
            selection = select_candidates(instance, benefits, selection.plan.build_year)
            continue
        moved = _next_move(instance, best, moves, max_rounds - len(rounds))
        if moved is None and best is evaluated and is_near:
            return selection, benefits, built, rounds
        benefits = best.benefits
        selection = moved or evaluate_fixed_plan(instance, benefits, best.selection.plan.build_year)


def _next_move(
    instance: PlanningInstance, best: EvaluatedPlan, moves: list[Move], rounds_left: int
) -> Selection | None:
    """Apply the next move that changes the best plan, while there are rounds to come back from it."""
    build_year = best.selection.plan.build_year
    while moves and rounds_left > 0:
        moved = evaluate_fixed_plan(instance, best.benefits, build_year, moves.pop(0), best.last_year)
        if not np.array_equal(moved.plan.build_year, build_year):
            return moved
    return None


def _evaluated(
    instance: PlanningInstance, benefits: BenefitMatrix, selection: Selection, built: list[BuiltNetworks], latest: Round
) -> EvaluatedPlan:
    weights = instance.scenario.weights
    each = {"internet": weights.internet, "delivery": weights.delivery, "payment": weights.payment}
    people_years = sum(each[theme] * people for year in latest.simulated for theme, people in year.items())
    refined = corrected(benefits, instance.listed, instance.places, selection.plan.build_year, built)
    last_year = best_last_year([year["internet"] for year in latest.simulated])
    return EvaluatedPlan(selection, refined, int(selection.plan.met.sum()), people_years, last_year)


def compare_with_simulation(
    instance: PlanningInstance, benefits: BenefitMatrix, selection: Selection, built: list[BuiltNetworks]
) -> Round:
    """Set what the optimiser expects of each year against the simulation.

    Parameters
    ----------
    instance : PlanningInstance
        What is planned on.
    benefits : BenefitMatrix
        From which the plan was chosen.
    selection : Selection
        The plan.
    built : list of BuiltNetworks, length T
        Its networks.

    Returns
    -------
    Round
        People newly served by theme and year.
    """
    return Round(
        [expected(instance, benefits, selection, index, year) for index, year in enumerate(built)],
        [newly_served(instance, year) for year in built],
    )


def newly_served(instance: PlanningInstance, built: BuiltNetworks) -> dict[Theme, float]:
    """Count the people whom the plan serves in a year, by the simulation.

    Parameters
    ----------
    instance : PlanningInstance
        What is planned on.
    built : BuiltNetworks
        The year's networks.

    Returns
    -------
    dict of theme to float
        People in communes whose gap is known, less those who lose the service.
    """
    people = {}
    for theme, before in built.unplanned.served.items():
        change = built.planned.served[theme].astype(np.int64) - before
        people[theme] = float(instance.known_people[THEMES.index(theme)] @ change)
    return people


def expected(
    instance: PlanningInstance, benefits: BenefitMatrix, selection: Selection, until: int, built: BuiltNetworks
) -> dict[Theme, float]:
    """Count the people newly served at the end of a year as the optimiser does.

    Parameters
    ----------
    instance : PlanningInstance
        What is planned on.
    benefits : BenefitMatrix
        From which the plan was chosen.
    selection : Selection
        The plan.
    until : int
        Year index.
    built : BuiltNetworks
        The year's networks; who is served without the plan, for demand is less than at the horizon, is not counted.

    Returns
    -------
    dict of theme to float
        People.
    """
    rows = np.flatnonzero(selection.plan.build_year <= until)
    groups, demand = selection.groups, instance.demand
    reached = np.append(np.asarray(groups.covers[rows].sum(axis=0)).ravel() > 0, False)[groups.item_group]
    had = np.zeros(len(demand), dtype=bool)
    for theme, flags in built.unplanned.served.items():
        of_theme = demand.theme == THEMES.index(theme)
        had[of_theme] = flags[demand.place[of_theme]]
    counts = reached & ~had
    served = np.bincount(demand.theme[counts], demand.people[counts], len(THEMES))
    served = served - benefits.people_lost(instance.known_people)[rows].sum(axis=0)
    served[0] -= _people_of_shortfall(benefits, selection, rows)
    return dict(zip(THEMES, served.tolist(), strict=True))


def _people_of_shortfall(benefits: BenefitMatrix, selection: Selection, rows: npt.NDArray[np.int64]) -> float:
    """Count the people whom choices that have not been simulated together are taken not to serve."""
    return float(benefits.shortfall[rows] @ np.asarray(selection.groups.covers[rows] @ selection.groups.people))
