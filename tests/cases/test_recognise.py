"""What ``recognise`` prints for each layer and format passes ``check`` as it is, without an edit."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import tomllib
import zipfile
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import from_bounds

from commune_coverage.config.layers import FileRef
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import RunError, UnreadableFileError
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.detection.command import extent_of_country, likely_layer, recognise_upload, section
from commune_coverage.readers.detection.extent import Extent
from commune_coverage.readers.detection.file import recognise
from commune_coverage.readers.detection.grids import fitting_systems
from commune_coverage.readers.detection.position_map import write_map
from commune_coverage.readers.parsing.coordinates import share_inside
from commune_coverage.schema.inputs import CELLS, PEOPLE, POINTS
from tests import tiny

HEADER = 'code = "KHM"\nlanguages = ["en", "km"]\ntime_zone = "Asia/Phnom_Penh"\n[name]\nen = "T"\nkm = "T"\n'


def pasted(folder, upload, layer=None):
    """The country with nothing but its communes and the section that is printed; the findings of its check."""
    country = folder / "country.toml"
    communes = '[layers.communes]\npath = "communes.geojson"\n'
    if not (folder / "communes.geojson").exists():
        tiny.communes().to_file(folder / "communes.geojson")
    country.write_text(HEADER + communes)
    layer = layer or likely_layer(upload, country)
    found = recognise_upload(upload, layer, country)
    lines = section(found, upload, layer)
    country.write_text(HEADER + (lines if layer == "communes" else communes + lines))
    findings = check_country(load_country(country))
    assert all(log.is_balanced() for log in findings.logs)
    assert findings.problems == []
    return layer, found, [log for log in findings.logs if layer in {log.layer, "people"}]


def centres():
    return tiny.centres().round(6)


# Boundaries in the layouts of their publishers.


def _boundaries(**columns):
    shapes = tiny.communes()[["geometry"]]
    return shapes.assign(**columns)


CODES = [f"010{number}" for number in range(1, 10)]
NAMES = [f"Place {letter}" for letter in "ABCDEFGHI"]
LAYOUTS = {
    "GADM": (
        {
            "GID_0": "KHM", "COUNTRY": "Cambodia", "GID_1": "KHM.1_1", "NAME_1": "North", "NL_NAME_1": "NA",
            "GID_2": "KHM.1.1_1", "NAME_2": "Upper", "GID_3": [f"KHM.1.1.{n}_1" for n in range(1, 10)], "NAME_3": NAMES,
            "VARNAME_3": "NA", "TYPE_3": "Khum", "ENGTYPE_3": "Commune", "CC_3": "NA", "HASC_3": "NA",
        },
        {"commune_code": "GID_3", "commune_name": "NAME_3", "district_code": "GID_2", "district_name": "NAME_2",
         "province_code": "GID_1", "province_name": "NAME_1"},
    ),
    "old GADM": (
        {"ID_0": 1, "ID_1": 5, "NAME_1": "North", "ID_2": list(range(1, 10)), "NAME_2": NAMES, "TYPE_2": "Khum"},
        {"commune_code": "ID_2", "commune_name": "NAME_2", "district_code": "ID_1", "district_name": "NAME_1"},
    ),
    "geoBoundaries": (
        {"shapeName": NAMES, "shapeISO": "", "shapeID": [f"1234B{n}" for n in range(9)], "shapeGroup": "KHM",
         "shapeType": "ADM3"},
        {"commune_code": "shapeID", "commune_name": "shapeName"},
    ),
    "OCHA": (
        {"ADM3_EN": NAMES, "ADM3_KM": NAMES, "ADM3_PCODE": ["KH" + code for code in CODES], "ADM3_REF": "x",
         "ADM2_EN": "Upper", "ADM2_PCODE": "KH01", "ADM1_EN": "North", "ADM1_PCODE": "KH0", "ADM0_PCODE": "KH",
         "date": "2018-10-04", "validOn": "2018-10-04"},
        {"commune_code": "ADM3_PCODE", "commune_name": "ADM3_EN", "commune_name_km": "ADM3_KM",
         "district_code": "ADM2_PCODE", "district_name": "ADM2_EN", "province_code": "ADM1_PCODE",
         "province_name": "ADM1_EN"},
    ),
    "OCHA, small letters": (
        {"adm3_name": NAMES, "adm3_name1": NAMES, "adm3_pcode": CODES, "adm2_name": "Upper", "adm2_pcode": "01",
         "adm1_name": "North", "adm1_pcode": "1", "lang": "en", "center_lat": 11.0, "center_lon": 104.0},
        {"commune_code": "adm3_pcode", "commune_name": "adm3_name", "district_code": "adm2_pcode",
         "district_name": "adm2_name", "province_code": "adm1_pcode", "province_name": "adm1_name"},
    ),
    "own words": (
        {"COM_CODE": CODES, "COM_NAME": NAMES, "DIS_CODE": "01", "PRO_CODE": "1"},
        {"commune_code": "COM_CODE", "commune_name": "COM_NAME", "district_code": "DIS_CODE",
         "province_code": "PRO_CODE"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp"])
def test_boundaries_of_each_publisher(tmp_path, layout, ending):
    columns, wanted = LAYOUTS[layout]
    path = tmp_path / f"boundaries.{ending}"
    _boundaries(**columns).to_file(path, encoding="utf-8")
    layer, found, (log,) = pasted(tmp_path, path)
    assert (layer, found.columns) == ("communes", wanted)
    assert (log.read, log.kept) == (9, 9)


# Tables of every layer.


def _table(folder, name, table):
    path = folder / name
    frame = pd.DataFrame(table)
    if name.endswith(".xlsx"):
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False, sep=";" if name.endswith(".txt") else ",")
    return path


def _at(lon="Longitude", lat="Latitude"):
    return {lon: centres()["lon"], lat: centres()["lat"]}


CROWD = {"radio": "LTE", "mcc": 456, "net": 1, "area": 7, "cell": range(1, 10), "unit": 0}
CROWD_END = {"range": 1000, "samples": 5, "changeable": 1, "created": 1500000000, "updated": 1600000000,
             "averageSignal": 0}  # fmt: skip
TABLES = {
    "towers, register": ("towers", "r.csv", {"Site": NAMES, **_at(), "Technology": "4G", "Operator": "One"}),
    "towers, sheet": ("towers", "r.xlsx", {"Tech": "LTE", "Provider": "One", **_at("Long", "Lat")}),
    "towers, crowd": ("towers", "456.csv", {**CROWD, **_at("lon", "lat"), **CROWD_END}),
    "towers, crowd renamed": (
        "towers",
        "cells.csv",
        {"Network type": "LTE", "MCC": 456, "MNC": 1, "TAC": 7, "Cell ID": range(1, 10), **_at(), "Samples": 3,
         "Range": 900, "Last seen": 1600000000},
    ),
    "people, table": ("people", "p.csv", {"Commune code": tiny.CODES, "Total population": range(100, 109)}),
    "people, points": ("people", "p.txt", {"Village name": NAMES, "Population": range(100, 109), **_at()}),
    "hubs": ("hubs", "h.csv", {"Name": NAMES, "Type": "post office", **_at()}),
    "hubs without a class": ("hubs", "h.csv", {"Branch name": NAMES, **_at()}),
    "payments": ("payments", "p.csv", {"Name": NAMES, "Category": ["bank", "ATM", "agent"] * 3, **_at("lng", "lat")}),
    "speed tests, drive": (
        "speed_tests", "s.csv", {"download_mbps": range(1, 10), "upload_mbps": 2, "latency_ms": 3, **_at("lon", "lat")},
    ),
    "speed tests, tiles": (
        "speed_tests",
        "s.csv",
        {"quadkey": ["1322301000211121"] * 9, "avg_d_kbps": range(1000, 1009), "avg_u_kbps": 100, "avg_lat_ms": 30,
         "tests": 4, "devices": 2},
    ),
    "fibre": ("fibre", "fibre_nodes.csv", {"node_name": NAMES, "status": "operational", **_at("lon", "lat")}),
    "spectrum": (
        "spectrum",
        "holdings.csv",
        {"Operator": ["One", "Two", "Three"] * 3, "Band": ["B20", "B3", "B7"] * 3, "Bandwidth": range(5, 14)},
    ),
    "subscriptions": ("subscriptions", "u.csv", {"commune_code": tiny.CODES, "subscribers": range(10, 19)}),
    "benchmarks": (
        "benchmarks",
        "yearbook.csv",
        {"Figure": "at_least_4g_share", "Value": np.linspace(0.5, 0.9, 9), "Year": range(2015, 2024), "Source": "ITU",
         "Definition": "People within a signal"},
    ),
    "vehicles": ("vehicles", "v.csv", {"commune_code": tiny.CODES, "motorbike_share": 0.5, "car_share": 0.1}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_every_layer(tmp_path, name):
    layer, file, table = TABLES[name]
    path = _table(tmp_path, file, table)
    guessed, found, logs = pasted(tmp_path, path, None if "without" not in name else layer)
    assert guessed == layer
    assert found.missing == []
    assert sum(log.read for log in logs) >= 9
    assert sum(log.quarantined for log in logs) == 0


def test_declared_coverage_is_polygons_of_operators_and_technologies(tmp_path):
    path = tmp_path / "declared.gpkg"
    _boundaries(provider=["One", "Two", "Three"] * 3, technology=["4G", "5G", "LTE"] * 3, mindown=10).to_file(path)
    layer, found, (log,) = pasted(tmp_path, path)
    assert (layer, log.kept) == ("coverage", 9)
    assert found.columns == {"operator": "provider", "technology": "technology", "speed_mbps": "mindown"}


def test_all_columns_of_a_crowd_are_recognised(tmp_path):
    _, file, table = TABLES["towers, crowd renamed"]
    _, found, _ = pasted(tmp_path, _table(tmp_path, file, table))
    assert {"samples", "mcc", "mnc", "area", "cell_id"} <= set(found.columns)
    assert found.keys["format"] == "opencellid"


_RENAMED = ("radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples", "changeable", "created",
            "updated", "averageSignal")  # fmt: skip
RENAMED_CROWDS = {
    "portal": ("Radio", "MCC", "MNC", "LAC/TAC/NID", "CID", "PCI", "Longitude", "Latitude", "Range", "Samples",
               "Changeable", "Created", "Updated", "AverageSignal"),
    "units in the names": ("Network Type", "MCC", "MNC", "LAC/TAC", "CID", "PCI", "Longitude", "Latitude",
                           "Range (m)", "Observations", "chg", "First seen", "Last seen", "Signal"),
    "whole words": ("Technology", "Mobile country code", "Mobile network code", "Tracking area code", "Cell identity",
                    "Unit", "Long", "Lat", "Radius", "Sightings", "Changeable", "First observed", "Last observed",
                    "Average signal"),
    "French": ("Technologie", "Code pays", "Code réseau", "LAC", "Cellule", "Unité", "Longitude", "Latitude", "Portée",
               "Mesures", "Modifiable", "Créé", "Mis à jour", "Signal moyen"),
    "Spanish": ("Tecnología", "MCC", "MNC", "LAC", "Celda", "Unidad", "Longitud", "Latitud", "Alcance", "Muestras",
                "Cambiable", "Creado", "Actualizado", "Señal media"),
    "Portuguese": ("Tecnologia", "MCC", "MNC", "TAC", "Célula", "Unidade", "Longitude", "Latitude", "Alcance",
                   "Amostras", "Alterável", "Criado", "Atualizado", "Sinal médio"),
    "German": ("Technologie", "Landeskennzahl", "Netzkennzahl", "LAC", "Zelle", "PCI", "Länge", "Breite", "Reichweite",
               "Messungen", "Änderbar", "Erstellt", "Aktualisiert", "Signal"),
}  # fmt: skip


@pytest.mark.parametrize("language", RENAMED_CROWDS)
def test_a_crowd_by_any_name_is_read_as_a_crowd(tmp_path, language):
    table = pd.DataFrame({**CROWD, **_at("lon", "lat"), **CROWD_END})[list(_RENAMED)]
    path = _table(tmp_path, "cells.csv", table.set_axis(list(RENAMED_CROWDS[language]), axis=1))
    layer, found, (log,) = pasted(tmp_path, path)
    assert (layer, found.keys["format"], log.kept) == ("towers", "opencellid", 9)
    assert {"samples", "updated", "technology", "mcc", "mnc", "area", "cell_id", "lon", "lat"} <= set(found.columns)


def test_an_owners_register_with_cell_identities_is_a_register(tmp_path):
    table = {**CROWD, **_at("lon", "lat"), "Updated": "2026-01-05", "EIRP (dBm)": 60, "Antenna height (m)": 30}
    _, found, _ = pasted(tmp_path, _table(tmp_path, "cells.csv", table))
    assert found.keys["format"] == "register"


def test_a_crowd_without_a_header(tmp_path):
    path = tmp_path / "456.csv"
    rows = [
        f"LTE,456,1,7,{n},0,{lon},{lat},1000,5,1,1,1600000000,0" for n, (lon, lat) in enumerate(centres().to_numpy())
    ]
    path.write_text("\n".join(rows) + "\n")
    layer, found, (log,) = pasted(tmp_path, path)
    assert (layer, found.keys["format"], found.header, log.kept) == ("towers", "opencellid", False, 9)


# What must not match, in every language.

WOMEN_MEN_TOTAL = [
    ("ប្រជាជនស្រី", "ប្រជាជនប្រុស", "ប្រជាជនសរុប"),
    ("ប្រជាជនស្រី", "ប្រជាជនប្រុស", "ចំនួនប្រជាជនសរុប"),
    ("ស្រី", "ប្រុស", "សរុប"),
    ("Female Population", "Male Population", "Total Population"),
    ("pop_f", "pop_m", "pop_t"),
    ("Population féminine", "Population masculine", "Population totale"),
    ("Femmes", "Hommes", "Population"),
    ("Población mujeres", "Población hombres", "Población total"),
    ("População mulheres", "População homens", "População total"),
    ("Popolazione femminile", "Popolazione maschile", "Popolazione totale"),
    ("Frauen", "Männer", "Einwohner insgesamt"),
    ("Ludność kobiety", "Ludność mężczyźni", "Ludność ogółem"),
    ("Население женщины", "Население мужчины", "Население всего"),
    ("السكان الإناث", "السكان الذكور", "عدد السكان"),
    ("Penduduk perempuan", "Penduduk laki-laki", "Jumlah penduduk"),
    ("Dân số nữ", "Dân số nam", "Dân số"),
    ("ประชากรหญิง", "ประชากรชาย", "ประชากรรวม"),
    ("ປະຊາກອນຍິງ", "ປະຊາກອນຊາຍ", "ປະຊາກອນລວມ"),
]


@pytest.mark.parametrize("heads", WOMEN_MEN_TOTAL, ids=lambda heads: heads[2])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_total_is_the_population_and_no_single_sex(tmp_path, heads, order):
    numbers = {heads[0]: range(50, 59), heads[1]: range(40, 49), heads[2]: range(90, 108, 2)}
    table = {"Commune code": tiny.CODES} | {heads[at]: numbers[heads[at]] for at in order}
    assert recognise(FileRef(path=_table(tmp_path, "p.csv", table)), PEOPLE).columns["people"] == heads[2]


@pytest.mark.parametrize("heads", WOMEN_MEN_TOTAL, ids=lambda heads: heads[2])
def test_a_single_sex_is_never_the_population(tmp_path, heads):
    table = {"Commune code": tiny.CODES, heads[0]: range(50, 59), heads[1]: range(40, 49)}
    assert "people" not in recognise(FileRef(path=_table(tmp_path, "p.csv", table)), PEOPLE).columns


@pytest.mark.parametrize(
    "head",
    [
        *("Altitude", "Elevation (m)", "រយៈកម្ពស់", "កម្ពស់ពីនីវ៉ូទឹកសមុទ្រ", "Altitud", "Cota", "Altitudine", "Meereshöhe"),
        *("Wysokość n.p.m.", "Высота над уровнем моря", "الارتفاع عن سطح البحر", "Ketinggian"),
    ],
)
def test_the_altitude_of_the_ground_is_no_height_of_an_antenna(tmp_path, head):
    table = {**_at(), "Tech": "LTE", head: range(20, 29)}
    assert "antenna_height_m" not in recognise(FileRef(path=_table(tmp_path, "r.csv", table)), CELLS).columns


@pytest.mark.parametrize(
    "head",
    [
        *("Serial No", "S.No", "លេខរៀង", "លេខទូរសព្ទ", "លេខទូរស័ព្ទ", "Phone number", "Teléfono", "Telefone", "Telefon"),
        *("Lfd. Nr.", "Número de orden", "Telepon", "Số điện thoại", "โทรศัพท์", "Телефон", "هاتف", "Numéro d'ordre"),
    ],
)
def test_serial_and_telephone_numbers_identify_nothing(tmp_path, head):
    table = {"Type": "bank", **_at(), head: range(1, 10)}
    assert "point_id" not in recognise(FileRef(path=_table(tmp_path, "r.csv", table)), POINTS).columns


# Files with shapes.


def test_points_lines_and_polygons_in_vector_files(tmp_path):
    points = gpd.GeoDataFrame(
        {"name": NAMES, "class": "bank"}, geometry=gpd.points_from_xy(*centres().to_numpy().T), crs=4326
    )
    points.to_file(tmp_path / "banks.gpkg")
    layer, found, (log,) = pasted(tmp_path, tmp_path / "banks.gpkg")
    assert (layer, log.kept, "Positions are those of its shapes." in found.sentences()) == ("payments", 9, True)
    people = _boundaries(pop=range(9), name=NAMES).to_crs(tiny.METRIC)
    people.to_file(tmp_path / "people.gpkg")
    layer, found, _ = pasted(tmp_path, tmp_path / "people.gpkg", "people")
    assert found.keys == {"format": "polygons"}
    ends = centres().to_numpy()
    lines = [shapely.LineString([first, second]) for first, second in pairwise(ends)]
    gpd.GeoDataFrame({"highway": "primary"}, geometry=lines, index=range(8), crs=4326).to_file(tmp_path / "roads.gpkg")
    layer, _, (log,) = pasted(tmp_path, tmp_path / "roads.gpkg")
    assert (layer, log.read) == ("roads", 8)


def test_osm_nodes_in_a_zipped_database(tmp_path):
    with sqlite3.connect(tmp_path / "nodes.sqlite") as database:
        database.execute("CREATE TABLE NODE (ID TEXT, LAT REAL, LON REAL, NAME TEXT, TAG TEXT, VALUE TEXT)")
        rows = [
            (str(n), lat, lon, "", "amenity", "post_office" if n % 2 else "bank")
            for n, (lon, lat) in enumerate(centres().to_numpy())
        ]
        database.executemany("INSERT INTO NODE VALUES (?, ?, ?, ?, ?, ?)", rows)
    database.close()
    with zipfile.ZipFile(tmp_path / "nodes.sqlite.zip", "w") as archive:
        archive.write(tmp_path / "nodes.sqlite", "nodes.sqlite")
    layer, found, (log,) = pasted(tmp_path, tmp_path / "nodes.sqlite.zip")
    assert (layer, found.keys["format"], log.kept) == ("hubs", "osm-sqlite", 4)
    _, found, (log,) = pasted(tmp_path, tmp_path / "nodes.sqlite.zip", "payments")
    assert (found.keys["classes"], log.kept) == ({"amenity=bank": "bank"}, 5)


def test_a_response_of_overpass(tmp_path):
    things = [
        {"type": "node", "id": n, "lat": lat, "lon": lon, "tags": {"amenity": "atm"}}
        for n, (lon, lat) in enumerate(centres().to_numpy())
    ]
    (tmp_path / "atms.json").write_text(json.dumps({"version": 0.6, "generator": "Overpass API", "elements": things}))
    _, found, (log,) = pasted(tmp_path, tmp_path / "atms.json", "payments")
    assert (found.keys["format"], log.kept) == ("overpass", 9)


@pytest.mark.parametrize(
    ("file", "layer", "count"),
    [
        ("dj_osm_nodes_2019.sqlite.zip", "payments", "amenity=bank"),
        ("dj_osm_main_roads.osm.pbf", "roads", "lines of roads"),
    ],
)
def test_real_osm_extracts(shared_data, file, layer, count):
    found = recognise_upload(shared_data / "formats" / file, layer, None)
    assert count in " ".join(found.sentences())


# Rasters.


def _raster(path, values, crs="EPSG:4326", nodata=None, scale=1.0, bounds=None):
    west, south, east, north = tiny.communes().total_bounds if bounds is None else bounds
    height, width = values.shape
    profile = {"driver": "GTiff", "count": 1, "height": height, "width": width, "dtype": values.dtype, "nodata": nodata}
    with rasterio.open(
        path, "w", **profile, crs=crs, transform=from_bounds(west, south, east, north, width, height)
    ) as to:
        to.write(values, 1)
        to.scales = (scale,)
    return path


RASTERS = {
    "khm_pop_2020.tif": ("people", np.full((20, 20), 3, dtype="float32"), "0.0135"),
    "relief.tif": ("elevation", np.full((20, 20), 120, dtype="int16"), "120 to 120 metres above sea level"),
    "friction_2020.tif": ("friction", np.full((20, 20), 0.02, dtype="float32"), "0.02 to 0.02 minutes a metre"),
    "water.tif": ("water", np.ones((20, 20), dtype="uint8"), "uint8, no nodata is declared"),
    "flood.tif": ("flood", np.ones((20, 20), dtype="uint8"), "covers 100% of the country"),
}


@pytest.mark.parametrize("name", RASTERS)
def test_rasters_of_every_layer(tmp_path, name):
    layer, values, _ = RASTERS[name]
    guessed, found, _ = pasted(tmp_path, _raster(tmp_path / name, values))
    assert guessed == layer
    told = " ".join(found.sentences())
    assert "20 x 20 cells, EPSG:4326 (WGS 84)" in told
    assert "covers 100% of the country's bounds" in told


def test_a_column_of_states_is_a_filter_to_choose(tmp_path):
    table = {"Technology": "4G", **_at(), "Status": ["in service"] * 5 + ["planned"] * 4}
    _, found, (log,) = pasted(tmp_path, _table(tmp_path, "r.csv", table))
    assert '# where = {Status = ["in service"]}' in found.as_toml()
    assert log.kept == 9


def test_a_column_for_each_technology_is_a_technology(tmp_path):
    table = {**_at("x", "y"), "2G": 1, "3G": [0, 1, 1] * 3, "4G": [0, 0, 1] * 3}
    layer, found, (log,) = pasted(tmp_path, _table(tmp_path, "r.csv", table))
    assert (layer, found.missing, log.kept) == ("towers", [], 9)


def test_what_is_odd_in_a_raster_is_told(tmp_path):
    values = np.full((20, 20), 3.0, dtype="float32")
    values[0] = -99999
    told = recognise_upload(_raster(tmp_path / "pop.tif", values), "people", None).sentences()
    assert "5.0% of them are no people: a nodata that is not declared, or another unit." in told
    told = recognise_upload(_raster(tmp_path / "pop.tif", values, nodata=-99999, scale=0.1), "people", None).sentences()
    assert "Band 1 of 1, float32, nodata -99999." in told
    assert "Its values are to be multiplied by 0.1, then 0 added." in told
    found = recognise_upload(_raster(tmp_path / "pop.tif", values, crs=None, nodata=-99999), "people", None)
    assert found.keys == {"format": "raster", "crs": "EPSG:4326"}
    with pytest.raises(UnreadableFileError, match="is a raster, and towers cannot be one"):
        recognise_upload(tmp_path / "pop.tif", "towers", None)
    with pytest.raises(RunError, match="elevation is a raster, and"):
        recognise_upload(_table(tmp_path, "a.csv", _at()), "elevation", None)


# National grids.

GRIDS = [
    ("Lambert 93", 2154, (-5.0, 41.5, 9.6, 51.1), (-1, 43, 6, 49.5)),
    ("British National Grid", 27700, (-8.2, 49.9, 1.8, 60.9), (-4, 50.5, 0, 57)),
    ("RD New", 28992, (3.3, 50.7, 7.2, 53.6), (4, 51.5, 6.5, 53)),
    ("LV95", 2056, (5.9, 45.8, 10.5, 47.8), (6.5, 46.2, 9.5, 47.5)),
    ("LV03", 21781, (5.9, 45.8, 10.5, 47.8), (6.5, 46.2, 9.5, 47.5)),
    ("Gauss-Krueger 3", 31467, (5.8, 47.2, 15.1, 55.1), (7.6, 48, 10.4, 54)),
    ("Irish", 2157, (-10.7, 51.4, -5.9, 55.5), (-9.5, 52, -6.5, 54.5)),
    ("Austria", 31287, (9.5, 46.3, 17.2, 49.1), (10, 46.8, 16.5, 48.5)),
    ("New Zealand", 2193, (166.4, -47.4, 178.6, -34.3), (168, -46, 177, -36)),
    ("Portugal", 3763, (-9.6, 36.9, -6.1, 42.2), (-9, 37.2, -7, 41.8)),
    ("Krovak", 5514, (12, 48.5, 18.9, 51.1), (13, 49, 18, 50.5)),
    ("Mercator of the web", 3857, (-5.0, 41.5, 9.6, 51.1), (-1, 43, 6, 49.5)),
    ("feet of New York", 2263, (-74.3, 40.4, -73.6, 41), (-74.1, 40.6, -73.8, 40.9)),
    ("UTM 48", 32648, (102.3, 9.9, 107.7, 14.7), (102.6, 11, 107, 14)),
    ("UTM 36 south", 32736, (21.9, -18.1, 33.8, -8.2), (30.5, -14, 33.5, -9)),
]


@pytest.mark.parametrize(("name", "code", "bounds", "box"), GRIDS, ids=[grid[0] for grid in GRIDS])
@pytest.mark.parametrize("swapped", [False, True])
def test_national_grids_are_told_from_the_values(name, code, bounds, box, swapped):
    rng = np.random.default_rng(code)
    lon, lat = rng.uniform(box[0], box[2], 100), rng.uniform(box[1], box[3], 100)
    pair = Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    inside = Extent(bounds, np.array([shapely.box(box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1)])).share
    systems = fitting_systems(*(pair[::-1] if swapped else pair), bounds, inside)
    assert (f"EPSG:{code}", swapped) in [(system.crs, system.is_swapped) for system in systems]
    x, y = Transformer.from_crs(systems[0].crs, 4326, always_xy=True).transform(*pair)
    if len(systems) == 1:
        assert np.hypot(x - lon, y - lat).max() < 1e-4


@pytest.mark.parametrize(("inside", "fits"), [(2, True), (1, False)])
def test_half_of_the_rows_in_the_country_are_enough_for_a_grid(inside, fits):
    lon, lat = np.array([4.0, 4.5, 5.0, 5.5]), np.full(4, 50.5)
    x, y = Transformer.from_crs(4326, 31370, always_xy=True).transform(lon, lat)
    found = fitting_systems(x, y, (2.5, 49.5, 6.4, 51.5), lambda *_: inside / 4, min_share=0.5)
    assert bool(found) == fits


def test_names_of_eastings_and_northings_settle_the_order(tmp_path):
    belgium = (2.5, 49.5, 6.4, 51.5)
    lon, lat = np.random.default_rng(1).uniform(3, 6, 50), np.random.default_rng(2).uniform(50, 51, 50)
    x, y = Transformer.from_crs(4326, 31370, always_xy=True).transform(lon, lat)
    found = recognise(
        FileRef(path=_table(tmp_path, "r.csv", {"Easting": x.round(), "Northing": y.round(), "Tech": "LTE"})),
        CELLS,
        belgium,
    )
    assert found.positions.crs == "EPSG:31370"
    found = recognise(
        FileRef(path=_table(tmp_path, "r.csv", {"X": x.round(), "Y": y.round(), "Tech": "LTE"})), CELLS, belgium
    )
    shown = " ".join(found.sentences())
    assert (found.positions.crs, found.confidence) == (None, 0.5)
    assert "EPSG:31370 (BD72 / Belgian Lambert 72)" in shown
    assert "exchanged" in shown
    assert '# crs = "EPSG:31370"' in found.as_toml()
    assert "crs" not in tomllib.loads(found.as_toml())


def test_a_country_on_both_sides_of_180_degrees(case_folder):
    folder = case_folder("01-fiji-antimeridian")
    extent = extent_of_country(load_country(folder / "country.toml"))
    west, _, east, _ = extent.bounds
    assert 170 < west < 180 < east < 190
    points = np.array([shape.representative_point().coords[0] for shape in extent.shapes]).T
    x, y = Transformer.from_crs(4326, 3460, always_xy=True).transform(*points)
    (system,) = fitting_systems(x, y, extent.bounds, extent.share)
    assert (system.crs, system.share) == ("EPSG:3460", 1.0)


@pytest.fixture
def across_180(tmp_path):
    """A country file of two squares that meet at 180 degrees, and nine sites on both sides."""
    shapes = [shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -178, -16)]
    communes = gpd.GeoDataFrame({"code": ["01", "02"], "name": ["West", "East"]}, geometry=shapes, crs=4326)
    communes.to_file(tmp_path / "communes.gpkg")
    (tmp_path / "country.toml").write_text(HEADER + '[layers.communes]\npath = "communes.gpkg"\n')
    lon = np.array([178.5, 179.1, 179.4, 179.7, 179.9, -179.8, -179.5, -179.1, -178.4])
    return tmp_path, {"a": lon, "b": np.linspace(-17.5, -16.5, 9), "Tech": "LTE"}


def test_on_both_sides_of_180_degrees_free_columns_rasters_and_the_map_are_read_as_one_country(across_180):
    folder, table = across_180
    extent = extent_of_country(load_country(folder / "country.toml"))
    assert extent.bounds == (178.0, -18.0, 182.0, -16.0)
    found = recognise(FileRef(path=_table(folder, "r.csv", table)), CELLS, extent)
    assert (found.positions.lon, found.positions.lat, found.positions.inside_share) == ("a", "b", 1.0)
    write_map(found, folder / "country.toml", folder / "map.html")
    page = (folder / "map.html").read_text()
    dots = [float(x) for x in re.findall(r'cx="([\d.-]+)"', page)]
    assert dots == sorted(dots)
    west, east = min(dots), max(dots)
    outline = [float(x) for x in re.findall(r"[ML]([\d.-]+) ", page)]
    assert min(outline) < west < east < max(outline)
    assert (east - west) / (max(outline) - min(outline)) == pytest.approx((181.6 - 178.5) / 4, abs=0.001)


@pytest.mark.parametrize("west", [178, -182])
def test_a_raster_across_180_degrees_covers_what_it_covers(across_180, west):
    folder, _ = across_180
    country, cells = folder / "country.toml", np.ones((20, 20), dtype="uint8")
    raster = _raster(folder / "water.tif", cells, bounds=(west, -18, west + 4, -16))
    assert "covers 100% of the country's bounds" in " ".join(recognise_upload(raster, "water", country).sentences())
    half = _raster(folder / "half.tif", cells, bounds=(west + 2, -18, west + 4, -16))
    assert "covers 50% of the country's bounds" in " ".join(recognise_upload(half, "water", country).sentences())


def test_rows_in_the_sea_are_a_reason_to_ask(tmp_path):
    land = Extent((0, 40, 20, 50), np.array([shapely.box(0, 40, 4, 50)]))
    table = {"lon": np.linspace(0.5, 19.5, 20), "lat": 45.0, "radio": "LTE"}
    found = recognise(FileRef(path=_table(tmp_path, "r.csv", table)), CELLS, land)
    assert "Only 20% of them lie in the country" in " ".join(found.sentences())
    assert found.confidence == pytest.approx(0.2)
    assert share_inside(table["lon"], np.full(20, 45.0), land.bounds) == 1.0


def test_a_grid_is_read_once_its_line_is_pasted(tmp_path):
    metres = tiny.communes().to_crs("EPSG:3148").centroid
    path = _table(tmp_path, "r.csv", {"Easting": metres.x.round(1), "Northing": metres.y.round(1), "Tech": "LTE"})
    _, found, (log,) = pasted(tmp_path, path)
    assert (found.positions.crs, log.kept) == ("EPSG:32648", 9)
    assert "EPSG:3148" in " ".join(found.sentences())


def test_the_register_of_france_is_lambert_93(shared_data, tmp_path):
    path = shared_data / "oracles" / "france" / "sites_2018_01_lambert93.csv"
    found = recognise(FileRef(path=path), CELLS, (-5.2, 41.3, 9.6, 51.2))
    assert found.positions.crs == "EPSG:2154"
    assert found.positions.inside_share > 0.99


@pytest.mark.parametrize(("case", "upload"), [
    ("21-dms-in-columns", "anfr.csv"), ("21-dms-in-columns", "asr.csv"), ("11-utm-zones-mixed", "towers.csv"),
    ("13-paris-antennes", "antennes.csv"),
        ("13-paris-antennes", "antennes_clean.csv"),
])  # fmt: skip
def test_what_is_printed_for_the_cases_passes_check(case_folder, case, upload):
    folder = case_folder(case)
    country = folder / "country.toml"
    layer = likely_layer(folder / upload, country)
    found = recognise_upload(folder / upload, layer, country)
    text = country.read_text()
    country.write_text(text[: text.index("[layers.towers]")] + section(found, folder / upload, layer))
    findings = check_country(load_country(country))
    assert (layer, findings.problems) == ("towers", [])
    (log,) = [one for one in findings.logs if one.layer == "towers"]
    assert log.is_balanced()
    assert not {"not_a_number", "coordinate_missing", "coordinate_out_of_range"} & set(log.reasons())


# The map, and the command.


def test_the_map_shows_each_system_and_loads_nothing(tmp_path):
    metres = tiny.communes().to_crs(tiny.METRIC).centroid
    path = _table(tmp_path, "r.csv", {"Easting": metres.x, "Northing": metres.y, "Tech": "LTE"})
    _, found, _ = pasted(tmp_path, path)
    name, (lon, lat) = next(iter(found.places.items()))
    found.places[name] = (np.append(lon, [1.0, np.nan]), np.append(lat, [np.nan, 1.0]))
    write_map(found, tmp_path / "country.toml", tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text()
    assert text.count("<circle") == 9
    assert "100% of 9 rows in the country" in text
    assert "http" not in text.replace("http-equiv", "")
    with pytest.raises(RunError, match="--map needs"):
        write_map(found, None, tmp_path / "map.html")


def test_the_command_guesses_the_layer(tmp_path):
    _, file, table = TABLES["payments"]
    path = _table(tmp_path, file, table)
    done = subprocess.run(
        [sys.executable, "-m", "commune_coverage", "recognise", str(path)], capture_output=True, text=True, check=True
    )
    assert "seems to be the layer payments" in done.stdout
    assert "[layers.payments]" in done.stdout


# Nothing to edit, and nothing that misleads.


def _lines(found):
    return tomllib.loads(found.as_toml())


def test_operators_that_are_network_codes_are_operators(tmp_path):
    table = {**_at(), "Operateur": ["20801", "20810", "20815"] * 3, "2G": 1, "3G": [0, 1, 0] * 3, "4G": 0}
    _, found, (log,) = pasted(tmp_path, _table(tmp_path, "r.csv", table))
    shown = " ".join(found.sentences())
    assert (found.columns["operator"], log.kept) == ("Operateur", 9)
    assert "100% of its values are network codes" in shown
    assert "technology is yes and no in '2G', '3G', '4G'." in shown
    assert "technology seems to be" not in shown
    assert found.unused == []


def test_numbers_of_another_kind_are_no_operators(tmp_path):
    found = recognise(FileRef(path=_table(tmp_path, "r.csv", {**_at(), "Tech": "LTE", "Operateur": range(9)})), CELLS)
    assert "operator" not in found.columns


def test_units_of_names_values_and_cells_are_printed(tmp_path):
    table = {
        **_at(), "Tech": "LTE", "Power (dBW ERP)": 12.5, "Frequency": 1800e6, "Height": ["98 ft"] * 9,
        "Bandwidth MHz": 20,
    }  # fmt: skip
    _, found, _ = pasted(tmp_path, _table(tmp_path, "r.csv", table))
    columns = _lines(found)["columns"]
    assert columns["band_mhz"] == {"column": "Frequency", "unit": "Hz"}
    assert columns["antenna_height_m"] == {"column": "Height", "unit": "ft"}
    assert columns["bandwidth_mhz"] == {"column": "Bandwidth MHz", "unit": "MHz"}
    assert "band_mhz is in Hz." in found.sentences()


def test_a_unit_that_can_be_two_is_pointed_at(tmp_path):
    found = recognise(FileRef(path=_table(tmp_path, "r.csv", {**_at(), "Tech": "LTE", "EIRP dB": 40})), CELLS)
    assert "may be in dBm or in dBW" in " ".join(found.notes)


def test_columns_of_a_crowd_that_no_figure_needs_are_known(tmp_path):
    _, file, table = TABLES["towers, crowd renamed"]
    _, found, _ = pasted(tmp_path, _table(tmp_path, file, {**table, "Changeable": 1}))
    assert (found.known, found.unused) == (("Changeable",), [])
    assert "Known in files of this kind, and needed for nothing: 'Changeable'." in found.sentences()
    _, file, table = TABLES["towers, crowd"]
    assert recognise(FileRef(path=_table(tmp_path, file, table)), CELLS).unused == []


def test_of_boundaries_with_one_level_that_is_the_communes(tmp_path):
    shapes = tiny.communes()[["geometry"]].assign(PRO_CODE=range(1, 10), HRName=NAMES)
    shapes.to_file(tmp_path / "provinces.geojson")
    _, found, (log,) = pasted(tmp_path, tmp_path / "provinces.geojson", "communes")
    assert (found.columns["commune_code"], found.missing, log.kept) == ("PRO_CODE", [], 9)


def _corsica(shared_data, folder):
    """A country file of Corsica's communes as ``recognise`` prints them, with the communes."""
    parts = [gpd.read_file(shared_data / "oracles" / "france" / f"communes_2{half}.geojson") for half in "AB"]
    communes = pd.concat(parts, ignore_index=True)
    communes.to_file(folder / "communes.geojson")
    found = recognise_upload(folder / "communes.geojson", "communes", None)
    country = folder / "country.toml"
    country.write_text(HEADER + section(found, folder / "communes.geojson", "communes"))
    return country, communes


def _sites_by_pyproj(path, communes):
    """Rows of the register with a technology, each once, in Corsica: line and commune, by pyproj and GeoPandas."""
    rows = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
    sound = (rows[["2G", "3G", "4G"]] == "1").any(axis=1) & ~rows.duplicated() & (rows["x"] != "#N/A")
    rows = rows[sound].astype({"x": float, "y": float})
    lon, lat = Transformer.from_crs(2154, 4326, always_xy=True).transform(rows["x"], rows["y"])
    points = gpd.GeoDataFrame({"line": rows.index + 2}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    return points.sjoin(communes, predicate="intersects")


def test_a_nations_register_for_one_of_its_regions_is_no_doubt(shared_data, tmp_path):
    country, communes = _corsica(shared_data, tmp_path)
    path = shared_data / "oracles" / "france" / "sites_2018_01_lambert93.csv"
    layer = likely_layer(path, country)
    found = recognise_upload(path, layer, country)
    shown = " ".join(found.sentences())
    assert (layer, found.positions.crs, found.columns["operator"]) == ("towers", "EPSG:2154", "Operateur")
    assert found.confidence == pytest.approx(0.7)
    assert "a wider register than the communes" in shown
    assert "not right" not in shown
    country.write_text(country.read_text() + section(found, path, layer))
    findings = check_country(load_country(country))
    (log,) = [one for one in findings.logs if one.layer == "towers"]
    assert (findings.problems, log.is_balanced()) == ([], True)
    assert (log.read, log.kept) == (77_148, _sites_by_pyproj(path, communes)["line"].nunique())
    assert log.reasons() == {"coordinate_missing": 1, "duplicate_row": 72, "missing_value": 1_574}


@pytest.mark.long
def test_the_register_of_france_runs_to_tables(shared_data, tmp_path):
    country, communes = _corsica(shared_data, tmp_path)
    path = shared_data / "oracles" / "france" / "sites_2018_01_lambert93.csv"
    country.write_text(country.read_text() + section(recognise_upload(path, "towers", country), path, "towers"))
    done = subprocess.run(
        [sys.executable, "-m", "commune_coverage", "run", str(country), "--engine", "serial"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = (tmp_path / "data" / "latest").resolve()
    assert len(pd.read_csv(shown / "commune_gaps.csv")) == 360
    cells = pd.read_parquet(next(shown.rglob("cells.parquet")))
    placed = pd.read_parquet(next(shown.rglob("cell_communes.parquet")))
    inside = cells[placed["commune"] >= 0].assign(commune=placed["commune"])
    codes = sorted(communes["code"])
    by_pyproj = _sites_by_pyproj(path, communes)
    assert set(inside["operator"]) == {"208-01", "208-10", "208-15", "208-20"}
    assert {codes[place] for place in inside["commune"]} == set(by_pyproj["code"])
