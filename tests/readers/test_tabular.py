from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingColumnError, MissingCrsError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats import csv as flat
from commune_coverage.readers.formats import encoding as text
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.schema.inputs import CELLS, POINTS


def _read(path: Path, content: bytes, **options):
    path.write_bytes(content)
    log = RowLog("towers", path.name)
    return read_table(FileRef(path=path, **options), log), log


def test_ragged_rows_are_set_aside_and_counted(tmp_path):
    frame, log = _read(tmp_path / "a.csv", b"a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert frame["a"].tolist() == ["1", "7"]
    assert frame["line"].tolist() == [2, 5]
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(3, "ragged_row"), (4, "ragged_row")]
    assert log.read == 4


@pytest.mark.parametrize("content", [b"a,b\n", b"\n\n"])
def test_no_rows_is_an_error(tmp_path, content):
    with pytest.raises(UnreadableFileError, match=r"no rows|is empty"):
        _read(tmp_path / "a.csv", content)


def test_a_sheet_keeps_its_row_numbers_and_whole_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (["code", "people"], [10201, 5.0], [None, None], ["010202", 2.5]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    log = RowLog("people", "a.xlsx")
    frame = read_table(FileRef(path=tmp_path / "a.xlsx"), log)
    assert frame.to_dict("list") == {"code": ["10201", "010202"], "people": ["5", "2.5"], "line": [2, 4]}


def test_an_unknown_sheet_names_those_that_there_are(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(UnreadableFileError, match=r"no sheet 'Towers'; it has: Sheet"):
        read_table(FileRef(path=tmp_path / "a.xlsx", layer="Towers"), RowLog("t", "a.xlsx"))


def test_wrong_columns_are_all_named_with_a_suggestion(tmp_path):
    frame, _ = _read(tmp_path / "a.csv", b"Longitud,lat,radio\n1,2,GSM\n")
    ref = FileRef(path=tmp_path / "a.csv", columns={"lon": "Longitude", "tecnology": "radio"})
    with pytest.raises(MissingColumnError) as error:
        pick_columns(frame, CELLS, ref)
    assert "no column 'Longitude' for lon; did you mean 'Longitud'?" in str(error.value)
    assert "columns.tecnology is not a column of cells; did you mean 'technology'?" in str(error.value)


def test_columns_are_found_by_alias_in_any_case_and_order(tmp_path):
    frame, _ = _read(tmp_path / "a.csv", b"NAME;Class;LATITUDE;Longitude\nx;bank;11,5;104,9\n")
    picked = pick_columns(frame, POINTS, FileRef(path=tmp_path / "a.csv"))
    assert picked.iloc[0].to_dict() == {"lon": "104,9", "lat": "11,5", "class": "bank", "point_name": "x", "line": 2}


def test_vector_features_keep_their_number_and_lose_no_zeros(tmp_path):
    points = [shapely.Point(491_000, 1_278_000), None]
    frame = gpd.GeoDataFrame({"id": ["007", "008"]}, geometry=points, crs="EPSG:32648")
    frame.to_file(tmp_path / "a.gpkg", driver="GPKG")
    log = RowLog("hubs", "a.gpkg")
    table = read_table(FileRef(path=tmp_path / "a.gpkg"), log)
    assert table["id"].tolist() == ["007"]
    assert table["lon"][0] == pytest.approx(104.9174, abs=1e-3)
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(2, "no_geometry")]


def test_a_vector_file_without_a_system_is_refused_until_one_is_stated(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)])
    with pytest.warns(UserWarning, match=r"'crs' was not provided"):
        frame.to_file(tmp_path / "a.shp")
    with pytest.raises(MissingCrsError, match=r"set crs"):
        read_vector(FileRef(path=tmp_path / "a.shp"))
    assert read_vector(FileRef(path=tmp_path / "a.shp", crs="EPSG:4326")).crs == "EPSG:4326"


def test_of_several_layers_one_must_be_named(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs="EPSG:4326")
    for layer in ("old", "new"):
        frame.to_file(tmp_path / "a.gpkg", layer=layer)
    with pytest.raises(UnreadableFileError, match=r"holds 2 layers: old, new; set layer"):
        read_vector(FileRef(path=tmp_path / "a.gpkg"))
    assert len(read_vector(FileRef(path=tmp_path / "a.gpkg", layer="new"))) == 1


def test_a_file_that_is_no_vector_file_is_one_sentence(tmp_path):
    (tmp_path / "a.gpkg").write_bytes(b"not a database at all, sorry")
    with pytest.raises(UnreadableFileError, match=r"'a.gpkg' is not a readable vector file"):
        read_vector(FileRef(path=tmp_path / "a.gpkg"))


FIELDS = st.text(st.sampled_from("ab1 .ក\t'|-"), max_size=4)


@given(st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(FIELDS, min_size=1, max_size=width + 1), max_size=8)))
def test_plain_text_is_split_by_arrow_as_python_splits_it(rows):
    lines = ["first,second", *(",".join(fields) for fields in rows)]
    content = "\n".join(lines) + "\n"
    fast, slow = RowLog("t", "f"), RowLog("t", "f")
    split = flat.split_plain(content, ",", ["first", "second"], 1, fast)
    plain = flat.as_frame(["first", "second"], [row for row in text.rows(content, ",") if row[0] > 1], slow)
    assert split is not None
    pd.testing.assert_frame_equal(split, plain)
    assert (fast.read, fast.rows) == (slow.read, slow.rows)
