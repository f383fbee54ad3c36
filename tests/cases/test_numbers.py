"""Numbers as offices write them: thousands marks, footnotes, one odd cell; every column by what all its values say."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.config.layers import FileRef, NumberFormat
from commune_coverage.core.errors import AmbiguousNumbersError, MissingCrsError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.coordinates import locate_rows, parse_degrees
from commune_coverage.readers.parsing.numbers import AS_FOUND, to_numbers, to_sure_numbers
from commune_coverage.readers.parsing.validation import check_rows, mark_of_positions
from commune_coverage.schema.inputs import CELLS, PEOPLE, SPEED_TESTS, Column, Table
from tests.commands import command

PEOPLE_COLUMN, SAMPLES, HEIGHT_M = PEOPLE["people"], CELLS["samples"], CELLS["antenna_height_m"]
ANY = Column("value", "number", "")
BLANKS = ("\u2009", "\u00a0", "\u202f", " ")
LOCALES = ("en", "de", "es", "it", "nl", "fr", "de_CH", "cs", "pl", "sv", "hi_IN", "en_IN", "pt_BR", "id", "vi", "uk")


def column(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


def read(texts: list[str], declared: Column = ANY, written: NumberFormat = AS_FOUND) -> list[float]:
    return to_sure_numbers(column(*texts), written, declared)[0].tolist()


def counted(folder: Path) -> tuple[float, dict[str, object]]:
    """People that a run counts, and the layer's part of the report."""
    done = command("run", "country.toml", "--date", "2026-11-29", cwd=folder)
    assert done.returncode in (0, 3), done.stderr
    report = json.loads(next((folder / "data/runs").glob("*/report.json")).read_text())
    return report["people"]["counted"], report["layers"]["people"]


@pytest.mark.parametrize(
    ("case", "people"),
    [("03-dot-thousands-ine", 3_840_232), ("04-footnote-flips-column", 214_076), ("05-india-lakh", 506_398)],
)
def test_people_of_the_case_are_the_offices_own_sum(case_folder, case, people):
    folder = case_folder(case)
    checked = command("check", "country.toml", cwd=folder)
    assert checked.returncode == 0, checked.stderr
    found, layer = counted(folder)
    assert found == pytest.approx(people)
    assert (layer["rows"]["read"], layer["rows"]["kept"], layer["rows"]["quarantined"]) == (4, 4, 0)
    if case == "04-footnote-flips-column":
        assert "a footnote mark was set aside in 1 value, such as '41,487(1)'" in checked.stdout


@pytest.mark.parametrize("stated", ["", 'decimal = ","', 'thousands = "."', 'decimal = ","\nthousands = "."'])
def test_a_spanish_file_reads_the_same_whatever_is_stated(case_folder, stated):
    folder = case_folder("03-dot-thousands-ine")
    country = (folder / "country.toml").read_text()
    (folder / "country.toml").write_text(country.replace('decimal = ","', stated))
    assert "people (people.csv): 4 read, 4 kept" in command("check", "country.toml", cwd=folder).stdout
    assert counted(folder)[0] == pytest.approx(3_840_232)


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["3.506.730", "120.164", "70"], [3506730, 120164, 70]),
        (["53,355", "1,041,487"], [53355, 1041487]),
        (["1 234", "12\u2009345", "1\u202f234\u202f567", "9\u00a0999"], [1234, 12345, 1234567, 9999]),
        (["1'234", "12’345", "1’234’567"], [1234, 12345, 1234567]),
        (["1,28,205", "98,765", "10,00,00,000"], [128205, 98765, 100000000]),
        (["១២.៣៤៥", "៩.៩៩៩", "៧"], [12345, 9999, 7]),
        (["١٢٬٣٤٥", "٩٬٩٩٩"], [12345, 9999]),
    ],
)
@pytest.mark.parametrize("declared", [PEOPLE_COLUMN, SAMPLES])
def test_thousands_of_people_by_every_mark(texts, numbers, declared):
    assert read(texts, declared) == numbers


@given(
    st.sampled_from(LOCALES),
    st.lists(st.decimals(-99_999_999, 99_999_999, places=2), min_size=3, max_size=30).filter(
        lambda values: sum(value % 1 != 0 for value in values) > len(values) // 2
    ),
)
def test_what_babel_writes_for_a_locale_reads_back(locale, values):
    texts = [format_decimal(value, format="#,##0.00", locale=locale) for value in values]
    if locale in ("hi_IN", "en_IN"):
        texts = [format_decimal(value, format="#,##,##0.00", locale=locale) for value in values]
    assert read(texts) == pytest.approx([float(value) for value in values])


@given(st.sampled_from(LOCALES), st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_whole_people_of_any_locale_read_back(locale, values):
    texts = [format_decimal(value, locale=locale) for value in values]
    assert read(texts, PEOPLE_COLUMN) == [float(value) for value in values]


@given(st.lists(st.decimals(0, 10**6, places=3), min_size=1), st.sampled_from([".", ","]))
def test_a_stated_decimal_mark_wins_over_any_column(values, mark):
    texts = [f"{value:.3f}".replace(".", mark) for value in values]
    assert read(texts, ANY, NumberFormat(mark)) == [float(Decimal(value)) for value in values]


@given(st.lists(st.integers(1000, 999_999), min_size=1), st.sampled_from([".", ",", " ", "'"]))
def test_a_stated_thousands_mark_wins_over_any_column(values, mark):
    texts = [f"{value:,}".replace(",", mark) for value in values]
    assert read(texts, ANY, NumberFormat(None, mark)) == [float(value) for value in values]


@pytest.mark.parametrize(
    ("texts", "first", "second"),
    [
        (["1.234", "12.345"], "1.234 is 1,234 or 1.234", 'set decimal = "," or thousands = "." for the first'),
        (["1,234"], "1,234 is 1,234 or 1.234", 'set decimal = "." or thousands = "," for the first'),
        (["-4.500", "7"], "-4.500 is -4,500 or -4.500", 'decimal = "." for the second'),
        (["1.234", "5,678"], "1.234 is 1,234 or 1.234", 'set decimal = ","'),
        (["1,234"] * 30 + ["12,5"], "1,234 is 1,234 or 1.234", "value: "),
    ],
)
def test_a_column_that_reads_two_ways_is_refused_with_both_readings(texts, first, second):
    with pytest.raises(AmbiguousNumbersError) as refused:
        read(texts)
    assert first in str(refused.value)
    assert second in str(refused.value)


@pytest.mark.parametrize(
    ("texts", "declared", "numbers"),
    [
        (["1.234", "12.345"], HEIGHT_M, [1.234, 12.345]),  # 1,234 m is no mast
        (["1,234", "12,345"], HEIGHT_M, [1.234, 12.345]),
        (["0,850", "0,925"], Column("share", "number", "", "share", 0, 1), [0.85, 0.925]),
        (["1.234", "12.5"], ANY, [1.234, 12.5]),
        (["1.234", "1500000"], ANY, [1.234, 1500000]),
        (["1.234", "1.234.567"], ANY, [1234, 1234567]),
        (["1.234,5", "1.234"], ANY, [1234.5, 1234]),
        (["1.2", "0,5"], ANY, [1.2, 0.5]),  # neither can be thousands, and neither is odd
    ],
)
def test_other_evidence_decides(texts, declared, numbers):
    assert read(texts, declared) == numbers


@pytest.mark.parametrize(
    ("usual", "odd"),
    [
        (["1.234"] * 30, "12.5"),
        (["1,234"] * 30, "12,5"),
        (["53,355"] * 3, "41,487 x"),
        (["1,28,205"] * 9, "98,7"),
        (["1234", "56789", "4567", "8901"], "12.345"),
    ],
)
def test_one_odd_cell_never_decides(usual, odd):
    numbers = read([*usual, odd], PEOPLE_COLUMN)
    assert numbers[:-1] == read(usual, PEOPLE_COLUMN)
    assert np.isnan(numbers[-1])


@pytest.mark.parametrize(
    "marked",
    ["41,487(1)", "41,487 (1)", "41,487*", "41,487 (r)", "41,487†", "41,487¹", "41,487 [a]", "*41,487", "41,487²³"],
)
def test_footnote_marks_are_set_aside_and_counted(marked):
    numbers, writing = to_sure_numbers(column("53,355", marked, "101,395"), AS_FOUND, PEOPLE_COLUMN)
    assert numbers.tolist() == [53355, 41487, 101395]
    assert (writing.footnotes, writing.example) == (1, marked)


def test_letters_are_footnotes_only_where_stated():
    assert np.isnan(read(["53,355", "41,487e"], PEOPLE_COLUMN)[1])
    assert read(["53,355", "41,487 e", "101,395p"], PEOPLE_COLUMN, NumberFormat(footnotes=("e", "p")))[1:] == [
        41487,
        101395,
    ]


@pytest.mark.parametrize(
    "text", ["12 34", "1,2345", "1.23.456", "1,23", "1 234 5", "5(95%)", "12..5", "1'23", "1,,234"]
)
def test_what_is_grouped_otherwise_is_no_number(text):
    assert np.isnan(read(["1 234.5", "2 345.25", text])[-1])


def test_the_marks_of_a_files_other_columns_decide_last():
    table = Table("t", "", (Column("a", "number", ""), Column("b", "number", "")))
    rows = pd.DataFrame({"a": ["1.234", "2.345"], "b": ["12,5", "7,25"], "line": [2, 3]})
    log = RowLog("t", "t.csv")
    assert check_rows(rows, table, log)["a"].tolist() == [1234, 2345]
    with pytest.raises(AmbiguousNumbersError, match=r"a: 1\.234"):
        check_rows(rows.drop(columns="b"), table, log)
    positions = pd.DataFrame({"lon": ["104,91234"], "lat": ["11,5"]})
    beside = mark_of_positions(positions, NumberFormat())
    assert check_rows(rows.drop(columns="b"), table, log, beside)["a"].tolist() == [1234, 2345]


def test_a_workbooks_own_numbers_are_no_text(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["code", "people"], ["01", 12.345], ["02", "1.234"], ["03", 7], ["04", 1.5]):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    ref = FileRef(path=tmp_path / "people.xlsx", decimal=",", columns={"commune_code": "code"})
    rows = pick_columns(read_table(ref, RowLog("people", "people.xlsx")), PEOPLE, ref)
    assert to_numbers(rows["people"], ref.number_format, PEOPLE_COLUMN).tolist() == [12.345, 1234, 7, 1.5]


def test_degrees_and_metres_by_their_columns():
    assert parse_degrees(column("2.345", "48.123")).tolist() == [2.345, 48.123]
    assert parse_degrees(column("2,345", "48,123")).tolist() == [2.345, 48.123]
    rows = pd.DataFrame({"lon": ["491.234", "500.000"], "lat": ["1.278.901", "1.290.000"], "line": [2, 3]})
    with pytest.raises(AmbiguousNumbersError, match=r"lon: 491\.234 is 491,234 or 491\.234"):
        locate_rows(rows, "EPSG:32648", NumberFormat(), RowLog("t", "t"))
    located = locate_rows(rows, "EPSG:32648", NumberFormat(","), RowLog("t", "t"))
    assert located["lon"].round(1).tolist() == [104.9, 105.0]
    with pytest.raises(MissingCrsError, match="EPSG:…"):
        locate_rows(rows, "no system", NumberFormat(","), RowLog("t", "t"))


def test_an_integer_has_no_decimals_and_its_cell_is_blank():
    table = Table("t", "", (SAMPLES, HEIGHT_M))
    rows = pd.DataFrame(
        {"samples": ["12.0", "12.5", "-1", "7"], "antenna_height_m": ["30m", "0", "35", ""], "line": [2, 3, 4, 5]}
    )
    log = RowLog("t", "t.csv", read=4)
    checked = check_rows(rows, table, log)
    assert checked["samples"].tolist() == pytest.approx([12, np.nan, np.nan, 7], nan_ok=True)
    assert checked["antenna_height_m"].tolist() == pytest.approx([np.nan, np.nan, 35, np.nan], nan_ok=True)
    assert {key: each.cells for key, each in log.blanked.items()} == {
        ("samples", Reason.NOT_A_NUMBER): 1,
        ("samples", Reason.OUT_OF_RANGE): 1,
        ("antenna_height_m", Reason.NOT_A_NUMBER): 1,
        ("antenna_height_m", Reason.OUT_OF_RANGE): 1,
    }
    assert "antenna_height_m: 1 cell left blank, a value that must be a number is not one (line 2: '30m')" in (
        log.blanked_sentences()
    )
    log.kept = len(checked)
    assert log.is_balanced()
    assert not log.rows


def test_what_decides_on_its_row_still_sets_it_aside():
    table = Table("t", "", (CELLS["mcc"], SPEED_TESTS["tests"], PEOPLE_COLUMN))
    rows = pd.DataFrame(
        {"mcc": ["456", "12345", "456", ""], "tests": ["5", "5", "0", "1"], "people": ["1"] * 4, "line": [2, 3, 4, 5]}
    )
    log = RowLog("t", "t.csv")
    assert check_rows(rows, table, log)["line"].tolist() == [2, 5]
    assert log.reasons() == {"out_of_range": 2}
    assert not log.blanked


def test_rows_with_a_bad_height_stay_and_are_told(case_folder):
    folder = case_folder("20-status-column")
    checked = command("check", "height.toml", cwd=folder)
    assert checked.returncode == 0, checked.stderr
    assert "towers (height.csv): 4 read, 4 kept, 0 neighbours, 0 out of area, 0 quarantined" in checked.stdout
    assert "antenna_height_m" in checked.stdout
    assert "left blank" in checked.stdout


def test_plain_columns_stay_with_arrow():
    crowd = column(*(f"{value:.6f}" for value in np.linspace(1, 100, 5000)))
    assert to_numbers(crowd).tolist() == pytest.approx(np.linspace(1, 100, 5000).tolist(), abs=1e-6)
    assert read(["5", "70", "", "1500"], PEOPLE_COLUMN)[-1] == 1500
