"""Workbooks as regulators make them, written by openpyxl and read back."""

import datetime
import tracemalloc
import zipfile

import openpyxl
import pytest

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats import xlsx as sheets
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.xlsx import sheet_rows


def _book(path, **sheets_of_rows):
    """Save a workbook of {sheet: (rows, merged areas)}."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, (rows, merged) in sheets_of_rows.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in merged:
            sheet.merge_cells(area)
    book.save(path)
    return FileRef(path=path)


PLAIN = ([["lon", "lat"], [104.5, 11.5]], [])


def test_title_rows_and_group_names_above_the_header_are_no_rows(tmp_path):
    rows = [
        ["Register of towers, 2026"],
        [],
        ["Site", "Position", None, "Radio", None],
        [None, "lon", "lat", "tech", "height"],
        ["A", 104.9, 11.5, "LTE", 30],
        [],
        ["B", 104.8, 11.6, "NR", 45.5],
    ]
    ref = _book(tmp_path / "a.xlsx", t=(rows, ["A1:E1", "A3:A4", "B3:C3", "D3:E3"]))
    header, found = sheet_rows(ref)
    assert header == ["Site", "lon", "lat", "tech", "height"]
    assert found == [(5, ["A", "104.9", "11.5", "LTE", "30"]), (7, ["B", "104.8", "11.6", "NR", "45.5"])]


def test_under_three_levels_of_names_a_column_has_the_lowest(tmp_path):
    rows = [
        ["Register"],
        ["G", None, None, "H"],
        ["a", None, "b", "c"],
        ["x", "y", "z", "w"],
        [1, 2, 3, 4],
        [5, 6, 7, 8],
    ]
    ref = _book(tmp_path / "a.xlsx", t=(rows, ["A1:D1", "A2:C2", "A3:B3"]))
    assert sheet_rows(ref) == (["x", "y", "z", "w"], [(5, ["1", "2", "3", "4"]), (6, ["5", "6", "7", "8"])])


def test_names_that_repeat_get_their_group_name(tmp_path):
    rows = [["Commune", None, "District", None], ["code", "name", "code", "name"], [10201, "A", 102, "B"]]
    header, _ = sheet_rows(_book(tmp_path / "a.xlsx", t=(rows, ["A1:B1", "C1:D1"])))
    assert header == ["Commune code", "Commune name", "District code", "District name"]


def test_a_value_merged_downwards_stands_in_every_row(tmp_path):
    rows = [["province", "district", "name"], ["P", "D1", "a"], [None, None, "b"], [None, "D2", "c"], ["Q", "D3", "d"]]
    _, found = sheet_rows(_book(tmp_path / "a.xlsx", t=(rows, ["A2:A4", "B2:B3"])))
    assert [cells for _, cells in found] == [["P", "D1", "a"], ["P", "D1", "b"], ["P", "D2", "c"], ["Q", "D3", "d"]]


def test_empty_columns_go_and_nameless_ones_with_values_stay(tmp_path):
    rows = [[None, "lon", None, "lat", None], [None, 104.5, None, 11.5, "note"], [None, 104.6, None, 11.6, None]]
    header, found = sheet_rows(_book(tmp_path / "a.xlsx", t=(rows, [])))
    assert header == ["lon", "lat", "column_5"]
    assert found[1] == (3, ["104.6", "11.6", ""])


def test_dates_numbers_and_flags_are_text_and_a_total_is_a_row(tmp_path):
    day = datetime.datetime(2026, 11, 23)
    rows = [["code", "built", "people", "on"], ["001", day, 12.0, True], ["Total", None, 12, None]]
    _, found = sheet_rows(_book(tmp_path / "a.xlsx", t=(rows, [])))
    assert found == [(2, ["001", "2026-11-23", "12", "True"]), (3, ["Total", "", "12", ""])]


def test_rows_balance_whatever_stands_beside_the_table(tmp_path):
    rows = [["lon", "lat"], [104.5, 11.5], [104.6, 11.6, "remark"], ["source: the ministry"]]
    log = RowLog("towers", "a.xlsx")
    frame = read_table(_book(tmp_path / "a.xlsx", t=(rows, [])), log)
    log.kept = len(frame)
    assert log.read == 3
    assert log.is_balanced()


def test_the_only_sheet_with_a_table_is_taken(tmp_path):
    ref = _book(tmp_path / "a.xlsx", About=([["Read me first"], ["Published 2026"]], []), Data=PLAIN, Empty=([], []))
    assert sheet_rows(ref)[0] == ["lon", "lat"]


def test_the_sheet_that_has_the_named_columns_is_taken(tmp_path):
    ref = _book(tmp_path / "a.xlsx", Old=([["x", "y"], [1, 2]], []), New=PLAIN)
    assert sheet_rows(ref.model_copy(update={"columns": {"lon": "lon"}}))[0] == ["lon", "lat"]
    with pytest.raises(UnreadableFileError, match=r"no sheet with such a table among: Old, New"):
        sheet_rows(ref.model_copy(update={"columns": {"lon": "east"}}))


def test_of_several_sheets_that_fit_one_must_be_named(tmp_path):
    ref = _book(tmp_path / "a.xlsx", North=PLAIN, South=([["lon", "lat"], [104.1, 10.9]], []))
    with pytest.raises(UnreadableFileError, match=r"2 sheets that could be meant: North, South; set layer"):
        sheet_rows(ref)
    assert sheet_rows(ref.model_copy(update={"layer": "South"}))[1] == [(2, ["104.1", "10.9"])]


def test_a_size_that_the_sheet_states_wrongly_hides_no_row(tmp_path):
    ref = _book(tmp_path / "a.xlsx", t=([["lon", "lat"], [104.5, 11.5], [104.6, 11.6]], []))
    _edit(ref.path, "xl/worksheets/sheet1.xml", b'ref="A1:B3"', b'ref="A1"')
    assert len(sheet_rows(ref)[1]) == 2


def _edit(path, member, old, new):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert old in members[member]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content.replace(old, new) if name == member else content)


@pytest.mark.parametrize("row", [b'r="1048577"', b'r="999999999"'])
def test_a_row_beyond_every_sheet_is_refused_before_the_rows_in_between_are_made(tmp_path, monkeypatch, row):
    monkeypatch.setattr(sheets, "MAX_SHEET_ROWS", 10_000)
    ref = _book(tmp_path / "a.xlsx", t=([["lon", "lat"], [104.5, 11.5], [104.6, 11.6]], []))
    _edit(ref.path, "xl/worksheets/sheet1.xml", b'<row r="3"', b"<row " + row)
    tracemalloc.start()
    with pytest.raises(Exception, match=r"larger than a workbook|no rows|not a readable"):
        sheet_rows(ref)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Not even the numbers of the rows in between were made.
    assert most < 10 * 1024**2


def test_a_merge_of_the_whole_sheet_costs_nothing(tmp_path):
    ref = _book(tmp_path / "a.xlsx", t=([["lon", "lat"], [104.5, 11.5], [104.6, 11.6]], ["D2:E3"]))
    _edit(ref.path, "xl/worksheets/sheet1.xml", b'ref="D2:E3"', b'ref="D2:XFD1048576"')
    assert sheet_rows(ref)[0] == ["lon", "lat"]


def test_ten_thousand_rows_are_read_to_the_last(tmp_path):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("t")
    sheet.append(["Register"])
    sheet.append(["id", "lon", "lat", "technology", "name"])
    for number in range(10_000):
        sheet.append([number, 104 + number / 1e5, 11.5, "LTE", f"site {number}"])
    book.save(tmp_path / "a.xlsx")
    header, found = sheet_rows(FileRef(path=tmp_path / "a.xlsx"))
    assert header[:2] == ["id", "lon"]
    assert [row[0] for row in found] == [*range(3, 10_003)]
