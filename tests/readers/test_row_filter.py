"""``where``: which rows of a file are taken, and that the others are counted."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from commune_coverage.config.layers import FileRef, TowersFile
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.schema.inputs import CELLS

ROWS = "lon,lat,Tech,Status,Year\n1,1,4G,In  Service,2024\n2,2,4G,planned,2024\n3,3,4G,in service ,2023\n4,4,4G,,2024\n"


def _read(tmp_path, where: dict[str, object], text: str = ROWS) -> tuple[pd.DataFrame, RowLog]:
    path = tmp_path / "register.csv"
    path.write_text(text, encoding="utf-8")
    log = RowLog("towers", path.name)
    return read_table(FileRef(path=path, where=where), log), log


@pytest.mark.parametrize(
    ("where", "lines"),
    [
        ({"Status": ["in service"]}, [2, 4]),
        ({"status": "IN SERVICE"}, [2, 4]),
        ({"Status": ["in service", "planned"]}, [2, 3, 4]),
        ({"Status": ["in service", "dismantled"]}, [2, 4]),
        ({"Status": ["in service"], "Year": [2024]}, [2]),
        ({"Status": [""]}, [5]),
        ({}, [2, 3, 4, 5]),
    ],
)
def test_rows_with_the_stated_values_are_taken_and_the_others_counted(tmp_path, where, lines) -> None:
    frame, log = _read(tmp_path, where)
    assert frame["line"].tolist() == lines
    assert (log.read, log.filtered) == (4, 4 - len(lines))
    assert len(log.notes) == (1 if log.filtered else 0)
    log.kept = len(frame)
    assert log.is_balanced()


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ({"Stat": ["in service"]}, r"where names 'Stat', which is no column; did you mean 'Status'\?"),
        ({"Status": ["working"]}, r"asks for Status = 'working', and no row has it; it has 'In  Service', 'planned'"),
    ],
)
def test_a_filter_that_fits_nothing_says_what_there_is(tmp_path, where, sentence) -> None:
    with pytest.raises(MissingColumnError, match=sentence):
        _read(tmp_path, where)


def test_a_vector_file_is_filtered_too(tmp_path) -> None:

    path = tmp_path / "register.geojson"
    columns = {"Tech": ["4G", "4G"], "Status": ["in service", "planned"]}
    gpd.GeoDataFrame(columns, geometry=[Point(1, 1), Point(2, 2)], crs=4326).to_file(path)
    log = RowLog("towers", path.name)
    frame = read_table(FileRef(path=path, where={"Status": "in service"}), log)
    assert (frame["line"].tolist(), log.read, log.filtered) == ([1], 2, 1)


def test_a_column_may_be_stated_with_its_unit_and_without_that_of_its_name(tmp_path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("lon,lat,Tech,Leistung\n1,1,4G,20\n", encoding="utf-8")
    file = TowersFile(path=path, columns={"technology": "Tech", "eirp": {"column": "Leistung", "unit": "W"}})
    assert (file.columns["eirp"], file.units) == ("Leistung", {"eirp": "W"})
    picked = pick_columns(read_table(file, RowLog("towers", path.name)), CELLS, file)
    assert picked["eirp_dbm"].tolist() == ["20"]


def test_one_mark_cannot_be_both(tmp_path) -> None:
    with pytest.raises(ValueError, match="decimal and thousands are the same mark"):
        FileRef(path=tmp_path / "a.csv", decimal=",", thousands=",")
