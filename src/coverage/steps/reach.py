"""The reach stage: minutes from the hubs to every road node once, then to the places tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from coverage.assumptions import Reach
from coverage.engine import map_items
from coverage.reach.minutes import Pace, minutes_to_hub
from coverage.reach.network import build_network, minutes_from
from coverage.reach.speeds import road_speed_kmh
from coverage.runs import Run
from coverage.steps.report import StageNotes
from coverage.store import read_geo, read_table, read_tile, tile_count, write_arrays, write_table

Progress = Callable[[int, int], None]


def reach(run: Run, progress: Progress) -> StageNotes:
    """Write ``reach/<tile>.parquet``: per place its minutes to the nearest hub and whether by road."""
    folder = run.stages_folder
    if not ((folder / "places.parquet").is_file() and (folder / "hubs.parquet").is_file()):
        return StageNotes()
    if read_table(folder / "hubs.parquet").empty:
        return StageNotes()
    has_roads = (folder / "roads.parquet").is_file()
    nodes = _node_minutes(run) if has_roads else (np.zeros((0, 2)), np.zeros(0))
    write_arrays(folder / "reach" / "nodes.npz", lambda stream: np.savez(stream, nodes=nodes[0], minutes=nodes[1]))
    tiles = list(range(tile_count(folder)))
    done = iter(range(1, len(tiles) + 1))
    map_items(
        partial(reach_tile, folder, pace_of(run.country.reach)),
        tiles,
        run.engine,
        lambda: progress(next(done), len(tiles)),
    )
    return _stated(run.country.reach, has_roads, len(nodes[0]))


def pace_of(settings: Reach) -> Pace:
    """The country file's speeds as the reach functions take them."""
    return Pace(
        settings.straight_line_kmh, settings.detour_factor, settings.walk_kmh, settings.max_walk_to_road_km * 1000
    )


def _node_minutes(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Positions and minutes of the road nodes that a hub reaches."""
    settings = run.country.reach
    roads = read_geo(run.stages_folder / "roads.parquet")
    network = build_network(roads.geometry.to_numpy(), road_speed_kmh(roads, settings.road_kmh))
    hubs = read_table(run.stages_folder / "hubs.parquet")[["x_m", "y_m"]].to_numpy()
    minutes = minutes_from(hubs, network, settings.walk_kmh, settings.max_walk_to_road_km * 1000)
    reached = np.isfinite(minutes)
    return network.nodes[reached], minutes[reached]


def reach_tile(folder: Path, pace: Pace, tile: int) -> None:
    """One tile's minutes; a tile that an earlier, killed run has written is left as it is."""
    target = folder / "reach" / f"{tile:05d}.parquet"
    if target.is_file():
        return
    nodes, node_min = _nodes(folder / "reach" / "nodes.npz")
    hubs = read_table(folder / "hubs.parquet")[["x_m", "y_m"]].to_numpy()
    places = read_tile(folder, tile)[["x_m", "y_m"]].to_numpy()
    low, high = places.min(axis=0) - pace.max_walk_to_road_m, places.max(axis=0) + pace.max_walk_to_road_m
    near = ((nodes >= low) & (nodes <= high)).all(axis=1)
    minutes, by_road = minutes_to_hub(places, hubs, nodes[near], node_min[near], pace)
    write_table(target, pd.DataFrame({"minutes": minutes, "by_road": by_road}))


@lru_cache(maxsize=2)
def _nodes(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path) as kept:
        return kept["nodes"], kept["minutes"]


def _stated(settings: Reach, has_roads: bool, nodes: int) -> StageNotes:
    notes = StageNotes(facts={"road_nodes_reached": nodes})
    straight = f"{settings.straight_line_kmh:g} km/h over the straight line x {settings.detour_factor:g}"
    if has_roads:
        notes.assume(
            "delivery",
            "over roads",
            "speed by class and surface, both ways, dry season",
            "",
            "this project, assumption",
        )
        notes.assume(
            "delivery",
            "to the road on foot",
            f"{settings.walk_kmh:g} km/h, at most {settings.max_walk_to_road_km:g} km",
            "",
            "assumption",
        )
        notes.assume("delivery", "where no road leads", straight, "", "assumption")
    else:
        notes.assume("delivery", "straight line, no roads at hand", straight, "", "assumption")
    return notes
