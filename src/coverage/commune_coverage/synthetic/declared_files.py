"""What the invented country's operators declare: polygons about their sites, wider than they should be."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Planted
from commune_coverage.synthetic.frame import METRIC_CRS
from commune_coverage.synthetic.from_places import write_gpkg
from commune_coverage.synthetic.raw_files import label
from commune_coverage.synthetic.towers import OPERATORS
from commune_coverage.synthetic.world import World

FILE = "coverage.gpkg"
_DECLARING = 2
"""So many operators have filed; the others have not."""
_REACH_M = {("2g", None): 9_000.0, ("3g", None): 6_000.0, ("4g", None): 7_000.0, ("4g", 10.0): 4_000.0}
"""By technology and speed, Mbps: invented, and the same everywhere, as no network is."""


def write_declared_file(world: World, folder: Path, planted: Planted) -> None:
    """coverage.gpkg: areas of two operators by technology and speed, in WGS 84, with faults at the end."""
    cells = gpd.GeoDataFrame(
        world.cells, geometry=gpd.points_from_xy(world.cells["lon"], world.cells["lat"]), crs="EPSG:4326"
    ).to_crs(METRIC_CRS)
    parts = [
        _area(cells, number, technology, speed_mbps)
        for number in range(_DECLARING)
        for technology, speed_mbps in _REACH_M
    ]
    good = pd.concat(parts, ignore_index=True)
    frame = pd.concat([good, _faults(good, planted)], ignore_index=True)
    write_gpkg(folder / FILE, gpd.GeoDataFrame(frame, crs="EPSG:4326"), "coverage")
    label(folder / FILE, "Declared coverage", world.seed)


def _area(cells: gpd.GeoDataFrame, number: int, technology: str, speed_mbps: float | None) -> gpd.GeoDataFrame:
    """All that lies within reach of an operator's sites of a technology, one row a polygon."""
    own = cells[(cells["operator"] == number) & (cells["technology"] == technology)].drop_duplicates("site")
    area = own.geometry.buffer(_REACH_M[technology, speed_mbps], quad_segs=8).union_all()
    frame = gpd.GeoDataFrame(geometry=shapely.get_parts(area), crs=METRIC_CRS).to_crs("EPSG:4326")
    named = {"provider": OPERATORS[number].name, "technology": technology, "environment": "outdoor", "date": ""}
    return frame.assign(mindown=speed_mbps, **named)


def _faults(good: gpd.GeoDataFrame, planted: Planted) -> gpd.GeoDataFrame:
    """Rows that mean nothing, one that crosses itself and one that lies elsewhere."""
    row, shape = good.iloc[[0]], good.geometry.iloc[0]
    west, south, east, north = shape.bounds
    crossed = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    faults = [
        (row.assign(geometry=[None]), Reason.NO_GEOMETRY),
        (row.assign(provider=""), Reason.MISSING_VALUE),
        (row.assign(technology="6g"), Reason.UNKNOWN_TECHNOLOGY),
        (row.assign(mindown=-1.0), Reason.OUT_OF_RANGE),
        (row.assign(environment="underground"), Reason.OUT_OF_RANGE),
        (row.assign(date="soon"), Reason.NOT_A_DATE),
        (row.assign(geometry=[crossed]), "repair"),
        (row.assign(geometry=[shapely.affinity.translate(shape, 70, 20)]), "out_of_area"),
    ]
    for position, (_, what) in enumerate(faults):
        planted.add("coverage", FILE, len(good) + position + 1, what)
    return pd.concat([fault for fault, _ in faults], ignore_index=True)
