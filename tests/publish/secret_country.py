"""A country of every layer, each with words, positions and numbers of its own to look for in what is published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import from_origin

from tests import gtfs, tiny

LAYERS = (
    "people", "people_groups", "towers", "hubs", "payments", "institutions", "railways", "borders", "roads",
    "elevation", "water", "flood", "friction", "speed_tests", "fibre", "subscriptions", "vehicles", "gtfs",
    "known_coverage", "benchmarks", "spectrum", "coverage", "fixed", "challenges",
)  # fmt: skip
OF_POINTS = (
    "people", "towers", "hubs", "payments", "institutions", "speed_tests", "fibre", "roads", "fixed", "people_groups",
)  # fmt: skip
"""Layers whose positions the run keeps, one of which is at ``position``."""
NUMBERS = {"people": 791_913, "people_groups": 381_773, "subscriptions": 123_457}
"""A count of each layer that is read as a row of a commune."""
_ASKED = """
[territory]
spacing_m = 5000
[ensemble]
draws = 20
places_per_commune = 2
[[obligations]]
id = "four"
title = "4G for all"
operator = "Shared"
technology = "4g"
share = 0.9
by = 2027-01-01
source = "licence"
[[benchmarks]]
figure = "internet_gap_share"
value = 0.5
tolerance = 0.4
date = 2026-01-01
source = "a census"
definition = "people without"
"""
_TO_METRES = Transformer.from_crs("EPSG:4326", tiny.METRIC, always_xy=True)
_SECTION = """
[layers.{name}]
path = "{file}"
title = "zq{name}title"
publisher = "zq{name}publisher"
attribution = "zq{name}attribution"
licence = "zq{name}licence"
"""
_MORE = {
    "people": 'format = "points"\n',
    "people_groups": 'format = "points"\ngroup = "zqgroup"\n',
    "towers": 'format = "register"\n',
    "hubs": 'columns = { class = "kind" }\n',
    "payments": 'columns = { class = "kind" }\n',
    "institutions": 'columns = { class = "kind" }\nclasses = { school = "school" }\n',
    "speed_tests": 'format = "drive"\nmin_tests = 1\n',
    "fixed": 'format = "points"\noperator = "zqfixedoperator"\nspeed_mbps = 50.0\n',
    "coverage": 'operator = "zqcoverageoperator"\ntechnology = "4g"\nspeed_mbps = 10.0\n',
}


def position(layer: str) -> tuple[float, float]:
    """Longitude and latitude, 5 digits, of a row of the layer; in the middle commune."""
    number = OF_POINTS.index(layer)
    lon, lat = tiny.centres().loc[4, ["lon", "lat"]]
    return round(lon + 0.00347 + 0.00219 * number, 5), round(lat - 0.00413 - 0.00173 * number, 5)


def projected(layer: str) -> tuple[int, int]:
    """The same in whole metres of the metric system."""
    x, y = _TO_METRES.transform(*position(layer))
    return int(x), int(y)


def words(layer: str) -> list[str]:
    """Texts that stand in a layer or are said of it, and in nothing else; small letters."""
    texts = [f"zq{layer}file", f"zq{layer}title", f"zq{layer}publisher"]
    own = {
        "people_groups": ["zqgroup"],
        "towers": ["zqtowersoperator"],
        "hubs": ["zqhubsname", "zqhubsbad"],
        "payments": ["zqpaymentsname", "zqpaymentsbad"],
        "institutions": ["zqinstitutionsname"],
        "subscriptions": ["zqsubscriptionsbad"],
        "vehicles": ["zqvehiclesbad"],
        "known_coverage": ["zqknown_coverageoffice"],
        "benchmarks": ["zqbenchmarksoffice", "zqbenchmarksdefinition"],
        "spectrum": ["zqspectrumoperator"],
        "coverage": ["zqcoverageoperator"],
        "fixed": ["zqfixedoperator"],
        "challenges": ["zqchallengesjudge", "zqchallengesclaim"],
    }
    return texts + own.get(layer, [])


def write(folder: Path, say: str = "") -> Path:
    """The country's files; ``say`` is put into the section of each layer that it names: 'hubs: confidentiality = …'."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: f"zq{name}file{_WRITERS[name](folder, f'zq{name}file')}" for name in LAYERS}
    _write_communes(folder)
    text = (
        'code = "KHM"\nlanguages = ["en", "km"]\nmetric_crs = "EPSG:32648"\n'
        '[name]\nen = "Tiny"\nkm = "តូច"\n'
        "[intake]\n"
        + "".join(f"{name}_share = 1.0\n" for name in ("lost", "outside", "no_data", "no_point", "one_point"))
        + '[layers.communes]\npath = "communes.geojson"\n'
    )
    for name, file in files.items():
        text += _SECTION.format(name=name, file=file) + _MORE.get(name, "")
        text += "".join(f"{line.split(': ', 1)[1]}\n" for line in say.splitlines() if line.startswith(f"{name}: "))
    country = folder / "country.toml"
    country.write_text(text + _ASKED, encoding="utf-8")
    return country


def _write_communes(folder: Path) -> None:
    """Three districts of three communes; the last district is a province of its own."""
    communes = tiny.communes()
    row = np.arange(9) // 3
    levels = {
        "district_code": [f"D{each}" for each in row],
        "province_code": ["P0" if each < 2 else "P1" for each in row],
    }
    names = {name.replace("code", "name"): [f"{each} name" for each in codes] for name, codes in levels.items()}
    communes.assign(**levels, **names).to_file(folder / "communes.geojson", driver="GeoJSON")


def _points(layer: str, **columns: list[object]) -> pd.DataFrame:
    """A row at the planted position, then one in the middle of as many communes as columns have values."""
    count = len(next(iter(columns.values())))
    middle = tiny.centres().round(7)[: count - 1]
    lon, lat = position(layer)
    return pd.DataFrame({"lon": [lon, *middle["lon"]], "lat": [lat, *middle["lat"]], **columns})


def _csv(folder: Path, name: str, table: pd.DataFrame) -> str:
    table.to_csv(folder / f"{name}.csv", index=False)
    return ".csv"


def _people(folder: Path, name: str) -> str:
    people = [NUMBERS["people"] - 500, *range(100, 1000, 100)]
    return _csv(folder, name, _points("people", people=people))


def _people_groups(folder: Path, name: str) -> str:
    return _csv(folder, name, _points("people_groups", people=[NUMBERS["people_groups"] - 50, *range(10, 100, 10)]))


def _towers(folder: Path, name: str) -> str:
    table = _points(
        "towers",
        technology=["LTE", "LTE", "GSM", "zqbad"],
        operator=["zqtowersoperator", *["Shared"] * 3],
        site_id=list("abcd"),
    )
    return _csv(folder, name, table.assign(cell_id=range(4), band_mhz=1800))


def _kinds(layer: str, kind: str, bad: str) -> Callable[[Path, str], str]:
    def write(folder: Path, name: str) -> str:
        table = _points(layer, kind=[kind, kind, bad], name=[f"zq{layer}name", "b", "c"])
        return _csv(folder, name, table.assign(id=[f"zq{layer}id", "2", "3"]))

    return write


def _roads(folder: Path, name: str) -> str:
    lon, lat = position("roads")
    middle = tiny.centres()
    lines = [
        shapely.LineString([(lon, lat), *middle.loc[[4, 5], ["lon", "lat"]].to_numpy()]),
        shapely.LineString(middle.loc[[4, 1], ["lon", "lat"]].to_numpy()),
    ]
    roads = gpd.GeoDataFrame({"highway": ["primary", "construction"]}, geometry=lines, crs="EPSG:4326")
    roads.to_file(folder / f"{name}.geojson", driver="GeoJSON")
    return ".geojson"


def _raster(value: float) -> Callable[[Path, str], str]:
    def write(folder: Path, name: str) -> str:
        shape = (40, 40)
        values = np.full(shape, value, dtype="float32") + np.arange(1600, dtype="float32").reshape(shape) * value / 1e4
        transform = from_origin(tiny.WEST - 5_000, tiny.SOUTH + 35_000, 1_000, 1_000)
        meta = {"driver": "GTiff", "height": 40, "width": 40, "count": 1, "dtype": "float32", "crs": tiny.METRIC}
        with rasterio.open(folder / f"{name}.tif", "w", transform=transform, **meta) as target:
            target.write(values, 1)
        return ".tif"

    return write


def _pool(column: int) -> Callable[[Path, str], str]:
    def write(folder: Path, name: str) -> str:
        x, y = tiny.at(column, 2)
        tiny.write_shapes(folder / f"{name}.geojson", [shapely.box(x - 400, y - 400, x + 400, y + 400)], name=[name])
        return ".geojson"

    return write


def _speed_tests(folder: Path, name: str) -> str:
    table = _points("speed_tests", download_mbps=[31.0, 7.0, None])
    return _csv(folder, name, table.assign(operator="Shared", technology="4g", rsrp_dbm=[-90.0, -95.0, None]))


def _fibre(folder: Path, name: str) -> str:
    return _csv(folder, name, _points("fibre", name=["zqfibrename", "b"]))


def _subscriptions(folder: Path, name: str) -> str:
    table = pd.DataFrame({"code": [tiny.CODES[4], tiny.CODES[0], "zqsubscriptionsbad"]})
    return _csv(folder, name, table.assign(users=[NUMBERS["subscriptions"], 50, 60]))


def _vehicles(folder: Path, name: str) -> str:
    table = pd.DataFrame({"code": [*tiny.CODES, "zqvehiclesbad"], "motorbike_share": 0.31415, "car_share": 0.25})
    return _csv(folder, name, table.assign(bus_share=0.125))


def _gtfs(folder: Path, name: str) -> str:
    gtfs.write(folder / f"{name}.zip", gtfs.stops_at({"A": 3, "B": 4, "C": 5}) + "zqgtfsbad,no,no\n")
    return ".zip"


def _known_coverage(folder: Path, name: str) -> str:
    table = pd.DataFrame({"operator": ["Shared"], "technology": "4g", "covered_share": 0.81234})
    return _csv(folder, name, table.assign(published_by="zqknown_coverageoffice", date="2026-01-31"))


def _benchmarks(folder: Path, name: str) -> str:
    table = pd.DataFrame({"figure": ["zqbenchmarks_figure"], "value": 0.71717, "date": "2025-12-31"})
    return _csv(folder, name, table.assign(source="zqbenchmarksoffice", definition="zqbenchmarksdefinition"))


def _spectrum(folder: Path, name: str) -> str:
    table = pd.DataFrame({"operator": ["zqspectrumoperator"], "band_mhz": ["B3"], "bandwidth_mhz": [10]})
    return _csv(folder, name, table)


def _coverage(folder: Path, name: str) -> str:
    x, y = tiny.at(1, 1)
    tiny.write_shapes(folder / f"{name}.geojson", [shapely.box(x - 7_000, y - 7_000, x + 7_000, y + 7_000)], id=["1"])
    return ".geojson"


def _railways(folder: Path, name: str) -> str:
    line = shapely.LineString([tiny.at(0, 2), tiny.at(2, 2)])
    tiny.write_shapes(folder / f"{name}.geojson", [line], railway=["zqrailwaysclass"])
    return ".geojson"


def _borders(folder: Path, name: str) -> str:
    line = shapely.LineString([tiny.at(-0.5, 0), tiny.at(-0.5, 2)])
    tiny.write_shapes(folder / f"{name}.geojson", [line], neighbour=["zqbordersclass"])
    return ".geojson"


def _fixed(folder: Path, name: str) -> str:
    return _csv(folder, name, _points("fixed", location_id=["a", "b"]))


def _challenges(folder: Path, name: str) -> str:
    row = {"commune_code": tiny.CODES[2], "figure": "internet_gap_share", "claimed_share": 0.43217}
    said = {"claim": "zqchallengesclaim", "claimed_by": "a commune", "evidence": "tests", "decision": "accepted"}
    return _csv(
        folder, name, pd.DataFrame([row | said | {"decided_by": "zqchallengesjudge", "decided_on": "2026-02-01"}])
    )


_WRITERS = {
    "people": _people,
    "people_groups": _people_groups,
    "towers": _towers,
    "hubs": _kinds("hubs", "post office", "zqhubsbad"),
    "payments": _kinds("payments", "bank", "zqpaymentsbad"),
    "institutions": _kinds("institutions", "school", "zqinstitutionsbad"),
    "railways": _railways,
    "borders": _borders,
    "roads": _roads,
    "elevation": _raster(20.0),
    "water": _pool(0),
    "flood": _pool(2),
    "friction": _raster(0.01),
    "speed_tests": _speed_tests,
    "fibre": _fibre,
    "subscriptions": _subscriptions,
    "vehicles": _vehicles,
    "gtfs": _gtfs,
    "known_coverage": _known_coverage,
    "benchmarks": _benchmarks,
    "spectrum": _spectrum,
    "coverage": _coverage,
    "fixed": _fixed,
    "challenges": _challenges,
}
