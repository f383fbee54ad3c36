"""A plan from the country file and a scenario: candidates, benefits, the choice, and the simulation of its networks.

The order is that of ``make_plan``. Published figures come from pipeline runs on the networks as the plan leaves them at
the end of each year; the optimiser's own estimate stands next to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commune_coverage.planning.benefits.matrix import BenefitMatrix, benefit_matrix
from commune_coverage.planning.sandbox import SimulationSandbox
from commune_coverage.planning.scenario.costs import Costs
from commune_coverage.planning.scenario.model import Scenario
from commune_coverage.planning.simulation.instance import (
    PlanningInstance,
    Selection,
    planning_instance,
    prove_selection,
)
from commune_coverage.planning.simulation.networks import BuiltNetworks, planned_networks
from commune_coverage.planning.simulation.refinement import Round, compare_with_simulation, refine_by_simulation


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A whole plan.

    Parameters
    ----------
    instance : PlanningInstance
        What was planned on.
    benefits : BenefitMatrix
        From which the plan was chosen.
    selection : Selection
        What is built, when.
    years : list of BuiltNetworks, length T
        The network of each year as simulated.
    rounds : list of Round
        What was expected and simulated in each round; the last is that of the plan.
    """

    instance: PlanningInstance
    benefits: BenefitMatrix
    selection: Selection
    years: list[BuiltNetworks]
    rounds: list[Round]


def make_plan(
    sandbox: SimulationSandbox, scenario: Scenario, costs: Costs, folder: Path, *, proven: bool = False
) -> PlanResult:
    """Plan, simulate every year of the plan, correct the benefits by the difference and plan again.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    scenario : Scenario
        The scenario.
    costs : Costs
        Unit costs.
    folder : Path
        Into which the planned rows of each year are written.
    proven : bool
        Whether HiGHS is to prove the plan.

    Returns
    -------
    PlanResult
        The plan.

    Raises
    ------
    PlanError
        When there is nothing to plan or the scenario contradicts itself.
    """
    instance = planning_instance(sandbox, scenario, costs)
    benefits = benefit_matrix(
        sandbox, instance.horizon.country, instance.listed, instance.places, instance.demand, scenario
    )
    selection, benefits, years, rounds = refine_by_simulation(sandbox, instance, benefits, folder)
    result = PlanResult(instance, benefits, selection, years, rounds)
    return _proven(sandbox, result, folder) if proven else result


def _proven(sandbox: SimulationSandbox, result: PlanResult, folder: Path) -> PlanResult:
    """Let HiGHS prove the plan; a better one is simulated anew."""
    instance, years, rounds = result.instance, result.years, result.rounds
    selection = prove_selection(result.selection)
    build_year = selection.plan.build_year
    if not np.array_equal(build_year, result.selection.plan.build_year):
        years = planned_networks(sandbox, instance, build_year, [each.unplanned for each in years], folder)
        rounds = [*rounds, compare_with_simulation(instance, result.benefits, selection, years)]
    return PlanResult(instance, result.benefits, selection, years, rounds)
