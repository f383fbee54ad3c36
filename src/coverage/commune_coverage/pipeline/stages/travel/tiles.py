"""Travel times of the places of one tile, from those of the nodes and the walks to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from commune_coverage.core.resources import lru_cached
from commune_coverage.pipeline.stages.travel.artifacts import read_ground, read_travel_times, stamped
from commune_coverage.pipeline.stages.travel.network import method_of, network_folder
from commune_coverage.pipeline.stages.travel.snapping import read_direct_walks, snapped_tile
from commune_coverage.population.tables import read_tile
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.travel.access.travel_times import minutes_at_places
from commune_coverage.travel.off_road import no_walks
from commune_coverage.travel.routing.friction import flat_cells
from commune_coverage.travel.routing.shortest_paths import TravelTimeField
from commune_coverage.travel.routing.snapping import Snapped
from commune_coverage.travel.scenarios import Mode, scenarios_of

Columns = dict[str, Any]


def snapped_places(run: Run, tile: int, first: int, last: int) -> tuple[Snapped, np.ndarray]:
    """Read the node of each place of a tile and the walk there, and whether an all-season road is near.

    The tile's places are rows ``first`` to ``last`` of all.
    """
    count, method = last - first, method_of(run)
    if method == "roads":
        return snapped_tile(run, tile)
    node = np.arange(first, last)
    if method == "friction":
        position = read_tile(run.stages_folder, tile, ["x_m", "y_m"]).to_numpy()
        node = flat_cells(position, read_ground(network_folder(run) / "ground.npz"))
    return Snapped(node, no_walks(count)), np.zeros(count, dtype=bool)


def hub_travel_times(
    run: Run, tile: int, first: int, last: int, bounds: tuple[str, ...] = BOUNDS, mode: Mode = "drive"
) -> Columns:
    """Compute minutes to the nearest pick-up in the scenarios of the ``bounds``, of a parcel, and which hub is nearest.

    Arrays pickup_<scenario>, parcel_<season>, foot_<season> (minutes of the route that are on foot), hub_<season> (row
    of ``hubs``, -1: none), has_node, near_road.
    """
    snapped, near_road = snapped_places(run, tile, first, last)
    times = _travel_times(times_file(run.stages_folder, "hubs", mode))
    nearby = read_direct_walks(run, tile, "hubs")
    settings, node = run.country.travel, snapped.node
    row = np.maximum(node, 0)
    columns: Columns = {"has_node": node >= 0, "near_road": near_road}
    for scenario in scenarios_of(settings, bounds):
        walk, direct = snapped.walks.minutes(scenario, settings), nearby.walks.minutes(scenario, settings)
        field = times[f"pickup_{scenario.name}"]
        routed = minutes_at_places(field.minutes, node, walk)
        columns[f"pickup_{scenario.name}"] = np.minimum(routed, direct)
        if scenario.bound:
            continue
        season, straight = scenario.season, direct < routed
        columns[f"foot_{season}"] = np.where(straight, direct, field.foot_min[row] + walk)
        hub = np.where(np.isfinite(routed), field.hub[row], -1)
        columns[f"hub_{season}"] = np.where(straight, nearby.point, hub)
        if f"parcel_{season}" in times:
            columns[f"parcel_{season}"] = minutes_at_places(times[f"parcel_{season}"].minutes, node, walk)
    return columns


def payment_travel_times(run: Run, tile: int, first: int, last: int, mode: Mode | None = None) -> Columns:
    """Compute minutes to a payment point: walk_<scenario>, drive_<season>; ``payment_m`` in a straight line.

    Of a ``mode`` they are <mode>_<scenario> alone.
    """
    snapped, _ = snapped_places(run, tile, first, last)
    times = _travel_times(times_file(run.stages_folder, "payments", mode or "walk"))
    nearby = read_direct_walks(run, tile, "payments")
    settings, node = run.country.travel, snapped.node
    columns: Columns = {"payment_m": nearby.walks.length_m.astype(np.float64)}
    for scenario in scenarios_of(settings):
        walk, direct = snapped.walks.minutes(scenario, settings), nearby.walks.minutes(scenario, settings)
        for by in (mode,) if mode else ("walk", "drive"):
            if f"{by}_{scenario.name}" in times:
                routed = minutes_at_places(times[f"{by}_{scenario.name}"].minutes, node, walk)
                columns[f"{by}_{scenario.name}"] = np.minimum(routed, direct)
    return columns


IN_EVERY_RUN: dict[str, Mode] = {"hubs": "drive", "payments": "walk"}
"""By which mode every run times the routes, whatever people travel with."""


def times_file(stages: Path, name: str, mode: Mode) -> Path:
    """Name the file of the minutes of every node to 'hubs' or 'payments' in one mode."""
    is_usual = mode == IN_EVERY_RUN[name]
    return stages / "travel_times" / f"{name}.npz" if is_usual else stages / "mode_times" / f"{name}_{mode}.npz"


@lru_cached
def _travel_times_at(source: Path, _stamp: int) -> dict[str, TravelTimeField]:
    return read_travel_times(source)


def _travel_times(source: Path) -> dict[str, TravelTimeField]:
    return _travel_times_at(*stamped(source))
