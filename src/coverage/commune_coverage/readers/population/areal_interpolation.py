"""People of a polygon spread evenly over it: cells of a metric grid, cut exactly at its border."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

_MAX_CELLS = 1_000_000
"""Of the frame of a polygon: one that spans the globe, as of a damaged file, must not fill the memory."""


def interpolate_over_grid(pieces: gpd.GeoDataFrame, grid_m: float) -> pd.DataFrame:
    """Spread the people of polygons evenly over the cells of a grid, to the last person.

    Each polygon's people are shared over the cells that it touches by exact area. A cell is the same for all polygons:
    its corner is a multiple of ``grid_m``. The place stands at a point of the cell's part inside the polygon.

    Parameters
    ----------
    pieces : GeoDataFrame
        Polygons in metres with ``people`` and ``commune``.
    grid_m : float
        Side of a cell, metres; greater where the frame of a polygon would hold more than a million cells.

    Returns
    -------
    DataFrame
        (places,) ``x_m``, ``y_m`` (metres), ``people`` and ``commune``.
    """
    parts = [
        _interpolate_one(shape, people, commune, grid_m)
        for shape, people, commune in zip(pieces.geometry, pieces["people"], pieces["commune"], strict=True)
        if people > 0
    ]
    if not parts:
        return pd.DataFrame({"x_m": [], "y_m": [], "people": [], "commune": []}).astype({"commune": np.int64})
    return pd.concat(parts, ignore_index=True)


def _interpolate_one(shape: shapely.Geometry, people: float, commune: int, grid_m: float) -> pd.DataFrame:
    west, south, east, north = shapely.bounds(shape)
    grid_m = max(grid_m, float(np.sqrt((east - west) * (north - south) / _MAX_CELLS)))
    columns = np.arange(np.floor(west / grid_m), np.ceil(east / grid_m))
    rows = np.arange(np.floor(south / grid_m), np.ceil(north / grid_m))
    column, row = (axis.ravel() for axis in np.meshgrid(columns, rows))
    shapely.prepare(shape)
    cells = shapely.box(column * grid_m, row * grid_m, (column + 1) * grid_m, (row + 1) * grid_m)
    cells = cells[shapely.intersects(shape, cells)]
    inner = shapely.contains_properly(shape, cells)
    cells[~inner] = shapely.intersection(shape, cells[~inner])
    area = shapely.area(cells)
    cells, area = cells[area > 0], area[area > 0]
    middle = shapely.point_on_surface(cells)
    share = people * area / area.sum()
    return pd.DataFrame(
        {"x_m": shapely.get_x(middle), "y_m": shapely.get_y(middle), "people": share, "commune": commune}
    )


def cut_by_communes(polygons: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, float]:
    """Cut polygons at the commune borders and share their people by area.

    Slivers of rounding (under a millionth) count as inside.

    Parameters
    ----------
    polygons : GeoDataFrame
        Polygons with ``people``.
    communes : GeoDataFrame
        The communes, in the same metric reference system.

    Returns
    -------
    tuple[GeoDataFrame, float]
        (pieces,) with ``people`` and ``commune``, and the people left outside.
    """
    left, right = (shapely.make_valid(frame.geometry.to_numpy()) for frame in (polygons, communes))
    polygon, commune = shapely.STRtree(right).query(left, predicate="intersects")
    pieces = shapely.intersection(left[polygon], right[commune])
    area = shapely.area(pieces)
    whole = shapely.area(left)
    inside = np.bincount(polygon, weights=area, minlength=len(left))
    base = np.where(inside > whole * (1 - 1e-6), inside, whole)
    people = polygons["people"].to_numpy()
    share = people[polygon] * area / base[polygon]
    outside = float(np.sum(people * (1 - inside / base)))
    keep = area > 0
    frame = gpd.GeoDataFrame({"people": share[keep], "commune": commune[keep]}, geometry=pieces[keep], crs=polygons.crs)
    return frame, outside
