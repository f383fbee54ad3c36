"""Which commune and which column is meant: codes that went through a number, names that several have, headers twice."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.config.layers import FileRef, PeopleLayer
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import AmbiguousCommunesError, MissingColumnError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.boundaries.study_area import area_of
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.communes.identity import told_apart
from commune_coverage.readers.communes.reader import read_communes
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.codes import codes_like, first_rounded
from commune_coverage.schema.inputs import PEOPLE
from tests import tiny
from tests.commands import command

DANE = ["05001", "05030", "05400", "15832"]


def checked(folder: Path, code: int = 0) -> str:
    done = command("check", "country.toml", cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def people_counted(folder: Path) -> dict[str, float]:
    done = command("run", "country.toml", "--date", "2026-11-29", cwd=folder)
    assert done.returncode in (0, 3), done.stderr
    return json.loads(next((folder / "data/runs").glob("*/report.json")).read_text())["people"]


def test_codes_that_went_through_a_number_are_put_right_by_the_communes(case_folder):
    folder = case_folder("07-divipola-codes")
    said = checked(folder)
    assert said.count("4 codes had gone through a number, such as 5.001 for 05001") == 2
    assert "4 rows with 2,479,941 people placed by code" in said
    people = people_counted(folder)
    assert (round(people["counted"]), people["quarantined"], people["read"]) == (2_479_941, 0, 2_479_941)


@pytest.mark.parametrize(
    "written",
    [
        ["5001.0", "5030.0", "5400.0", "15832.0"],
        ["5,001", "5,030", "5,400", "15,832"],
        ["5.001E+03", "5.03E+03", "5.4E+03", "1.5832E4"],
        ["5001", "5030", "5400", "15832"],
        ["5 001", "5.03", "5400,0", "15832.00"],
        ["៥០០១", "5.030", "05400", "15.832"],
    ],
)
def test_every_writing_of_the_same_codes_means_them(case_folder, written):
    folder = case_folder("07-divipola-codes")
    rows = pd.DataFrame({"c_digo_dane_del_municipio": written, "poblacion": [2427129, 29555, 21475, 1782]})
    rows.to_csv(folder / "people.csv", index=False)
    assert "4 rows with 2,479,941 people placed by code" in checked(folder)


def test_a_workbooks_own_numbers_are_codes_too(case_folder):
    folder = case_folder("07-divipola-codes")
    book = openpyxl.Workbook()
    for row in (["code", "people"], [5.001, 1], [5.03, 2], [5.4, 3], [15.832, 4]):
        book.active.append(row)
    book.save(folder / "people.xlsx")
    text = (folder / "country.toml").read_text().split("[layers.people]")[0]
    people = '[layers.people]\npath = "people.xlsx"\nformat = "table"\ncolumns = { commune_code = "code" }\n'
    (folder / "country.toml").write_text(text + people)
    assert "4 rows with 10 people placed by code" in checked(folder)


@pytest.mark.parametrize("written", ["1.50371E+06", "5.0E3E", "503", "5.0301", "5.3", "5/030"])
def test_what_means_no_code_for_certain_is_left_as_it_is(written):
    codes, repaired = codes_like(pd.Series([written]), ["05030", "05003", "1503705", "1503710"])
    assert codes[0] not in ("05030", "05003", "1503705", "1503710")
    assert not repaired


def test_two_meanings_of_a_number_are_none():
    assert codes_like(pd.Series(["5.000"]), ["5", "5000"])[0][0] == "5.000"
    assert first_rounded(pd.Series(["5.001E+03", "1.50371E+06"])) == "1.50371E+06"
    assert first_rounded(pd.Series(["1.503705E+06", "1.50371E+06", "1E"])) is None


@given(st.sets(st.text("0123456789", min_size=1, max_size=9), min_size=1, max_size=30))
def test_codes_of_any_lengths_that_lost_their_zeros_come_back_where_one_is_meant(known):
    by_value = pd.Series(sorted(known)).groupby([code.lstrip("0") for code in sorted(known)]).agg(list)
    alone = [codes[0] for codes in by_value if len(codes) == 1]
    stripped = pd.Series([code.lstrip("0") or "0" for code in alone], dtype=object)
    assert codes_like(stripped, known)[0].tolist() == alone
    assert codes_like(pd.Series(sorted(known), dtype=object), known)[0].tolist() == sorted(known)


@given(st.sets(st.integers(1_000, 999_999), min_size=1, max_size=30))
def test_any_code_read_as_thousands_and_kept_as_a_float_comes_back(numbers):
    known = [f"{number:06d}" for number in sorted(numbers)]
    floats = pd.Series([repr(number / 1000) for number in sorted(numbers)], dtype=object)
    meant, _ = codes_like(floats, known)
    wrong = [(code, text) for code, text, own in zip(meant, floats, known, strict=True) if code not in (own, text)]
    assert not [text for code, text in wrong if code in known]


def test_boundaries_whose_codes_are_numbers_come_back_with_their_width(case_folder):
    folder = case_folder("07-divipola-codes")
    communes = gpd.read_file(folder / "communes.gpkg")
    communes["code"] = ["5.001", "5.03", "5.4", "15.832"]
    communes.to_file(folder / "communes.gpkg", driver="GPKG")
    said = checked(folder)
    assert "4 codes had gone through a number, such as 5.001 for 05001" in said.split("communes.gazetteer")[0]
    assert "4 rows with 2,479,941 people placed by code" in said


def test_boundaries_whose_codes_lost_digits_are_refused(case_folder):
    folder = case_folder("07-divipola-codes")
    communes = gpd.read_file(folder / "communes.gpkg")
    communes["code"] = ["1.50371E+06", "1.50375E+06", "1.50361E+06", "1.50145E+06"]
    communes.to_file(folder / "communes.gpkg", driver="GPKG")
    assert "codes such as 1.50371E+06 have lost digits; export the column of codes as text" in checked(folder, 1)


def squares(*rows: tuple[str, str, str, float, float]) -> gpd.GeoDataFrame:
    """Communes of 0.1 degrees: code, name, province, west, south."""
    frame = pd.DataFrame(rows, columns=["commune_code", "commune_name", "province_name", "west", "south"])
    shapes = [shapely.box(w, s, w + 0.1, s + 0.1) for w, s in zip(frame["west"], frame["south"], strict=True)]
    return gpd.GeoDataFrame(frame.drop(columns=["west", "south"]), geometry=shapes, crs="EPSG:4326")


def test_two_communes_of_one_name_are_told_apart_by_their_provinces(case_folder):
    folder = case_folder("30-same-name")
    assert "province_name tells their codes apart: San Isidro (A), San Isidro (B)" in checked(folder)
    done = command("run", "country.toml", "--date", "2026-11-29", cwd=folder)
    assert "4 communes" in done.stdout
    communes = gpd.read_file(folder / "communes.geojson").drop(columns="prov")
    communes.to_file(folder / "communes.geojson", driver="GeoJSON")
    text = (folder / "country.toml").read_text().replace(', province_name = "prov"', "")
    (folder / "country.toml").write_text(text)
    said = checked(folder, 1)
    assert "2 communes have 'San Isidro' for their code and lie 219 km apart; map a column of codes" in said


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        # Pieces of one commune stay one.
        ([("La Paz", "La Paz", "A", 0, 0), ("La Paz", "La Paz", "A", 0.1, 0)], ["La Paz", "La Paz"]),
        ([("0101", "La Paz", "A", 0, 0), ("0101", "La Paz", "A", 3, 0)], ["0101", "0101"]),
        ([("0101", "La Paz", "A", 0, 0), ("0101", "LA PAZ", "a", 3, 0)], ["0101", "0101"]),
        ([("La Paz", "La Paz", "A", 0, 0), ("La Paz", "La Paz", "B", 9, 0)], ["La Paz (A)", "La Paz (B)"]),
        ([("La Paz", "La Paz", "A", 0, 0), ("La Paz", "La Paz", "B", 0.1, 0)], ["La Paz (A)", "La Paz (B)"]),
    ],
)
def test_what_is_one_commune_and_what_is_two(rows, codes):
    assert told_apart(squares(*rows), RowLog("communes", "c.gpkg"))["commune_code"].tolist() == codes


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("La Paz", "La Paz", "", 0, 0), ("La Paz", "La Paz", "", 2, 0)], "lie 223 km apart"),
        ([("La Paz", "La Paz", "A", 0, 0), ("La Paz", "La Paz", "A", 2, 0)], "lie 223 km apart"),
        ([("01", "La Paz", "A", 0, 0), ("01", "San Juan", "B", 2, 0)], "01 stands for communes of province_name A"),
        ([("01", "La Paz", "", 0, 0), ("01", "San Juan", "", 2, 0)], "2 communes have '01' for their code"),
        ([("La Paz", "La Paz", "A", 0, 0), ("La Paz", "La Paz", "", 2, 0)], "map a column of codes"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(rows, words):
    with pytest.raises(AmbiguousCommunesError, match=words):
        told_apart(squares(*rows), RowLog("communes", "c.gpkg"))


def picked(path: Path, text: str, columns: dict[str, str]) -> tuple[pd.DataFrame, RowLog]:
    path.write_text(text, encoding="utf-8")
    ref, log = FileRef(path=path, columns=columns), RowLog("people", path.name)
    return pick_columns(read_table(ref, log), PEOPLE, ref), log


@pytest.mark.parametrize("quoted", ["", '"'])
def test_a_header_that_stands_twice_is_refused_where_it_is_meant(tmp_path, quoted):
    text = f"code,Total,Total,Total\n{quoted}01{quoted},5,6,7\n02,8,9,10\n"
    code = {"commune_code": "code"}
    with pytest.raises(MissingColumnError, match=r"several columns are called 'Total'; write 'Total \(1\)'"):
        picked(tmp_path / "p.csv", text, code | {"people": "Total"})
    for name, people in (("Total (1)", ["5", "8"]), ("Total (2)", ["6", "9"]), ("Total (3)", ["7", "10"])):
        rows, log = picked(tmp_path / "p.csv", text, code | {"people": name})
        assert rows["people"].tolist() == people
        assert log.notes == ["p.csv: 3 columns are called 'Total'; the second is read as 'Total (2)'"]


@pytest.mark.parametrize(
    ("text", "columns", "people"),
    [
        ("code,people,people\n01,5,5\n", {"commune_code": "code"}, ["5"]),
        ("code,name,people,name\n01,a,5,b\n", {"commune_code": "code"}, ["5"]),
        ("code,people,,\n01,5,x,y\n", {"commune_code": "code"}, ["5"]),
        ("code,People,PEOPLE\n01,5,6\n", {"commune_code": "code", "people": "PEOPLE"}, ["6"]),
    ],
)
def test_a_header_that_stands_twice_and_is_not_meant_does_no_harm(tmp_path, text, columns, people):
    assert picked(tmp_path / "p.csv", text, columns)[0]["people"].tolist() == people


def test_headers_that_differ_by_case_alone_are_refused(tmp_path):
    with pytest.raises(MissingColumnError, match="'People' and 'PEOPLE' differ by case alone"):
        picked(tmp_path / "p.csv", "code,People,PEOPLE\n01,5,6\n", {"commune_code": "code"})


def test_a_sheets_header_that_stands_twice_is_refused_too(tmp_path):
    book = openpyxl.Workbook()
    for row in (["code", "Total", "Total"], ["01", 5, 6], ["02", 7, 8]):
        book.active.append(row)
    book.save(tmp_path / "p.xlsx")
    columns = {"commune_code": "code", "people": "Total"}
    ref = FileRef(path=tmp_path / "p.xlsx", columns=columns)
    with pytest.raises(MissingColumnError, match="several columns are called 'Total'"):
        pick_columns(read_table(ref, RowLog("people", "p.xlsx")), PEOPLE, ref)


def test_people_of_codes_that_no_commune_has_are_told_with_their_number(tmp_path):
    (tmp_path / "t.csv").write_text("commune_code,people\n010101,5\n1.01E+07,7\n010102.5,9\n")
    people, (log,) = tiny.read_people(PeopleLayer(path=tmp_path / "t.csv", format="table"), tiny.area(), tmp_path)
    assert (round(people.counted), people.quarantined) == (5, 16)
    assert log.reasons() == {"unmatched_code": 2}
    assert log.is_balanced()


# Communes of one name in a table of people that goes by names.


def _two_of_a_name(folder, table):
    shapes = tiny.communes().iloc[:3]
    names = {"name": ["Garoua", "Garoua", "Lagdo"], "prov": ["North", "South", "North"]}
    gpd.GeoDataFrame(names, geometry=list(shapes.geometry), crs=4326).to_file(folder / "communes.geojson")
    pd.DataFrame(table).to_csv(folder / "p.csv", index=False)
    country = folder / "country.toml"
    country.write_text(
        'code = "CMR"\nlanguages = ["en"]\ntime_zone = "UTC"\n[name]\nen = "T"\n[layers.communes]\n'
        'path = "communes.geojson"\n'
        'columns = { commune_code = "name", commune_name = "name", province_name = "prov" }\n'
        '[layers.people]\npath = "p.csv"\nformat = "table"\ncolumns = { commune_code = "Commune", people = "People" }\n'
    )
    return load_country(country)


def _area(country):
    communes = read_communes(country.layers.communes, tiny.context(None, country=country)).table
    return area_of(country.layers.communes, None, communes)


def test_people_of_communes_of_one_name_go_by_the_parent_in_the_row(tmp_path):
    table = {"Commune": ["GAROUA", "Garoua", "Lagdo"], "Region": ["south", "North", "North"], "People": [10, 200, 3000]}
    country = _two_of_a_name(tmp_path, table)
    findings = check_country(country)
    assert findings.problems == []
    people = tiny.read_people(country.layers.people, _area(country), tmp_path / "out")[0].by_commune
    # In the order of the codes: Garoua (North), Garoua (South), Lagdo.
    assert people == pytest.approx([200, 10, 3000], abs=1e-3)


@pytest.mark.parametrize("names", [["Garoua", "Garoua", "Lagdo"], ["Garoua", "Lagdo", "Lagdo 2"]])
def test_people_of_a_name_that_stands_for_several_communes_are_refused(tmp_path, names):
    country = _two_of_a_name(tmp_path, {"Commune": names, "People": [10, 200, 3000]})
    (problem,) = check_country(country).problems
    assert "names a commune of which there are several (Garoua (North), Garoua (South))" in problem
