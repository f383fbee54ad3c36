"""The network stage: the ground as a grid and the roads as a graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from rasterio.enums import Resampling

from coverage.memory import hand_back, let_go, resident_mb
from coverage.reach.ground import Ground
from coverage.reach.pieces import pieces_of, walking_links
from coverage.reach.speeds import line_speeds
from coverage.reach.step_minutes import Roads
from coverage.reach.vertices import make_vertices
from coverage.runs import Run
from coverage.sources.ground import Grid, read_ground_grid
from coverage.steps.network_method import MethodName, network_folder
from coverage.steps.reach_files import write_fields, write_ground, write_roads
from coverage.steps.report import StageNotes
from coverage.store import read_shapes, read_table, write_json
from coverage.tables import ROADS

Progress = Callable[[int, int], None]

_MOST_CELLS = 12_000


def _best_method(run: Run) -> MethodName:
    """How ways are timed: as the country file says where its layers allow it, else by the best there is."""
    wanted, layers = run.country.reach.method, run.country.layers
    has_roads = run.stage_report("roads")["facts"].get("length_km", 0) > 0
    if wanted == "straight" or not (has_roads or layers.friction):
        return "straight"
    if wanted == "friction" or not has_roads:
        return "friction"
    return "roads"


def network(run: Run, _: Progress) -> StageNotes:
    """Write ``ground.npz``, ``roads.npz`` and, where one is given, ``friction.npz``; or nothing but the method."""
    method, folder = _best_method(run), network_folder(run)
    write_json(folder / "method.json", method)
    notes = StageNotes(facts={"method": method})
    if method == "straight":
        return notes
    settings = run.country.reach
    cell_m = settings.grid_m if method == "friction" else None
    ground = read_ground_grid(run.country.layers, run.area, settings.wet.flood_below_m, cell_m, _MOST_CELLS)
    let_go()
    write_ground(folder / "ground.npz", ground)
    if (run.stages_folder / "roads.parquet").is_file():
        roads = build_roads(run, ground)
        write_roads(folder / "roads.npz", roads)
        notes.facts |= facts_of(roads)
    if run.country.layers.friction is not None and method == "friction":
        _write_friction(run, folder / "friction.npz")
    return notes


def build_roads(run: Run, ground: Ground) -> Roads:
    """The graph of the roads layer on the ground."""
    source, held_mb = run.stages_folder / "roads.parquet", resident_mb()
    speeds = line_speeds(read_table(source, list(ROADS.names)), run.country.reach)
    vertices = make_vertices(read_shapes(source), speeds.is_afloat)
    hand_back(held_mb)
    links, walks = walking_links(vertices, speeds, ground)
    return Roads(vertices, speeds, ground.flooded_at(vertices.x_m, vertices.y_m), links, walks)


def _write_friction(run: Run, target: Path) -> None:
    """Minutes a metre on the grid, by season; without a raster of the wet season the dry one, slower."""
    layer, reach = run.country.layers.friction, run.country.reach
    if layer is None:
        return
    grid = Grid(run.area, reach.grid_m, _MOST_CELLS)
    dry = grid.warp(layer, Resampling.bilinear)
    wet = dry / reach.wet.unpaved_factor if layer.wet is None else grid.warp(layer.wet, Resampling.bilinear)
    write_fields(target, **{name: _passable(values) for name, values in (("dry", dry), ("wet", wet))})


def _passable(friction: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(friction) & (friction > 0), friction, np.inf)


def facts_of(roads: Roads) -> dict[str, int]:
    """What the graph holds, for the report."""
    vertices, piece = roads.vertices, pieces_of(roads.vertices)
    return {
        "ways": int(vertices.line.max(initial=-1)) + 1,
        "road_nodes": len(vertices.x_m),
        "pieces": int(piece.max(initial=-1)) + 1,
        "walking_links": len(roads.links),
        "flooded_nodes": int(roads.is_flooded.sum()),
        "one_way_ways": int((roads.speeds.direction != 0).sum()),
        "ferries": int(roads.speeds.is_afloat.sum()),
    }
