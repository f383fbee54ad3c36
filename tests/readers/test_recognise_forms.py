"""Columns and coordinates of files that nobody described."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.columns.guess import guess_columns
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.columns.vocabulary import name_fit
from commune_coverage.readers.detection.file import recognise
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.coordinates import locate_rows
from commune_coverage.schema.inputs import CELLS, COMMUNES, PEOPLE, POINTS, Column, Table

BOUNDS = (102.3, 9.9, 107.7, 14.7)
ROWS = 40
LON = [103.1 + i * 0.083 for i in range(ROWS)]
LAT = [10.7 + i * 0.061 for i in range(ROWS)]
KHMER = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")

# declared column -> names that files give it, and values
CELL_WORDS = {
    "technology": (["Technology", "Radio_Type", "RAT", "technologie", "បច្ចេកវិទ្យា"], ["LTE", "GSM", "4G"]),
    "operator": (["OPERATOR", "Operator Name", "Licensee", "Opérateur", "ប្រតិបត្តិករ"], ["Alpha", "Beta"]),
    "mcc": (["MCC", "Mobile Country Code"], ["456"]),
    "antenna_height_m": (["TowerHeight", "Antenna Height (m)", "hauteur", "កម្ពស់"], ["30", "42.5"]),
    "band_mhz": (["Frequency_MHz", "Fréquence", "ប្រេកង់"], ["900", "1800"]),
}
COMMUNE_WORDS = {
    "commune_code": (["COM_CODE", "Code commune", "លេខកូដឃុំ", "ADM3_PCODE"], ["010101", "010102"]),
    "commune_name": (["COM_NAME", "Nom de la commune", "ឈ្មោះឃុំ", "ADM3_EN"], ["Banteay", "Svay"]),
    "district_code": (["DIS_CODE", "Code district", "លេខកូដស្រុក"], ["0101", "0102"]),
    "district_name": (["District", "Arrondissement", "ឈ្មោះស្រុក", "ADM2_EN"], ["Mongkol", "Thma"]),
    "province_name": (["PROVINCE", "Nom province", "ឈ្មោះខេត្ត", "ADM1_EN"], ["Kampot", "Takeo"]),
}
PEOPLE_WORDS = {
    "people": (["Population", "POP_EST", "Habitants", "ប្រជាជន"], ["5120", "8033"]),
    "commune_code": (["Commune Code", "code_commune", "លេខកូដឃុំ"], ["10101", "10102"]),
    "place_name": (["Village", "Localité", "ឈ្មោះភូមិ"], ["Phum A", "Phum B"]),
}
JUNK = {
    "Remarks": ["ok", "to check"],
    "Signature date": ["2024-01-02", "2023-11-30"],
    "Families": ["410", "522"],
    "Adresse": ["1 St", "2 St"],
    "Phone": ["12345678", "23456789"],
    "Distance": ["12", "40"],
    "": ["", ""],
}


def _frame(columns: dict[str, list[str]]) -> pd.DataFrame:
    return pd.DataFrame({name: [values[i % len(values)] for i in range(ROWS)] for name, values in columns.items()})


@st.composite
def _uploads(draw: st.DrawFn) -> tuple[Table, dict[str, str], pd.DataFrame]:
    """A table under known aliases, in any order, with junk between; and which column is which."""
    table, words = draw(st.sampled_from([(CELLS, CELL_WORDS), (COMMUNES, COMMUNE_WORDS), (PEOPLE, PEOPLE_WORDS)]))
    wanted = {column: draw(st.sampled_from(names)) for column, (names, _) in words.items()}
    columns = {wanted[column]: values for column, (_, values) in words.items()}
    columns |= {name: JUNK[name] for name in draw(st.sets(st.sampled_from(sorted(JUNK))))}
    return table, wanted, _frame({name: columns[name] for name in draw(st.permutations(sorted(columns)))})


@given(_uploads())
def test_known_words_in_any_order_among_junk_are_recognised(upload) -> None:
    table, wanted, frame = upload
    found = {guess.column: guess.source for guess in guess_columns(frame, table.columns)}
    assert found == wanted


@given(_uploads())
def test_each_file_column_is_claimed_once_and_each_guess_says_why(upload) -> None:
    table, _, frame = upload
    guesses = guess_columns(frame, table.columns)
    assert len({guess.source for guess in guesses}) == len(guesses) == len({guess.column for guess in guesses})
    assert all(0.5 <= guess.confidence <= 1 and guess.reason for guess in guesses)


def _angle(degrees: float, side: str) -> str:
    seconds = round(degrees * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60:02d}′{seconds % 60:02d}″{side}"


def _utm() -> tuple[list[str], list[str]]:
    east, north = Transformer.from_crs("EPSG:4326", "EPSG:32648", always_xy=True).transform(LON, LAT)
    return [f"{metres:.1f}" for metres in east], [f"{metres:.1f}" for metres in north]


PLAIN = ([f"{lon:.5f}" for lon in LON], [f"{lat:.5f}" for lat in LAT])
FORMS = {
    "decimal degrees": (("Longitude", "Latitude"), PLAIN, {}),
    "only values": (("a", "b"), PLAIN, {}),
    "decimal comma": (("long", "lat"), tuple([t.replace(".", ",") for t in ts] for ts in PLAIN), {"decimal": ","}),
    "Khmer digits": (("រយៈបណ្តោយ", "រយៈទទឹង"), tuple([t.translate(KHMER) for t in ts] for ts in PLAIN), {}),
    "angles": (("lng", "lat"), ([_angle(d, "E") for d in LON], [_angle(d, "N") for d in LAT]), {}),
    "metres": (("Easting", "Northing"), _utm(), {"crs": "EPSG:32648"}),
    "metres, only values": (("a", "b"), _utm(), {"crs": "EPSG:32648"}),
}


def _write(folder: Path, columns: dict[str, list[str]]) -> FileRef:
    path = folder / "register.csv"
    _frame(columns).to_csv(path, sep=";", index=False)
    return FileRef(path=path)


def _read_as_told(ref: FileRef, toml: str, table: Table = CELLS) -> pd.DataFrame:
    """The positions of the file when the recognised lines are in the country file."""
    told = FileRef.model_validate({"path": ref.path, **tomllib.loads(toml)})
    log = RowLog("towers", ref.path.name)
    located = locate_rows(pick_columns(read_table(told, log), table, told), told.crs, told.number_format, log)
    assert log.rows == []
    return located


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_recognised_lines_read_each_form_of_coordinates(tmp_path: Path, form: str, swapped: bool) -> None:
    (x, y), (eastern, northern), keys = FORMS[form]
    if swapped:
        eastern, northern = northern, eastern
    ref = _write(tmp_path, {"no": ["7", "8"], y: northern, "tech": ["4G"], x: eastern})
    found = recognise(ref, CELLS, BOUNDS)
    toml = tomllib.loads(found.as_toml())
    assert {key: toml.get(key) for key in ("crs", "decimal")} == {"crs": None, "decimal": None} | keys
    located = _read_as_told(ref, found.as_toml())
    assert located["lon"].to_numpy() == pytest.approx(LON, abs=2e-4)
    assert located["lat"].to_numpy() == pytest.approx(LAT, abs=2e-4)
    if x != "a":
        assert found.positions is not None
        assert found.positions.is_swapped == swapped
        assert any("each other's column" in line for line in found.sentences()) == swapped


@pytest.mark.parametrize("form", ["{lat:.5f}, {lon:.5f}", "{lon:.5f} {lat:.5f}", "48N {east} {north}"])
def test_one_column_with_whole_positions_is_told(tmp_path: Path, form: str) -> None:
    east, north = _utm()
    texts = [form.format(lon=LON[i], lat=LAT[i], east=east[i], north=north[i]) for i in range(ROWS)]
    ref = _write(tmp_path, {"Where": texts, "tech": ["4G"]})
    found = recognise(ref, CELLS, BOUNDS)
    assert found.columns["lon"] == found.columns["lat"] == "Where"
    assert _read_as_told(ref, found.as_toml())["lon"].to_numpy() == pytest.approx(LON, abs=2e-4)


def test_the_fewer_values_fit_a_name_the_less_sure_is_the_guess() -> None:
    """Where all fit, the name alone counts; below three in ten it is worth no more than they are."""
    column = Column("people", "number", "", minimum=0.0)
    by_name = name_fit("people", "total_population_2019", generic=True)[0]
    sure = {}
    for fitting in range(11):
        values = ["12"] * fitting + ["many"] * (10 - fitting)
        found = guess_columns(pd.DataFrame({"total_population_2019": values}), [column])
        sure[fitting] = found[0].confidence if found else 0.0
    assert sure[10] == pytest.approx(by_name, abs=0.005)
    assert list(sure.values()) == sorted(sure.values())
    assert [share for share, confidence in sure.items() if confidence == 0] == [0, 1, 2]
    assert len(set(sure.values())) == 9


def test_nothing_is_guessed_where_nothing_fits(tmp_path: Path) -> None:
    found = recognise(_write(tmp_path, JUNK | {"n": ["1", "2"]}), CELLS, BOUNDS)
    assert (found.guesses, found.positions) == ([], None)
    assert found.missing == ["lon", "lat", "technology"]
    assert "Not recognised, and needed: lon, lat, technology." in found.sentences()
    assert "columns" not in tomllib.loads(found.as_toml())


def test_metres_without_bounds_leave_the_system_to_a_person(tmp_path: Path) -> None:
    east, north = _utm()
    found = recognise(_write(tmp_path, {"UTM E": east, "UTM N": north, "tech": ["4G"]}), CELLS)
    assert found.positions is not None
    assert found.positions.crs is None
    assert any("cannot be known" in line for line in found.sentences())


def test_names_that_are_markup_or_break_lines_stay_one_quoted_text(tmp_path: Path) -> None:
    name = 'Operator "<script>" = \\ \u202e'
    found = recognise(_write(tmp_path, {name: ["Alpha"], "class": ["bank"], "lon": PLAIN[0], "lat": PLAIN[1]}), POINTS)
    assert tomllib.loads(found.as_toml())["columns"]["operator"] == name.strip()
    assert all(line.isprintable() for line in [*found.sentences(), *found.as_toml().splitlines()])


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"gone\.csv"):
        recognise(FileRef(path=tmp_path / "gone.csv"), CELLS)


def test_a_real_table_by_commune_is_recognised(shared_data: Path) -> None:
    ref = FileRef(path=shared_data / "cambodia" / "population" / "kh_commune_population_2010.csv")
    assert recognise(ref, PEOPLE, BOUNDS).columns["people"] == "TT_Both"


def test_a_real_extract_of_cells_is_recognised(shared_data: Path) -> None:
    ref = FileRef(path=shared_data / "luxembourg" / "towers" / "lu_opencellid_270.csv")
    found = recognise(ref, CELLS, (5.7, 49.4, 6.6, 50.2))
    assert found.missing == []
    assert found.columns | {"technology": "radio", "mnc": "net", "lon": "lon", "lat": "lat"} == found.columns
