"""Boundaries light enough for a page: simplified together, so that neighbours still share their edges."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

MAX_VERTICES = 30_000
FIRST_TOLERANCE_OF_SPAN = 1 / 4000
TOLERANCE_STEP = 1.5
MATCHING_DEGREES = 1e-7  # about a centimetre: edges of neighbours that differ by less are the same edge
MIN_OUTLINE_AREA_OF_UNIT = 0.01

Geometries = np.ndarray[Any, np.dtype[np.object_]]


def drawn_shapes(communes: gpd.GeoDataFrame) -> Geometries:
    """One geometry per row (degrees): simplified and rounded to about a screen dot; empty where there is none.

    The tolerance starts at 1/4000 of the country's span and grows until ``MAX_VERTICES`` are left.
    """
    shapes = np.array(communes.geometry.array, dtype=object)
    is_drawn = np.array([_is_polygonal(shape) for shape in shapes], dtype=bool)
    drawn = shapes[is_drawn]
    result = np.full(len(shapes), shapely.GeometryCollection(), dtype=object)
    if len(drawn) > 0:
        result[is_drawn] = _simplified(drawn)
    return result


def _is_polygonal(shape: Any) -> bool:
    return shape is not None and not shape.is_empty and shape.geom_type in ("Polygon", "MultiPolygon")


def _simplified(shapes: Geometries) -> Geometries:
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance_deg = max(east - west, north - south) * FIRST_TOLERANCE_OF_SPAN
    shapes = shapely.set_precision(shapes, MATCHING_DEGREES)
    light = shapely.coverage_simplify(shapes, tolerance_deg)
    while shapely.get_num_coordinates(light).sum() > MAX_VERTICES and tolerance_deg < 1:
        tolerance_deg *= TOLERANCE_STEP
        light = shapely.coverage_simplify(shapes, tolerance_deg)
    decimals = math.ceil(-math.log10(tolerance_deg)) + 1
    return _rounded(light, decimals)


def _rounded(shapes: Geometries, decimals: int) -> Geometries:
    return shapely.transform(shapes, lambda xy: np.round(xy, decimals))


def outlines(shapes: Geometries, units: list[int | None]) -> dict[int, Any]:
    """The outer line of every unit (a province's number -> MultiLineString), without slivers and holes."""
    result = {}
    for unit in sorted({unit for unit in units if unit is not None}):
        members = shapes[[unit == other for other in units]]
        whole = shapely.union_all(shapely.make_valid(members))
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
