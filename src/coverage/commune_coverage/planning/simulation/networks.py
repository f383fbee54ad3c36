"""The engines on the network of each year: with what a plan has built by its end, and without the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_attributes
from commune_coverage.planning.benefits.demand import served_flags
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme
from commune_coverage.planning.simulation.instance import PlanningInstance, demand_factor, in_year
from commune_coverage.planning.simulation.planned_network import write_built
from commune_coverage.planning.simulation.sandbox import SimulationSandbox
from commune_coverage.runs.run import Run

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Computed:
    """What the engines say of a network: the commune table, and by theme whether each place is served."""

    communes: pd.DataFrame
    served: Mapping[Theme, Flags]


@dataclass(frozen=True, eq=False)
class BuiltNetworks:
    """The network at the end of a year as the plan leaves it, and as it is without the plan."""

    year: int
    planned: Computed
    unplanned: Computed

    @property
    def with_plan(self) -> pd.DataFrame:
        return self.planned.communes

    @property
    def without(self) -> pd.DataFrame:
        return self.unplanned.communes


def computed(run: Run, scenario: Scenario) -> Computed:
    """The figures of a run; of each theme that is known."""
    found = {theme: served_flags(run, theme, scenario.season) for theme in THEMES}
    return Computed(
        read_attributes(run.stages_folder / "commune_gaps.parquet"),
        {theme: flags for theme, flags in found.items() if flags is not None},
    )


def unplanned_networks(sandbox: SimulationSandbox, instance: PlanningInstance) -> list[Computed]:
    """Every year's network if nothing is built; years of the same demand share one."""
    found: dict[float, Computed] = {}
    years = instance.scenario.years
    for year in years:
        factor = demand_factor(sandbox, instance.scenario, year)
        if factor not in found:
            run = instance.today
            if factor != 1.0:
                run = sandbox.run(f"without-{year}", in_year(sandbox, instance.country, instance.scenario, year))
            found[factor] = computed(run, instance.scenario)
    return [found[demand_factor(sandbox, instance.scenario, year)] for year in years]


def planned_networks(
    sandbox: SimulationSandbox, instance: PlanningInstance, year: Integers, unplanned: list[Computed], folder: Path
) -> list[BuiltNetworks]:
    """Every year's network with the choices until its end, by the stages of a run; their rows stay in the folder.

    A year in which nothing is built or opened, and nobody asks for more, is the year before.
    """
    found: list[BuiltNetworks] = []
    for index, when in enumerate(instance.scenario.years):
        stands = bool((year == index).sum() == 0 and found and unplanned[index] is found[-1].unplanned)
        run = None if stands else _run(sandbox, instance, year, index, folder)
        figures = found[-1].planned if run is None else computed(run, instance.scenario)
        if run is None:
            write_built(instance.country, instance.listed[year <= index], instance.scenario, folder / f"{when}")
        else:
            sandbox.forget(run)
        found.append(BuiltNetworks(when, figures, unplanned[index]))
    return found


def _run(sandbox: SimulationSandbox, instance: PlanningInstance, year: Integers, index: int, folder: Path) -> Run:
    when = instance.scenario.years[index]
    country = in_year(sandbox, instance.country, instance.scenario, when)
    built = write_built(country, instance.listed[year <= index], instance.scenario, folder / f"{when}")
    return sandbox.run(f"built-{when}", built)
