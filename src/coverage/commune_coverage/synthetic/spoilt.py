"""Boundary faults: a crossed ring, an overlap, a sliver, a commune in two rows, rows without code or shape."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Planted

OVERLAP_DEG = 0.004
SLIVER_DEG = 0.0006
SHAPELESS_CODE = "990101"


def spoil_communes(communes: gpd.GeoDataFrame, layer: str, file: str, planted: Planted) -> gpd.GeoDataFrame:
    """The communes (commune_code, geometry) with faults in them; every row's feature number is recorded."""
    frame = communes.copy().reset_index(drop=True)
    crossed, grown, shrunk, halved = _inland(frame)
    shapes = frame.geometry.to_numpy().copy()
    shapes[crossed] = _crossed(shapes[crossed])
    shapes[grown] = shapely.buffer(shapes[grown], OVERLAP_DEG)
    shapes[shrunk] = shapely.buffer(shapes[shrunk], -SLIVER_DEG)
    first, second = _halves(shapes[halved])
    shapes[halved] = first
    code = frame["commune_code"][halved]
    corner = shapely.box(*(frame.total_bounds[:2] - 0.05), *(frame.total_bounds[:2] - 0.04))
    extra = gpd.GeoDataFrame(
        {"commune_code": [code, "", SHAPELESS_CODE]}, geometry=[second, corner, None], crs=frame.crs
    )
    for row in (crossed, grown, shrunk, halved, len(frame), len(frame) + 2):
        planted.add(layer, file, row + 1, "repair")
    planted.add(layer, file, len(frame) + 2, Reason.MISSING_CODE)
    return gpd.GeoDataFrame(pd.concat([frame.set_geometry(shapes), extra], ignore_index=True), crs=frame.crs)


def _inland(frame: gpd.GeoDataFrame) -> list[int]:
    """Four communes of one part, away from the shore and from each other, in the order of their codes."""
    shore = shapely.union_all(frame.geometry.to_numpy()).boundary
    shapes = frame.geometry.to_numpy()
    inside = np.flatnonzero((shapely.distance(shapes, shore) > 2 * OVERLAP_DEG) & (frame.geom_type == "Polygon"))
    chosen: list[int] = []
    for row in inside.tolist():
        if all(shapely.distance(shapes[row], shapes[other]) > 3 * OVERLAP_DEG for other in chosen):
            chosen.append(row)
    return chosen[:4]


def _crossed(shape: shapely.Polygon) -> shapely.Polygon:
    """The polygon with two neighbouring vertices swapped, at the first place where that crosses the ring."""
    points = list(shape.exterior.coords)
    for place in range(1, len(points) - 2):
        swapped = [*points[:place], points[place + 1], points[place], *points[place + 2 :]]
        if not shapely.is_valid(shapely.Polygon(swapped)):
            return shapely.Polygon(swapped)
    return shape


def _halves(shape: shapely.Polygon) -> tuple[shapely.Geometry, shapely.Geometry]:
    west, south, east, north = shape.bounds
    left = shapely.box(west, south, (west + east) / 2, north)
    return shapely.intersection(shape, left), shapely.difference(shape, left)
