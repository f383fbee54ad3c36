"""Two invented countries of few communes: one with islands far out at sea, one wide and on both sides of 180 degrees.

Every commune has one place at an end of its road, so that the median of a commune is the figure of that place.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
import shapely

from commune_coverage.api import run as run_pipeline

Point = tuple[float, float]
RUN_DATE = date(2026, 11, 29)
ROAD_KMH = 60.0
"""Of a primary road with asphalt."""


class Commune(NamedTuple):
    """A rectangle (west, south, east, north), its place, and the hub and road if it has them, degrees."""

    box: tuple[float, float, float, float]
    place: Point
    hub: Point | None = None
    road: tuple[Point, ...] = ()


FAR_ISLANDS = {
    "North Coast": Commune((-9.5, 39.5, -6.2, 42.2), (-8.9, 40.0), (-8.0, 40.3), ((-8.9, 40.0), (-8.0, 40.3))),
    "South Coast": Commune((-9.5, 36.9, -6.2, 39.5), (-8.0, 37.5), (-7.2, 38.1), ((-8.0, 37.5), (-7.2, 38.1))),
    "Green Island": Commune((-25.9, 37.6, -25.1, 38.0), (-25.8, 37.7), (-25.2, 37.9), ((-25.8, 37.7), (-25.2, 37.9))),
    "West Island": Commune((-31.4, 39.3, -31.0, 39.8), (-31.2, 39.4)),
    "Wood Island": Commune((-17.3, 32.6, -16.6, 33.0), (-17.2, 32.7), (-16.9, 32.8), ((-17.2, 32.7), (-16.9, 32.8))),
}
ACROSS_180 = {
    "West Tundra": Commune(
        (160.0, 60.0, 180.0, 66.0), (179.6, 64.0), (179.9, 64.0), ((179.6, 64.0), (179.9, 64.0), (180.0, 64.0))
    ),
    "East Tundra": Commune((-180.0, 60.0, -168.0, 66.0), (-179.7, 64.1), None, ((-180.0, 64.0), (-179.7, 64.1))),
    "North Bank": Commune((160.0, 66.0, 180.0, 72.0), (165.0, 71.0), (166.5, 71.2), ((165.0, 71.0), (166.5, 71.2))),
    "North Cape": Commune(
        (-180.0, 66.0, -168.0, 70.0), (-170.0, 66.5), (-169.0, 66.8), ((-170.0, 66.5), (-169.0, 66.8))
    ),
    "Far Isle": Commune((140.0, 45.0, 142.0, 46.0), (140.5, 45.5), (141.2, 45.8), ((140.5, 45.5), (141.2, 45.8))),
}
COUNTRIES = {"far_islands": FAR_ISLANDS, "across_180": ACROSS_180}

COUNTRY = """
code = "QQQ"
languages = ["en"]
[name]
en = "Invented"
[operators]
One = ["001-01"]
[radio]
terrain = false
[layers.communes]
path = "communes.geojson"
[layers.people]
path = "places.csv"
format = "points"
[layers.towers]
path = "towers.csv"
[layers.hubs]
path = "hubs.csv"
[layers.payments]
path = "payments.csv"
[layers.roads]
path = "roads.geojson"
[layers.elevation]
path = "heights.tif"
"""


def write_country(folder: Path, communes: dict[str, Commune]) -> Path:
    """Write a country as raw files; the path of its country file."""
    folder.mkdir(parents=True)
    shapes = {name: shapely.segmentize(shapely.box(*each.box), 0.5) for name, each in communes.items()}
    codes = {name: f"{number:02}" for number, name in enumerate(communes, 1)}
    properties = [
        {"commune_code": codes[name], "commune_name": name, "province_code": codes[name], "province_name": name}
        for name in communes
    ]
    _write_features(folder / "communes.geojson", list(shapes.values()), properties)
    roads = [shapely.LineString(each.road) for each in communes.values() if each.road]
    columns = {"highway": "primary", "surface": "asphalt"}
    _write_features(folder / "roads.geojson", roads, [columns] * len(roads))
    places = [each.place for each in communes.values()]
    _write_table(folder / "places.csv", "place_code,people,lon,lat", places, "p{},1000")
    hubs = [each.hub for each in communes.values() if each.hub]
    _write_table(folder / "hubs.csv", "point_id,class,lon,lat", hubs, "h{},post office")
    _write_table(folder / "payments.csv", "point_id,class,lon,lat", hubs, "b{},bank")
    _write_table(folder / "towers.csv", "radio,mcc,net,area,cell,unit,lon,lat", places, "LTE,1,1,1,{},0")
    towers = (folder / "towers.csv").read_text().splitlines()
    rest = ",range,samples,changeable,created,updated,averageSignal", ",1000,500,1,1700000000,1790000000,0"
    (folder / "towers.csv").write_text("\n".join(line + rest[min(row, 1)] for row, line in enumerate(towers)) + "\n")
    _write_level_ground(folder / "heights.tif")
    (folder / "country.toml").write_text(COUNTRY)
    return folder / "country.toml"


def move_a_hub(country: Path) -> None:
    """Move the first hub by about a kilometre."""
    source = country.parent / "hubs.csv"
    lines = source.read_text().splitlines()
    *named, lon, lat = lines[1].split(",")
    lines[1] = ",".join([*named, lon, f"{float(lat) + 0.01:.6f}"])
    source.write_text("\n".join(lines) + "\n")


def run(country: Path, folder: Path, engine: str = "serial", run_date: date = RUN_DATE) -> Path:
    """Run a country; the folder of its tables."""
    run_pipeline(country, folder / "data", folder / "maps", run_date, engine, lambda *_: None)
    return folder / "data" / "latest"


def _write_features(target: Path, shapes: list[shapely.Geometry], properties: list[dict[str, str]]) -> None:
    features = [
        {"type": "Feature", "properties": own, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape, own in zip(shapes, properties, strict=True)
    ]
    target.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _write_table(target: Path, header: str, points: list[Point], values: str) -> None:
    rows = [f"{values.format(number)},{lon},{lat}" for number, (lon, lat) in enumerate(points, 1)]
    target.write_text("\n".join([header, *rows]) + "\n")


def _write_level_ground(target: Path) -> None:
    """Heights of 0 m all around the earth in cells of a quarter of a degree: the ground is then as coarse."""
    rows, columns = 720, 1440
    profile = {"driver": "GTiff", "dtype": "int16", "count": 1, "crs": "EPSG:4326", "compress": "deflate"}
    transform = rasterio.Affine(0.25, 0, -180, 0, -0.25, 90)
    with rasterio.open(target, "w", height=rows, width=columns, transform=transform, **profile) as sink:
        sink.write(np.zeros((rows, columns), dtype=np.int16), 1)
