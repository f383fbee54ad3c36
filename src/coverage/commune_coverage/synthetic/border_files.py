"""The border of the invented country: its outline in parts, some of which are none."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Planted
from commune_coverage.synthetic.from_places import write_gpkg
from commune_coverage.synthetic.raw_files import label
from commune_coverage.synthetic.world import World

FILE = "borders.gpkg"
_PARTS = 24
_FAR = ((50.0, 40.0), (50.1, 40.0))


def write_borders(world: World, folder: Path, planted: Planted) -> None:
    """borders.gpkg: the outline of all communes in lines of WGS 84, with faults at the end."""
    outline = shapely.union_all(world.communes.geometry.to_numpy())
    largest = max(shapely.get_parts(outline), key=lambda part: part.area)
    ring = shapely.get_coordinates(largest.exterior)
    ends = np.linspace(0, len(ring) - 1, _PARTS + 1).astype(int)
    parts = [shapely.LineString(ring[first : last + 1]) for first, last in pairwise(ends)]
    lines = gpd.GeoDataFrame({"class": "outline"}, index=range(_PARTS), geometry=parts, crs="EPSG:4326")
    frame = pd.concat([lines, _faults(lines, planted)], ignore_index=True)
    write_gpkg(folder / FILE, gpd.GeoDataFrame(frame, crs="EPSG:4326"), "borders")
    label(folder / FILE, "Borders", world.seed)


def _faults(lines: gpd.GeoDataFrame, planted: Planted) -> gpd.GeoDataFrame:
    """One without a shape, a post among the lines, and one that lies elsewhere."""
    row, shape = lines.iloc[[0]], lines.geometry.iloc[0]
    faults = [
        (row.assign(geometry=[None]), Reason.NO_GEOMETRY),
        (row.assign(geometry=[shapely.Point(shape.coords[0])]), Reason.NO_GEOMETRY),
        (row.assign(geometry=[shapely.LineString(_FAR)]), "out_of_area"),
    ]
    for position, (_, what) in enumerate(faults):
        planted.add("borders", FILE, len(lines) + position + 1, what)
    return pd.concat([fault for fault, _ in faults], ignore_index=True)
