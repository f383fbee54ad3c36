"""Railways of the invented country: lines between its largest towns, and some that are no longer or not yet there."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Planted
from commune_coverage.synthetic.frame import stream
from commune_coverage.synthetic.from_places import write_gpkg
from commune_coverage.synthetic.raw_files import label
from commune_coverage.synthetic.roads import road_network
from commune_coverage.synthetic.world import World

FILE = "railways.gpkg"
_TOWNS = 25
"""So many of the largest settlements have a station, where a line over land leads there."""
_MAIN_LINES = ("trunk", "primary")
"""Classes of a road network of these towns alone whose lines are of standard gauge; the others are narrow."""
_FAR = ((50.0, 40.0), (50.1, 40.0))


def write_railways(world: World, folder: Path, planted: Planted) -> None:
    """railways.gpkg: lines in WGS 84 with OpenStreetMap's ``railway`` and ``gauge``, with faults at the end."""
    lines = _lines(world)
    frame = pd.concat([lines, _faults(lines, planted)], ignore_index=True)
    write_gpkg(folder / FILE, gpd.GeoDataFrame(frame, crs="EPSG:4326"), "railways")
    label(folder / FILE, "Railways", world.seed)


def _lines(world: World) -> gpd.GeoDataFrame:
    """Join the largest towns over land as roads would be joined; the lines most used are of standard gauge."""
    towns = world.settlements.nlargest(_TOWNS, "people")
    lon, lat, people = towns[["lon", "lat", "people"]].to_numpy(float).T
    network = road_network(lon, lat, people, stream(world.seed, "railways"), world.terrain.is_inland)
    is_main = network["highway"].isin(_MAIN_LINES).to_numpy()
    columns = {"railway": np.where(is_main, "rail", "narrow_gauge"), "gauge": np.where(is_main, "1435", "1000")}
    return gpd.GeoDataFrame(columns, geometry=network.geometry.to_numpy(), crs=network.crs)


def _faults(lines: gpd.GeoDataFrame, planted: Planted) -> gpd.GeoDataFrame:
    """One without a shape, two that no train uses, a station among the lines and one that lies elsewhere."""
    row, shape = lines.iloc[[0]], lines.geometry.iloc[0]
    faults = [
        (row.assign(geometry=[None]), Reason.NO_GEOMETRY),
        (row.assign(railway="disused"), Reason.NOT_OPEN),
        (row.assign(railway="construction"), Reason.NOT_OPEN),
        (row.assign(railway="station", geometry=[shapely.Point(shape.coords[0])]), Reason.NO_GEOMETRY),
        (row.assign(geometry=[shapely.LineString(_FAR)]), "out_of_area"),
    ]
    for position, (_, what) in enumerate(faults):
        planted.add("railways", FILE, len(lines) + position + 1, what)
    return pd.concat([fault for fault, _ in faults], ignore_index=True)
