"""Minutes over a friction raster, for countries without a road graph, and to check the graph against."""

from __future__ import annotations

import heapq

import numpy as np

from commune_coverage.config.travel import Travel
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.arrays import Floats, Integers
from commune_coverage.travel.graph.edge_times import Roads, step_minutes
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import MAX_EFFORT, TOBLER, Ground
from commune_coverage.travel.scenarios import Mode, Scenario

_DIAGONAL = float(np.sqrt(2.0))


@compiled_allocating
def grid_minutes(friction: Floats, cell_m: float, start: Integers, offset_min: Floats) -> tuple[Floats, Integers]:
    """Compute the cost distance of every cell from the nearest start, over eight neighbours.

    Parameters
    ----------
    friction : float64[rows, columns]
        Minutes a metre; inf: closed.
    cell_m : float
        Side of a cell, m.
    start : int64[starts]
        Flat cells; less than 0 for none.
    offset_min : float64[starts]
        Minutes at each start; inf leaves it out.

    Returns
    -------
    float64[rows * columns]
        Minutes of each cell; inf where no route leads.
    int64[rows * columns]
        The nearest start of each cell; ``NO_NODE`` where no route leads.

    Notes
    -----
    Dijkstra's algorithm (1959). A step costs its length times the mean friction of both cells, as scikit-image's
    ``MCP_Geometric`` and common cost-distance tools have it.
    """
    rows, columns = friction.shape
    flat = friction.ravel()
    minutes = np.full(rows * columns, np.inf)
    nearest = np.full(rows * columns, NO_NODE)
    heap = [(0.0, 0, 0)]
    heap.clear()
    for number in range(len(start)):
        if start[number] >= 0 and np.isfinite(flat[start[number]]) and np.isfinite(offset_min[number]):
            heapq.heappush(heap, (offset_min[number], start[number], number))
            minutes[start[number]] = min(minutes[start[number]], offset_min[number])
    while len(heap) > 0:
        here_min, here, number = heapq.heappop(heap)
        if nearest[here] != NO_NODE or here_min > minutes[here]:
            continue
        nearest[here] = number
        row, column = here // columns, here % columns
        for down in range(max(row - 1, 0), min(row + 2, rows)):
            for along in range(max(column - 1, 0), min(column + 2, columns)):
                there = down * columns + along
                if nearest[there] != NO_NODE or not np.isfinite(flat[there]):
                    continue
                length = cell_m if down == row or along == column else cell_m * _DIAGONAL
                there_min = here_min + length * (flat[here] + flat[there]) / 2
                if there_min < minutes[there]:
                    minutes[there] = there_min
                    heapq.heappush(heap, (there_min, there, number))
    return minutes, nearest


def burn_friction(ground: Ground, roads: Roads | None, scenario: Scenario, mode: Mode, settings: Travel) -> Floats:
    """Rasterise the friction: the fastest road in each cell, else on foot by slope, or by boat.

    Parameters
    ----------
    ground : Ground
        Heights and water.
    roads : Roads or None
        Roads with their speeds and links.
    scenario : Scenario
        Season and speeds.
    mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}
        How people travel.
    settings : Travel
        The ``[travel]`` section.

    Returns
    -------
    float64[rows, columns]
        Minutes a metre; inf where there is water all year.

    Notes
    -----
    A ferry's wait is distributed over its length, for a cell has no landing. Slopes as in `walks_between`.
    """
    friction = _off_road(ground, scenario, settings)
    if roads is None or not len(roads.vertices.node):
        return friction
    vertices = roads.vertices
    minutes = step_minutes(roads, scenario, mode, settings)
    length = np.bincount(vertices.line, vertices.step_m)[vertices.line]
    waiting = np.divide(vertices.step_m, length, out=np.zeros_like(length), where=length > 0)
    minutes = minutes + waiting * roads.speeds.wait_min[vertices.line]
    steps = np.flatnonzero((vertices.step_m > 0) & np.isfinite(minutes))
    parts = np.maximum(np.ceil(vertices.step_m[steps] / (ground.cell_m / 4)), 1).astype(np.int64)
    step = np.repeat(steps, parts + 1)
    index = np.arange(len(step)) - np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    along = index / np.repeat(parts, parts + 1)
    start, end = vertices.node[step], vertices.node[step + 1]
    x, y = (axis[start] + (axis[end] - axis[start]) * along for axis in (vertices.x_m, vertices.y_m))
    np.minimum.at(friction, ground.cell(x, y), minutes[step] / vertices.step_m[step])
    return friction


def _off_road(ground: Ground, scenario: Scenario, settings: Travel) -> Floats:
    down, along = np.gradient(ground.height_m, ground.cell_m) if min(ground.height_m.shape) > 1 else (np.zeros(1),) * 2
    slope = in_plane(np.hypot(down, along), ground, -1)
    effort = np.minimum(np.exp(TOBLER * slope), MAX_EFFORT)
    level = settings.walk_kmh * settings.ground_factor * scenario.speed_factor
    level = level * (settings.wet.ground_factor if scenario.is_wet else 1.0)
    friction = np.asarray(effort / level * 60 / 1000, dtype=np.float64)
    if scenario.bound == "_low":
        friction = np.minimum(friction, 60 / 1000 / settings.unmapped_road_kmh)
    if scenario.is_wet:
        afloat = 60 / 1000 / (settings.water.boat_kmh * scenario.speed_factor) if settings.wet.boats else np.inf
        friction = np.where(ground.is_flooded, afloat, friction)
    return np.where(ground.is_water, np.inf, friction)


def in_plane(per_m: Floats, ground: Ground, power: int = 1) -> Floats:
    """Multiply a value of each cell by the true metres in a metre of the plane, or by a power of them.

    Parameters
    ----------
    per_m : float64[rows, columns]
        Values of the cells.
    ground : Ground
        Its cells and its scale.
    power : int, optional
        To which power; -1 divides.

    Returns
    -------
    float64[rows, columns]
        As given where the metric system is not corrected.
    """
    if ground.scale.is_one:
        return per_m
    rows, columns = per_m.shape
    x_m = ground.west_m + (np.arange(columns) + 0.5) * ground.cell_m
    scaled = np.empty(per_m.shape)
    for row in range(rows):
        y_m = np.full(columns, ground.north_m - (row + 0.5) * ground.cell_m)
        scaled[row] = per_m[row] * ground.scale.at(x_m, y_m) ** power
    return scaled


def flat_cells(position_m: Floats, ground: Ground) -> Integers:
    """Find the flat cell that each position falls in.

    Parameters
    ----------
    position_m : float64[n, 2]
        Positions, m.
    ground : Ground
        Heights and water.

    Returns
    -------
    int64[n]
    """
    row, column = ground.cell(position_m[:, 0], position_m[:, 1])
    return row * ground.height_m.shape[1] + column
