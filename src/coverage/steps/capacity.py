"""The capacity stage: parcels at each hub against what it carries, and the capacity that people share around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.people import Demand
from coverage.reach.catchments import floating_catchments, load_share
from coverage.reach.questions import collected_from
from coverage.reach.scenario import SEASONS, scenarios_of
from coverage.reach.snapping import Snapped
from coverage.reach.spread import ways_within
from coverage.reach.ways import RoadWays
from coverage.runs import Run
from coverage.steps.reach import hub_stops, ways_of
from coverage.steps.reach_files import write_fields
from coverage.steps.reach_tiles import hub_ways, ways_to_nodes
from coverage.steps.report import StageNotes
from coverage.store import read_demand, read_table, tile_bounds, write_table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[Any]

Progress = Callable[[int, int], None]

GROUP_M = 1000.0
PER_PEOPLE = 1000.0


def capacity(run: Run, _: Progress) -> StageNotes:
    """Write ``reach/hubs.parquet`` (load of each hub) and ``reach/access.npz`` (parcels a day per 1,000 people).

    Catchments are those of 1 km squares, each timed from its place with the most people; they need a road graph.
    """
    stages, parcels = run.stages_folder, run.country.parcels
    if not (stages / "minutes" / "hubs.npz").is_file():
        return StageNotes()
    demand, table = read_demand(stages), read_table(stages / "hubs.parquet")
    each = parcels.per_person_year / parcels.working_days
    carried = table["capacity"].to_numpy(dtype=np.float64)
    bounds = tile_bounds(demand.places["tile"].to_numpy())
    nearest = [_nearest_hubs(run, tile, first, last) for tile, (first, last) in enumerate(bounds)]
    loads = {
        f"load_{season}_share": load_share(np.concatenate(hubs), demand.people, each, carried)
        for season, hubs in zip(SEASONS, zip(*nearest, strict=True), strict=True)
    }
    write_table(stages / "reach" / "hubs.parquet", pd.DataFrame(loads))
    ways, access = ways_of(run), {}
    if isinstance(ways, RoadWays):
        snapped = [ways_to_nodes(run, tile, first, last)[0] for tile, (first, last) in enumerate(bounds)]
        access = _access(run, ways, table, demand, snapped)
    write_fields(stages / "reach" / "access.npz", **access)
    overloaded = int((loads["load_dry_share"] > 1).sum())
    return StageNotes(facts={"hubs_overloaded": overloaded})


def _nearest_hubs(run: Run, tile: int, first: int, last: int) -> list[Integers]:
    """The nearest hub of each place of a tile, season by season."""
    ways = hub_ways(run, tile, first, last, ("",))
    return [ways[f"hub_{season}"] for season in SEASONS]


def _access(run: Run, ways: RoadWays, table: pd.DataFrame, demand: Demand, snapped: list[Snapped]) -> dict[str, Floats]:
    """2SFCA and E2SFCA of each place, by season; ``snapped`` are the places' ways to the road, tile by tile."""
    settings, parcels = run.country.reach, run.country.parcels
    hubs = hub_stops(ways, table)
    carried = table["capacity"].to_numpy(dtype=np.float64)
    group, standing, people = _groups(demand)
    node = np.concatenate([tile.node for tile in snapped])[standing]
    found = {}
    for scenario in scenarios_of(settings, ("",)):
        network = ways.timed(scenario, "drive", False)
        walk_min = np.concatenate([tile.walks.minutes(scenario, settings) for tile in snapped])[standing]
        offset = hubs.offset_min(scenario, settings, collected_from(hubs))
        within = ways_within(network, hubs.snapped.node, offset, node, walk_min, parcels.catchment_min)
        for name, decay in (("2sfca", {parcels.catchment_min: 1.0}), ("e2sfca", parcels.decay)):
            shared = floating_catchments(within, carried, people, decay) * PER_PEOPLE
            found[f"{name}_{scenario.season}"] = shared[group]
    return found


def _groups(demand: Demand) -> tuple[Integers, Integers, Floats]:
    """(group of each place, the place of each group with the most people, people of each group): squares of 1 km."""
    column, row = (
        np.floor(demand.places[name].to_numpy() / GROUP_M).astype(np.int64) for name in ("x_m", "y_m")
    )  # fmt: skip
    key = (row - row.min(initial=0)) * (1 << 31) + column - column.min(initial=0)
    group = np.unique(key, return_inverse=True)[1]
    order = np.lexsort((-demand.people, group))
    first = np.append(True, np.diff(group[order]) > 0) if len(order) else np.zeros(0, dtype=bool)
    return np.asarray(group), order[first], np.bincount(group, demand.people).astype(np.float64)
