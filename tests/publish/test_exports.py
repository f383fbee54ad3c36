"""Texts of any kind through CSV and back."""

import pandas as pd
import pytest

from commune_coverage.publish.exports import read_csv, write_csv

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
