"""The snapping and beside stages: each place's way to the road, and to the points that stand beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.engine import map_items
from coverage.reach.ground import Ground, dry_level_ground
from coverage.reach.snapping import Beside, Nodes, Snapped, beside, snap
from coverage.reach.spread import NOWHERE
from coverage.reach.tiers import COLLECT_FROM
from coverage.reach.ways import all_season_nodes, road_nodes
from coverage.reach_assumptions import Reach
from coverage.runs import Run
from coverage.steps.network import method_of
from coverage.steps.reach_files import read_ground, read_roads, read_tile_columns, stamped, write_tile_columns
from coverage.steps.report import StageNotes
from coverage.store import has_places, places_of, read_table, read_tile, tile_count, tile_file

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]


def snapping(run: Run, progress: Progress) -> StageNotes:
    """Write one table a tile of ways to the road, where there are roads."""
    if has_places(run.stages_folder) and method_of(run) == "roads":
        _each_tile(run, progress, "snapping", partial(_road_tile, run.stages_folder, run.country.reach))
    return StageNotes()


def beside_points(run: Run, progress: Progress) -> StageNotes:
    """Write one table a tile of ways to the hub and the payment point beside each place."""
    if has_places(run.stages_folder):
        payment_km = run.country.thresholds.payment_rural_km
        _each_tile(run, progress, "beside", partial(_beside_tile, run.stages_folder, run.country.reach, payment_km))
    return StageNotes()


def _each_tile(run: Run, progress: Progress, name: str, work: Callable[[int], None]) -> None:
    """Do what a killed run has not done yet."""
    tiles = range(tile_count(run.stages_folder))
    missing = [tile for tile in tiles if not _file(run.stages_folder, name, tile).is_file()]
    done = iter(range(1, len(missing) + 1))
    stages = run.stages_folder
    shared = [stages / f"{table}.parquet" for table in ("hubs", "payments")]
    shared += [stages / "network" / f"{table}.npz" for table in ("roads", "ground")]
    map_items(
        work, missing, run.engine, lambda: progress(next(done), len(missing)),
        reads=lambda tile: [*shared, tile_file(stages, tile)], writes=lambda tile: [_file(stages, name, tile)],
        size=places_of(stages),
    )  # fmt: skip


def _file(stages: Path, name: str, tile: int) -> Path:
    return stages / name / f"{tile:05d}.arrow"


def _positions(stages: Path, tile: int) -> Floats:
    return np.asarray(read_tile(stages, tile, ["x_m", "y_m"]).to_numpy())


def _road_tile(stages: Path, reach: Reach, tile: int) -> None:
    """The node that each place of a tile goes to, the way there, and whether an all-season road is near."""
    position, network = _positions(stages, tile), stages / "network"
    nodes, all_season = _nodes(*stamped(network / "roads.npz"))
    found = snap(position, nodes, _ground(network / "ground.npz"), reach.water.ford_m)
    near = _near_road(found, position, all_season, reach.all_season_road_km * 1000)
    target = _file(stages, "snapping", tile)
    write_tile_columns(target, node=found.node.astype(np.int32), walks=found.walks, near_road=near)


def _near_road(found: Snapped, position: Floats, all_season: Nodes, within_m: float) -> npt.NDArray[np.bool_]:
    """Places whose own node is on an all-season road and near, and of the others those near any such node."""
    if not len(all_season.number):
        return np.zeros(len(position), dtype=bool)
    at = np.searchsorted(all_season.number, found.node)
    own = np.append(all_season.number, -1)[at] == found.node
    near = np.asarray(own & (found.walks.length_m <= within_m) & (found.node >= 0))
    others = np.flatnonzero(~near)
    near[others] = all_season.buckets.nearest(position[others], within_m)[0] != NOWHERE
    return near


def _beside_tile(stages: Path, reach: Reach, payment_km: float, tile: int) -> None:
    """The nearest pick-up and payment point to each place of a tile, as far as one would walk straight to it."""
    position, ground = _positions(stages, tile), _ground(stages / "network" / "ground.npz")
    columns: dict[str, Any] = {}
    for name, within_km in (("hubs", reach.direct_walk_km), ("payments", max(payment_km, reach.direct_walk_km))):
        points = collectable(stages, name)
        found = beside(position, points[["x_m", "y_m"]].to_numpy(), within_km * 1000, ground)
        row = np.where(found.point >= 0, np.append(points.index.to_numpy(), -1)[found.point], -1)
        columns |= {f"{name}_point": row.astype(np.int32), f"{name}_walks": found.walks}
    write_tile_columns(_file(stages, "beside", tile), **columns)


def collectable(stages: Path, name: str) -> pd.DataFrame:
    """Hubs where parcels are collected, or payment points, under their row numbers; empty without the layer."""
    source = stages / f"{name}.parquet"
    if not source.is_file():
        return pd.DataFrame({"x_m": np.zeros(0), "y_m": np.zeros(0)})
    points = read_table(source)
    if name != "hubs" or not points["tier"].isin(COLLECT_FROM).any():
        return points
    return points[points["tier"].isin(COLLECT_FROM)]


def snapped_tile(run: Run, tile: int) -> tuple[Snapped, npt.NDArray[np.bool_]]:
    """The way of each place of a tile to its node, and whether an all-season road is near."""
    kept = read_tile_columns(_file(run.stages_folder, "snapping", tile), "node", "walks", "near_road")
    return Snapped(kept["node"], kept["walks"]), kept["near_road"]


def beside_of(run: Run, tile: int, name: str) -> Beside:
    """The ways of a tile's places to the 'hubs' or 'payments' beside them."""
    kept = read_tile_columns(_file(run.stages_folder, "beside", tile), f"{name}_point", f"{name}_walks")
    return Beside(kept[f"{name}_point"], kept[f"{name}_walks"])


@lru_cache(maxsize=2)
def _nodes(source: Path, _stamp: int) -> tuple[Nodes, Nodes]:
    roads = read_roads(source)
    return road_nodes(roads), all_season_nodes(roads)


def _ground(source: Path) -> Ground:
    return read_ground(source) if source.is_file() else dry_level_ground()
