"""The snapping stage: each place's way to the road and to what stands beside it, kept while none of them changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coverage.engine import map_items
from coverage.reach.ground import Ground, dry_level_ground
from coverage.reach.snapping import Nodes, beside, snap
from coverage.reach.tiers import COLLECT_FROM
from coverage.reach.ways import all_season_nodes, road_nodes
from coverage.reach_assumptions import Reach
from coverage.runs import Run
from coverage.steps.kept import forget_older, kept_folder
from coverage.steps.network import method_of, network_folder
from coverage.steps.reach_files import light, read_ground, read_roads, write_fields
from coverage.steps.report import StageNotes
from coverage.store import read_table, read_tile, tile_count

Progress = Callable[[int, int], None]


def snapping_folder(run: Run) -> Path:
    """Where the ways from the places to the roads are kept."""
    return kept_folder(run, "snapping", ("places",), (), network_folder(run).name)


def beside_folder(run: Run) -> Path:
    """Where the ways from the places to hubs and payment points beside them are kept."""
    return kept_folder(run, "beside", ("places", "hubs", "payments"), (), network_folder(run).name)


def snapping(run: Run, progress: Progress) -> StageNotes:
    """Write one archive a tile of ways to the road, where there are roads, and one of ways to points beside."""
    if not (run.stages_folder / "places.parquet").is_file():
        return StageNotes()
    method, places = method_of(run), run.stages_folder
    tiles = list(range(tile_count(places)))
    reach = run.country.reach
    tasks: list[tuple[str, int]] = []
    folders = {"beside": beside_folder(run)} | ({"road": snapping_folder(run)} if method == "roads" else {})
    for name, folder in folders.items():
        forget_older(folder)
        tasks += [(name, tile) for tile in tiles if not (folder / f"{tile:05d}.npz").is_file()]
    done = iter(range(1, len(tasks) + 1))
    work = partial(_task, places, network_folder(run), folders, reach, run.country.thresholds.payment_rural_km)
    map_items(work, tasks, run.engine, lambda: progress(next(done), len(tasks)))
    return StageNotes(facts={"kept_tiles": len(tiles) * len(folders) - len(tasks), "tiles": len(tiles) * len(folders)})


def _task(
    places: Path, network: Path, folders: dict[str, Path], reach: Reach, payment_km: float, task: tuple[str, int]
) -> None:
    name, tile = task
    target = folders[name] / f"{tile:05d}.npz"
    position = read_tile(places, tile)[["x_m", "y_m"]].to_numpy()
    if name == "road":
        snap_tile(target, position, network, reach)
    else:
        beside_tile(target, position, places, network, reach, payment_km)


def snap_tile(target: Path, position: np.ndarray, network: Path, reach: Reach) -> None:
    """The node that each place of a tile goes to, the way there, and whether an all-season road is near."""
    nodes, all_season = _nodes(network / "roads.npz")
    found = snap(position, nodes, _ground(network / "ground.npz"), reach.water.ford_m)
    near = np.zeros(len(position), dtype=bool)
    if len(all_season.number):
        away = all_season.tree.query(position, distance_upper_bound=reach.all_season_road_km * 1000)[0]
        near = np.isfinite(away)
    write_fields(target, node=found.node.astype(np.int32), walks=light(found.walks), near_road=near)


def beside_tile(
    target: Path, position: np.ndarray, places: Path, network: Path, reach: Reach, payment_km: float
) -> None:
    """The nearest pick-up and payment point to each place of a tile, as far as one would walk straight to it."""
    ground = _ground(network / "ground.npz")
    arrays: dict[str, Any] = {}
    for name, within_km in (("hubs", reach.direct_walk_km), ("payments", max(payment_km, reach.direct_walk_km))):
        points = collectable(places, name)
        found = beside(position, points[["x_m", "y_m"]].to_numpy(), within_km * 1000, ground)
        row = np.where(found.point >= 0, np.append(points.index.to_numpy(), -1)[found.point], -1)
        arrays |= {f"{name}_point": row.astype(np.int32), name: light(found.walks)}
    write_fields(target, **arrays)


def collectable(stages: Path, name: str) -> pd.DataFrame:
    """Hubs where parcels are collected, or payment points, under their row numbers; empty without the layer."""
    source = stages / f"{name}.parquet"
    if not source.is_file():
        return pd.DataFrame({"x_m": np.zeros(0), "y_m": np.zeros(0)})
    points = read_table(source)
    if name != "hubs" or not points["tier"].isin(COLLECT_FROM).any():
        return points
    return points[points["tier"].isin(COLLECT_FROM)]


@lru_cache(maxsize=2)
def _nodes(source: Path) -> tuple[Nodes, Nodes]:
    roads = read_roads(source)
    return road_nodes(roads), all_season_nodes(roads)


@lru_cache(maxsize=2)
def _ground(source: Path) -> Ground:
    return read_ground(source) if source.is_file() else dry_level_ground()
