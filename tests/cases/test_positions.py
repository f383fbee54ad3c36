"""Positions as registers and portals really write them: each is read where pyproj puts it, or said to be unclear."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Transformer

from commune_coverage.config.layers import FileRef, NumberFormat
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError, MissingColumnError, MissingCrsError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.coordinates import PositionHints, hints_of, locate_rows
from commune_coverage.schema.inputs import POINTS

FRANCE = (-5.2, 41.3, 9.6, 51.2)
SPAIN = (-9.4, 35.9, 4.4, 43.8)
PORTUGAL = (-9.6, 36.9, -6.1, 42.2)
GERMANY = (5.8, 47.2, 15.1, 55.1)
ZAMBIA = (21.9, -18.1, 33.8, -8.2)
CAMBODIA = (102.3, 10.3, 107.7, 14.7)


def read(tmp_path, table, bounds=None, **stated):
    """The rows of a table of text as a layer of points reads them."""
    path = tmp_path / "points.csv"
    pd.DataFrame(table).assign(**{"class": "bank"}).to_csv(path, index=False)
    ref, log = FileRef(path=path, **stated), RowLog("points", path.name)
    rows = pick_columns(read_table(ref, log), POINTS, ref)
    return locate_rows(rows, ref.crs, ref.number_format, log, hints_of(ref, bounds)), log


def positions(rows):
    return rows[["lon", "lat"]].to_numpy()


def located(texts, bounds=None, crs=None, hemispheres=None):
    """Whole positions in one column, or lon and lat from ``texts`` pairs."""
    pairs = [text if isinstance(text, tuple) else (text, text) for text in texts]
    frame = pd.DataFrame(pairs, columns=["lon", "lat"], dtype=object)
    log = RowLog("points", "p.csv", read=len(frame))
    frame["line"] = range(2, len(frame) + 2)
    return locate_rows(frame, crs, NumberFormat(), log, PositionHints(bounds, hemispheres or {})), log


def check(country):
    findings = check_country(load_country(country))
    assert all(log.is_balanced() for log in findings.logs)
    return findings


def cells_of(country):
    """Towers of a country file, in the order of the file."""
    from commune_coverage.readers.towers.cells import read_cells

    loaded = load_country(country)
    cells, log = read_cells(loaded.layers.towers, loaded)
    assert log.rows == []
    return cells


# Degrees, minutes and seconds in columns of their own.

DMS_TRUTH = [
    (2 + 17 / 60 + 30 / 3600, 48 + 51 / 60 + 30 / 3600),
    (2 + 50 / 60 + 5 / 3600, 48 + 42 / 60 + 10 / 3600),
    (3.75, 49.5),
    (2 + 5 / 60, 49 + 5 / 60),
]


@pytest.mark.parametrize(("file", "technology"), [("asr.csv", "technology"), ("anfr.csv", "Technologie")])
def test_registers_with_degrees_in_columns(case_folder, file, technology):
    folder = case_folder("21-dms-in-columns")
    country = folder / "country.toml"
    text = country.read_text().replace("asr.csv", file) + f'columns = {{ technology = "{technology}" }}\n'
    country.write_text(text)
    assert check(country).problems == []
    assert positions(cells_of(country)) == pytest.approx(np.array(DMS_TRUTH))


def test_whole_degrees_are_not_taken_for_the_angle(case_folder):
    country = case_folder("21-dms-in-columns") / "country.toml"
    mapped = 'columns = { technology = "technology", lon = "long_deg", lat = "lat_deg" }\n'
    country.write_text(country.read_text() + mapped)
    (problem,) = check(country).problems
    assert "'long_deg' holds whole degrees" in problem
    line = problem.split("write: ")[1]
    assert tomllib.loads(line)["columns"]["lon_min"] == "long_min"


HEADERS = {
    "English": "Longitude Degrees,Longitude Minutes,Longitude Seconds,Longitude E/W,Latitude Degrees,Latitude Minutes"
    ",Latitude Seconds,Latitude N/S",
    "Spanish": "Longitud grados,Longitud minutos,Longitud segundos,Hemisferio longitud,Latitud grados,Latitud minutos"
    ",Latitud segundos,Hemisferio latitud",
    "Portuguese": "LONG_GRAUS,LONG_MINUTOS,LONG_SEGUNDOS,LONG_SENTIDO,LAT_GRAUS,LAT_MINUTOS,LAT_SEGUNDOS,LAT_SENTIDO",
    "short": "lonD,lonM,lonS,EW,latD,latM,latS,NS",
    "German": "Länge Grad,Länge Minuten,Länge Sekunden,Länge Ref,Breite Grad,Breite Minuten,Breite Sekunden,Breite Ref",
    "Russian": "Долгота градусы,Долгота минуты,Долгота секунды,lon hem,Широта градусы,Широта минуты,Широта секунды"
    ",lat hem",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_the_line_of_the_error_reads_other_headers(tmp_path, header):
    row = ["77", "2", "5.5", "W", "12", "3", "0", "S"]
    table = dict(zip(header.split(","), ([value] for value in row), strict=True))
    with pytest.raises(MissingColumnError, match="if they are these, write") as error:
        read(tmp_path, table)
    columns = tomllib.loads(str(error.value).split("write: ")[1])["columns"]
    rows, log = read(tmp_path, table, columns=columns)
    assert log.rows == []
    assert positions(rows)[0] == pytest.approx([-(77 + 2 / 60 + 5.5 / 3600), -(12 + 3 / 60)])


@given(
    st.lists(st.tuples(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9)), min_size=1, max_size=8),
    st.sampled_from(
        [("E", "W", "N", "S"), ("Est", "Ouest", "Nord", "Sud"), ("L", "O", "N", "S"), ("+", "-", "+", "-")]
    ),
    st.booleans(),
)
def test_parts_of_any_position_are_joined(points, sides, has_comma):
    east, west, north, south = sides

    def parts(degrees, positive, negative):
        seconds = round(abs(degrees) * 3600, 4)
        minutes, rest = divmod(seconds, 60)
        text = f"{rest:.4f}".replace(".", ",") if has_comma else f"{rest:.4f}"
        return [str(int(minutes // 60)), str(int(minutes % 60)), text, positive if degrees >= 0 else negative]

    names = [f"{axis}_{part}" for axis in ("lon", "lat") for part in ("deg", "min", "sec", "hemisphere")]
    written = [parts(lon, east, west) + parts(lat, north, south) for lon, lat in points]
    frame = pd.DataFrame(written, columns=names, dtype=object).assign(line=range(2, len(points) + 2))
    log = RowLog("points", "p.csv", read=len(points))
    stated = {"O": "W"} if "O" in sides else {}
    rows = locate_rows(frame, None, NumberFormat(), log, PositionHints(None, stated))
    off_zero = [point for point in points if max(map(abs, np.round(point, 7))) > 1e-6]
    if len(off_zero) == len(points):
        assert log.rows == []
        assert positions(rows) == pytest.approx(np.array(points), abs=1e-6)


def test_impossible_parts_are_set_aside_each_with_its_reason(tmp_path):
    table = {
        "lon_deg": ["2", "2", "2", "", "2", "2", "-2"],
        "lon_min": ["17", "61", "17", "17", "17", "", "17"],
        "lon_sec": ["30", "30", "60", "30", "30", "30", "30"],
        "lon_hemisphere": ["E", "E", "E", "E", "", "E", "E"],
        "lat_deg": ["48"] * 7,
        "lat_min": ["51"] * 7,
        "lat_sec": ["30"] * 7,
        "lat_hemisphere": ["N"] * 7,
    }
    rows, log = read(tmp_path, table)
    assert rows["line"].tolist() == [2]
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [
        (5, "coordinate_missing"),
        (6, "unknown_hemisphere"),
        (3, "not_a_number"),
        (4, "not_a_number"),
        (7, "not_a_number"),
        (8, "not_a_number"),
    ]


def test_decimal_degrees_with_a_column_of_hemispheres(tmp_path):
    table = {"Lon": ["77.5", "2.25"], "EW": ["W", "E"], "Lat": ["12.5", "1.5"], "NS": ["S", "N"]}
    rows, log = read(tmp_path, table)
    assert log.rows == []
    assert positions(rows).tolist() == [[-77.5, -12.5], [2.25, 1.5]]


# Hemispheres in words and letters.

SIDES = [
    ("2.5 W", -2.5), ("2.5 Ouest", -2.5), ("2,5° Oeste", -2.5), ("2.5 Ovest", -2.5), ("2.5 West", -2.5),
    ("2.5 Ost", 2.5), ("2.5 Est", 2.5), ("2.5 Este", 2.5), ("2.5 L", 2.5), ("2.5 Leste", 2.5), ("2°30'00\" в.д.", 2.5),
    ("2°30'00\" з. д.", -2.5), ("2.5 В", 2.5), ("2.5 З", -2.5), ("2.5 Ø", 2.5), ("東経2.5", 2.5), ("西经2.5", -2.5),
    ("2.5 zachód", -2.5), ("2.5 wsch.", 2.5), ("2°30'BT", 2.5), ("2°30'BB", -2.5), ("2.5 ตะวันออก", 2.5),
    ("2.5 غرب", -2.5), ("2.5 batı", -2.5), ("២.៥ ខាងលិច", -2.5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "lon"), SIDES)
def test_east_and_west_in_many_languages(text, lon):
    rows, log = located([(text, "1.5")])
    assert log.rows == []
    assert positions(rows)[0] == pytest.approx([lon, 1.5])


@pytest.mark.parametrize(
    ("text", "lat"),
    [
        *(("12.5 Sud", -12.5), ("12.5 Sur", -12.5), ("12.5 Sul", -12.5), ("12.5 Süd", -12.5), ("12.5 Zuid", -12.5)),
        *(("12.5 Nord", 12.5), ("12.5 Norte", 12.5), ("12°30' с.ш.", 12.5), ("12°30' ю.ш.", -12.5), ("12.5 С", 12.5)),
        *(("12.5 Ю", -12.5), ("北緯12.5", 12.5), ("南纬12.5", -12.5), ("12.5 جنوب", -12.5), ("12°30'LS", -12.5)),
        *(("12.5 południe", -12.5), ("12.5 güney", -12.5), ("12.5 kuzey", 12.5)),
    ],
)
def test_north_and_south_in_many_languages(text, lat):
    rows, log = located([("2.5", text)])
    assert log.rows == []
    assert positions(rows)[0] == pytest.approx([2.5, lat])


@pytest.mark.parametrize(
    ("bounds", "degrees", "lon"),
    [(PORTUGAL, "8.5", -8.5), (GERMANY, "8.5", 8.5), (SPAIN, "6.0", -6.0), (FRANCE, "9.0", 9.0), (GERMANY, "6.9", 6.9)],
)
@pytest.mark.parametrize("form", ["{} O", "O {}", "{}° O"])
def test_the_letter_o_is_what_the_country_makes_it(bounds, degrees, lon, form):
    lat = (bounds[1] + bounds[3]) / 2
    rows, log = located([(form.format(degrees), str(lat))], bounds)
    assert log.rows == []
    assert rows["lon"].iloc[0] == lon
    assert "letter such as 'O'" in log.notes[0]


def test_the_letter_o_is_west_where_east_has_another_letter():
    rows, _ = located([("2.5 O", "43 N"), ("1.5 E", "43 N")])
    assert rows["lon"].tolist() == [-2.5, 1.5]
    rows, _ = located([("2.5 O", "43 N"), ("1.5 W", "43 N")])
    assert rows["lon"].tolist() == [2.5, -1.5]


def test_the_letter_o_is_what_a_word_of_the_column_says():
    rows, _ = located([("2.5 O", "43"), ("1.5 Oeste", "43"), ("1.5 E", "43")], GERMANY)
    assert rows["lon"].tolist() == [-2.5, -1.5, 1.5]
    rows, _ = located([("2.5 O", "43"), ("1.5 Ost", "43"), ("1.5 W", "43")], PORTUGAL)
    assert rows["lon"].tolist() == [2.5, 1.5, -1.5]


def test_the_letter_o_alone_is_refused_where_nothing_tells(tmp_path):
    for bounds in (None, SPAIN):
        with pytest.raises(MissingCrsError, match=r'write hemispheres = \{ O = "W" \}'):
            located([("2.5 O", "43 N")], bounds)
    rows, _ = located([("2.5 O", "43 N")], SPAIN, hemispheres={"O": "W"})
    assert rows["lon"].tolist() == [-2.5]
    rows, log = located([("2.5 O", "43 N"), *[("2.5", "43")] * 3])
    assert (len(rows), log.reasons()) == (3, {"unknown_hemisphere": 1})
    table = {"lon": ["2.5"], "lon_hemisphere": ["O"], "lat": ["43"]}
    rows, _ = read(tmp_path, table, hemispheres={"O": "E"})
    assert rows["lon"].tolist() == [2.5]


def test_directions_of_whole_positions_in_other_languages():
    rows, log = located(["43°30'N 2°30'O", "43.5 Norte, 2.5 Oeste", "55°45' с.ш. 37°37' в.д."])
    assert log.rows == []
    assert positions(rows) == pytest.approx(np.array([[-2.5, 43.5], [-2.5, 43.5], [37 + 37 / 60, 55.75]]))


# A reference system by row.


def test_masts_of_three_zones_stand_where_they_are(case_folder):
    folder = case_folder("11-utm-zones-mixed")
    truth = pd.read_csv(folder / "truth.csv")
    findings = check(folder / "country.toml")
    assert findings.problems == []
    assert "stated by row: EPSG:32734 1, EPSG:32735 6, EPSG:32736 3 rows" in " ".join(findings.logs[1].notes)
    assert positions(cells_of(folder / "country.toml")) == pytest.approx(truth[["lon", "lat"]].to_numpy(), abs=1e-4)
    text = (folder / "country.toml").read_text()
    text = text.replace('crs = "EPSG:32735"', "").replace('lat = "Northing"', 'lat = "Northing", crs = "Zone"')
    (folder / "country.toml").write_text(text)
    assert positions(cells_of(folder / "country.toml")) == pytest.approx(truth[["lon", "lat"]].to_numpy(), abs=1e-4)


ZONES = ["35S", "35 S", "35L", "35 l", "Zone 35 South", "UTM 35S", "UTM zone 35 sur", "32735", "EPSG:32735", "35.0",
         "WGS 84 / UTM zone 35S", "urn:ogc:def:crs:EPSG::32735", "32735.0", "WGS84 UTM 35K"]  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("lonlat", [(27.5, -12.0), (25.2, -17.9)])
def test_zones_in_every_writing(zone, lonlat):
    east, north = Transformer.from_crs("EPSG:4326", "EPSG:32735", always_xy=True).transform(*lonlat)
    frame = pd.DataFrame({"lon": [f"{east:.2f}"], "lat": [f"{north:.2f}"], "crs": [zone], "line": [2]}, dtype=object)
    log = RowLog("points", "p.csv", read=1)
    rows = locate_rows(frame, None, NumberFormat(), log, PositionHints(ZAMBIA))
    assert log.rows == []
    assert positions(rows)[0] == pytest.approx(lonlat, abs=1e-6)


@given(st.lists(st.tuples(st.floats(-179, 179), st.floats(-79, 83)), min_size=1, max_size=6))
def test_rows_of_any_zones_are_where_pyproj_puts_them(points):
    rows = []
    for lon, lat in points:
        zone, half = int((lon + 180) // 6) + 1, "N" if lat >= 0 else "S"
        code = (32600 if half == "N" else 32700) + zone
        east, north = Transformer.from_crs("EPSG:4326", f"EPSG:{code}", always_xy=True).transform(lon, lat)
        rows.append((f"{east:.4f}", f"{north:.4f}", f"{zone}{half}"))
    frame = pd.DataFrame(rows, columns=["lon", "lat", "crs"], dtype=object).assign(line=range(2, len(rows) + 2))
    log = RowLog("points", "p.csv", read=len(rows))
    found = locate_rows(frame, None, NumberFormat(), log)
    assert log.rows == []
    assert positions(found) == pytest.approx(np.array(points), abs=1e-6)


def test_a_zone_alone_is_of_the_stated_datum_and_half():
    east, north = Transformer.from_crs("EPSG:4326", "EPSG:20936", always_xy=True).transform(32.0, -13.0)
    frame = pd.DataFrame({"lon": [str(east)], "lat": [str(north)], "crs": ["36"], "line": [2]}, dtype=object)
    rows = locate_rows(frame, "EPSG:20935", NumberFormat(), RowLog("points", "p.csv", read=1))
    assert positions(rows)[0] == pytest.approx([32.0, -13.0], abs=1e-6)


def test_rows_of_unknown_systems_are_set_aside():
    zones = ["35S", "61S", "Lusaka", "", "4", "EPSG:1"]
    frame = pd.DataFrame({"lon": "637347", "lat": "8294811", "crs": zones, "line": range(2, 8)}, dtype=object)
    log = RowLog("points", "p.csv", read=6)
    assert locate_rows(frame, None, NumberFormat(), log)["line"].tolist() == [2]
    assert log.reasons() == {"unknown_system": 5}
    log = RowLog("points", "p.csv", read=6)
    assert locate_rows(frame, "EPSG:32735", NumberFormat(), log)["line"].tolist() == [2, 5, 6]


def test_degrees_beside_a_column_of_zones_stay_degrees(tmp_path):
    table = {"lon": ["28.28", "32.65"], "lat": ["-15.42", "-13.63"], "UTM zone": ["35L", "36L"]}
    rows, log = read(tmp_path, table)
    assert log.rows == []
    assert positions(rows).tolist() == [[28.28, -15.42], [32.65, -13.63]]


def test_zones_of_a_plan_are_no_utm_zones(tmp_path):
    table = {"lon": ["28.28", "32.65"], "lat": ["-15.42", "-13.63"], "Zone": ["North", "Zone 2"]}
    rows, log = read(tmp_path, table)
    assert (len(rows), log.notes) == (2, [])


# Portals' exports.


@pytest.mark.parametrize("column", ["geo_point_2d", "geo_shape"])
def test_the_export_of_a_portal_is_read(case_folder, column):
    country = case_folder("13-paris-antennes") / "country.toml"
    line = f'columns = {{ position = "{column}", technology = "code_site" }}\n'
    country.write_text(country.read_text() + line)
    (_, log) = check(country).logs
    assert log.read == 2170
    assert set(log.reasons()) == {"unknown_technology"}


PORTALS = {
    "mapping": lambda lon, lat: str({"lon": lon, "lat": lat}),
    "JSON, lat first": lambda lon, lat: json.dumps({"lat": lat, "lng": lon}),
    "words in quotes": lambda lon, lat: json.dumps({"longitude": str(lon), "latitude": str(lat)}),
    "GeoJSON": lambda lon, lat: json.dumps({"type": "Point", "coordinates": [lon, lat]}),
    "GeoJSON feature": lambda lon, lat: str(
        {"type": "Feature", "geometry": {"coordinates": [lon, lat], "type": "Point"}, "properties": {}}
    ),
    "GeoJSON with height": lambda lon, lat: json.dumps({"type": "Point", "coordinates": [lon, lat, 35.5]}),
    "GeoJSON, one of many": lambda lon, lat: json.dumps({"coordinates": [[lon, lat]], "type": "MultiPoint"}),
    "WKT": lambda lon, lat: f"POINT({lon} {lat})",
    "WKT with height": lambda lon, lat: f"POINT Z ({lon} {lat} 35)",
    "EWKT": lambda lon, lat: f"SRID=4326;POINT({lon} {lat})",
    "EWKT, metres": lambda lon, lat: "SRID=3857;POINT({} {})".format(
        *Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    ),
    "WKB": lambda lon, lat: shapely.Point(lon, lat).wkb_hex,
    "WKB with height": lambda lon, lat: "\\x" + shapely.Point(lon, lat, 5.0).wkb_hex.lower(),
    "EWKB": lambda lon, lat: shapely.to_wkb(
        shapely.set_srid(shapely.Point(lon, lat), 4326), hex=True, include_srid=True
    ),
    "pair": lambda lon, lat: f"{lat:.9f}, {lon:.9f}",
}


@given(st.floats(-179.5, 179.5), st.floats(-84.5, 84.5), st.sampled_from(sorted(PORTALS)))
@example(0.0, 2.0, "EWKB")  # all digits but one E: a number of scientific notation too
@example(0.0, 2.0, "WKB")
def test_points_of_portals_are_read_back(lon, lat, form):
    if max(abs(lon), abs(lat)) < 1e-4:
        return
    text = PORTALS[form](lon, lat)
    rows, log = located([text])
    assert log.rows == []
    assert positions(rows)[0] == pytest.approx([lon, lat], abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "LineString", "coordinates": [[2.3, 48.8], [2.4, 48.9]]}',
        '{"type": "MultiPoint", "coordinates": [[2.3, 48.8], [2.4, 48.9]]}',
        "POINT EMPTY",
        "{'lon': 2.3}",
        "{'lon': None, 'lat': None}",
        "0101000000",
        shapely.LineString([(0, 1), (2, 3)]).wkb_hex,
        "SRID=1;POINT(2 48)",
    ],
)
def test_what_is_no_single_point_is_set_aside(text):
    rows, log = located([text, "48.8, 2.3"])
    assert positions(rows).tolist() == [[2.3, 48.8]]
    assert log.reasons() == {"not_a_number": 1}


def test_points_without_a_system_are_of_the_stated_one():
    for text in ("POINT (652000 6862000)", "652000, 6862000", "652000 6862000", '{"x": 652000, "y": 6862000}'):
        rows, log = located([text], crs="EPSG:2154")
        assert log.rows == []
        assert positions(rows)[0] == pytest.approx([2.345812, 48.856248], abs=1e-5)


def test_the_country_tells_pairs_that_have_longitude_first():
    rows, log = located(["2.35, 48.85", "[2.4, 48.9]"], FRANCE)
    assert positions(rows).tolist() == [[2.35, 48.85], [2.4, 48.9]]
    assert "longitude first" in log.notes[0]
    rows, log = located(["48.85, 2.35", "(48.9, 2.4)"], FRANCE)
    assert (positions(rows).tolist(), log.notes) == ([[2.35, 48.85], [2.4, 48.9]], [])


def test_a_letter_that_the_country_file_explains_must_be_a_side(case_folder):
    country = case_folder("21-dms-in-columns") / "country.toml"
    country.write_text(country.read_text() + 'hemispheres = { O = "Ost" }\n')
    with pytest.raises(CountryFileError, match="hemispheres"):
        load_country(country)
