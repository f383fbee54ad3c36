"""Files of networks and licences: what ``recognise`` prints of each, pasted, is read as it was written, and run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_bounds

import commune_coverage as cc
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.detection.command import likely_layer, recognise_upload
from commune_coverage.readers.detection.obligations import recognise_obligations
from tests import tiny
from tests.commands import command

LON, LAT = (tiny.centres().round(6)[axis].to_numpy() for axis in ("lon", "lat"))
OPERATORS = ["One", "Two"] * 4 + ["One"]


def pasted(upload: Path, country: Path, *more: str) -> str:
    """Put the section that the command prints for the upload at the end of the country file; all that it printed."""
    told = command("recognise", upload.name, "--country", country.name, *more, cwd=upload.parent)
    assert told.returncode == 0, told.stderr
    country.write_text(country.read_text() + told.stdout[told.stdout.index("\n\n") + 1 :])
    return told.stdout


def checked(country: Path, layer: str) -> list:
    findings = check_country(load_country(country))
    assert findings.problems == []
    assert all(log.is_balanced() for log in findings.logs)
    return [log for log in findings.logs if log.layer == layer]


def table(path: Path, **columns: object) -> None:
    frame = pd.DataFrame(columns)
    frame.to_excel(path, index=False) if path.suffix == ".xlsx" else frame.to_csv(path, index=False)


def shapes(path: Path, geometry: list[shapely.Geometry], **columns: object) -> None:
    gpd.GeoDataFrame(columns, geometry=geometry, index=range(len(geometry)), crs="EPSG:4326").to_file(path)


def squares() -> list[shapely.Geometry]:
    return list(tiny.communes().geometry)


def lines() -> list[shapely.Geometry]:
    return [shapely.LineString(pair) for pair in pairwise(zip(LON, LAT, strict=True))]


# Fixed lines: tables by area, addresses, polygons.

FIXED: dict[str, tuple[str, Callable[[Path], None], dict[str, str], str]] = {
    "homes passed, by code": (
        "t.csv",
        lambda path: table(
            path, **{"Commune code": tiny.CODES, "Technology": ["FTTH", "VDSL", "cable"] * 3, "Speed (Mbps)": 100,
                     "Homes passed": range(10, 19), "Homes": 40}
        ),
        {"code": "Commune code", "technology": "Technology", "speed_mbps": "Speed (Mbps)",
         "households_passed": "Homes passed", "households": "Homes"},
        "table",
    ),
    "households, workbook": (
        "coverage.xlsx",
        lambda path: table(
            path, **{"District": "01", "Provider": OPERATORS, "Technology": "fibre", "Mbps": range(30, 39),
                     "Households covered": 5, "Total households": 50}
        ),
        {"code": "District", "operator": "Provider", "technology": "Technology", "speed_mbps": "Mbps",
         "households_passed": "Households covered", "households": "Total households"},
        "table",
    ),
    "percent": (
        "fixed_broadband.csv",
        lambda path: table(
            path, **{"District": "01", "Technology": ["copper", "Glasfaser", "DOCSIS 3.1"] * 3,
                     "Max download (Mbps)": range(30, 39), "Coverage (%)": [0.5] * 9}
        ),
        {"code": "District", "technology": "Technology", "speed_mbps": "Max download (Mbps)",
         "covered_percent": "Coverage (%)"},
        "table",
    ),
    "shares of communes by name": (
        "fixed.csv",
        lambda path: table(
            path, **{"Commune": [f"Commune {n}" for n in range(1, 10)], "Technology": "FTTH", "Speed Mbps": 50,
                     "Share of households covered": np.linspace(0, 1, 9)}
        ),
        {"code": "Commune", "technology": "Technology", "speed_mbps": "Speed Mbps",
         "covered_share": "Share of households covered"},
        "table",
    ),
    "addresses": (
        "addresses.csv",
        lambda path: table(
            path, **{"Building ID": range(9), "Longitude": LON, "Latitude": LAT, "ISP": OPERATORS, "Technology": "FTTH",
                     "Download speed (Mbps)": 300, "Served": ["yes", "no", "yes"] * 3}
        ),
        {"address_id": "Building ID", "lon": "Longitude", "lat": "Latitude", "operator": "ISP",
         "technology": "Technology", "speed_mbps": "Download speed (Mbps)", "served": "Served"},
        "points",
    ),
    "buildings as points": (
        "buildings.gpkg",
        lambda path: shapes(
            path, list(shapely.points(LON, LAT)), location_id=range(9), served=1, technology="fiber", mbps=100
        ),
        {"address_id": "location_id", "served": "served", "technology": "technology", "speed_mbps": "mbps"},
        "points",
    ),
    "areas": (
        "areas.geojson",
        lambda path: shapes(path, squares(), isp=OPERATORS, technology=["FTTH", "cable", "DSL"] * 3, maxaddown=100),
        {"operator": "isp", "technology": "technology", "speed_mbps": "maxaddown"},
        "polygons",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIXED)
def test_fixed_lines_are_recognised_and_read(tmp_path: Path, name: str) -> None:
    file, write, columns, form = FIXED[name]
    country = tiny.write_files(tmp_path)
    write(tmp_path / file)
    assert likely_layer(tmp_path / file, country) == "fixed"
    found = recognise_upload(tmp_path / file, "fixed", country)
    assert found.columns == columns | ({"lon": "lon", "lat": "lat"} if file == "buildings.gpkg" else {})
    assert found.missing == []
    told = pasted(tmp_path / file, country)
    assert "\n[[layers.fixed]]\n" in told
    assert f'\nformat = "{form}"\n' in told
    (log,) = checked(country, "fixed")
    assert (log.read, log.kept, log.quarantined) == (9, 9, 0)


MOBILE = {
    "published shares": (
        "known_coverage", {"District": "01", "Technology": ["2G", "3G", "4G"] * 3, "covered_percent": 90},
    ),
    "drive tests": (
        "speed_tests",
        {"Longitude": LON, "Latitude": LAT, "Operator": OPERATORS, "Technology": "LTE", "Download (Mbps)": range(9)},
    ),
    "register": ("towers", {"Longitude": LON, "Latitude": LAT, "Operator": OPERATORS, "Technology": "LTE"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MOBILE)
def test_mobile_networks_are_no_fixed_lines(tmp_path: Path, name: str) -> None:
    layer, columns = MOBILE[name]
    table(tmp_path / "t.csv", **columns)
    assert likely_layer(tmp_path / "t.csv", tiny.write_files(tmp_path)) == layer


def test_a_table_of_fixed_lines_without_a_share_says_what_is_missing(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    table(tmp_path / "fixed.csv", **{"Commune code": tiny.CODES, "Technology": "fibre", "Speed (Mbps)": 100})
    found = recognise_upload(tmp_path / "fixed.csv", "fixed", country)
    assert found.missing == ["covered_share"]


# What operators declare, and what tests show.


def raster(path: Path, values: np.ndarray, nodata: float | None = None) -> None:
    bounds = tiny.communes().total_bounds
    profile = {"driver": "GTiff", "count": 1, "height": 20, "width": 20, "dtype": values.dtype, "crs": "EPSG:4326"}
    transform = from_bounds(*bounds, 20, 20)
    with rasterio.open(path, "w", nodata=nodata, transform=transform, **profile) as sink:
        sink.write(values, 1)


@pytest.mark.parametrize(
    ("names", "value", "nodata"), [("One_4G", 1, 0), ("coverage-lte-Two", 1, None), ("5g.one", 7, 0)]
)
def test_a_raster_of_declared_coverage(tmp_path: Path, names: str, value: int, nodata: float | None) -> None:
    country, path = tiny.write_files(tmp_path), tmp_path / f"{names}.tif"
    values = np.zeros((20, 20), dtype="uint8")
    values[:, :10] = value
    raster(path, values, nodata)
    assert likely_layer(path, country) == "coverage"
    told = pasted(path, country)
    section = load_country(country).layers.coverage
    wanted = {"One_4G": ("One", "4g"), "coverage-lte-Two": ("Two", "4g"), "5g.one": ("One", "5g")}
    assert (section.operator, section.technology, section.values) == (*wanted[names], [value])
    assert "\n[[layers.coverage]]\n" in told
    checked(country, "coverage")


def test_of_a_raster_that_does_not_say_whose_and_of_levels_it_is_asked(tmp_path: Path) -> None:
    raster(tmp_path / "levels_4g.tif", np.full((20, 20), -95.5, dtype="float32"))
    found = recognise_upload(tmp_path / "levels_4g.tif", "coverage", tiny.write_files(tmp_path))
    assert found.keys == {"format": "raster", "technology": "4g"}
    text = found.as_toml()
    assert '# operator = "…"' in text
    assert "# min_value = …" in text
    assert any("levels in dBm" in sentence for sentence in found.sentences())


TESTS = {
    "drive": ({"Operator": OPERATORS, "Network": "4G", "DL (Mbps)": range(9), "Timestamp": "2026-01-05T10:00"}, 9),
    "success": ({"MNO": OPERATORS, "Technology": "LTE", "success": ["yes", "no", "yes"] * 3, "device": "a"}, 9),
    "levels": (
        {"Carrier": OPERATORS, "RAT": ["LTE", "UMTS", "GSM"] * 3, "RSRP (dBm)": -100, "environment": "indoor"}, 9,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TESTS)
def test_tests_of_operators(tmp_path: Path, name: str) -> None:
    columns, kept = TESTS[name]
    country = tiny.write_files(tmp_path)
    table(tmp_path / "t.csv", Longitude=LON, Latitude=LAT, **columns)
    assert likely_layer(tmp_path / "t.csv", country) == "speed_tests"
    found = recognise_upload(tmp_path / "t.csv", "speed_tests", country)
    assert {"operator", "technology"} <= set(found.columns)
    pasted(tmp_path / "t.csv", country)
    (log,) = checked(country, "speed_tests")
    assert (log.kept, log.quarantined) == (kept, 0)


# Lines.

LINES = {
    "osm": ("lines.gpkg", {"railway": "rail"}, "railways"),
    "a portal's": ("gis_osm_railways_free_1.shp", {"fclass": "narrow_gauge"}, "railways"),
    "by its name": ("railways.geojson", {"name": "Northern line"}, "railways"),
    "a border": ("border.gpkg", {"name": "East"}, "borders"),
    "a neighbour": ("lines.gpkg", {"neighbour": "Elsewhere"}, "borders"),
    "a road": ("lines.gpkg", {"highway": "primary"}, "roads"),
    "a road of a portal": ("gis_osm_roads_free_1.shp", {"fclass": "track"}, "roads"),
}


@pytest.mark.parametrize("name", LINES)
def test_lines_are_roads_railways_or_borders(tmp_path: Path, name: str) -> None:
    file, columns, layer = LINES[name]
    country = tiny.write_files(tmp_path)
    shapes(tmp_path / file, lines(), **columns)
    assert likely_layer(tmp_path / file, country) == layer
    pasted(tmp_path / file, country)
    (log,) = checked(country, layer)
    assert log.kept == 8


# What licences oblige to.

OBLIGATIONS = """
# As the regulator keeps them.
[[obligations]]
id = "national-4g"
title = "4G for nine in ten people"
operator = "One"
technology = "4g"
share = 0.9
by = 2027-12-31
source = "licence 3/2024"

[[obligations]]
id = "railways-4g"
title = "4G in trains"
technology = "4g"
measure = "railways"
where = "in_vehicle"
level = "province"
codes = ["01"]
share = 0.5
by = 2028-06-30
source = "licence 3/2024, annex 1"
"""


def test_a_file_of_obligations(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    (tmp_path / "obligations.toml").write_text(OBLIGATIONS)
    assert likely_layer(tmp_path / "obligations.toml", country) == "obligations"
    told = pasted(tmp_path / "obligations.toml", country)
    assert "2 obligations" in told
    wanted = tomllib.loads(OBLIGATIONS)["obligations"]
    assert tomllib.loads(country.read_text())["obligations"] == wanted
    assert [one.id for one in load_country(country).obligations] == ["national-4g", "railways-4g"]


def test_obligations_that_cannot_be_right_are_named_and_left_out(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    spoilt = OBLIGATIONS.replace("share = 0.9\n", "share = 90\n").replace('"One"', '"Nobody"')
    (tmp_path / "o.toml").write_text(
        spoilt + OBLIGATIONS.replace("national-4g", "again").replace("railways-4g", "more")
    )
    found = recognise_obligations(tmp_path / "o.toml", load_country(country))
    told = "\n".join(found.sentences())
    assert "'national-4g' cannot be read: share" in told
    assert [one["id"] for one in tomllib.loads(found.as_toml())["obligations"]] == ["railways-4g", "again", "more"]
    (tmp_path / "u.toml").write_text(OBLIGATIONS.replace('"One"', '"Nobody"'))
    told = "\n".join(recognise_obligations(tmp_path / "u.toml", load_country(country)).sentences())
    assert "'Nobody' is no operator of the country file" in told


@pytest.mark.parametrize("text", ["[layers]\nx = 1\n", "obligations = 3\n", "no toml"])
def test_another_file_of_toml_is_no_file_of_obligations(tmp_path: Path, text: str) -> None:
    (tmp_path / "o.toml").write_text(text)
    with pytest.raises(UnreadableFileError, match=r"o\.toml"):
        recognise_obligations(tmp_path / "o.toml", None)


# All of them in one country.


def test_a_country_with_all_of_them_runs_without_an_edit(tmp_path: Path) -> None:
    country = tiny.with_few_people(tiny.write_files(tmp_path))
    tiny.without_limits(country)
    tiny.say(country, "[territory]\nspacing_m = 1000.0\n[verification]\ncount_undated = true")
    for name in ("homes passed, by code", "addresses", "areas"):
        FIXED[name][1](tmp_path / FIXED[name][0])
    raster(tmp_path / "One_4G.tif", np.ones((20, 20), dtype="uint8"))
    table(tmp_path / "tests.csv", Longitude=LON, Latitude=LAT, **TESTS["drive"][0])
    shapes(tmp_path / "railways.geojson", lines(), railway="rail")
    (tmp_path / "obligations.toml").write_text(OBLIGATIONS)
    uploads = [
        "t.csv",
        "addresses.csv",
        "areas.geojson",
        "One_4G.tif",
        "tests.csv",
        "railways.geojson",
        "obligations.toml",
    ]
    for upload in uploads:
        pasted(tmp_path / upload, country)
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    latest = tmp_path / "data/latest"
    report = json.loads((latest / "report.json").read_text())
    assert {"fixed", "coverage", "speed_tests", "railways"} <= set(report["layers"])
    assert set(pd.read_csv(latest / "fixed.csv")["file"]) == {"t.csv", "addresses.csv", "areas.geojson"}
    declared = pd.read_csv(latest / "declared_coverage.csv")
    is_one = (declared["operator"] == "One") & (declared["level"] == "nation") & (declared["technology"] == "4g")
    assert declared[is_one & (declared["service_level"] == "signal")]["covered_people_share"].max() == pytest.approx(1)
    obligations = pd.read_csv(latest / "obligations.csv")
    assert set(obligations["obligation"]) == {"national-4g", "railways-4g"}
    assert obligations["covered_share"].notna().all()
