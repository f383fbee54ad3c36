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


def test_a_long_table_is_written_some_rows_at_a_time_in_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr("commune_coverage.publish.exports._ROWS_AT_ONCE", 3)
    table = pd.DataFrame({"code": [f"{row:03d}" for row in range(8)], "people": [0.5 * row for row in range(8)]})
    write_csv(table, tmp_path / "a.csv")
    assert [row["code"] for row in read_csv(tmp_path / "a.csv")] == table["code"].tolist()
    write_csv(table.iloc[:0], tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text("utf-8-sig") == "code,people\n"
