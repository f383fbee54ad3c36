"""The tiny country with one layer spoilt in a declared way: what a first run must not make a figure of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.transform import from_origin

from tests import gtfs, tiny

ROWS = 20
FAULTS = ("sound", "all bad", "90 % bad", "50 % bad", "outside", "one point", "empty")
_BAD_ROWS = {"all bad": ROWS, "90 % bad": ROWS * 9 // 10, "50 % bad": ROWS // 2}
_FAR_DEGREES = 20.0


def bad_rows(fault: str) -> np.ndarray:
    """Which rows are bad, (ROWS,)."""
    return np.arange(ROWS) < _BAD_ROWS.get(fault, 0)


def positions(fault: str) -> pd.DataFrame:
    """lon and lat of ROWS points near the middles of the communes, as text; spoilt."""
    middle = tiny.centres().iloc[np.arange(ROWS) % 9].reset_index(drop=True)
    middle["lon"] += np.arange(ROWS) * 0.0005
    if fault == "outside":
        middle["lat"] += _FAR_DEGREES
    if fault == "one point":
        middle = middle.iloc[np.zeros(ROWS, dtype=int)].reset_index(drop=True)
    texts = middle.round(6).astype(str)
    texts.loc[bad_rows(fault), "lat"] = "no position"
    return texts.iloc[:0] if fault == "empty" else texts


def _points(name: str, **columns: object) -> Callable[[Path, str], str]:
    def write(folder: Path, fault: str) -> str:
        table = positions(fault).assign(**columns)
        table.assign(id=np.arange(len(table)) + 1).to_csv(folder / f"{name}.csv", index=False)
        return f'path = "{name}.csv"'

    return write


def _people_points(folder: Path, fault: str) -> str:
    positions(fault).assign(people=100).to_csv(folder / "people.csv", index=False)
    return 'path = "people.csv"\nformat = "points"'


def _codes(fault: str) -> list[str]:
    """Codes of the nine communes; unknown ones where they are bad or of another country."""
    bad = {"all bad": 9, "90 % bad": 8, "50 % bad": 4, "outside": 9}.get(fault, 0)
    codes = [f"77770{row}" if row < bad else code for row, code in enumerate(tiny.CODES)]
    codes = [tiny.CODES[0]] * 9 if fault == "one point" else codes
    return [] if fault == "empty" else codes


def _people_table(folder: Path, fault: str) -> str:
    pd.DataFrame({"commune_code": _codes(fault), "people": 500}).to_csv(folder / "people.csv", index=False)
    return 'path = "people.csv"\nformat = "table"'


def _subscriptions(folder: Path, fault: str) -> str:
    pd.DataFrame({"code": _codes(fault), "users": 50}).to_csv(folder / "users.csv", index=False)
    return 'path = "users.csv"'


def _vehicles(folder: Path, fault: str) -> str:
    table = pd.DataFrame({"code": _codes(fault), "motorbike_share": 0.5, "car_share": 0.25})
    table.to_csv(folder / "vehicles.csv", index=False)
    return 'path = "vehicles.csv"'


def _benchmarks(folder: Path, fault: str) -> str:
    years = [] if fault == "empty" else [str(2000 + row) for row in range(ROWS)]
    table = pd.DataFrame({"figure": "at_least_4g_share", "value": 0.9, "year": years}).assign(definition="4G")
    table.loc[bad_rows(fault)[: len(table)], "value"] = 90.0
    table.to_csv(folder / "yearbook.csv", index=False)
    return 'path = "yearbook.csv"\npublisher = "a yearbook"'


def _gtfs(folder: Path, fault: str) -> str:
    """A trip that calls at all stops, half an hour after each other."""
    stops = positions(fault)
    rows = "".join(f"s{number},{row.lat},{row.lon}\n" for number, row in enumerate(stops.itertuples()))
    times = [f"{8 + number // 2}:{number % 2 * 30:02d}:00" for number in range(len(stops))]
    calls = gtfs.STOP_TIMES.splitlines()[0] + "\n"
    calls += "".join(f"a1,s{number},{number},{time},{time}\n" for number, time in enumerate(times))
    gtfs.write(folder / "gtfs.zip", "stop_id,stop_lat,stop_lon\n" + rows, stop_times=calls)
    return 'path = "gtfs.zip"'


def _known_coverage(folder: Path, fault: str) -> str:
    frame = pd.DataFrame({"code": _codes(fault), "technology": "4g", "covered_share": 0.5})
    frame.to_csv(folder / "known.csv", index=False)
    return 'path = "known.csv"'


def _spectrum(folder: Path, fault: str) -> str:
    frame = pd.DataFrame({"code": _codes(fault), "operator": "One", "band_mhz": "B3", "bandwidth_mhz": 20})
    frame.to_csv(folder / "spectrum.csv", index=False)
    return 'path = "spectrum.csv"'


def _challenges(folder: Path, fault: str) -> str:
    named = {"figure": "internet_gap_share", "claimed_share": 0.5, "claim": "measured", "evidence": "a letter"}
    named |= {"claimed_by": "A", "claimed_on": "2026-01-01", "decision": "open", "decided_by": "", "decided_on": ""}
    pd.DataFrame({"commune_code": _codes(fault)}).assign(**named).to_csv(folder / "challenges.csv", index=False)
    return 'path = "challenges.csv"'


def _shapes(fault: str, shape: Callable[[float, float], shapely.Geometry], bad: shapely.Geometry) -> gpd.GeoSeries:
    steps = np.arange(ROWS)
    x_m, y_m = tiny.WEST + 1000 + steps * 1400, tiny.SOUTH + 1000 + steps * 1400
    shapes = [bad if spoilt else shape(x, y) for spoilt, x, y in zip(bad_rows(fault), x_m, y_m, strict=True)]
    shapes = [shape(x_m[0], y_m[0])] * ROWS if fault == "one point" else shapes
    series = gpd.GeoSeries([] if fault == "empty" else shapes, crs=tiny.METRIC).to_crs("EPSG:4326")
    return series.translate(yoff=_FAR_DEGREES) if fault == "outside" else series


def _vector(name: str, shape: Callable[[float, float], shapely.Geometry], bad: shapely.Geometry) -> Callable[..., str]:
    def write(folder: Path, fault: str) -> str:
        shapes = _shapes(fault, shape, bad)
        frame = gpd.GeoDataFrame({"highway": ["tertiary"] * len(shapes)}, geometry=shapes, crs="EPSG:4326")
        frame.to_file(folder / f"{name}.gpkg", layer=name)
        return f'path = "{name}.gpkg"'

    return write


def _line(x: float, y: float) -> shapely.Geometry:
    return shapely.LineString([(x, y), (x + 900, y + 500)])


def _square(x: float, y: float) -> shapely.Geometry:
    return shapely.box(x, y, x + 800, y + 800)


def _communes(folder: Path, fault: str) -> str:
    frame = tiny.communes()
    bad = {"all bad": 9, "90 % bad": 8, "50 % bad": 4}.get(fault, 0)
    frame.loc[np.arange(9) < bad, "commune_code"] = ""
    frame = frame.iloc[:0] if fault == "empty" else frame
    frame.to_file(folder / "spoilt.gpkg", layer="communes")
    return 'path = "spoilt.gpkg"'


def _raster(name: str, value: float) -> Callable[[Path, str], str]:
    def write(folder: Path, fault: str) -> str:
        path = folder / f"{name}.tif"
        values = np.full((30, 30), value, dtype="float32")
        values.flat[: {"all bad": 900, "90 % bad": 810, "50 % bad": 450}.get(fault, 0)] = -9999
        south_m = tiny.SOUTH + (2_000_000 if fault == "outside" else 0)
        transform = from_origin(tiny.WEST, south_m + 30_000, 1000, 1000)
        profile = {"driver": "GTiff", "height": 30, "width": 30, "count": 1, "dtype": "float32", "nodata": -9999}
        with rasterio.open(path, "w", crs=tiny.METRIC, transform=transform, **profile) as target:
            target.write(values, 1)
        if fault == "empty":
            path.write_bytes(b"")
        return f'path = "{name}.tif"'

    return write


def _coverage(folder: Path, fault: str) -> str:
    section = _vector("coverage", _square, shapely.Point(tiny.WEST, tiny.SOUTH))(folder, fault)
    return section + '\noperator = "One"\ntechnology = "4g"'


def _fixed(folder: Path, fault: str) -> str:
    section = _vector("fixed", _square, shapely.Point(tiny.WEST, tiny.SOUTH))(folder, fault)
    return section + '\nformat = "polygons"\nspeed_mbps = 100.0'


_CELL = {"radio": "LTE", "mcc": 456, "net": 1, "area": 1, "unit": 0, "range": 1000, "samples": 200}
_SEEN = {"changeable": 1, "created": 1_500_000_000, "updated": 1_700_000_000, "averageSignal": 0}


def _crowd(folder: Path, fault: str) -> str:
    table = positions(fault).assign(**_CELL, **_SEEN)
    table = table.assign(cell=(np.arange(len(table)) + 1) * 256)
    order = ["radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples", *_SEEN]
    table[order].to_csv(folder / "towers.csv", index=False)
    return 'path = "towers.csv"\nformat = "opencellid"'


WRITERS: dict[str, Callable[[Path, str], str]] = {
    "communes": _communes,
    "people points": _people_points,
    "people table": _people_table,
    "people raster": _raster("people", 5.0),
    "people_groups": lambda folder, fault: (
        _points("groups", people=40)(folder, fault) + '\nformat = "points"\ngroup = "women"'
    ),
    "towers register": lambda folder, fault: (
        _points("towers", technology="4G", operator="One")(folder, fault) + '\nformat = "register"'
    ),
    "towers crowd": _crowd,
    "hubs": _points("hubs", **{"class": "post office"}),
    "payments": _points("payments", **{"class": "bank"}),
    "institutions": _points("institutions", **{"class": "school"}),
    "railways": _vector("railways", _line, shapely.Point(tiny.WEST, tiny.SOUTH)),
    "borders": _vector("borders", _line, shapely.Point(tiny.WEST, tiny.SOUTH)),
    "roads": _vector("roads", _line, shapely.Point(tiny.WEST, tiny.SOUTH)),
    "elevation": _raster("elevation", 100.0),
    "water": _vector("water", _square, shapely.Point(tiny.WEST, tiny.SOUTH)),
    "flood": _vector("flood", _square, shapely.Point(tiny.WEST, tiny.SOUTH)),
    "friction": _raster("friction", 0.01),
    "speed_tests": _points("speed_tests", download_mbps=12.5, operator="One", technology="4G"),
    "fibre": _vector("fibre", _line, shapely.box(0, 0, 1, 1)),
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


def write_country(folder: Path, layer: str, fault: str, *, is_alone: bool = False) -> Path:
    """The tiny country with the layer spoilt and its other layers whole, or with none but its communes."""
    folder.mkdir(parents=True)
    country = tiny.write_files(folder)
    text = country.read_text()
    name = layer.partition(" ")[0]
    head, *sections = text.split("[layers.")
    kept = [section for section in sections if not section.startswith(f"{name}]")]
    kept = [section for section in kept if not is_alone or section.startswith("communes]")]
    section = f"{name}]\n{WRITERS[layer](folder, fault)}\n"
    country.write_text("[layers.".join([head, *kept, section]), encoding="utf-8")
    return country
