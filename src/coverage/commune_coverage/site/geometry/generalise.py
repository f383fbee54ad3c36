"""Boundaries light enough for a page, at two levels of detail: each a valid coverage with the same neighbours.

The whole country is drawn from ``whole``; nearer than that pages take ``near``, a file for each part of the country.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from commune_coverage.core.longitudes import centre_of_shapes, unwrapped_shapes

WHOLE_VERTICES, VERTICES_EACH = 30_000, 10
"""Most vertices of the whole country's level, or so many a commune where that is more."""
FIRST_TOLERANCE_OF_SPAN = 1 / 4000
NEAR_DIVISOR = 6
TOLERANCE_STEP = 1.5
MATCHING_DEGREES = 1e-7  # about a centimetre: edges of neighbours that differ by less are the same edge
MAX_DECIMALS = 7
MIN_OUTLINE_AREA_OF_UNIT = 0.01

Geometries = np.ndarray[Any, np.dtype[np.object_]]


class Level(NamedTuple):
    """One geometry per commune (degrees), empty where there is none, rounded to ``decimals``."""

    shapes: Geometries
    decimals: int


class SimplifiedBoundaries(NamedTuple):
    """The two levels of detail."""

    whole: Level
    near: Level


def simplify_boundaries(communes: gpd.GeoDataFrame) -> SimplifiedBoundaries:
    """Both levels of all communes: see ``boundaries_of``."""
    return boundaries_of([np.array(communes.geometry.array, dtype=object)])


def boundaries_of(parts: Iterable[Geometries]) -> SimplifiedBoundaries:
    """Both levels of communes that come some at a time, so that what is read need not stay in memory.

    Longitudes go on beyond 180 degrees where the country does, so that maps show it in one piece.

    The whole country's tolerance starts at 1/4000 of its span and grows until few vertices are left.
    """
    shapes = np.concatenate([_matching(part) for part in parts])
    is_drawn = np.array([_is_polygonal(shape) for shape in shapes], dtype=bool)
    nothing = np.full(len(shapes), shapely.GeometryCollection(), dtype=object)
    if not is_drawn.any():
        return SimplifiedBoundaries(Level(nothing, 1), Level(nothing, 1))
    shapes = shapes[is_drawn]
    centre = centre_of_shapes(shapes)
    shapes = _valid(_matching(unwrapped_shapes(shapes, centre)) if centre else shapes)
    tolerance_deg = _first_tolerance_deg(shapes)
    shapes = shapely.coverage_simplify(shapes, tolerance_deg / NEAR_DIVISOR)
    levels = _levels(shapes, tolerance_deg)
    return SimplifiedBoundaries(*(Level(_placed(nothing, is_drawn, level.shapes), level.decimals) for level in levels))


def _first_tolerance_deg(coverage: Geometries) -> float:
    west, south, east, north = shapely.total_bounds(coverage)
    return max(float(max(east - west, north - south)) * FIRST_TOLERANCE_OF_SPAN, MATCHING_DEGREES)


def _levels(fine: Geometries, tolerance_deg: float) -> SimplifiedBoundaries:
    """The finer level is simplified further: the detail of the source is looked at once."""
    most = max(WHOLE_VERTICES, VERTICES_EACH * len(fine))
    light = shapely.coverage_simplify(fine, tolerance_deg)
    while tolerance_deg < 1 and int(shapely.get_num_coordinates(light).sum()) > most:
        tolerance_deg *= TOLERANCE_STEP
        light = shapely.coverage_simplify(light, tolerance_deg)
    fine = shapely.coverage_simplify(fine, tolerance_deg / NEAR_DIVISOR)
    return SimplifiedBoundaries(rounded(light, tolerance_deg), rounded(fine, tolerance_deg / NEAR_DIVISOR))


def _is_polygonal(shape: Any) -> bool:
    return shape is not None and not shape.is_empty and shape.geom_type in ("Polygon", "MultiPolygon")


def _placed(nothing: Geometries, where: Any, shapes: Geometries) -> Geometries:
    placed = nothing.copy()
    placed[where] = shapes
    return placed


def as_coverage(shapes: Geometries) -> Geometries:
    """The same polygons with edges that match: neighbours have every vertex of what they share."""
    return _valid(_matching(shapes))


def _matching(shapes: Geometries) -> Geometries:
    return np.asarray(shapely.set_precision(shapes, MATCHING_DEGREES), dtype=object)


def _valid(matched: Geometries) -> Geometries:
    if shapely.coverage_is_valid(matched):
        return matched
    clean: Callable[..., Geometries] = shapely.coverage_clean  # type: ignore[attr-defined]  # newer than its stubs
    cleaned = clean(matched, snapping_distance=MATCHING_DEGREES)
    return np.where(shapely.is_empty(cleaned), matched, cleaned)


def rounded(shapes: Geometries, tolerance_deg: float) -> Level:
    """Rounded to about a tenth of the tolerance, with more decimals where edges would vanish or cross."""
    decimals = math.ceil(-math.log10(tolerance_deg)) + 1
    geometries = _rounded(shapes, decimals)
    while decimals < MAX_DECIMALS and not (_keeps_edges(shapes, geometries) and shapely.coverage_is_valid(geometries)):
        decimals += 1
        geometries = _rounded(shapes, decimals)
    return Level(geometries, decimals)


def _rounded(shapes: Geometries, decimals: int) -> Geometries:
    return np.asarray(shapely.transform(shapes, lambda xy: np.round(xy, decimals)), dtype=object)


def _keeps_edges(shapes: Geometries, geometries: Geometries) -> bool:
    count = shapely.get_num_coordinates(shapely.remove_repeated_points(geometries)).sum()
    return bool(count == shapely.get_num_coordinates(shapes).sum())


def middle_of(level: Level) -> float:
    """Longitude in the middle of the communes as they are drawn; points are drawn within half a turn of it."""
    drawn = level.shapes[~shapely.is_empty(level.shapes)]
    west, _, east, _ = shapely.total_bounds(drawn) if len(drawn) else (0.0, 0.0, 0.0, 0.0)
    return float(west + east) / 2


def rings_of(shape: Any, decimals: int) -> list[list[list[int]]]:
    """Polygons of rings of whole numbers: x, y of the first point, then steps; the closing point is left out."""
    return [
        [_steps(ring, decimals) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and not part.is_empty
    ]


def _steps(line: Any, decimals: int) -> list[int]:
    points = np.round(shapely.get_coordinates(line)[:-1] * 10**decimals).astype(np.int64)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return [int(step) for step in steps.ravel()]


def level_data(level: Level, rows: Any) -> dict[str, Any]:
    """The shapes of some communes as pages take them."""
    return {
        "rows": [int(row) for row in rows],
        "unit": 10**level.decimals,
        "shapes": [rings_of(level.shapes[row], level.decimals) for row in rows],
    }


def outlines(shapes: Geometries, units: list[int | None]) -> dict[int, Any]:
    """The outer line of every unit (a province's number -> MultiLineString), without slivers and holes."""
    result = {}
    members: dict[int, list[Any]] = {}
    for shape, unit in zip(shapes, units, strict=True):
        if unit is not None:
            members.setdefault(unit, []).append(shape)
    for unit in sorted(members):
        whole = shapely.union_all(shapely.make_valid(np.array(members[unit], dtype=object)))
        parts = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
        large = [part for part in parts if part.area >= whole.area * MIN_OUTLINE_AREA_OF_UNIT]
        if large:
            result[unit] = shapely.MultiLineString([part.exterior for part in large])
    return result


def label_point(outline: shapely.MultiLineString) -> list[float]:
    """[lat, lon] well inside the largest part of an outline."""
    largest = max((shapely.Polygon(line) for line in outline.geoms), key=lambda part: part.area)
    point = shapely.point_on_surface(largest)
    return [round(point.y, 4), round(point.x, 4)]


def outline_data(level: Level, units: list[int | None]) -> list[dict[str, Any]]:
    """Provinces as pages draw them: number, where the name stands, lines like rings."""
    return [
        {"place": place, "label": label_point(line), "lines": [_steps(part, level.decimals) for part in line.geoms]}
        for place, line in outlines(level.shapes, units).items()
    ]
