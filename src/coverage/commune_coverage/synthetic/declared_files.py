"""What the invented country's operators declare, and drive tests of it: one of them declares too much."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Fault, Planted, Row, changed
from commune_coverage.synthetic.frame import METRIC_CRS, stream
from commune_coverage.synthetic.from_places import write_gpkg
from commune_coverage.synthetic.raw_files import delimited, label, write_bytes
from commune_coverage.synthetic.towers import OPERATORS
from commune_coverage.synthetic.world import World

FILE = "coverage.gpkg"
_DECLARING = 2
"""So many operators have filed; the others have not."""
_REACH_M = {("2g", None): 9_000.0, ("3g", None): 6_000.0, ("4g", None): 7_000.0, ("4g", 10.0): 4_000.0}
"""By technology and speed, Mbps: invented, and the same everywhere, as no network is."""


TESTS_FILE = "drive_tests.csv"
_TESTED = ("4g", None)
_COVERED_REACH = (1.0, 0.85)
"""What the two cover of the reach that they declare: the second reaches less far."""
_TESTS = 1_500
_FAILING_SHARE = 0.04
"""Of tests where there is coverage."""


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


def write_drive_tests(world: World, folder: Path, planted: Planted) -> None:
    """drive_tests.csv: whether 4G was there, at random positions in the country, with faults; no speed, no day."""
    rng = stream(world.seed, "drive tests")
    at = _positions(world, rng)
    rows = [row for number in range(_DECLARING) for row in _tests(world, number, at, rng)]
    faults: list[Fault] = [
        (changed(rows[0], f4="perhaps"), Reason.MISSING_VALUE),
        (changed(rows[0], f0=""), Reason.COORDINATE_MISSING),
    ]
    header = ["lon", "lat", "operator", "technology", "success", "device"]
    table = planted.insert("speed_tests", TESTS_FILE, rows, faults, first_line=2)
    write_bytes(folder / TESTS_FILE, delimited([header, *table]).encode())
    label(folder / TESTS_FILE, "Drive tests", world.seed)


def _positions(world: World, rng: np.random.Generator) -> gpd.GeoSeries:
    """Random positions in communes, in the plane."""
    land = shapely.union_all(shapely.make_valid(world.communes.geometry.to_numpy()))
    west, south, east, north = land.bounds
    lon, lat = rng.uniform(west, east, 4 * _TESTS), rng.uniform(south, north, 4 * _TESTS)
    inside = np.flatnonzero(shapely.contains_xy(land, lon, lat))[:_TESTS]
    return gpd.GeoSeries(gpd.points_from_xy(lon[inside], lat[inside]), crs="EPSG:4326").to_crs(METRIC_CRS)


def _tests(world: World, number: int, at: gpd.GeoSeries, rng: np.random.Generator) -> list[Row]:
    """What an operator's tests say at positions, every one by one of two devices."""
    sites = world.cells[(world.cells["operator"] == number) & (world.cells["technology"] == _TESTED[0])]
    places = gpd.GeoSeries(gpd.points_from_xy(sites["lon"], sites["lat"]), crs="EPSG:4326").to_crs(METRIC_CRS)
    reach = places.buffer(_COVERED_REACH[number] * _REACH_M[_TESTED], quad_segs=8).union_all()
    served = at.within(reach).to_numpy() & (rng.random(len(at)) >= _FAILING_SHARE)
    degrees = at.to_crs("EPSG:4326")
    columns = zip(degrees.x, degrees.y, np.where(served, "yes", "no"), strict=True)
    name = OPERATORS[number].name
    return [
        [f"{lon:.6f}", f"{lat:.6f}", name, _TESTED[0], str(word), f"phone {row % 2 + 1}"]
        for row, (lon, lat, word) in enumerate(columns)
    ]


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
