"""The pipeline run on the network of each year: with what a plan has built by its end, and without the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_attributes
from commune_coverage.planning.demand import served_flags
from commune_coverage.planning.planned_network import write_built
from commune_coverage.planning.sandbox import SimulationSandbox
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme
from commune_coverage.planning.simulation.instance import PlanningInstance, demand_factor, in_year
from commune_coverage.runs.run import Run

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SimulatedNetwork:
    """What a run of the pipeline says of a network.

    Parameters
    ----------
    communes : DataFrame
        The commune table.
    served : mapping of theme to ndarray of bool, shape (places,)
        Whether each place is served, for themes that are known.
    """

    communes: pd.DataFrame
    served: Mapping[Theme, Flags]


@dataclass(frozen=True, eq=False)
class BuiltNetworks:
    """The network at the end of a year as the plan leaves it, and as it is without the plan.

    Parameters
    ----------
    year : int
        Calendar year.
    planned, unplanned : SimulatedNetwork
        With and without the plan.
    """

    year: int
    planned: SimulatedNetwork
    unplanned: SimulatedNetwork

    @property
    def with_plan(self) -> pd.DataFrame:
        """Commune table with the plan."""
        return self.planned.communes

    @property
    def without(self) -> pd.DataFrame:
        """Commune table without the plan."""
        return self.unplanned.communes


def simulated(run: Run, scenario: Scenario) -> SimulatedNetwork:
    """Read what a run says of its network.

    Parameters
    ----------
    run : Run
        Computed to its gaps.
    scenario : Scenario
        Has the season.

    Returns
    -------
    SimulatedNetwork
        With the themes that are known.
    """
    flags = {theme: served_flags(run, theme, scenario.season) for theme in THEMES}
    return SimulatedNetwork(
        read_attributes(run.stages_folder / "commune_gaps.parquet"),
        {theme: of_theme for theme, of_theme in flags.items() if of_theme is not None},
    )


def unplanned_networks(sandbox: SimulationSandbox, instance: PlanningInstance) -> list[SimulatedNetwork]:
    """Simulate every year's network if nothing is built.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    instance : PlanningInstance
        What is planned on.

    Returns
    -------
    list of SimulatedNetwork, length T
        Years of the same demand share one.
    """
    by_factor: dict[float, SimulatedNetwork] = {}
    years = instance.scenario.years
    for year in years:
        factor = demand_factor(sandbox, instance.scenario, year)
        if factor not in by_factor:
            run = instance.today
            if factor != 1.0:
                run = sandbox.run(f"without-{year}", in_year(sandbox, instance.country, instance.scenario, year))
            by_factor[factor] = simulated(run, instance.scenario)
    return [by_factor[demand_factor(sandbox, instance.scenario, year)] for year in years]


def planned_networks(
    sandbox: SimulationSandbox,
    instance: PlanningInstance,
    build_year: Integers,
    unplanned: list[SimulatedNetwork],
    folder: Path,
) -> list[BuiltNetworks]:
    """Simulate every year's network with the choices until its end.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    instance : PlanningInstance
        What is planned on.
    build_year : ndarray of int64, shape (J,)
        Year index of each candidate.
    unplanned : list of SimulatedNetwork, length T
        Every year's network without the plan.
    folder : Path
        Into which the planned rows of each year are written.

    Returns
    -------
    list of BuiltNetworks, length T
        A year in which nothing is built, and demand does not grow, is the year before.
    """
    built: list[BuiltNetworks] = []
    for index, year in enumerate(instance.scenario.years):
        is_unchanged = bool((build_year == index).sum() == 0 and built and unplanned[index] is built[-1].unplanned)
        target = folder / f"{year}"
        if is_unchanged:
            write_built(instance.country, instance.listed[build_year <= index], instance.scenario, target)
            planned = built[-1].planned
        else:
            run = _run(sandbox, instance, build_year, index, target)
            planned = simulated(run, instance.scenario)
            sandbox.discard(run)
        built.append(BuiltNetworks(year, planned, unplanned[index]))
    return built


def _run(sandbox: SimulationSandbox, instance: PlanningInstance, build_year: Integers, index: int, folder: Path) -> Run:
    year = instance.scenario.years[index]
    country = in_year(sandbox, instance.country, instance.scenario, year)
    built = write_built(country, instance.listed[build_year <= index], instance.scenario, folder)
    return sandbox.run(f"built-{year}", built)
