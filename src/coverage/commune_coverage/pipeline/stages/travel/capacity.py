"""The capacity stage: parcels at each hub against its capacity, and the capacity that people share around hubs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import write_table
from commune_coverage.core.resources import clear_caches
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.travel.artifacts import write_access
from commune_coverage.pipeline.stages.travel.stage import hub_stops, points_of, travel_time_model
from commune_coverage.pipeline.stages.travel.tiles import hub_travel_times, snapped_places
from commune_coverage.population.tables import read_tile, tile_rows
from commune_coverage.population.urbanisation import cell_keys
from commune_coverage.population.weights import to_fixed_point
from commune_coverage.runs.run import Run
from commune_coverage.travel.access.floating_catchments import floating_catchments, load_share
from commune_coverage.travel.access.travel_times import collected_from
from commune_coverage.travel.off_road import Walks
from commune_coverage.travel.routing.models import RoadNetworkModel
from commune_coverage.travel.routing.shortest_paths import travel_times_within
from commune_coverage.travel.scenarios import SEASONS, scenarios_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[Any]

Progress = Callable[[int, int], None]

PER_PEOPLE = 1000.0


def capacity(run: Run, _: Progress) -> StageResult:
    """Write ``hub_access/hubs.parquet`` (load of each hub) and ``hub_access/access`` (parcels a day per 1,000 people).

    Catchments are those of 1 km squares, each timed from its place with the most people; they need a road graph.
    """
    stages = run.stages_folder
    if not (stages / "travel_times" / "hubs.npz").is_file():
        return StageResult()
    table = points_of(run)["hubs"]
    capacity_per_day = table["capacity"].to_numpy(dtype=np.float64)
    loads = _loads(run, capacity_per_day)
    write_table(stages / "hub_access" / "hubs.parquet", pd.DataFrame(loads))
    clear_caches()
    model = travel_time_model(run)
    tiles = tile_rows(stages)
    if isinstance(model, RoadNetworkModel) and len(tiles):
        groups = [_groups_of(run, tile, first, last) for tile, (first, last) in enumerate(tiles)]
        access = _access(run, model, table, groups)
        ends = np.cumsum([0, *(len(each.people) for each in groups)])
        for tile, each in enumerate(groups):
            group = each.group_of(_squares(stages, tile)[0]) + ends[tile]
            write_access(stages, tile, {name: values[group] for name, values in access.items()})
    return StageResult(facts={"hubs_overloaded": int((loads["load_dry_share"] > 1).sum())})


def _loads(run: Run, capacity_per_day: Floats) -> dict[str, Floats]:
    """Divide the parcels a day at each hub by its capacity, by season."""
    parcels = run.country.parcels
    people = {season: np.zeros(len(capacity_per_day)) for season in SEASONS}
    for tile, (first, last) in enumerate(tile_rows(run.stages_folder)):
        times = hub_travel_times(run, tile, first, last, ("",))
        here = to_fixed_point(read_tile(run.stages_folder, tile, ["people"])["people"].to_numpy())
        for season in SEASONS:
            hub = times[f"hub_{season}"].astype(np.int64)
            people[season] += np.bincount(hub[hub >= 0], here[hub >= 0], len(capacity_per_day))
    per_person_day = parcels.per_person_year / parcels.working_days
    return {f"load_{season}_share": load_share(people[season] * per_person_day, capacity_per_day) for season in SEASONS}


class Groups(NamedTuple):
    """Squares of 1 km of a tile: key, people, and the node and walk of the place with the most people."""

    key: Integers
    people: Floats
    node: Integers
    walks: Walks

    def group_of(self, key: Integers) -> Integers:
        """Find the group of each place by the key of its square."""
        return np.searchsorted(self.key, key)


def _squares(stages: Path, tile: int) -> tuple[Integers, Floats]:
    """The square of each place of a tile, in order, and its people."""
    places = read_tile(stages, tile, ["x_m", "y_m", "people"])
    return cell_keys(places["x_m"].to_numpy(), places["y_m"].to_numpy()), places["people"].to_numpy()


def _groups_of(run: Run, tile: int, first: int, last: int) -> Groups:
    key, people = _squares(run.stages_folder, tile)
    snapped = snapped_places(run, tile, first, last)[0]
    keys, start, group = np.unique(key, return_index=True, return_inverse=True)
    most = np.maximum.reduceat(people, start)
    largest = np.flatnonzero(people == most[group])
    chosen = largest[np.unique(group[largest], return_index=True)[1]]
    group_people = np.bincount(group, people, len(keys)).astype(np.float64)
    return Groups(keys, group_people, np.asarray(snapped.node)[chosen], snapped.walks.of(chosen))


def _access(run: Run, model: RoadNetworkModel, table: pd.DataFrame, groups: list[Groups]) -> dict[str, Floats]:
    """Compute 2SFCA and E2SFCA of each group, tile by tile, by season."""
    settings, parcels = run.country.travel, run.country.parcels
    hubs = hub_stops(model, table)
    capacity_per_day = table["capacity"].to_numpy(dtype=np.float64)
    node, people = (np.concatenate([getattr(each, name) for each in groups]) for name in ("node", "people"))
    result, decays = {}, {"2sfca": {parcels.catchment_min: 1.0}, "e2sfca": parcels.decay}
    for scenario in scenarios_of(settings, ("",)):
        network = model.timed_network(scenario, "drive", False)
        walk_min = np.concatenate([each.walks.minutes(scenario, settings) for each in groups])
        offset = hubs.offset_min(scenario, settings, collected_from(hubs))
        within = travel_times_within(network, hubs.snapped.node, offset, node, walk_min, parcels.catchment_min)
        for name, access in floating_catchments(within, capacity_per_day, people, decays).items():
            result[f"{name}_{scenario.season}"] = access * PER_PEOPLE
    return result
