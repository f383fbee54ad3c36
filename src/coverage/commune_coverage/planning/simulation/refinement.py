"""Learning from the engines: a choice, every year's network by the engines, a better offer, and chosen again.

What the optimiser expected of a plan and what the engines then said is kept for every round and year.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from commune_coverage.planning.benefits.matrix import BenefitMatrix
from commune_coverage.planning.optimizer.solve import MOVES, Move, best_last_year
from commune_coverage.planning.scenario.model import THEMES, Theme
from commune_coverage.planning.simulation.correction import corrected
from commune_coverage.planning.simulation.instance import PlanningInstance, Selection, choose_from, hold_to
from commune_coverage.planning.simulation.networks import BuiltNetworks, planned_networks, unplanned_networks
from commune_coverage.planning.simulation.sandbox import SimulationSandbox

NEAR_ENOUGH_SHARE = 0.005
"""An estimate so near to what the engines say, over all years, is not corrected any more."""
YEAR_NEAR_ENOUGH_SHARE = 0.01
"""The same for each year by itself."""
FREE_ROUNDS = 3
"""So often it is chosen freely before the best choice by the engines is held to."""


@dataclass(frozen=True, eq=False)
class Round:
    """By year, what the optimiser expected of a plan and what the engines then said: people newly served by theme."""

    expected: list[dict[Theme, float]]
    found: list[dict[Theme, float]]

    @property
    def difference_by_year(self) -> list[float]:
        """How far the estimate of all people newly served is off in each year, in parts of what the engines say."""
        return [_difference(*pair) for pair in zip(self.expected, self.found, strict=True)]

    @property
    def difference_share(self) -> float:
        """That of the last year, without its sign."""
        return abs(self.difference_by_year[-1])

    @property
    def whole_difference_share(self) -> float:
        """That of all years together: people served for a year each."""
        wanted, said = (sum(sum(year.values()) for year in years) for years in (self.expected, self.found))
        return wanted / said - 1 if said > 0 else 0.0

    @property
    def is_near_enough(self) -> bool:
        return abs(self.whole_difference_share) <= NEAR_ENOUGH_SHARE and all(
            abs(share) <= YEAR_NEAR_ENOUGH_SHARE for share in self.difference_by_year
        )


def _difference(expected: dict[Theme, float], found: dict[Theme, float]) -> float:
    said = sum(found.values())
    return sum(expected.values()) / said - 1 if said > 0 else 0.0


@dataclass(frozen=True, eq=False)
class EvaluatedPlan:
    """A choice that the engines have been asked of, and the offer as their answer corrects it.

    After ``last_year`` (index) sites take more than they give.
    """

    chosen: Selection
    benefits: BenefitMatrix
    kept: int
    people_years: float
    last_year: int

    @property
    def serves(self) -> tuple[int, float]:
        """By which choices are told apart: floors kept, then people served for a year each, by weight."""
        return self.kept, self.people_years


def refine_by_simulation(
    sandbox: SimulationSandbox, instance: PlanningInstance, benefits: BenefitMatrix, folder: Path
) -> tuple[Selection, BenefitMatrix, list[BuiltNetworks], list[Round]]:
    """Choose, run the engines on every year of the choice and correct the offer by them, until it is near enough.

    It is chosen freely at first. Then the best choice by the engines is held to; each move from it is made once, and
    stays if the engines say that it serves more. The choice, the offer that it was made from and the engines' networks
    of it: the last round is that of the plan.
    """
    unplanned, most = unplanned_networks(sandbox, instance), instance.scenario.rounds
    rounds: list[Round] = []
    best, moves, chosen = None, [*MOVES], choose_from(instance, benefits)
    while True:
        sandbox.report("rounds", len(rounds), most + 1)
        built = planned_networks(sandbox, instance, chosen.plan.year, unplanned, folder)
        rounds.append(judged(instance, benefits, chosen, built))
        was_free, is_near = len(rounds) <= FREE_ROUNDS, rounds[-1].is_near_enough
        if len(rounds) > most or (was_free and is_near):
            return chosen, benefits, built, rounds
        seen = _evaluated(instance, benefits, chosen, built, rounds[-1])
        best = seen if best is None or seen.serves > best.serves else best
        if len(rounds) < min(FREE_ROUNDS, most):
            benefits, chosen = seen.benefits, choose_from(instance, seen.benefits, chosen.plan.year)
            continue
        step = _moved(instance, best, moves, most - len(rounds))
        if step is None and best is seen and is_near:
            return chosen, benefits, built, rounds
        benefits, chosen = best.benefits, step or hold_to(instance, best.benefits, best.chosen.plan.year)


def _moved(instance: PlanningInstance, best: EvaluatedPlan, moves: list[Move], rounds_left: int) -> Selection | None:
    """The best choice after the next move that changes it, while there are rounds to come back from it."""
    while moves and rounds_left > 0:
        step = hold_to(instance, best.benefits, best.chosen.plan.year, moves.pop(0), best.last_year)
        if not np.array_equal(step.plan.year, best.chosen.plan.year):
            return step
    return None


def _evaluated(
    instance: PlanningInstance, benefits: BenefitMatrix, chosen: Selection, built: list[BuiltNetworks], said: Round
) -> EvaluatedPlan:
    weights = instance.scenario.weights
    each = {"internet": weights.internet, "delivery": weights.delivery, "payment": weights.payment}
    people_years = sum(each[theme] * people for year in said.found for theme, people in year.items())
    learned = corrected(benefits, instance.listed, instance.places, chosen.plan.year, built)
    last_year = best_last_year([year["internet"] for year in said.found])
    return EvaluatedPlan(chosen, learned, int(chosen.plan.met.sum()), people_years, last_year)


def judged(instance: PlanningInstance, benefits: BenefitMatrix, chosen: Selection, built: list[BuiltNetworks]) -> Round:
    """What was expected of each year, and what the engines say of it."""
    return Round(
        [expected(instance, benefits, chosen, index, year) for index, year in enumerate(built)],
        [newly_served(instance, year) for year in built],
    )


def newly_served(instance: PlanningInstance, built: BuiltNetworks) -> dict[Theme, float]:
    """People by theme whom the plan serves in a year, those who lost it taken off, in communes whose gap is known."""
    found = {}
    for theme, before in built.unplanned.served.items():
        change = built.planned.served[theme].astype(np.int64) - before
        found[theme] = float(instance.known_people[THEMES.index(theme)] @ change)
    return found


def expected(
    instance: PlanningInstance, benefits: BenefitMatrix, chosen: Selection, until: int, built: BuiltNetworks
) -> dict[Theme, float]:
    """People newly served by theme at the end of a year (index) as the optimiser counts them.

    Who is served in that year without the plan, because less is asked of the network than at the end, is not counted.
    """
    rows = np.flatnonzero(chosen.plan.year <= until)
    groups, demand = chosen.groups, instance.demand
    reached = np.append(np.asarray(groups.covers[rows].sum(axis=0)).ravel() > 0, False)[groups.item_group]
    had = np.zeros(len(demand), dtype=bool)
    for theme, flags in built.unplanned.served.items():
        of_theme = demand.theme == THEMES.index(theme)
        had[of_theme] = flags[demand.place[of_theme]]
    counts = reached & ~had
    served = np.bincount(demand.theme[counts], demand.people[counts], len(THEMES))
    served = served - benefits.people_lost(instance.known_people)[rows].sum(axis=0)
    served[0] -= _fallen_short(benefits, chosen, rows)
    return dict(zip(THEMES, served.tolist(), strict=True))


def _fallen_short(benefits: BenefitMatrix, chosen: Selection, rows: npt.NDArray[np.int64]) -> float:
    """People whom choices that the engines have not been asked of together are taken not to serve."""
    return float(benefits.shortfall[rows] @ np.asarray(chosen.groups.covers[rows] @ chosen.groups.people))
