"""Minutes of the places of one tile, put together from the minutes of the nodes and the ways to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from commune_coverage.core.resources import lru_cached
from commune_coverage.pipeline.stages.travel.artifacts import read_ground, read_spreads, stamped
from commune_coverage.pipeline.stages.travel.network import method_of, network_folder
from commune_coverage.pipeline.stages.travel.snapping import beside_of, snapped_tile
from commune_coverage.population.tables import read_tile
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.travel.access.travel_times import at_places
from commune_coverage.travel.routing.friction import cells_of
from commune_coverage.travel.routing.off_road import no_walks
from commune_coverage.travel.routing.shortest_paths import Spread
from commune_coverage.travel.routing.snapping import Snapped
from commune_coverage.travel.scenarios import scenarios_of

Columns = dict[str, Any]


def ways_to_nodes(run: Run, tile: int, first: int, last: int) -> tuple[Snapped, np.ndarray]:
    """The way of each place of a tile to its node, and whether an all-season road is near.

    The tile's places are rows ``first`` to ``last`` of all.
    """
    count, method = last - first, method_of(run)
    if method == "roads":
        return snapped_tile(run, tile)
    node = np.arange(first, last)
    if method == "friction":
        position = read_tile(run.stages_folder, tile, ["x_m", "y_m"]).to_numpy()
        node = cells_of(position, read_ground(network_folder(run) / "ground.npz"))
    return Snapped(node, no_walks(count)), np.zeros(count, dtype=bool)


def hub_ways(run: Run, tile: int, first: int, last: int, bounds: tuple[str, ...] = BOUNDS) -> Columns:
    """Minutes to the nearest pick-up in the scenarios of the ``bounds``, of a parcel, and which hub is nearest.

    Arrays pickup_<scenario>, parcel_<season>, foot_<season> (minutes of the way that are on foot), hub_<season> (row
    of ``hubs``, -1: none), has_node, near_road.
    """
    snapped, near_road = ways_to_nodes(run, tile, first, last)
    spreads = _spreads(run.stages_folder / "travel_times" / "hubs.npz")
    beside = beside_of(run, tile, "hubs")
    settings, node = run.country.travel, snapped.node
    row = np.maximum(node, 0)
    columns: Columns = {"has_node": node >= 0, "near_road": near_road}
    for scenario in scenarios_of(settings, bounds):
        walk, direct = snapped.walks.minutes(scenario, settings), beside.walks.minutes(scenario, settings)
        found = spreads[f"pickup_{scenario.name}"]
        routed = at_places(found.minutes, node, walk)
        columns[f"pickup_{scenario.name}"] = np.minimum(routed, direct)
        if scenario.bound:
            continue
        season, straight = scenario.season, direct < routed
        columns[f"foot_{season}"] = np.where(straight, direct, found.foot_min[row] + walk)
        hub = np.where(np.isfinite(routed), found.hub[row], -1)
        columns[f"hub_{season}"] = np.where(straight, beside.point, hub)
        if f"parcel_{season}" in spreads:
            columns[f"parcel_{season}"] = at_places(spreads[f"parcel_{season}"].minutes, node, walk)
    return columns


def payment_ways(run: Run, tile: int, first: int, last: int) -> Columns:
    """Minutes to the nearest payment point: walk_<scenario>, drive_<season>, and ``payment_m`` in a straight line."""
    snapped, _ = ways_to_nodes(run, tile, first, last)
    spreads = _spreads(run.stages_folder / "travel_times" / "payments.npz")
    beside = beside_of(run, tile, "payments")
    settings, node = run.country.travel, snapped.node
    columns: Columns = {"payment_m": beside.walks.length_m.astype(np.float64)}
    for scenario in scenarios_of(settings):
        walk, direct = snapped.walks.minutes(scenario, settings), beside.walks.minutes(scenario, settings)
        for mode in ("walk", "drive"):
            if f"{mode}_{scenario.name}" in spreads:
                routed = at_places(spreads[f"{mode}_{scenario.name}"].minutes, node, walk)
                columns[f"{mode}_{scenario.name}"] = np.minimum(routed, direct)
    return columns


@lru_cached
def _spreads_at(source: Path, _stamp: int) -> dict[str, Spread]:
    return read_spreads(source)


def _spreads(source: Path) -> dict[str, Spread]:
    return _spreads_at(*stamped(source))
