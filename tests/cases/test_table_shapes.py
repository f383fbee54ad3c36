"""Tables of people in the shapes that offices publish: long ones, a sheet a province, totals, Parquet."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from commune_coverage.config.layers import FileRef, PeopleLayer, PointsLayer
from commune_coverage.core.errors import AmbiguousRowsError, MissingColumnError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.points.reader import read_payments
from tests import tiny
from tests.commands import command

PEOPLE = [100.0 * number for number in range(1, 10)]
CODES = tiny.CODES


def long_table() -> pd.DataFrame:
    """Nine communes, two years, two sexes and both together; 2019 has ten times the people of 2008."""
    rows = [
        (code, year, sex, people * share * (10 if year == 2019 else 1))
        for code, people in zip(CODES, PEOPLE, strict=True)
        for year in (2008, 2019)
        for sex, share in (("F", 0.6), ("M", 0.4), ("Total", 1.0))
    ]
    return pd.DataFrame(rows, columns=["commune_code", "Year", "Sex", "people"])


def read(folder, frame: pd.DataFrame, **more: object):
    frame.to_csv(folder / "t.csv", index=False)
    layer = PeopleLayer(path=folder / "t.csv", format="table", **more)
    people, (log,) = tiny.read_people(layer, tiny.area(), folder)
    assert log.is_balanced()
    return people, log


def test_a_long_table_is_refused_with_the_columns_in_which_its_rows_differ(tmp_path):
    with pytest.raises(AmbiguousRowsError) as refused:
        read(tmp_path, long_table())
    assert str(refused.value) == (
        "'t.csv' has several rows a commune (010101: 6): Year has 2008, 2019; Sex has F, M, Total; "
        'set where = {Year = [2019], Sex = ["Total"]}'
    )


@pytest.mark.parametrize(
    ("where", "factor", "filtered"),
    [
        ({"Year": [2019], "Sex": ["Total"]}, 10, 45),
        ({"Year": 2008, "Sex": "total"}, 1, 45),
        ({"Year": [2019], "Sex": ["F", "M"]}, 10, 36),  # both stated: added up
        ({"Year": [2019], "Sex": ["F"]}, 6, 45),
        ({"Year": [2008, 2019], "Sex": ["Total"]}, 11, 36),
    ],
)
def test_a_stated_filter_makes_one_row_a_commune(tmp_path, where, factor, filtered):
    people, log = read(tmp_path, long_table(), where=where)
    assert people.by_commune.tolist() == pytest.approx([factor * each for each in PEOPLE], abs=0.01)
    assert (log.read, log.filtered, log.quarantined) == (54, filtered, 0)


@pytest.mark.parametrize("where", [{"Year": [2019]}, {"Sex": ["Total"]}, {"Year": [2008, 2019]}, {"Sex": ["F", "M"]}])
def test_a_filter_that_leaves_several_rows_is_refused(tmp_path, where):
    rest = "Sex has F, M" if "Year" in where else "Year has 2008, 2019"
    with pytest.raises(AmbiguousRowsError, match=rest):
        read(tmp_path, long_table(), where=where)


@settings(max_examples=15)
@given(
    st.sampled_from(["Area", "Age", "Sexo", "Année", "Milieu"]),
    st.lists(st.text("abcdefgh", min_size=1, max_size=5), min_size=2, max_size=4, unique=True),
)
def test_any_column_that_makes_a_table_long_is_named(tmp_path_factory, name, values):
    rows = [(code, value, 7) for code in CODES for value in values]
    frame = pd.DataFrame(rows, columns=["commune_code", name, "people"])
    folder = tmp_path_factory.mktemp("long")
    with pytest.raises(AmbiguousRowsError, match=f"{name} has {sorted(values)[0]}"):
        read(folder, frame)
    people, _ = read(folder, frame, where={name: [values[0]]})
    assert people.counted == pytest.approx(63, abs=0.01)


def test_several_rows_that_nothing_tells_apart_are_refused(tmp_path):
    frame = pd.DataFrame({"commune_code": CODES * 2, "people": [*PEOPLE, *PEOPLE]})
    with pytest.raises(AmbiguousRowsError, match=r"several rows a commune \(010101: 2\); leave one row for each"):
        read(tmp_path, frame)


def test_one_repeated_code_is_a_row_set_aside(tmp_path):
    frame = pd.DataFrame({"commune_code": [*CODES, CODES[0]], "people": [*PEOPLE, 5]})
    people, log = read(tmp_path, frame)
    assert people.counted == pytest.approx(sum(PEOPLE), abs=0.01)
    assert log.reasons() == {"duplicate_id": 1}


@pytest.mark.parametrize(
    "totals",
    [
        {"01": 4500.0},
        {"1": 4500.0},
        {"0101": 4500.0, "01": 4500.0},
        {"Total": 4500.0},
        {"0": 4500.0},
        {"KHM": 4510.0, "01": 4490.0},
    ],
)
def test_rows_of_totals_are_left_out_and_told(tmp_path, totals):
    frame = pd.DataFrame({"commune_code": [*totals, *CODES], "people": [*totals.values(), *PEOPLE]})
    people, log = read(tmp_path, frame)
    assert (round(people.counted), people.quarantined, people.read) == (4500, 0, 4500)
    assert (log.filtered, log.quarantined) == (len(totals), 0)
    assert f"{len(totals)} rows are totals of the communes' rows and are left out: {', '.join(totals)}" in log.notes


@pytest.mark.parametrize("code", ["01", "Total", "020202"])
def test_a_row_that_adds_up_nothing_is_no_total(tmp_path, code):
    frame = pd.DataFrame({"commune_code": [code, *CODES], "people": [3000.0, *PEOPLE]})
    people, log = read(tmp_path, frame)
    assert (round(people.counted), round(people.quarantined)) == (4500, 3000)
    assert log.reasons() == {"unmatched_code": 1}


def test_levels_are_told_apart_by_where_too(tmp_path):
    levels = ["province", *["commune"] * 9]
    frame = pd.DataFrame({"commune_code": ["01", *CODES], "Level": levels, "people": [9999.0, *PEOPLE]})
    people, log = read(tmp_path, frame, where={"Level": "commune"})
    assert (round(people.read), log.filtered) == (4500, 1)


def workbook(path, sheets: dict[str, list[list[object]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def provinces(*, second: tuple[str, str] = ("Code", "Population")) -> dict[str, list[list[object]]]:
    """Two sheets with title rows above their headers, a note without a table, and a total below."""
    north = [["Population of the north"], [], ["Code", "Population", "Area"]]
    south = [["Population of the south"], ["Census of 2019"], [], [*second]]
    pairs = list(zip(CODES, PEOPLE, strict=True))
    return {
        "North": [*north, *([code, people, 5] for code, people in pairs[:4])],
        "South": [*south, *([code, people] for code, people in pairs[4:]), ["Total", sum(PEOPLE)]],
        "Notes": [["Source: the office"], ["Nothing else"]],
    }


def test_a_sheet_for_each_province_is_one_table(tmp_path):
    workbook(tmp_path / "p.xlsx", provinces())
    columns = {"commune_code": "Code", "people": "Population"}
    layer = PeopleLayer(path=tmp_path / "p.xlsx", layer="*", format="table", columns=columns)
    people, (log,) = tiny.read_people(layer, tiny.area(), tmp_path)
    assert people.by_commune.tolist() == pytest.approx(PEOPLE, abs=0.01)
    assert (log.read, log.kept, log.filtered) == (10, 9, 1)
    assert log.is_balanced()
    assert "p.xlsx: 2 sheets read: 'North' from line 1, 'South' from line 8; left out: Notes" in log.notes
    one = PeopleLayer(path=tmp_path / "p.xlsx", layer="North", format="table", columns=columns)
    assert tiny.read_people(one, tiny.area(), tmp_path)[0].counted == pytest.approx(sum(PEOPLE[:4]), abs=0.01)
    north = PeopleLayer(path=tmp_path / "p.xlsx", layer="*", format="table", columns=columns, where={"sheet": "North"})
    assert tiny.read_people(north, tiny.area(), tmp_path)[0].counted == pytest.approx(sum(PEOPLE[:4]), abs=0.01)


def test_a_sheet_with_other_columns_is_refused(tmp_path):
    workbook(tmp_path / "p.xlsx", provinces(second=("Code", "Inhabitants")))
    ref = FileRef(path=tmp_path / "p.xlsx", layer="*", columns={"commune_code": "Code", "people": "Population"})
    with pytest.raises(MissingColumnError, match="sheet 'South' has no column 'Population'; it has: Code, Inhabitants"):
        read_table(ref, RowLog("people", "p.xlsx"))


def test_lines_of_several_sheets_are_each_their_own(tmp_path):
    workbook(tmp_path / "p.xlsx", provinces())
    ref = FileRef(path=tmp_path / "p.xlsx", layer="*", columns={"commune_code": "Code"})
    rows = read_table(ref, RowLog("people", "p.xlsx"))
    assert rows["line"].is_unique
    assert rows["sheet"].tolist() == ["North"] * 4 + ["South"] * 6


def test_a_parquet_table_of_people_by_commune(tmp_path):
    pd.DataFrame({"commune_code": CODES, "people": PEOPLE}).to_parquet(tmp_path / "p.parquet")
    layer = PeopleLayer(path=tmp_path / "p.parquet", format="table")
    people, (log,) = tiny.read_people(layer, tiny.area(), tmp_path)
    assert people.by_commune.tolist() == pytest.approx(PEOPLE, abs=0.01)
    assert log.is_balanced()


@pytest.mark.parametrize("kind", ["columns", "wkb", "metres", "wkb in metres", "where"])
def test_a_parquet_table_of_points(tmp_path, kind):
    places = tiny.centres()
    if "metres" in kind:
        places = pd.DataFrame(shapely_points(places), columns=["lon", "lat"])
    frame = places.assign(people=PEOPLE, kind=["a"] * 5 + ["b"] * 4)
    if "wkb" in kind:
        frame["geom"] = shapely.to_wkb(shapely.points(frame[["lon", "lat"]].to_numpy()))
        frame = frame.drop(columns=["lon", "lat"])
    frame.to_parquet(tmp_path / "p.parquet")
    more = {"crs": tiny.METRIC} if "metres" in kind else {"where": {"kind": "a"}} if kind == "where" else {}
    people, (log,) = tiny.read_people(PeopleLayer(path=tmp_path / "p.parquet", **more), tiny.area(), tmp_path)
    kept = 5 if kind == "where" else 9
    assert people.counted == pytest.approx(sum(PEOPLE[:kept]), abs=0.01)
    assert (log.read, log.kept, log.filtered) == (9, kept, 9 - kept)
    assert log.is_balanced()


def shapely_points(places: pd.DataFrame) -> list[tuple[float, float]]:
    """The places in metres of the tiny country."""
    x, y = tiny.area().to_metric(places["lon"].to_numpy(), places["lat"].to_numpy())
    return list(zip(x.tolist(), y.tolist(), strict=True))


def test_a_parquet_table_of_payment_points(tmp_path):
    frame = tiny.centres().assign(point_id=range(9), **{"class": "bank"})
    frame.to_parquet(tmp_path / "p.parquet")
    points, (log,) = tiny.read(read_payments, PointsLayer(path=tmp_path / "p.parquet"), tiny.area())
    assert (len(points), log.kept, log.quarantined) == (9, 9, 0)


def test_check_and_run_refuse_a_long_table_in_one_sentence(case_folder):
    folder = case_folder("05-india-lakh")
    people = pd.read_csv(folder / "people.csv", dtype=str)
    pd.concat([people.assign(Year="2001"), people.assign(Year="2011")]).to_csv(folder / "people.csv", index=False)
    for words in (("check",), ("run", "--date", "2026-11-29")):
        done = command(words[0], "country.toml", *words[1:], cwd=folder)
        assert done.returncode != 0
        assert "Year has 2001, 2011; set where = {Year = [2011]}" in done.stderr
    text = (folder / "country.toml").read_text()
    (folder / "country.toml").write_text(text + "where = { Year = [2011] }\n")
    assert "8 read, 4 kept, 0 neighbours, 0 out of area, 0 quarantined, 4 filtered" in (
        command("check", "country.toml", cwd=folder).stdout
    )
