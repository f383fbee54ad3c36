"""Files with names of their own: what is recognised, what is not, and that what is written down then works."""

import tomllib
from pathlib import Path

import openpyxl
import pyproj
import pytest

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingColumnError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.columns.vocabulary import name_fit
from commune_coverage.readers.detection.file import Recognition, recognise
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.header_row import column_names, header_position
from commune_coverage.readers.parsing.coordinates import locate_rows
from commune_coverage.schema.inputs import CELLS, COMMUNES, PEOPLE, POINTS, ROADS

BOUNDS = (102.3, 9.9, 107.7, 14.7)
PLACES = [(104 + n / 30, 11 + n / 40) for n in range(40)]
TO_UTM = pyproj.Transformer.from_crs(4326, 32648, always_xy=True)


def _csv(path: Path, header: list[str], rows: list[list[object]], delimiter: str = ",") -> FileRef:
    lines = [delimiter.join(map(str, row)) for row in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return FileRef(path=path)


def _located(ref: FileRef, found: Recognition, table=CELLS):
    """The file's rows, read with the lines that were recognised."""
    stated = FileRef(path=ref.path, **tomllib.loads(found.as_toml()))
    log = RowLog("towers", ref.path.name)
    return locate_rows(pick_columns(read_table(stated, log), table, stated), stated.crs, stated.number_format, log)


def _dms(value: float, sides: str) -> str:
    minutes, seconds = divmod(round(value % 1 * 3600), 60)
    return f"{int(value)}°{minutes:02d}'{seconds:02d}\"{sides[0]}"


KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
FORMS = {
    "decimal degrees": (lambda lon, lat: (lon, lat), ",", None),
    "decimal comma": (lambda lon, lat: (f"{lon:.6f}".replace(".", ","), f"{lat:.6f}".replace(".", ",")), ";", None),
    "angles": (lambda lon, lat: (_dms(lon, "E"), _dms(lat, "N")), "\t", None),
    "Khmer digits": (lambda lon, lat: tuple(f"{v:.6f}".translate(KHMER_DIGITS) for v in (lon, lat)), ",", None),
    "metres": (lambda lon, lat: tuple(f"{value:.1f}" for value in TO_UTM.transform(lon, lat)), ",", "EPSG:32648"),
    "swapped": (lambda lon, lat: (lat, lon), "|", None),
    "swapped metres": (lambda lon, lat: tuple(f"{v:.1f}" for v in TO_UTM.transform(lon, lat)[::-1]), ",", "EPSG:32648"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("names", [("Longitude (E)", "Latitude (N)"), ("X_coord", "Y_coord"), ("រយៈបណ្តោយ", "រយៈទទឹង")])
def test_every_form_of_positions_is_recognised_and_then_read(tmp_path, form, names):
    write, delimiter, crs = FORMS[form]
    rows = [["S1", *write(lon, lat), "LTE"] for lon, lat in PLACES]
    ref = _csv(tmp_path / "r.csv", ["site", *names, "Network generation"], rows, delimiter)
    found = recognise(ref, CELLS, BOUNDS)
    assert found.missing == []
    assert found.positions is not None
    assert found.positions.crs == crs
    assert found.positions.is_swapped == form.startswith("swapped")
    assert found.positions.inside_share == 1.0
    cells = _located(ref, found)
    assert cells["lon"].tolist() == pytest.approx([lon for lon, _ in PLACES], abs=2e-4)
    assert cells["lat"].tolist() == pytest.approx([lat for _, lat in PLACES], abs=2e-4)


@pytest.mark.parametrize(
    "write",
    [
        lambda lon, lat: f"{lat:.6f} {lon:.6f}",
        lambda lon, lat: f"{_dms(lat, 'N')} {_dms(lon, 'E')}",
        lambda lon, lat: "48N {:.1f} {:.1f}".format(*TO_UTM.transform(lon, lat)),
    ],
)
def test_one_column_that_holds_whole_positions(tmp_path, write):
    rows = [[n, write(lon, lat), "4G"] for n, (lon, lat) in enumerate(PLACES)]
    ref = _csv(tmp_path / "r.csv", ["no", "GPS", "rat"], rows)
    found = recognise(ref, CELLS, BOUNDS)
    assert [guess.source for guess in found.guesses].count("GPS") == 1
    assert found.columns["lon"] == found.columns["lat"] == "GPS"
    assert _located(ref, found)["lat"].tolist() == pytest.approx([lat for _, lat in PLACES], abs=2e-4)


def test_columns_without_telling_names_are_known_by_their_values_within_bounds(tmp_path):
    ref = _csv(tmp_path / "r.csv", ["a", "b", "c"], [[lon, lat, "NR"] for lon, lat in PLACES])
    assert recognise(ref, CELLS, BOUNDS).columns == {"technology": "c", "lon": "a", "lat": "b"}
    assert recognise(ref, CELLS).missing == ["lon", "lat"]


def test_metres_without_bounds_are_said_to_need_a_system(tmp_path):
    ref = _csv(tmp_path / "r.csv", ["x", "y", "tech"], [[*TO_UTM.transform(*place), "LTE"] for place in PLACES])
    found = recognise(ref, CELLS)
    assert "crs" not in found.as_toml()
    assert any("set crs" in sentence for sentence in found.sentences())


def test_positions_of_another_country_are_doubted(tmp_path):
    ref = _csv(tmp_path / "r.csv", ["lon", "lat", "tech"], [[6.1, 49.6, "LTE"]] * 5)
    found = recognise(ref, CELLS, BOUNDS)
    assert found.positions.inside_share == 0
    assert any("Only 0% of them lie in the country" in sentence for sentence in found.sentences())


def test_a_khmer_register_is_known_by_its_words(tmp_path):
    header = ["លេខកូដឃុំ", "ឈ្មោះឃុំ", "ស្រុក", "ខេត្ត", "ចំនួនប្រជាជន", "ចំនួនគ្រួសារ"]
    rows = [[10201 + n, f"ឃុំ{n}", "ស្រុក", "ខេត្ត", 900 + n, 200 + n] for n in range(20)]
    ref = _csv(tmp_path / "r.csv", header, rows)
    assert recognise(ref, PEOPLE).columns == {"commune_code": "លេខកូដឃុំ", "commune_name": "ឈ្មោះឃុំ", "people": "ចំនួនប្រជាជន"}
    assert recognise(ref, COMMUNES).columns == {
        "commune_code": "លេខកូដឃុំ",
        "commune_name": "ឈ្មោះឃុំ",
        "district_name": "ស្រុក",
        "province_name": "ខេត្ត",
    }


@pytest.mark.parametrize(
    ("table", "header", "row", "columns"),
    [
        (
            PEOPLE,
            ["Com_Code", "Commune", "Households", "Tot_Pop"],
            ["010201", "A", 5, 25],
            {"commune_code": "Com_Code", "commune_name": "Commune", "people": "Tot_Pop"},
        ),
        (
            PEOPLE,
            ["VillageCode", "VillageName", "POPULATION2019"],
            ["01020101", "A", 25],
            {"place_code": "VillageCode", "place_name": "VillageName", "people": "POPULATION2019"},
        ),
        (
            CELLS,
            ["Mobile Operator", "RAT", "Frequency (MHz)", "Tower_Height_m", "Long.", "Lat."],
            ["One", "4G", 1800, 45, 104.9, 11.5],
            {
                "operator": "Mobile Operator",
                "technology": "RAT",
                "band_mhz": "Frequency (MHz)",
                "antenna_height_m": "Tower_Height_m",
                "lon": "Long.",
                "lat": "Lat.",
            },
        ),
        (
            POINTS,
            ["Branch name", "Bank", "Type", "E", "lattitude", "longtitude"],
            ["Main", "ABC", "bank", "x", 11.5, 104.9],
            {"point_name": "Branch name", "operator": "Bank", "class": "Type", "lat": "lattitude", "lon": "longtitude"},
        ),
        (
            COMMUNES,
            ["ADM3_PCODE", "ADM3_EN", "ADM2_EN", "ADM1_PCODE"],
            ["KH010201", "A", "B", "KH01"],
            {
                "commune_code": "ADM3_PCODE",
                "commune_name": "ADM3_EN",
                "district_name": "ADM2_EN",
                "province_code": "ADM1_PCODE",
            },
        ),
    ],
)
def test_usual_names_are_recognised(tmp_path, table, header, row, columns):
    rows = [[f"{value}{n}" if str(value).endswith(("01", "0201")) else value for value in row] for n in range(10)]
    assert recognise(_csv(tmp_path / "r.csv", header, rows), table).columns == columns


def test_no_file_column_is_claimed_twice(tmp_path):
    header = ["code", "name", "type", "x", "y", "id", "operator name", "technology type"]
    rows = [[n, f"n{n}", "bank", *place, n, "One", "LTE"] for n, place in enumerate(PLACES)]
    for table in (CELLS, POINTS, PEOPLE, COMMUNES, ROADS):
        sources = [guess.source for guess in recognise(_csv(tmp_path / "r.csv", header, rows), table, BOUNDS).guesses]
        assert len(sources) == len(set(sources))


def test_values_that_contradict_a_name_outweigh_it(tmp_path):
    rows = [[lon, lat, "concrete", "5G"] for lon, lat in PLACES]
    found = recognise(_csv(tmp_path / "r.csv", ["lon", "lat", "height", "standard"], rows), CELLS, BOUNDS)
    assert "antenna_height_m" not in found.columns
    assert found.columns["technology"] == "standard"


def test_a_headerless_extract_and_an_encoding_are_told(tmp_path):
    row = ["LTE", 456, 1, 10, 5, 0, 104.9, 11.5, 1000, 20, 1, 1500000000, 1700000000, 0]
    found = recognise(_csv(tmp_path / "r.csv", list(map(str, row)), [row] * 3), CELLS, BOUNDS)
    assert found.header is False
    assert found.missing == []
    path = tmp_path / "b.csv"
    path.write_bytes("lon;lat;tech;mât\n104,9;11,5;LTE;é\n".encode("cp1252"))
    assert tomllib.loads(recognise(FileRef(path=path), CELLS).as_toml()) == {
        "format": "register",
        "encoding": "cp1252",
        "delimiter": ";",
        "decimal": ",",
        "columns": {"technology": "tech"},
    }


def _book(path: Path, **sheets: list[list[object]]) -> FileRef:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return FileRef(path=path)


def test_of_several_sheets_the_one_that_fits_best_is_told(tmp_path):
    good = [["Register"], ["East", "North", "Technology"], [104.9, 11.5, "LTE"], [104.8, 11.6, "NR"]]
    ref = _book(tmp_path / "a.xlsx", Prices=[["item", "price"], ["mast", 5]], Masts=good)
    found = recognise(ref, CELLS, BOUNDS)
    assert tomllib.loads(found.as_toml())["layer"] == "Masts"
    assert len(_located(ref, found)) == 2
    ref = _book(tmp_path / "b.xlsx", One=good, Two=good)
    with pytest.raises(UnreadableFileError, match=r"several tables that fit: One, Two; set layer"):
        recognise(ref, CELLS, BOUNDS)


def test_a_missing_column_ends_with_the_lines_that_would_find_it(tmp_path):
    header = ["Op", "X_deg", "Y_deg", 'Network "type"']
    ref = _csv(tmp_path / "r.csv", header, [["One", lon, lat, "LTE"] for lon, lat in PLACES])
    ref = ref.model_copy(update={"columns": {"operator": "Op"}})
    frame = read_table(ref, RowLog("towers", "r.csv"))
    with pytest.raises(MissingColumnError) as caught:
        pick_columns(frame, CELLS, ref)
    line = str(caught.value).partition("write: ")[2]
    columns = tomllib.loads(line)["columns"]
    assert columns == {"operator": "Op", "lon": "X_deg", "lat": "Y_deg", "technology": header[3].strip()}
    assert len(pick_columns(frame, CELLS, ref.model_copy(update={"columns": columns}))) == len(PLACES)


def test_what_is_not_recognised_is_not_offered(tmp_path):
    ref = _csv(tmp_path / "r.csv", ["lon", "lat", "colour"], [[104.9, 11.5, "red"]])
    with pytest.raises(MissingColumnError) as caught:
        pick_columns(read_table(ref, RowLog("t", "r.csv")), CELLS, ref)
    assert "write:" not in str(caught.value)


def test_names_that_hide_signs_are_escaped(tmp_path):
    ref = _csv(tmp_path / "r.csv", ["lon", "lat", "technology\u202e\x07gnp"], [[104.9, 11.5, "LTE"]])
    found = recognise(ref, CELLS)
    assert found.as_toml().replace("\n", "").isprintable()
    assert all(sentence.isprintable() for sentence in found.sentences())
    assert tomllib.loads(found.as_toml())["columns"]["technology"] == "technology\u202e\x07gnp"


@pytest.mark.parametrize(
    ("column", "name", "least", "most"),
    [
        ("lon", "Longitude", 0.9, 1),
        ("lon", "long_dd", 0.6, 1),
        ("lon", "belong", 0, 0),
        ("people", "Households", 0, 0),
        ("people", "Male population", 0, 0),
        ("commune_code", "CommuneCode", 0.9, 1),
        ("people", "", 0, 0),
    ],
)
def test_how_well_a_name_fits(column, name, least, most):
    assert least <= name_fit(column, name)[0] <= most


def test_the_header_is_the_first_row_of_names_as_wide_as_the_table():
    data = [(n, ["A", "104.5", "11.5", "LTE"]) for n in range(5, 12)]
    assert header_position([(1, ["Title", "", "", ""]), (3, ["site", "lon", "lat", "tech"]), *data]) == 1
    assert header_position([(3, ["site", "lon", "lat", "tech"]), *data]) == 0
    assert header_position([(1, ["Only a remark"])]) is None


def test_names_of_columns_are_each_there_once():
    assert column_names(["a", "", "a", "b\nc"], []) == ["a", "column_2", "a (2)", "b c"]


def test_real_files_are_recognised(shared_data):
    folder = shared_data / "cambodia"
    population = recognise(FileRef(path=folder / "population" / "kh_commune_population_2010.csv"), PEOPLE, BOUNDS)
    assert population.columns == {"commune_code": "Com_Code", "people": "TT_Both", "commune_name": "Commune"}
    shapes = recognise(FileRef(path=folder / "boundaries" / "kh_adm3_codes_simplified.geojson"), COMMUNES, BOUNDS)
    assert shapes.columns["commune_code"] == "COM_CODE"
    with pytest.raises(UnreadableFileError, match=r"several tables that fit: G.Comm, G.Vill"):
        recognise(FileRef(path=folder / "gazetteer" / "kh_national_gazetteer_2014.xlsx"), COMMUNES, BOUNDS)
