"""The invented country as public sources would bring it: OpenCelliD, WorldPop, OSM nodes, a boundary file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.border_files import write_borders
from commune_coverage.synthetic.declared_files import write_declared_file, write_drive_tests
from commune_coverage.synthetic.faults import HOSTILE_NAMES, Fault, Planted, Row, changed, spoil_communes
from commune_coverage.synthetic.frame import METRIC_CRS, RELIEF_CELLS, Floats, stream
from commune_coverage.synthetic.friction_files import write_friction
from commune_coverage.synthetic.from_places import write_count_raster, write_gpkg
from commune_coverage.synthetic.institution_files import write_institutions
from commune_coverage.synthetic.railway_files import write_railways
from commune_coverage.synthetic.raw_files import delimited, label, write_bytes, write_node_database, write_sheet
from commune_coverage.synthetic.settlements import spread_people
from commune_coverage.synthetic.terrain import SEA_NODATA
from commune_coverage.synthetic.towers import FOREIGN_MCC, FOREIGN_MNC, OPERATORS, opencellid_rows
from commune_coverage.synthetic.world import World, land_zones, outside_points

_ZOOM = 16
_TILES, _STATIONS = 700, 40
_TYPICAL_KBPS, _SCATTER = 11_000, 0.9
_USING = 0.45
_WOMEN, _SCATTERED = 0.51, 0.02
_HEADER = ["quadkey", "avg_d_kbps", "avg_u_kbps", "avg_lat_ms", "tests", "devices"]


def write_measured_files(world: World, folder: Path, planted: Planted) -> None:
    """speed_tests.csv in Ookla's columns, fibre.json in the Open Fibre Data Standard, users.csv and women.csv."""
    _speed_tests(world, folder / "speed_tests.csv", planted)
    _fibre(world, folder / "fibre.json", planted)
    _users(world, folder / "users.csv", planted)
    _women(world, folder / "women.csv", planted)
    titles = {"speed_tests.csv": "Speed tests by tile", "fibre.json": "Fibre network", "users.csv": "Internet users"}
    titles |= {"women.csv": "Women by commune"}
    for name, title in titles.items():
        label(folder / name, title, world.seed)


def _speed_tests(world: World, path: Path, planted: Planted) -> None:
    """Tiles under settlements, larger ones first; speeds are independent of the towers."""
    rng = stream(world.seed, "speed tests")
    places = world.settlements.head(_TILES)
    keys = dict.fromkeys(quadkeys(places["lon"].to_numpy(float), places["lat"].to_numpy(float)))
    down = _TYPICAL_KBPS * np.exp(_SCATTER * rng.normal(size=len(keys)))
    tests = np.ceil(rng.lognormal(2.0, 1.2, len(keys)))
    numbers = zip(keys, down, 0.3 * down, rng.uniform(18, 90, len(keys)), tests, np.ceil(tests / 2), strict=True)
    good = [[key, *(f"{value:.0f}" for value in values)] for key, *values in numbers]
    rows = planted.insert("speed_tests", path.name, good, _test_faults(good[0]), first_line=2)
    write_bytes(path, delimited([_HEADER, *rows]).encode())


def _test_faults(row: Row) -> list[Fault]:
    return [
        (["12x", *row[1:]], Reason.COORDINATE_MISSING),
        ([row[0], "fast", *row[2:]], Reason.MISSING_VALUE),
        ([*row[:4], "0", row[5]], Reason.OUT_OF_RANGE),
        ([row[0], "", *row[2:]], Reason.MISSING_VALUE),
        (["1202102332221212", *row[1:]], "out_of_area"),
    ]


def quadkeys(lon: Floats, lat: Floats) -> list[str]:
    """The Web Mercator tile of zoom 16 that each position lies in."""
    side = 2**_ZOOM
    column = np.floor((lon + 180) / 360 * side).astype(int)
    row = np.floor((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * side).astype(int)
    bits = range(_ZOOM - 1, -1, -1)
    return ["".join(str((c >> bit & 1) + 2 * (r >> bit & 1)) for bit in bits) for c, r in zip(column, row, strict=True)]


def _fibre(world: World, path: Path, planted: Planted) -> None:
    """Nodes in the largest settlements, each joined to the nearest larger one; the smallest are only planned."""
    places = world.settlements.head(_STATIONS)
    at = places[["lon", "lat"]].to_numpy(float).round(6).tolist()
    names = places["name"].tolist()
    nodes: list[dict[str, object]] = [
        {"id": str(n), "name": names[n], "status": _status(n), "location": {"type": "Point", "coordinates": at[n]}}
        for n in range(len(at))
    ]
    nodes.append({"id": "lost", "name": "without a place", "status": "operational"})
    planted.add("fibre", path.name, len(nodes), Reason.NO_GEOMETRY)
    spans = []
    for n in range(1, len(at)):
        nearest = min(range(n), key=lambda m, n=n: np.hypot(at[n][0] - at[m][0], at[n][1] - at[m][1]))  # type: ignore[misc]
        route = {"type": "LineString", "coordinates": [at[nearest], at[n]]}
        shape = {"route": route} if n % 3 else {}
        spans.append({"id": f"s{n}", "start": str(nearest), "end": {"id": str(n)}, "status": _status(n), **shape})
    content = {"networks": [{"id": "invented", "nodes": nodes, "spans": spans}]}
    write_bytes(path, json.dumps(content, ensure_ascii=False, indent=1).encode())


def _status(number: int) -> str:
    return "operational" if number < 0.8 * _STATIONS else "proposed"


def _users(world: World, path: Path, planted: Planted) -> None:
    """Users by province; a code that no province has, and a number that is none."""
    province = world.communes["province_code"].to_numpy()[world.settlements["commune"].to_numpy()]
    people = world.settlements["people"].groupby(province).sum()
    rows = [[str(code), f"{_USING * total:.0f}"] for code, total in people.items() if code]
    faults: list[tuple[list[str], Reason]] = [
        (["77", "1200"], Reason.UNMATCHED_CODE),
        ([rows[0][0] + "01", "many"], Reason.NOT_A_NUMBER),
    ]
    for row, reason in faults:
        rows.append(row)
        planted.add("subscriptions", path.name, len(rows) + 1, reason)
    write_bytes(path, delimited([["province_code", "users"], *rows]).encode())


def _women(world: World, path: Path, planted: Planted) -> None:
    """Women by commune, more where people are few; a code that no commune has, and numbers that are none."""
    codes = world.communes["commune_code"].to_numpy()
    people = world.settlements.groupby("commune")["people"].sum().reindex(range(len(codes)), fill_value=0.0)
    share = _WOMEN + _SCATTERED * stream(world.seed, "women").normal(size=len(codes))
    good = [[str(code), f"{count:.0f}"] for code, count in zip(codes, share * people, strict=True)]
    faults: list[Fault] = [
        (["99999999", "300"], Reason.UNMATCHED_CODE),
        ([good[0][0], "-5"], Reason.NEGATIVE_PEOPLE),
        ([good[1][0], "some"], Reason.NOT_A_NUMBER),
    ]
    rows = planted.insert("people_groups", path.name, good, faults, first_line=2)
    write_bytes(path, delimited([["commune_code", "women"], *rows]).encode())


_LAT, _LON, _RADIO, _SAMPLES, _MCC, _MNC, _CELL = 7, 6, 0, 9, 1, 2, 4
_FAR = ("50.000000", "40.000000")


def write_main_files(world: World, folder: Path, planted: Planted) -> None:
    """communes.gpkg, gazetteer.xlsx, towers.csv.gz, people.tif, osm_nodes.sqlite.zip, and others."""
    _communes(world, folder / "communes.gpkg", planted)
    _gazetteer(world, folder / "gazetteer.xlsx", planted)
    _towers(world, folder / "towers.csv.gz", planted)
    _people(world, folder / "people.tif", planted)
    _nodes(world, folder / "osm_nodes.sqlite.zip", planted)
    _roads(world, folder / "roads.gpkg", planted)
    _elevation(world, folder / "elevation.tif")
    write_measured_files(world, folder, planted)
    write_declared_file(world, folder, planted)
    write_drive_tests(world, folder, planted)
    write_institutions(world, folder, planted)
    write_railways(world, folder, planted)
    write_borders(world, folder, planted)
    write_friction(world, folder)
    titles = {
        "communes.gpkg": "Commune boundaries",
        "gazetteer.xlsx": "Gazetteer",
        "towers.csv.gz": "Crowd-sourced cells",
        "people.tif": "Population raster, 3 arc-seconds",
        "osm_nodes.sqlite.zip": "Points of interest",
        "roads.gpkg": "Roads",
        "elevation.tif": "Relief, 15 arc-seconds",
    }
    for name, title in titles.items():
        label(folder / name, title, world.seed)


def _communes(world: World, path: Path, planted: Planted) -> None:
    """UTM metres, codes as numbers that lost their zeros, no names."""
    frame = spoil_communes(world.communes[["commune_code", "geometry"]], "communes", path.name, planted)
    codes = pd.array([int(code) if code else None for code in frame["commune_code"]], dtype="Int64")
    frame = frame.assign(COM_CODE=codes)[["COM_CODE", "geometry"]]
    write_gpkg(path, gpd.GeoDataFrame(frame, crs="EPSG:4326").to_crs(METRIC_CRS), "communes")


def _gazetteer(world: World, path: Path, planted: Planted) -> None:
    names = [f"{level}_name{language}" for level in ("commune", "district", "province") for language in ("", "_km")]
    table = world.communes[["commune_code", *names]].copy()
    for row, name in enumerate(HOSTILE_NAMES):
        table.loc[row + 3, "commune_name"] = name
    good = [[int(row[0]), *row[1:]] for row in table.to_numpy().tolist()]
    rows: list[list[object]] = [["Id", "Name_EN", "Name_KH", "DistEn", "DistKh", "ProvEn", "ProvKH"], *good]
    rows.append([*good[0]])
    planted.add("communes.gazetteer", path.name, len(rows), Reason.DUPLICATE_ID)
    rows.append([None, *good[1][1:]])
    planted.add("communes.gazetteer", path.name, len(rows), Reason.MISSING_CODE)
    write_sheet(path, "Communes", rows)


def _towers(world: World, path: Path, planted: Planted) -> None:
    """No header, lon before lat, ranges not to be trusted, cells of the neighbour's network at the border."""
    good = opencellid_rows(world.cells, OPERATORS, stream(world.seed, "opencellid"))
    rows = planted.insert("towers", path.name, good, _tower_faults(world, good), first_line=1)
    write_bytes(path, gzip.compress(delimited(rows).encode(), mtime=0))


def _tower_faults(world: World, good: list[Row]) -> list[Fault]:
    row = good[0]

    def new(number: int, **fields: str) -> Row:
        return changed(row, f4=str(90_000_000 + number), **fields)

    lon, lat = row[_LON], row[_LAT]
    faults: list[Fault] = [
        (row[:9], Reason.RAGGED_ROW),
        ([*new(0), "surplus"], Reason.RAGGED_ROW),
        (new(1, f0=""), Reason.MISSING_VALUE),
        (new(2, f6=""), Reason.COORDINATE_MISSING),
        (new(3, f7="nan"), Reason.COORDINATE_MISSING),
        (new(4, f6="inf"), Reason.COORDINATE_MISSING),
        (new(5, f7="95.0"), Reason.COORDINATE_OUT_OF_RANGE),
        (new(6, f6="-181.5"), Reason.COORDINATE_OUT_OF_RANGE),
        (new(7, f6="0", f7="0"), Reason.NULL_ISLAND),
        (new(8, f6="west"), Reason.NOT_A_NUMBER),
        (new(9, f9="many"), "blank"),
        (new(10, f9="-5"), "blank"),
        (new(11, f1="12345"), Reason.OUT_OF_RANGE),
        (new(12, f0="WIMAX"), Reason.UNKNOWN_TECHNOLOGY),
        (list(good[1]), Reason.DUPLICATE_ID),
        (new(13, f6=lat, f7=lon), Reason.SWAPPED_COORDINATES),
        (new(14, f6=_FAR[0], f7=_FAR[1]), "out_of_area"),
    ]
    across = outside_points(world, 12, stream(world.seed, "neighbours"))
    for number, (x, y) in enumerate(np.round(across, 6).tolist()):
        network = {"f1": str(FOREIGN_MCC), "f2": str(FOREIGN_MNC)} if number % 2 else {}
        faults.append((new(100 + number, f6=f"{x}", f7=f"{y}", **network), "neighbour"))
    return faults


def _people(world: World, path: Path, planted: Planted) -> None:
    """Nodata -99999, a negative cell, two that are no number of people, and people in the sea."""
    frame, places = world.terrain.frame, world.settlements
    row, column = frame.pixel(places["lon"].to_numpy(), places["lat"].to_numpy())
    zones = land_zones(world)
    cells, people = spread_people(row, column, places["people"].to_numpy(), zones, stream(world.seed, "people"))
    values = np.full((frame.cells, frame.cells), -99999, dtype=np.float32)
    values.ravel()[cells] = people
    empty = np.flatnonzero((zones.ravel() == 1) & (values.ravel() < 0))
    spoilt = empty[np.linspace(0, len(empty) - 1, 3).astype(int)].tolist()
    for cell, value, reason in zip(
        spoilt, (-7.0, 3.0e33, 5.0e8), (Reason.NEGATIVE_PEOPLE, *[Reason.IMPLAUSIBLE_PEOPLE] * 2), strict=True
    ):
        values.ravel()[cell] = value
        planted.add("people", path.name, cell, reason)
    for cell in (5, frame.cells * 3 + 11):
        values.ravel()[cell] = 12.0
        planted.add("people", path.name, cell, "out_of_area")
    write_count_raster(path, values, frame.transform())


def _nodes(world: World, path: Path, planted: Planted) -> None:
    """OSM nodes: hubs, payment points and other things; hostile names among them."""
    points = world.points
    names = [*HOSTILE_NAMES, *points["name"].iloc[len(HOSTILE_NAMES) :]]
    columns = (points["id"], points["lat"], points["lon"], names, points["tag"], points["value"])
    nodes = list(zip(*(list(column) for column in columns), strict=True))
    hub = next(node for node in nodes if node[5] == "post_office")
    bank = next(node for node in nodes if node[5] == "bank")
    spoilt = [
        ("hubs", hub, (0.0, 0.0), 1, Reason.NULL_ISLAND),
        ("hubs", hub, (95.0, hub[2]), 2, Reason.COORDINATE_OUT_OF_RANGE),
        ("hubs", hub, (hub[2], hub[1]), 3, Reason.SWAPPED_COORDINATES),
        ("hubs", hub, (40.0, 50.0), 4, "out_of_area"),
        ("hubs", hub, world.terrain.frame.place(0.001, 0.001)[::-1], 6, "out_of_area"),
        ("hubs", hub, (hub[1], hub[2]), 0, Reason.DUPLICATE_ID),
        ("payments", bank, (0.0, 0.0), 5, Reason.NULL_ISLAND),
        ("payments", bank, (bank[1], bank[2]), 0, Reason.DUPLICATE_ID),
    ]
    for layer, node, (lat, lon), number, what in spoilt:
        identifier = node[0] if number == 0 else 9_000_000 + number
        nodes.append((identifier, lat, lon, *node[3:]))
        planted.add(layer, path.name, len(nodes), what)
    write_node_database(path, nodes)


def _roads(world: World, path: Path, planted: Planted) -> None:
    far = shapely.LineString([(50, 40), (50.1, 40)])
    extra = gpd.GeoDataFrame(
        {"highway": ["primary", "track"], "surface": "", "maxspeed": "", "oneway": "no", "route": "", "duration": ""},
        geometry=[None, far],
        crs="EPSG:4326",
    )
    roads = pd.concat([world.roads, extra], ignore_index=True)
    planted.add("roads", path.name, len(world.roads) + 1, Reason.NO_GEOMETRY)
    planted.add("roads", path.name, len(world.roads) + 2, "out_of_area")
    write_gpkg(path, roads, "roads")


def _elevation(world: World, path: Path) -> None:
    heights = world.terrain.elevation_m
    profile = {
        "driver": "GTiff",
        "height": heights.shape[0],
        "width": heights.shape[1],
        "count": 1,
        "dtype": "int16",
        "crs": "EPSG:4326",
        "nodata": SEA_NODATA,
        "transform": world.terrain.frame.transform(RELIEF_CELLS),
        "compress": "deflate",
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(heights, 1)
