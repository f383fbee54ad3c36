"""Declared columns under the names of a file, and what is said where one is not there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.schema.inputs import CELLS, POINTS, Table


def _frame(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=object).assign(line=[2, 3])


REGISTER = {
    "Radio_Type": ["LTE", "GSM"],
    "Easting": ["491000", "492000"],
    "Northing": ["1278000", "1279000"],
    "Opérateur": ["Alpha", "Beta"],
    "Remarks": ["", "ok"],
}


def _told(frame: pd.DataFrame, table: Table = CELLS, **columns: str) -> str:
    with pytest.raises(MissingColumnError) as caught:
        pick_columns(frame, table, FileRef(path=Path("register.csv"), columns=columns))
    return str(caught.value)


def _line(message: str) -> dict[str, str]:
    found = re.search(r"columns = \{.*\}$", message)
    assert found is not None, message
    return tomllib.loads(found[0])["columns"]


def test_the_message_ends_with_a_line_that_finds_the_columns() -> None:
    columns = _line(_told(_frame(**REGISTER)))
    assert columns == {"technology": "Radio_Type", "lon": "Easting", "lat": "Northing"}
    picked = pick_columns(_frame(**REGISTER), CELLS, FileRef(path=Path("register.csv"), columns=columns))
    assert picked["lon"].tolist() == REGISTER["Easting"]
    assert picked["line"].tolist() == [2, 3]


def test_the_line_keeps_what_the_country_file_maps_already() -> None:
    columns = _line(_told(_frame(**REGISTER), operator="Opérateur"))
    assert columns["operator"] == "Opérateur"
    assert len(columns) == 4


def test_a_mapped_name_that_is_not_there_is_replaced_by_the_one_that_is() -> None:
    told = _told(_frame(**REGISTER), lon="East", lat="Northing", technology="Radio_Type")
    assert "no column 'East' for lon" in told
    assert _line(told) == {"technology": "Radio_Type", "lat": "Northing", "lon": "Easting"}


def test_no_line_is_offered_when_a_needed_column_is_not_recognised() -> None:
    told = _told(_frame(lon=["104"] * 2, lat=["11"] * 2, thing=["p", "q"]), POINTS)
    assert "no column 'class' for class" in told
    assert "columns = {" not in told


def test_names_from_a_file_are_quoted_and_on_one_line() -> None:
    name = 'Radio "type"\n\u202e}'
    told = _told(_frame(**{name: ["LTE", "GSM"], "lon": ["104"] * 2, "lat": ["11"] * 2}))
    assert "\n" not in told
    assert "\u202e" not in told
    assert _line(told) == {"technology": name}
