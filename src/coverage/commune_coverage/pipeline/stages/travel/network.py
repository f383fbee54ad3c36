"""The network stage: the ground as a grid and the roads as a graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from rasterio.enums import Resampling

from commune_coverage.config.layers import FileRef
from commune_coverage.core.array_archives import write_fields
from commune_coverage.core.files import read_json, read_shapes, read_table, write_json
from commune_coverage.core.resources import clear_caches, release_memory, resident_mb
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.travel.artifacts import write_ground, write_roads
from commune_coverage.readers.ground.friction import FRICTION
from commune_coverage.readers.ground.grid import Grid, raster_cell_m, read_ground_grid
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import ROADS
from commune_coverage.travel.graph.components import component_connectors, component_labels
from commune_coverage.travel.graph.edge_times import Roads
from commune_coverage.travel.graph.speeds import line_speeds
from commune_coverage.travel.graph.vertices import make_vertices
from commune_coverage.travel.off_road import Ground, dry_level_ground

MethodName = Literal["roads", "friction", "straight"]


def network_folder(run: Run) -> Path:
    """Return the folder of the ground and the roads."""
    return run.stages_folder / "network"


def method_of(run: Run) -> MethodName:
    """Read which method of timing the network stage has chosen."""
    method: MethodName = read_json(network_folder(run) / "method.json")
    return method


Progress = Callable[[int, int], None]
MAX_CELLS = 12_000


def _best_method(run: Run) -> MethodName:
    """Choose the method of timing: as the country file says where its layers allow it, else by the best there is."""
    wanted, layers = run.country.travel.method, run.country.layers
    has_roads = run.stage_report("roads")["facts"].get("length_km", 0) > 0
    if wanted == "straight" or not (has_roads or layers.friction):
        return "straight"
    if wanted == "friction" or not has_roads:
        return "friction"
    return "roads"


def network(run: Run, _: Progress) -> StageResult:
    """Write ``ground.npz``, ``roads.npz`` and, where one is given, ``friction.npz``; or nothing but the method."""
    method, folder = _best_method(run), network_folder(run)
    write_json(folder / "method.json", method)
    result = StageResult(facts={"method": method})
    if method == "straight":
        if not run.area.system.scale.is_one:
            write_ground(folder / "ground.npz", dry_level_ground(run.area.system.scale))
        return result
    settings = run.country.travel
    cell_m = friction_cell_m(run) if method == "friction" else None
    ground = read_ground_grid(run.country.layers, run.area, settings.wet.flood_below_m, cell_m, MAX_CELLS)
    clear_caches()
    write_ground(folder / "ground.npz", ground)
    if (run.stages_folder / "roads.parquet").is_file():
        roads = build_roads(run, ground)
        write_roads(folder / "roads.npz", roads)
        result.facts |= facts_of(roads)
    if run.country.layers.friction is not None and method == "friction":
        write_fields(folder / "friction.npz", **friction_given(run))
    return result


def build_roads(run: Run, ground: Ground) -> Roads:
    """Build the graph of the roads layer on the ground."""
    source, held_mb = run.stages_folder / "roads.parquet", resident_mb()
    speeds = line_speeds(read_table(source, list(ROADS.names)), run.country.travel)
    vertices = make_vertices(read_shapes(source), speeds.is_ferry, ground.scale)
    release_memory(held_mb)
    links, walks = component_connectors(vertices, speeds, ground)
    return Roads(vertices, speeds, ground.flooded_at(vertices.x_m, vertices.y_m), links, walks)


def friction_cell_m(run: Run) -> float:
    """Side of the cells that are walked, m: a third of a friction raster's own where ``grid_m`` is finer than that.

    A finer grid of it costs more and says no more: between the middles of its cells it is the same.
    """
    layer, grid_m = run.country.layers.friction, run.country.travel.grid_m
    return grid_m if layer is None else max(grid_m, raster_cell_m(layer) / 3)


def friction_given(run: Run) -> dict[str, npt.NDArray[np.float64]]:
    """Minutes a metre on the grid, by season; without a raster of the wet season the dry one, slower."""
    layer, settings = run.country.layers.friction, run.country.travel
    if layer is None:
        return {}
    grid = Grid(run.area, friction_cell_m(run), MAX_CELLS)
    dry = _on_grid(grid, layer)
    wet = dry / settings.wet.unpaved_factor if layer.wet is None else _on_grid(grid, layer.wet)
    return {name: _passable(values) for name, values in (("dry", dry), ("wet", wet))}


def _on_grid(grid: Grid, layer: FileRef) -> npt.NDArray[np.float64]:
    """A friction raster on the grid: its own cells where these are larger, for what is blended of a road and the ground
    beside it is neither."""
    resampling = Resampling.nearest if raster_cell_m(layer) >= grid.cell_m else Resampling.bilinear
    return grid.warp(layer, resampling, FRICTION)


def _passable(friction: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(friction) & (friction > 0), friction, np.inf)


def facts_of(roads: Roads) -> dict[str, int]:
    """Count what the graph holds, for the report."""
    vertices, component = roads.vertices, component_labels(roads.vertices)
    return {
        "ways": int(vertices.line.max(initial=-1)) + 1,
        "road_nodes": len(vertices.x_m),
        "pieces": int(component.max(initial=-1)) + 1,
        "walking_links": len(roads.links),
        "flooded_nodes": int(roads.is_flooded.sum()),
        "one_way_ways": int((roads.speeds.direction != 0).sum()),
        "ferries": int(roads.speeds.is_ferry.sum()),
    }
