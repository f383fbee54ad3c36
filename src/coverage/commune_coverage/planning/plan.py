"""A plan from the country file and a scenario: candidates, what they would serve, the choice, and the networks built.

The order is that of ``make_plan``. Figures that are published come from the stages of a run run on the networks as
the plan leaves them at the end of each year; the optimiser's own estimate stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commune_coverage.planning.benefits.matrix import BenefitMatrix, benefit_matrix
from commune_coverage.planning.scenario.costs import Costs
from commune_coverage.planning.scenario.model import Scenario
from commune_coverage.planning.simulation.instance import PlanningInstance, Selection, planning_instance, proved
from commune_coverage.planning.simulation.networks import BuiltNetworks, planned_networks
from commune_coverage.planning.simulation.refinement import Round, judged, refine_by_simulation
from commune_coverage.planning.simulation.sandbox import SimulationSandbox


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A whole plan: ``years`` is each year's network; the last of the ``rounds`` tells what was expected of it."""

    instance: PlanningInstance
    benefits: BenefitMatrix
    chosen: Selection
    years: list[BuiltNetworks]
    rounds: list[Round]


def make_plan(
    sandbox: SimulationSandbox, scenario: Scenario, costs: Costs, folder: Path, *, proven: bool = False
) -> PlanResult:
    """Plan, run the engines on every year of it, learn from the difference and plan again."""
    instance = planning_instance(sandbox, scenario, costs)
    benefits = benefit_matrix(
        sandbox, instance.horizon.country, instance.listed, instance.places, instance.demand, scenario
    )
    chosen, benefits, years, rounds = refine_by_simulation(sandbox, instance, benefits, folder)
    result = PlanResult(instance, benefits, chosen, years, rounds)
    return _proved(sandbox, result, folder) if proven else result


def _proved(sandbox: SimulationSandbox, result: PlanResult, folder: Path) -> PlanResult:
    """The same with HiGHS' proof; a better plan has networks of its own."""
    chosen, years, rounds = proved(result.chosen), result.years, result.rounds
    if not np.array_equal(chosen.plan.year, result.chosen.plan.year):
        years = planned_networks(sandbox, result.instance, chosen.plan.year, [each.unplanned for each in years], folder)
        rounds = [*rounds, judged(result.instance, result.benefits, chosen, years)]
    return PlanResult(result.instance, result.benefits, chosen, years, rounds)
