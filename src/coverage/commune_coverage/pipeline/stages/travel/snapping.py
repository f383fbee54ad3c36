"""The snapping and direct walks stages: the walk from each place to the road, and to the points near it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.travel import Travel
from commune_coverage.core.files import read_table
from commune_coverage.core.resources import lru_cached
from commune_coverage.engine import map_items
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.travel.artifacts import (
    read_ground,
    read_roads,
    read_tile_columns,
    stamped,
    write_tile_columns,
)
from commune_coverage.pipeline.stages.travel.network import method_of
from commune_coverage.pipeline.stages.travel.service import SERVICE, serving
from commune_coverage.population.tables import has_places, places_of, read_tile, tile_count, tile_file
from commune_coverage.runs.run import Run
from commune_coverage.travel.access.hub_tiers import COLLECT_FROM
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import Ground, dry_level_ground
from commune_coverage.travel.routing.models import all_season_nodes, road_nodes
from commune_coverage.travel.routing.snapping import DirectWalks, Nodes, Snapped, direct_walks, nearest_within, snap

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def snapping(run: Run, progress: Progress) -> StageResult:
    """Write one table a tile of walks to the road, where there are roads."""
    if has_places(run.stages_folder) and method_of(run) == "roads":
        _each_tile(run, progress, "snapping", partial(_road_tile, run.stages_folder, run.country.travel))
    return StageResult()


def write_direct_walks(run: Run, progress: Progress) -> StageResult:
    """Write one table a tile of walks straight to the hub and the payment point near each place."""
    if has_places(run.stages_folder):
        payment_km = run.country.thresholds.payment_rural_km
        walks = partial(_direct_walks_tile, run.stages_folder, run.country.travel, payment_km)
        _each_tile(run, progress, "direct_walks", walks)
    return StageResult()


def _each_tile(run: Run, progress: Progress, name: str, work: Callable[[int], None]) -> None:
    """Process the tiles that an interrupted run has not finished."""
    tiles = range(tile_count(run.stages_folder))
    missing = [tile for tile in tiles if not _file(run.stages_folder, name, tile).is_file()]
    done = iter(range(1, len(missing) + 1))
    stages = run.stages_folder
    shared = [stages / f"{table}.parquet" for table in ("hubs", "payments", *SERVICE.values())]
    shared += [stages / "network" / f"{table}.npz" for table in ("roads", "ground")]
    map_items(
        work,
        missing,
        run.engine,
        lambda: progress(next(done), len(missing)),
        reads=lambda tile: [*shared, tile_file(stages, tile)],
        writes=lambda tile: [_file(stages, name, tile)],
        size=places_of(stages),
    )


def _file(stages: Path, name: str, tile: int) -> Path:
    return stages / name / f"{tile:05d}.arrow"


def _positions(stages: Path, tile: int) -> Floats:
    return np.asarray(read_tile(stages, tile, ["x_m", "y_m"]).to_numpy())


def _road_tile(stages: Path, settings: Travel, tile: int) -> None:
    """Write the node of each place of a tile, the walk there, and whether an all-season road is near."""
    position, network = _positions(stages, tile), stages / "network"
    nodes, all_season, is_all_season = _nodes(*stamped(network / "roads.npz"))
    ground = _ground(network / "ground.npz")
    snapped = snap(position, nodes, ground, settings.water.max_crossing_m)
    within_m = settings.all_season_road_km * 1000
    near = np.asarray(is_all_season[snapped.node] & (snapped.walks.length_m <= within_m))
    if len(all_season.number):
        others = np.flatnonzero(~near)
        near[others] = nearest_within(all_season, position[others], within_m, ground.scale) != NO_NODE
    target = _file(stages, "snapping", tile)
    write_tile_columns(target, node=snapped.node.astype(np.int32), walks=snapped.walks, near_road=near)


def _direct_walks_tile(stages: Path, settings: Travel, payment_km: float, tile: int) -> None:
    """Write the nearest pick-up and payment point to each place of a tile, as far as one would walk straight to it."""
    position, ground = _positions(stages, tile), _ground(stages / "network" / "ground.npz")
    columns: dict[str, Any] = {}
    for name, within_km in (("hubs", settings.direct_walk_km), ("payments", max(payment_km, settings.direct_walk_km))):
        walks = direct_walks(position, _points(stages, name), within_km * 1000, ground)
        columns |= {f"{name}_point": walks.point.astype(np.int32), f"{name}_walks": walks.walks}
    write_tile_columns(_file(stages, "direct_walks", tile), **columns)


def _points(stages: Path, name: str) -> Nodes:
    """Points to walk straight to, read once a process."""
    sources = stages / f"{name}.parquet", stages / f"{SERVICE[name]}.parquet"
    return _points_at(stages, name, *(stamped(source)[1] if source.is_file() else 0 for source in sources))


@lru_cached
def _points_at(stages: Path, name: str, _stamp: int, _service_stamp: int) -> Nodes:
    points = collectable(stages, name)
    return Nodes(points[["x_m", "y_m"]].to_numpy(), points.index.to_numpy())


def collectable(stages: Path, name: str) -> pd.DataFrame:
    """Select hubs where parcels are collected, or payment points, that serve, under their row numbers."""
    source = stages / f"{name}.parquet"
    if not source.is_file():
        return pd.DataFrame({"x_m": np.zeros(0), "y_m": np.zeros(0)})
    points, serves = read_table(source), serving(stages, name)
    if name == "hubs" and points["tier"].isin(COLLECT_FROM).any():
        serves = serves & points["tier"].isin(COLLECT_FROM).to_numpy()
    return points[serves]


def snapped_tile(run: Run, tile: int) -> tuple[Snapped, Flags]:
    """Read the node of each place of a tile and the walk there, and whether an all-season road is near."""
    columns = read_tile_columns(_file(run.stages_folder, "snapping", tile), "node", "walks", "near_road")
    return Snapped(columns["node"], columns["walks"]), columns["near_road"]


def read_direct_walks(run: Run, tile: int, name: str) -> DirectWalks:
    """Read the walks of a tile's places straight to the 'hubs' or 'payments' near them."""
    columns = read_tile_columns(_file(run.stages_folder, "direct_walks", tile), f"{name}_point", f"{name}_walks")
    return DirectWalks(columns[f"{name}_point"], columns[f"{name}_walks"])


@lru_cached
def _nodes(source: Path, _stamp: int) -> tuple[Nodes, Nodes, Flags]:
    """Nodes of roads; those of them that carry traffic all year, as points and as a flag a node, with one for none."""
    roads = read_roads(source)
    all_season = all_season_nodes(roads)
    is_all_season = np.zeros(len(roads.vertices.x_m) + 1, dtype=bool)
    is_all_season[all_season.number] = True
    return road_nodes(roads), all_season, is_all_season


def _ground(source: Path) -> Ground:
    return read_ground(source) if source.is_file() else dry_level_ground()
