"""Fixed lines as files: polygons, addresses, shares of areas; every row counted once, nothing made up."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pydantic import ValidationError

from commune_coverage.config.layers import FixedLayer
from commune_coverage.core.errors import MissingColumnError, MissingCrsError
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.fixed.reader import read_fixed
from commune_coverage.readers.layer_spec import ReadResult
from tests import tiny

SQUARE = shapely.box(tiny.WEST, tiny.SOUTH, tiny.WEST + 12_000, tiny.SOUTH + 8_000)
FAR = shapely.box(0, 0, 1000, 1000)


def read(folder: Path, *, area: StudyArea | None = None, **stated: object) -> ReadResult:
    layer = FixedLayer.model_validate(stated)
    result = read_fixed(layer, tiny.context(area or tiny.area(), folder))
    assert all(log.is_balanced() for log in result.row_logs)
    return result


def reasons(result: ReadResult) -> dict[str, int]:
    return {name.upper(): count for name, count in result.row_logs[0].reasons().items()}


def write(folder: Path, rows: dict[str, list], name: str = "f.csv") -> Path:
    pd.DataFrame(rows).to_csv(folder / name, index=False)
    return folder / name


def test_polygons_state_their_line_or_have_that_of_the_section(tmp_path: Path) -> None:
    shapes = [SQUARE, SQUARE, FAR, shapely.Point(*tiny.at(0, 0)), SQUARE]
    speeds = [100.0, None, 100.0, 100.0, "fast"]
    frame = gpd.GeoDataFrame(
        {"tech": ["Fibre", "", "", "", ""], "speed_mbps": speeds}, geometry=shapes, crs=tiny.METRIC
    )
    frame.to_file(tmp_path / "f.gpkg")
    result = read(tmp_path, path=tmp_path / "f.gpkg", format="polygons", technology="cable", speed_mbps=30)
    lines = result.table
    assert lines[["technology", "speed_mbps", "features", "kind"]].to_numpy().tolist() == [
        ["Fibre", 100.0, 1, "polygons"],
        ["cable", 30.0, 1, "polygons"],
    ]
    log = result.row_logs[0]
    assert (log.kept, log.out_of_area, reasons(result)) == (2, 1, {"NO_GEOMETRY": 1, "NOT_A_NUMBER": 1})
    # The square lies in two tiles of the country.
    assert len(list((tmp_path / "fixed").iterdir())) == 2
    without = read(tmp_path, path=tmp_path / "f.gpkg", format="polygons")
    assert reasons(without)["MISSING_VALUE"] == 1


def test_a_file_of_points_is_one_of_addresses(tmp_path: Path) -> None:
    at = [shapely.Point(*tiny.at(0, 0)), shapely.Point(*tiny.at(1, 0)), shapely.Point(0, 0)]
    gpd.GeoDataFrame({"speed_mbps": [100, 0, 50]}, geometry=at, crs=tiny.METRIC).to_file(tmp_path / "f.gpkg")
    result = read(tmp_path, path=tmp_path / "f.gpkg")
    addresses = result.tables["fixed_addresses"]
    assert addresses["speed_mbps"].tolist() == [100, 0]
    assert addresses[["x_m", "y_m"]].to_numpy() == pytest.approx(np.array([tiny.at(0, 0), tiny.at(1, 0)]), abs=0.1)
    assert (result.row_logs[0].kept, result.row_logs[0].out_of_area) == (2, 1)
    # What is not served is no line.
    assert result.table["features"].tolist() == [1]


def test_an_address_has_its_fastest_line_and_is_unserved_only_where_it_is_said(tmp_path: Path) -> None:
    middle = tiny.centres().iloc[[0] * 7].round(7)
    rows = middle.assign(
        speed_mbps=[30, 100, "", "", "", 100, 50],
        served=["yes", "1", "no", "", "yes", "perhaps", "NO"],
        location_id=["a", "a", "b", "c", "d", "e", "f"],
        households=[4, 4, 2, 1, 1, 1, ""],
    )
    rows.to_csv(tmp_path / "f.csv", index=False)
    result = read(tmp_path, path=tmp_path / "f.csv", format="points")
    addresses = result.tables["fixed_addresses"].set_index("address")
    assert addresses["speed_mbps"].to_dict() == {"a": 100, "b": 0, "f": 0}
    assert addresses["households"].to_dict() == {"a": 4, "b": 2, "f": 1}
    # Neither a speed nor 'no' is said of c and d, and 'perhaps' is no answer.
    assert reasons(result) == {"MISSING_VALUE": 2, "OUT_OF_RANGE": 1}
    usual = read(tmp_path, path=tmp_path / "f.csv", format="points", speed_mbps=20)
    assert usual.tables["fixed_addresses"].set_index("address")["speed_mbps"]["c"] == 20


def test_shares_are_stated_in_percent_or_of_households(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "code": [*tiny.CODES[:4], "010105", "999999", tiny.CODES[0], "10106"],
            "speed_mbps": [100, 30, 30, 30, 30, 30, 100, 30],
            "covered_share": [0.5, "", "", "", "", 0.5, 0.6, 0.25],
            "covered_percent": ["", 94.5, "", "", "", "", "", ""],
            "homes_passed": ["", "", 30, 50, "", "", "", ""],
            "households": ["", "", 40, 40, 40, "", "", ""],
        },
    )
    result = read(tmp_path, path=path, technology="fibre")
    shares = result.tables["fixed_shares"]
    assert shares["code"].tolist() == ["010101", "010102", "010103", "010106"]
    assert shares["covered_share"].tolist() == pytest.approx([0.5, 0.945, 0.75, 0.25])
    assert set(shares["technology"]) == {"fibre"}
    # More households reached than there are; none stated; an area that is none; a row that repeats another.
    counts = {"OUT_OF_RANGE": 1, "MISSING_VALUE": 1, "UNMATCHED_CODE": 1, "DUPLICATE_ROW": 1}
    assert reasons(result) == counts
    assert result.row_logs[0].kept == 4


def test_areas_are_found_by_a_name_that_one_of_them_has(tmp_path: Path) -> None:
    communes = tiny.communes().assign(
        commune_name=["Alba", "Béla", "Same", "Same", *"EFGHI"], district_code=["0101"] * 4 + ["0102"] * 5,
        district_name=["North"] * 4 + ["Alba"] * 5,
    )  # fmt: skip
    path = write(
        tmp_path, {"commune_name": ["ALBA", "bela", "Same", "north", ""], "speed_mbps": 30, "covered_share": 0.5}
    )
    result = read(tmp_path, area=StudyArea(communes, tiny.METRIC), path=path)
    shares = result.tables["fixed_shares"]
    # A commune before a district of its name; of two communes of one name none.
    assert shares["level"].tolist() == ["commune", "commune", "district", "nation"]
    assert shares["code"].tolist() == ["010101", "010102", "0101", ""]
    assert reasons(result) == {"UNMATCHED_CODE": 1}
    assert any("found by their name" in note for note in result.row_logs[0].notes)


def test_several_files_are_of_their_own_kinds(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"speed_mbps": [100.0]}, geometry=[SQUARE], crs=tiny.METRIC).to_file(tmp_path / "p.gpkg")
    table = write(tmp_path, {"code": tiny.CODES, "speed_mbps": 30, "covered_share": 0.5}, "t.csv")
    points = write(tmp_path, tiny.centres().assign(speed_mbps=50).to_dict("list"), "a.csv")
    layer = FixedLayer.model_validate(
        [{"path": tmp_path / "p.gpkg"}, {"path": table}, {"path": points, "columns": {"lon": "lon", "lat": "lat"}}]
    )
    assert [file.kind for file in layer.files] == ["vector", "table", "points"]
    assert layer.has_shares
    result = read_fixed(layer, tiny.context(tiny.area(), tmp_path))
    assert result.table["file"].tolist() == ["p.gpkg", "t.csv", "a.csv"]
    assert result.table["features"].tolist() == [1, 9, 9]
    assert set(result.tables) == {"fixed", "fixed_addresses", "fixed_shares"}
    (said,) = result.assumptions
    assert "shares of households are shares of people" in said.value


def test_without_communes_files_are_checked_and_nothing_is_placed(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"speed_mbps": [100.0]}, geometry=[SQUARE], crs=tiny.METRIC).to_file(tmp_path / "p.gpkg")
    table = write(tmp_path, {"code": ["x"], "speed_mbps": 30, "covered_share": 0.5}, "t.csv")
    points = write(tmp_path, tiny.centres().assign(speed_mbps=50).to_dict("list"), "a.csv")
    also = [{"path": table}, {"path": points, "format": "points"}]
    layer = FixedLayer.model_validate({"path": tmp_path / "p.gpkg", "also": also})
    result = read_fixed(layer, tiny.context(None, tmp_path))
    assert [log.kept for log in result.row_logs] == [1, 1, 9]
    assert not (tmp_path / "fixed").exists()


def test_what_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    points = write(tmp_path, tiny.centres().assign(speed_mbps=50).to_dict("list"), "a.csv")
    with pytest.raises(MissingColumnError, match='set format = "points"'):
        read(tmp_path, path=points)
    table = write(tmp_path, {"code": tiny.CODES, "speed_mbps": 30}, "t.csv")
    with pytest.raises(MissingColumnError, match="states no share of households"):
        read(tmp_path, path=table)
    gpd.GeoDataFrame({"speed_mbps": [100.0]}, geometry=[SQUARE], crs=tiny.METRIC).to_file(tmp_path / "n.shp")
    (tmp_path / "n.prj").unlink()
    with pytest.raises(MissingCrsError):
        read(tmp_path, path=tmp_path / "n.shp")
    with pytest.raises(ValidationError, match="name at least one file"):
        FixedLayer.model_validate([])
