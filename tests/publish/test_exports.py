"""Texts of any kind through CSV and back."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyarrow import parquet

from commune_coverage.core.files import read_attributes, read_geo
from commune_coverage.publish.exports import read_csv, write_csv, write_zstd

ODD = [
    "a\rb",
    "a\r\nb",
    "\r",
    "a\nb",
    "q\"u,o'te",
    "=SUM(1)",
    "-5",
    "\t=x",
    "ok;=1+1",
    "two\n=1+1;@x\t-5",
    "50;70",
    "\u202eabc",
    "x" * 10_000,
    "a\0b",
    "\\N",
    "",
]


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text)[:12])
def test_a_text_stays_in_its_row(text, tmp_path):
    write_csv(pd.DataFrame({"before": ["1"], "text": [text], "after": ["2"]}), tmp_path / "t.csv")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    assert read_csv(tmp_path / "t.csv") == [{"before": "1", "text": lines, "after": "2"}]
    if text.startswith("="):
        assert f"'{text}" in (tmp_path / "t.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("text", ["=1+1", "ok;=1+1", "a,b;@x", "x\t-5", "two\n+1", '"q";=1'], ids=ascii)
def test_no_cell_is_a_formula_whatever_parts_cells_in_the_readers_country(text, delimiter, tmp_path):
    write_csv(pd.DataFrame({"name": [text], "after": [text]}), tmp_path / "t.csv")
    for line in (tmp_path / "t.csv").read_text("utf-8-sig").splitlines():
        assert not [cell for cell in line.split(delimiter) if cell.lstrip('"').startswith(("=", "+", "-", "@"))]


def test_a_long_table_is_written_some_rows_at_a_time_in_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr("commune_coverage.publish.exports._ROWS_AT_ONCE", 3)
    table = pd.DataFrame({"code": [f"{row:03d}" for row in range(8)], "people": [0.5 * row for row in range(8)]})
    write_csv(table, tmp_path / "a.csv")
    assert [row["code"] for row in read_csv(tmp_path / "a.csv")] == table["code"].tolist()
    write_csv(table.iloc[:0], tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text("utf-8-sig") == "code,people\n"


def test_a_table_of_shapes_has_bounds_by_which_readers_skip_rows(tmp_path):
    squares = [shapely.box(x, 0, x + 1, 1) for x in range(3)]
    table = gpd.GeoDataFrame({"commune_code": ["01", "02", "03"]}, geometry=squares, crs="EPSG:4326")
    write_zstd(tmp_path / "t.parquet", table)
    file = parquet.ParquetFile(tmp_path / "t.parquet")
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert gpd.read_parquet(tmp_path / "t.parquet", bbox=(1.2, 0.2, 1.8, 0.8))["commune_code"].tolist() == ["02"]
    assert list(read_geo(tmp_path / "t.parquet")) == ["commune_code", "geometry"]
    assert list(read_attributes(tmp_path / "t.parquet")) == ["commune_code"]
    for name in ("plain", "geo"):
        frame = table if name == "geo" else table.drop(columns="geometry")
        frame.to_parquet(tmp_path / f"{name}.parquet")
        assert list(read_attributes(tmp_path / f"{name}.parquet")) == ["commune_code"], "of an older version"
