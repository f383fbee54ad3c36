"""Uploads in many layouts: what ``recognise`` prints, pasted, reads what was written, or what is unclear is asked."""

from __future__ import annotations

import json
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_bounds

from commune_coverage.config.loader import load_country
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.columns.vocabulary import name_fit
from commune_coverage.readers.columns.words import is_standing
from commune_coverage.readers.towers.cells import read_cells
from tests import tiny
from tests.commands import command

HEADER = 'code = "KHM"\nlanguages = ["en"]\n[name]\nen = "T"\n[layers.communes]\npath = "communes.geojson"\n'
LON, LAT = (tiny.centres().round(6)[axis].to_numpy() for axis in ("lon", "lat"))
OPERATORS = ["One", "Two"] * 4 + ["One"]
TECHNOLOGIES = ["LTE", "GSM", "UMTS"] * 3
PEOPLE = np.arange(1, 10) * 1234


def recognised(folder, upload, *more):
    """The lines that the command prints for the upload, pasted, and what it says of it."""
    tiny.communes().to_file(folder / "communes.geojson")
    country = folder / "country.toml"
    country.write_text(HEADER)
    told = command("recognise", upload.name, "--country", "country.toml", *more, cwd=folder)
    assert told.returncode == 0, told.stderr
    country.write_text(HEADER + told.stdout[told.stdout.index("\n[layers.") :])
    return country, told.stdout


def masts(**columns):
    return pd.DataFrame({"Operator": OPERATORS, "Technology": TECHNOLOGIES, **columns})


def write(folder, table, name="masts.csv", **how):
    table.to_csv(folder / name, index=False, **how)
    return folder / name


def read(folder, upload, *more):
    """The cells that the pasted lines give; the layer is stated unless ``more`` says what else is."""
    country, told = recognised(folder, upload, *(more or ("--layer", "towers")))
    findings = check_country(load_country(country))
    assert findings.problems == []
    assert all(log.is_balanced() for log in findings.logs)
    loaded = load_country(country)
    cells, _ = read_cells(loaded.layers.towers, loaded, (104.0, 10.8, 104.4, 11.2))
    return cells, told


def stand_where_they_do(cells):
    return np.abs(cells[["lon", "lat"]].to_numpy(float) - np.column_stack([LON, LAT])).max() < 1e-5


# Text files with more than a header and rows.

TEXT = masts(lon=LON, lat=LAT, Site="S").to_csv(index=False)
TITLES = {
    "titles filled up with blanks": "Register of masts,,,,\nAs of 1 January,,,,\n,,,,\n" + TEXT,
    "remarks": "# Register of masts\n# As of 1 January\n" + TEXT,
    "a separator for spreadsheets": "sep=;\n" + TEXT.replace(",", ";"),
    "titles and a source": "Register of masts\n\n" + TEXT + "Source: the regulator\n",
    "quoted titles": '"Register of masts, all operators"\n\n' + TEXT.replace("One", '"One"'),
}


@pytest.mark.parametrize("kind", TITLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_titles_above_a_header_are_left_out(tmp_path, kind, encoding):
    (tmp_path / "masts.csv").write_bytes(TITLES[kind].encode(encoding))
    cells, _ = read(tmp_path, tmp_path / "masts.csv")
    assert list(cells["operator"]) == OPERATORS
    assert stand_where_they_do(cells)


@pytest.mark.parametrize("header", ["2008,2019,x", "code,name,people", "a,,c"])
def test_a_first_row_that_is_full_is_the_header(tmp_path, header):
    (tmp_path / "t.csv").write_text(header + "\n010101,A,5\n010102,B,6\n")
    told = command("recognise", "t.csv", "--layer", "people", cwd=tmp_path).stdout
    assert "'t.csv': 2 rows" in told


@pytest.mark.parametrize("code", ['="{}"', '"=""{}"""', "{}"])
def test_texts_that_a_formula_keeps_are_texts(tmp_path, code):
    rows = [f"{code.format(name)},{people}" for name, people in zip(tiny.CODES, PEOPLE, strict=True)]
    (tmp_path / "p.csv").write_text("code,pop\n" + "\n".join(rows) + "\n")
    country, _ = recognised(tmp_path, tmp_path / "p.csv", "--layer", "people")
    assert "9 rows with 55,530 people placed by code" in command("check", country).stdout


# Positions.


def _dms(values, form):
    parts = [(int(value), int(value % 1 * 60), value * 60 % 1 * 60) for value in values]
    return [form.format(d=d, m=m, s=s) for d, m, s in parts]


FORM = "{d}° {m}' {s:.3f}\" "
WORDS = [
    ("Este", "Norte"),
    ("Ost", "Nord"),
    ("កើត", "ជើង"),
    ("doğu", "kuzey"),
    ("ตะวันออก", "เหนือ"),
    ("в.д.", "с.ш."),
    ("E", "N"),
]


@pytest.mark.parametrize(("east", "north"), WORDS)
def test_angles_with_directions_in_words(tmp_path, east, north):
    table = masts(Longitude=_dms(LON, FORM + east), Latitude=_dms(LAT, FORM + north))
    cells, _ = read(tmp_path, write(tmp_path, table))
    assert stand_where_they_do(cells)


PARTS = {
    "th": ("ลองจิจูด", "ละติจูด", ("องศา", "ลิปดา", "ฟิลิปดา")),
    "vi": ("Kinh độ", "Vĩ độ", ("(độ)", "(phút)", "(giây)")),
    "id": ("Bujur", "Lintang", ("derajat", "menit", "detik")),
    "tr": ("Boylam", "Enlem", ("derece", "dakika", "saniye")),
    "ar": ("خط الطول", "خط العرض", ("درجة", "دقيقة", "ثانية")),
    "km": ("រយៈបណ្តោយ", "រយៈទទឹង", ("ដឺក្រេ", "នាទី", "វិនាទី")),
    "de": ("Länge", "Breite", ("Grad", "Minuten", "Sekunden")),
}


@pytest.mark.parametrize("language", PARTS)
def test_degrees_minutes_and_seconds_in_columns_of_their_own(tmp_path, language):
    lon, lat, units = PARTS[language]
    forms = ("{d}", "{m}", "{s:.4f}")
    columns = {
        f"{name} {unit}": _dms(values, form)
        for name, values in ((lon, LON), (lat, LAT))
        for unit, form in zip(units, forms, strict=True)
    }
    cells, _ = read(tmp_path, write(tmp_path, masts(**columns)))
    assert stand_where_they_do(cells)


def test_whole_degrees_in_all_rows_are_refused(tmp_path):
    upload = write(tmp_path, masts(lon=LON.astype(int), a=LON % 1 * 60, lat=LAT.astype(int), b=LAT % 1 * 60))
    country, _ = recognised(tmp_path, upload, "--layer", "towers")
    assert "'lon' and 'lat' hold whole degrees in all rows" in command("check", country).stderr


@pytest.mark.parametrize("zones", [["1N", "2S"], ["3N"], ["1S", "2N", "9N"]])
def test_sales_zones_are_no_utm_zones(tmp_path, zones):
    x, y = tiny.projected("EPSG:32648", LON, LAT)
    upload = write(tmp_path, masts(Zone=(zones * 9)[:9], X=x, Y=y))
    cells, told = read(tmp_path, upload)
    assert 'crs = "EPSG:32648"' in told
    assert stand_where_they_do(cells)


def test_utm_zones_of_the_country_are_zones(tmp_path):
    x, y = tiny.projected("EPSG:32648", LON, LAT)
    cells, told = read(tmp_path, write(tmp_path, masts(Zone="48N", X=x, Y=y)))
    assert 'crs = "Zone"' in told
    assert stand_where_they_do(cells)


WRITTEN_OTHERWISE = {
    "degrees times 1,000,000": (np.round(LON * 1e6), np.round(LAT * 1e6)),
    "degrees times 10,000,000": (np.round(LON * 1e7), np.round(LAT * 1e7)),
    "degrees, minutes and seconds in one number": (_dms(LON, "{d}{m:02d}{s:02.0f}"), _dms(LAT, "{d}{m:02d}{s:02.0f}")),
    "kilometres of EPSG:32648": tuple(axis / 1000 for axis in tiny.projected("EPSG:32648", LON, LAT)),
}


@pytest.mark.parametrize("kind", WRITTEN_OTHERWISE)
def test_numbers_that_are_no_degrees_and_no_metres_are_told_and_refused(tmp_path, kind):
    x, y = WRITTEN_OTHERWISE[kind]
    country, told = recognised(tmp_path, write(tmp_path, masts(lon=x, lat=y)), "--layer", "towers")
    assert f"They are {kind}" in told
    assert "EPSG:3857" not in told
    assert "As a whole this is 0% sure." in told
    assert command("check", country).returncode == 1


POINTS = {
    "WKT": "POINT ({lon} {lat})",
    "KML": "{lon},{lat},0",
    "a map's link": "https://www.google.com/maps?q={lat},{lon}",
    "a link to a view": "https://www.google.com/maps/@{lat},{lon},17z",
    "a place's link": "https://www.google.com/maps/place/x/data=!3d{lat}!4d{lon}",
    "a link of OpenStreetMap": "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17",
}


@pytest.mark.parametrize("kind", POINTS)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_points_in_a_column_called_geometry(tmp_path, kind, ending):
    table = masts(geometry=[POINTS[kind].format(lon=x, lat=y) for x, y in zip(LON, LAT, strict=True)])
    upload = tmp_path / f"masts.{ending}"
    table.to_parquet(upload) if ending == "parquet" else table.to_csv(upload, index=False)
    cells, _ = read(tmp_path, upload)
    assert stand_where_they_do(cells)


def _features(x, y):
    properties = masts().to_dict("records")
    return [
        {"type": "Feature", "properties": one, "geometry": {"type": "Point", "coordinates": [float(a), float(b)]}}
        for one, a, b in zip(properties, x, y, strict=True)
    ]


@pytest.mark.parametrize("name", ["masts.geojson", "masts.geojsonl", "masts.ndjson"])
def test_a_feature_a_line(tmp_path, name):
    (tmp_path / name).write_text("\n".join(json.dumps(one) for one in _features(LON, LAT)) + "\n")
    cells, _ = read(tmp_path, tmp_path / name)
    assert stand_where_they_do(cells)


def test_shapes_in_metres_that_state_degrees_get_their_system(tmp_path):
    x, y = tiny.projected("EPSG:32648", LON, LAT)
    (tmp_path / "m.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": _features(x, y)}))
    cells, told = read(tmp_path, tmp_path / "m.geojson")
    assert 'crs = "EPSG:32648"' in told
    assert stand_where_they_do(cells)


def test_shapes_with_exchanged_axes_are_told(tmp_path):
    (tmp_path / "m.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": _features(LAT, LON)}))
    country, told = recognised(tmp_path, tmp_path / "m.geojson", "--layer", "towers")
    assert "longitudes and latitudes are exchanged" in told
    assert "As a whole this is 0% sure." in told
    assert command("check", country).returncode == 1


# Sheets, technologies, numbers of cells.


def _book(folder, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / "masts.xlsx")
    return folder / "masts.xlsx"


def _sheet(first, last):
    table = masts(lon=LON, lat=LAT).iloc[first:last]
    return [["Masts of a province"], [], list(table.columns), *table.to_numpy().tolist()]


def test_a_sheet_for_each_province_is_one_table(tmp_path):
    notes = [["Read me"], ["Positions are WGS 84", "degrees"]]
    cells, told = read(
        tmp_path, _book(tmp_path, Notes=notes, Kep=_sheet(0, 4), Takeo=_sheet(4, 7), Kampot=_sheet(7, 9))
    )
    assert 'layer = "*"' in told
    assert stand_where_they_do(cells)


def test_sheets_with_the_same_rows_are_asked_for(tmp_path):
    tiny.communes().to_file(tmp_path / "communes.geojson")
    upload = _book(tmp_path, All=_sheet(0, 9), Kep=_sheet(0, 4))
    told = command("recognise", upload, "--layer", "towers", cwd=tmp_path)
    assert told.returncode == 1
    assert "several tables that fit: All, Kep" in told.stderr


WIDE = {
    "dates": {"3G": ["2010-02-03", ""] * 4 + [""], "4G": ["", "03/2018"] * 4 + ["2018"]},
    "numbers of cells of a band": {"UMTS2100": [3, 0] * 4 + [0], "LTE1800": [0, 6] * 4 + [3]},
    "yes and no": {"3G (Y/N)": ["Y", "N"] * 4 + ["N"], "4G (Y/N)": ["N", "Y"] * 4 + ["Y"]},
    "words": {"UMTS": ["oui", "non"] * 4 + ["non"], "LTE": ["non", "oui"] * 4 + ["oui"]},
}


@pytest.mark.parametrize("kind", WIDE)
def test_a_column_for_each_technology(tmp_path, kind):
    table = masts(lon=LON, lat=LAT, **WIDE[kind]).drop(columns="Technology")
    cells, told = read(tmp_path, write(tmp_path, table), "--country", "country.toml")
    assert "seems to be the layer towers" in told
    assert list(cells["technology"]) == ["3g", "4g"] * 4 + ["4g"]
    if "band" in kind:
        assert list(cells["band_mhz"].round()) == [2140, 1842] * 4 + [1842]


@pytest.mark.parametrize("name", ["value", "Available", "présent"])
def test_a_row_for_each_technology_counts_only_with_a_filter(tmp_path, name):
    table = masts(lon=LON, lat=LAT).drop(columns="Technology").loc[np.repeat(range(9), 3)]
    table = table.assign(Indicator=["2G", "3G", "4G"] * 9, **{name: [1, 0, 1] * 9})
    country, _ = recognised(tmp_path, write(tmp_path, table), "--layer", "towers")
    told = command("check", country)
    line = f'where = {{{json.dumps(name, ensure_ascii=False) if not name.isascii() else name} = ["1"]}}'
    assert told.returncode == 1
    assert line in told.stderr
    country.write_text(country.read_text() + line + "\n")
    loaded = load_country(country)
    cells, _ = read_cells(loaded.layers.towers, loaded)
    assert list(cells["technology"]) == ["2g", "4g"] * 9


def test_a_row_for_each_technology_that_all_stand_is_read(tmp_path):
    table = masts(lon=LON, lat=LAT).drop(columns="Technology").loc[np.repeat(range(9), 2)]
    table = table.assign(Technology=["2G", "4G"] * 9, Shared=np.repeat(["yes", "no", "no"] * 3, 2))
    cells, _ = read(tmp_path, write(tmp_path, table))
    assert len(cells) == 18


def test_operators_with_a_column_of_technologies_each_are_asked_for(tmp_path):
    table = pd.DataFrame({"Cellcard": ["2G/4G", "4G", ""] * 3, "Smart": "4G", "lon": LON, "lat": LAT})
    country, told = recognised(tmp_path, write(tmp_path, table), "--layer", "towers")
    assert "technology could be each of 'Cellcard', 'Smart'" in told
    assert command("check", country).returncode == 1


@pytest.mark.parametrize("head", ["ID", "cell", "Id"])
def test_a_number_that_sectors_share_is_the_sites(tmp_path, head):
    table = pd.DataFrame({
        head: np.repeat([7, 8, 9], 3), "Operator": "One", "Technology": "LTE", "Azimuth": [0, 120, 240] * 3,
        "lon": np.repeat(LON[:3], 3), "lat": np.repeat(LAT[:3], 3),
    })  # fmt: skip
    cells, told = read(tmp_path, write(tmp_path, table))
    assert "cell_id" not in told[told.index("[layers") :]
    assert len(cells) == 9


# People.

PARTS_OF_PEOPLE = [
    ["Pop_0_14", "Pop_15_64", "Pop_65_plus"],
    ["Urban population", "Rural population"],
    ["Population urbaine", "Population rurale"],
    ["Population rank", "Population growth rate", "Population density"],
    ["Population 15-64", "Population 65+"],
    ["Population under 5"],
    ["Kadın Nüfus", "Erkek Nüfus"],
    ["男性人口", "女性人口"],
    ["Population 2009", "Population 2019"],
]
TOTALS = [
    "Total population",
    "Population totale",
    "Toplam Nüfus",
    "总人口",
    "Idadi ya watu",
    "जनसंख्या",
    "Inwoners",
    "인구수",
]


@pytest.mark.parametrize("heads", PARTS_OF_PEOPLE, ids=lambda heads: heads[0])
def test_a_part_of_the_people_is_never_all_of_them(tmp_path, heads):
    table = pd.DataFrame({"commune_code": tiny.CODES, **dict.fromkeys(heads, PEOPLE // 2)})
    country, told = recognised(tmp_path, write(tmp_path, table), "--layer", "people")
    assert "people seems to be" not in told
    assert command("check", country).returncode == 1


@pytest.mark.parametrize("head", TOTALS)
@pytest.mark.parametrize("heads", PARTS_OF_PEOPLE[:3] + PARTS_OF_PEOPLE[6:8], ids=lambda heads: heads[0])
def test_the_total_beside_its_parts_is_the_people(tmp_path, head, heads):
    table = pd.DataFrame({"commune_code": tiny.CODES, **dict.fromkeys(heads, PEOPLE // 2), head: PEOPLE})
    _, told = recognised(tmp_path, write(tmp_path, table), "--layer", "people")
    assert f"people seems to be '{head}'" in told


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("Population (thousands)", 1000),
        ("Population ('000)", 1000),
        ("Population (en milliers)", 1000),
        ("Población (miles)", 1000),
        ("Население, тыс. чел.", 1000),
        ("Penduduk (ribu)", 1000),
        ("Population (millions)", 1_000_000),
        ("Population", 1),
    ],
)
def test_thousands_of_people_are_thousands(tmp_path, head, unit):
    numbers = [f"{people / unit:.5f}".rstrip("0").rstrip(".") for people in PEOPLE * 10 + 50 * unit]
    country, told = recognised(
        tmp_path, write(tmp_path, pd.DataFrame({"commune_code": tiny.CODES, head: numbers})), "--layer", "people"
    )
    assert ("people is in" in told) == (unit > 1)
    held = (PEOPLE * 10 + 50 * unit).sum()
    assert f"9 rows with {held:,} people placed by code" in command("check", country).stdout


# Columns and rasters in other units, states, names.


@pytest.mark.parametrize(
    ("column", "head", "fits"),
    [
        ("eirp_dbm", "EIRP (dBuV/m)", False),
        ("eirp_dbm", "EIRP (%)", False),
        ("eirp_dbm", "EIRP (dBm)", True),
        ("antenna_height_m", "Height (floors)", False),
        ("antenna_height_m", "Height (cm)", False),
        ("antenna_height_m", "Height (ft)", True),
        ("band_mhz", "Frequency (EARFCN)", False),
        ("band_mhz", "Frequency (kHz)", True),
    ],
)
def test_a_column_in_a_unit_of_another_kind_is_not_offered(tmp_path, column, head, fits):
    values = {"eirp_dbm": 60, "antenna_height_m": 100, "band_mhz": 1800}
    table = masts(lon=LON, lat=LAT, **{head: values[column] * (1000 if "kHz" in head else 1)})
    _, told = recognised(tmp_path, write(tmp_path, table), "--layer", "towers")
    assert (f"{column} seems to be" in told) == fits


def test_the_height_above_ground_is_taken_before_that_above_the_sea(tmp_path):
    table = masts(lon=LON, lat=LAT, **{"Total height (m AMSL)": 42, "Height of antenna above ground (m)": 30})
    cells, _ = read(tmp_path, write(tmp_path, table))
    assert cells["antenna_height_m"].eq(30).all()


def _raster(folder, name, cells, *, unit="", south_up=False):
    west, south, east, north = tiny.communes().total_bounds
    transform = from_bounds(west, south, east, north, *cells.shape[::-1])
    if south_up:
        transform = rasterio.Affine(transform.a, 0, west, 0, -transform.e, south)
    profile = {"driver": "GTiff", "count": 1, "dtype": cells.dtype, "crs": "EPSG:4326", "transform": transform}
    with rasterio.open(folder / name, "w", height=cells.shape[0], width=cells.shape[1], **profile) as file:
        file.write(cells, 1)
        file.units = (unit,)
    return folder / name


@pytest.mark.parametrize(
    ("name", "unit"),
    [("khm_pd_2020_1km.tif", ""), ("pop_density.tif", ""), ("people.tif", "people/km2"), ("pop_per_km2.tif", "")],
)
def test_a_raster_that_is_called_a_density_is_one(tmp_path, name, unit):
    country, told = recognised(tmp_path, _raster(tmp_path, name, np.full((60, 60), 100.0, np.float32), unit=unit))
    assert "density_people_per_km2 = true" in told
    read = re.search(r"people \(", command("check", country).stdout)
    assert read is not None
    country.write_text(country.read_text().replace("density_people_per_km2 = true\n", ""))
    assert "set density_people_per_km2 = true" in command("check", country).stderr


@pytest.mark.parametrize("name", ["people.tif", "census_2019.tif", "khm_ppp.tif"])
def test_whole_numbers_of_people_are_no_heights(tmp_path, name):
    _, told = recognised(tmp_path, _raster(tmp_path, name, np.full((60, 60), 4, np.int16)))
    assert "seems to be the layer people" in told


def test_a_raster_with_the_south_on_top_covers_what_it_covers(tmp_path):
    _, told = recognised(tmp_path, _raster(tmp_path, "people.tif", np.full((60, 60), 4.0, np.float32), south_up=True))
    assert "It covers 100% of the country's bounds." in told


def test_heights_in_feet_are_heights(tmp_path):
    from commune_coverage.config.layers import RasterLayer
    from commune_coverage.readers.ground.elevation import ground_m

    path = _raster(tmp_path, "dem.tif", np.full((60, 60), 1000, np.int16), unit="ft")
    assert ground_m(RasterLayer(path=path), LON, LAT) == pytest.approx(np.full(9, 304.8))


@pytest.mark.parametrize(
    ("state", "stands"),
    [
        ("កំពុងដំណើរការ", True),
        ("មិនដំណើរការ", False),
        ("Đang hoạt động", True),
        ("Ngừng hoạt động", False),
        ("ใช้งาน", True),
        ("ไม่ใช้งาน", False),
        ("in Betrieb", True),
        ("nicht in Betrieb", False),
        ("运行", True),
        ("停用", False),
        ("aktif değil", False),
        ("Non opérationnel", False),
        ("Projet approuvé", False),
        ("beroperasi", True),
    ],
)
def test_states_in_other_languages(state, stands):
    assert is_standing(state) == stands


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("İşletmeci", "operator"),
        ("Szolgáltató", "operator"),
        ("Zeměpisná délka", "lon"),
        ("Înălțime antenă", "antenna_height_m"),
        ("Breedtegraad", "lat"),
        ("运营商", "operator"),
        ("Довгота", "lon"),
        ("Γεωγραφικό Πλάτος", "lat"),
        ("देशांतर", "lon"),
        ("နည်းပညာ", "technology"),
        ("경도", "lon"),
        ("طول جغرافیایی", "lon"),
        ("Operatör", "operator"),
    ],
)
def test_names_of_columns_in_more_languages(head, column):
    assert name_fit(column, head)[0] >= 0.6


def test_the_path_that_is_printed_is_that_of_the_country_file(tmp_path):
    folder = tmp_path / "country"
    (folder / "raw").mkdir(parents=True)
    tiny.communes().to_file(folder / "communes.geojson")
    (folder / "country.toml").write_text(HEADER)
    write(folder / "raw", masts(lon=LON, lat=LAT))
    write(tmp_path, masts(lon=LON, lat=LAT), "elsewhere.csv")
    words = ("--country", "country/country.toml")
    assert 'path = "raw/masts.csv"' in command("recognise", "country/raw/masts.csv", *words, cwd=tmp_path).stdout
    elsewhere = command("recognise", "elsewhere.csv", *words, cwd=tmp_path).stdout
    assert f'path = "{(tmp_path / "elsewhere.csv").as_posix()}"' in elsewhere


def test_an_archive_without_layers_says_what_it_holds(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("masts.csv", TEXT)
    assert "masts.csv: unpack it" in command("recognise", "m.zip", cwd=tmp_path).stderr


def test_footprints_of_masts_are_read_where_they_stand(tmp_path):
    import geopandas as gpd

    shapes = gpd.GeoSeries(gpd.points_from_xy(LON, LAT), crs=4326).to_crs(tiny.METRIC).buffer(20).to_crs(4326)
    gpd.GeoDataFrame(masts(), geometry=shapes).to_file(tmp_path / "m.geojson")
    cells, _ = read(tmp_path, tmp_path / "m.geojson", "--layer", "towers")
    assert shapely.distance(shapely.points(cells["lon"], cells["lat"]), shapely.points(LON, LAT)).max() < 1e-4
