"""Texts of any kind through CSV and back."""

import pandas as pd
import pytest

from coverage.exports import read_csv, write_csv

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
