"""A plan from the country file and a scenario: candidates, what they would serve, the choice, and the networks built.

The order is that of ``make_plan``. Figures that are published come from the stages of a night run on the networks as
the plan leaves them at the end of each year; the optimiser's own estimate stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commune_coverage.planning.benefits.matrix import Offer, offer_of
from commune_coverage.planning.scenario.costs import Costs
from commune_coverage.planning.scenario.model import Scenario
from commune_coverage.planning.simulation.instance import Chosen, Scene, proved, set_scene
from commune_coverage.planning.simulation.networks import Built, planned_networks
from commune_coverage.planning.simulation.refinement import Round, judged, learn
from commune_coverage.planning.simulation.sandbox import Workshop


@dataclass(frozen=True, eq=False)
class Made:
    """A whole plan: ``years`` is each year's network; the last of the ``rounds`` tells what was expected of it."""

    scene: Scene
    offer: Offer
    chosen: Chosen
    years: list[Built]
    rounds: list[Round]


def make_plan(workshop: Workshop, scenario: Scenario, costs: Costs, folder: Path, *, proven: bool = False) -> Made:
    """Plan, run the engines on every year of it, learn from the difference and plan again."""
    scene = set_scene(workshop, scenario, costs)
    offer = offer_of(workshop, scene.horizon.country, scene.listed, scene.places, scene.demand, scenario)
    chosen, offer, years, rounds = learn(workshop, scene, offer, folder)
    made = Made(scene, offer, chosen, years, rounds)
    return _proved(workshop, made, folder) if proven else made


def _proved(workshop: Workshop, made: Made, folder: Path) -> Made:
    """The same with HiGHS' proof; a better plan has networks of its own."""
    chosen, years, rounds = proved(made.chosen), made.years, made.rounds
    if not np.array_equal(chosen.plan.year, made.chosen.plan.year):
        years = planned_networks(workshop, made.scene, chosen.plan.year, [each.unplanned for each in years], folder)
        rounds = [*rounds, judged(made.scene, made.offer, chosen, years)]
    return Made(made.scene, made.offer, chosen, years, rounds)
