"""Declared coverage as files: polygons of any system, rasters, places with people; every row counted once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pydantic import ValidationError
from rasterio.transform import from_origin

from commune_coverage.config.layers import CoverageLayer
from commune_coverage.core.errors import MissingCrsError, UnreadableFileError
from commune_coverage.quality.intake_measures import measure_intake
from commune_coverage.readers.declared.lookup import in_cells, in_polygons
from commune_coverage.readers.declared.reader import read_coverage
from commune_coverage.readers.declared.tiles import polygon_file, tiles_of
from commune_coverage.readers.population.tiles import TILE_M
from commune_coverage.readers.registry import ReadResult
from tests import tiny

CORNER = np.array([tiny.WEST, tiny.SOUTH])
ONE = {"operator": "One", "technology": "4g"}
SQUARE = shapely.box(tiny.WEST + 5_000, tiny.SOUTH + 5_000, tiny.WEST + 17_000, tiny.SOUTH + 12_000)


def frame(shapes: list, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=tiny.METRIC)


def read(folder: Path, layer: CoverageLayer, is_placed: bool = True) -> ReadResult:
    result = read_coverage(layer, tiny.context(tiny.area() if is_placed else None, folder))
    assert all(log.is_balanced() for log in result.row_logs)
    return result


def positions(count: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of the tiny country at random, in metres; their longitudes and latitudes."""
    at = np.random.default_rng(5).uniform(0, 3 * tiny.SIDE_M, (count, 2)) + CORNER
    return at, *tiny.area().system.to_degrees(*at.T)


def looked_up(folder: Path, crs: object, claims: int, file: int = 0) -> np.ndarray:
    """Which claims cover which positions, each looked up in the files of its own tile."""
    at, lon, lat = positions()
    inside = np.zeros((claims, len(lon)), dtype=bool)
    for tile in tiles_of(tiny.area()):
        here = (at // TILE_M == [tile.column, tile.row]).all(axis=1)
        path = polygon_file(folder / "coverage", tile, file)
        if path.is_file():
            inside[:, here] = in_polygons(path, crs, lon[here], lat[here], claims)
    return inside


def wobbly(seed: int, count: int = 12) -> list[shapely.Polygon]:
    """Stars with holes that overlap, of thousands of vertices some, in metres."""
    random = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        vertices = int(random.choice([12, 200, 5000]))
        angle = np.sort(random.uniform(0, 2 * np.pi, vertices))
        radius = random.uniform(1500, 9000) * random.uniform(0.6, 1, vertices)
        middle = random.uniform(0, 3 * tiny.SIDE_M, 2) + CORNER
        ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None] + middle
        shapes.append(shapely.make_valid(shapely.Polygon(ring, [ring[::-1] * 0.3 + middle * 0.7])))
    return shapes


@pytest.mark.parametrize(("ending", "driver"), [("gpkg", "GPKG"), ("geojson", "GeoJSON"), ("parquet", ""), ("fgb", "")])
def test_positions_lie_in_polygons_as_shapely_says_in_every_format(tmp_path, ending, driver) -> None:
    shapes, path = frame(wobbly(1)).to_crs("EPSG:4326"), tmp_path / f"c.{ending}"
    if ending == "parquet":
        shapes.to_parquet(path)
    else:
        shapes.to_file(path, driver=driver or None)
    result = read(tmp_path, CoverageLayer(path=path, **ONE))
    _, lon, lat = positions()
    by_brute_force = shapely.intersects_xy(shapely.union_all(shapes.geometry.to_numpy()), lon, lat)
    found = looked_up(tmp_path, shapes.crs, 1)[0]
    assert (found == by_brute_force).mean() > 0.9995  # GeoJSON holds seven decimals
    assert 0.2 < found.mean() < 0.95
    assert result.row_logs[0].kept == 12


def test_three_reference_systems_give_the_same(tmp_path) -> None:
    shapes, found = frame(wobbly(2)).segmentize(200), []
    for system in ("EPSG:4326", tiny.METRIC, "EPSG:3857"):
        folder = tmp_path / system.replace(":", "")
        folder.mkdir()
        gpd.GeoDataFrame(geometry=shapes.to_crs(system)).to_parquet(folder / "c.parquet")
        read(folder, CoverageLayer(path=folder / "c.parquet", **ONE))
        found.append(looked_up(folder, rasterio.crs.CRS.from_string(system).to_wkt(), 1)[0])
    at, _, _ = positions()
    away = shapely.distance(shapely.union_all(shapes.geometry.to_numpy()).boundary, shapely.points(at))
    for other in found[1:]:
        assert (found[0] == other)[away > 0.5].all()


def test_features_state_who_covers_them_or_the_file_does(tmp_path) -> None:
    shapes = frame(
        [SQUARE] * 4, provider=["One", "One", "", "Two"], technology=["LTE", "4g", "5G NR", "3G"],
        mindown=[10.0, 10.0, 25.0, np.nan], environment=["outdoor", "", "In vehicle", ""],
        date=["2026-01-31", "2026-01-31", "", ""],
    )  # fmt: skip
    shapes.to_parquet(tmp_path / "c.parquet")
    layer = CoverageLayer(path=tmp_path / "c.parquet", operator="Three", environment="indoor", date="2025-12-31")
    claims = read(tmp_path, layer).table
    assert claims[["operator", "technology", "speed_mbps", "environment", "date"]].to_numpy().tolist() == [
        ["One", "4g", 10.0, "outdoor", "2026-01-31"],
        ["One", "4g", 10.0, "indoor", "2026-01-31"],
        ["Three", "5g", 25.0, "in_vehicle", "2025-12-31"],
        ["Two", "3g", 0.0, "indoor", "2025-12-31"],
    ]
    assert claims["features"].tolist() == [1, 1, 1, 1]


def test_faulty_rows_are_set_aside_or_repaired_and_every_row_is_counted_once(tmp_path) -> None:
    bow_tie = shapely.Polygon(
        [at + np.array([tiny.WEST, tiny.SOUTH]) for at in 4000 * np.array([[0, 0], [1, 1], [1, 0], [0, 1]])]
    )
    far = shapely.affinity.translate(SQUARE, 0, 2_000_000)
    shapes = frame(
        [SQUARE, bow_tie, far, shapely.Point(tiny.at(1, 1)), None, SQUARE, SQUARE, SQUARE, SQUARE],
        operator=["One"] * 5 + ["", "One", "One", "One"], technology=["4g"] * 6 + ["6G", "4g", "4g"],
        environment=["outdoor"] * 7 + ["moon", "outdoor"], date=[""] * 8 + ["next year"],
    )  # fmt: skip
    shapes.to_parquet(tmp_path / "c.parquet")
    result = read(tmp_path, CoverageLayer(path=tmp_path / "c.parquet"))
    (log,) = result.row_logs
    assert (log.read, log.kept, log.out_of_area, log.quarantined) == (9, 2, 1, 6)
    assert log.reasons() == {
        "missing_value": 1, "no_geometry": 2, "not_a_date": 1, "out_of_range": 1, "unknown_technology": 1,
    }  # fmt: skip
    assert result.facts["repaired_polygons"] == 1
    # A bow tie of four kilometres covers two triangles of 4 km2 each, by hand.
    at, _, _ = positions()
    by_hand = (np.abs(at[:, 1] - tiny.SOUTH - 2000) <= np.abs(at[:, 0] - tiny.WEST - 2000)) & (
        (at - [tiny.WEST, tiny.SOUTH] <= 4000).all(axis=1)
    )
    in_square = shapely.intersects_xy(SQUARE, *at.T)
    assert (looked_up(tmp_path, shapes.crs, 1)[0] == (by_hand | in_square)).all()


def test_check_without_communes_counts_rows_and_writes_nothing(tmp_path) -> None:
    frame([SQUARE] * 3).to_parquet(tmp_path / "c.parquet")
    result = read(tmp_path, CoverageLayer(path=tmp_path / "c.parquet", **ONE), is_placed=False)
    assert result.row_logs[0].kept == 3
    assert not (tmp_path / "coverage").exists()


def write_raster(path: Path, values: np.ndarray, **more: object) -> None:
    """Cells of 500 m over the tiny country and 5 km around, in its plane."""
    profile = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
               "dtype": values.dtype, "crs": tiny.METRIC}  # fmt: skip
    at = from_origin(tiny.WEST - 5000, tiny.SOUTH + 35_000, 500, 500)
    with rasterio.open(path, "w", transform=at, **(profile | more)) as sink:
        sink.write(values, 1)


@pytest.mark.parametrize("stated", [{"values": [1, 3]}, {"min_value": 2.5}, {"values": [0], "min_value": 4}])
def test_positions_lie_in_covered_cells_as_their_row_and_column_say(tmp_path, stated) -> None:
    values = np.random.default_rng(3).integers(0, 6, (80, 80)).astype(np.float32)
    values[:10, :10], values[40] = np.nan, 5
    write_raster(tmp_path / "c.tif", values, nodata=5)
    layer = CoverageLayer(path=tmp_path / "c.tif", **ONE, **stated)
    assert read(tmp_path, layer).row_logs[0].kept == 1
    at, lon, lat = positions()
    row, column = (
        ((tiny.SOUTH + 35_000 - at[:, 1]) // 500).astype(int),
        ((at[:, 0] - tiny.WEST + 5000) // 500).astype(int),
    )
    here = np.where(values == 5, np.nan, values)[row, column]
    by_hand = np.isin(here, stated.get("values", [])) | (here >= stated.get("min_value", np.inf))
    assert (in_cells(layer, lon, lat) == by_hand).mean() > 0.999  # a position may be a nanometre over an edge
    assert 0 < by_hand.mean() < 1


def test_a_raster_that_counts_degrees_from_0_to_360_is_the_same(tmp_path) -> None:
    values = np.random.default_rng(4).integers(0, 2, (60, 60)).astype(np.uint8)
    for name, west in (("a", 104.0), ("b", 464.0), ("c", -256.0)):
        write_raster(tmp_path / f"{name}.tif", values, crs="EPSG:4326")
        with rasterio.open(tmp_path / f"{name}.tif", "r+") as sink:
            sink.transform = from_origin(west, 11.4, 0.01, 0.01)
    _, lon, lat = positions()
    first, *others = (
        in_cells(CoverageLayer(path=tmp_path / f"{name}.tif", values=[1], **ONE), lon, lat) for name in "abc"
    )
    assert 0 < first.mean() < 1
    assert all((first == other).all() for other in others)


def test_a_raster_elsewhere_is_out_of_area(tmp_path) -> None:
    write_raster(tmp_path / "c.tif", np.ones((4, 4), np.uint8))
    with rasterio.open(tmp_path / "c.tif", "r+") as sink:
        sink.transform = from_origin(tiny.WEST, tiny.SOUTH + 2_000_000, 500, 500)
    result = read(tmp_path, CoverageLayer(path=tmp_path / "c.tif", values=[1], **ONE))
    assert (result.row_logs[0].kept, result.row_logs[0].out_of_area) == (0, 1)
    assert result.table.empty


PLACES = """place,lon,lat,people,one_4g,two_4g
A,{a},100,1,0
B,{a},50.5,0,1
C,{b},20,1,1
D,,,7,1,0
E,0,0,3,0,0
F,{b},,1,1
G,{b},5,,0
H,{b},5,2,0
"""


def test_places_without_a_position_count_for_the_nation_only(tmp_path) -> None:
    middle = tiny.centres().round(6).astype(str)
    a, b = (f"{middle['lon'][row]},{middle['lat'][row]}" for row in (0, 8))
    (tmp_path / "p.csv").write_text(PLACES.format(a=a, b=b))
    flags = {f"{name}_4g": {"operator": name.title(), "technology": "4g"} for name in ("one", "two")}
    result = read(tmp_path, CoverageLayer(path=tmp_path / "p.csv", flags=flags, date="2023-06-30"))
    (log,), places = result.row_logs, result.tables["coverage_places"]
    assert (log.read, log.kept, log.neighbours, log.quarantined) == (8, 3, 2, 3)
    assert places["commune"].tolist() == [0, 0, 8, -1, -1]
    assert places["people"].tolist() == [100, 50.5, 20, 7, 3]
    assert places["claim_0"].tolist() == [True, False, True, True, False]
    assert places["claim_1"].tolist() == [False, True, True, False, False]
    assert result.table["operator"].tolist() == ["One", "Two"]


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ({"path": "c.tif", "operator": "One", "technology": "4g"}, "values or min_value"),
        ({"path": "c.tif", "values": [1]}, "neither operator nor technology"),
        ({"path": "c.csv", "format": "places"}, "flags is missing"),
        ({"path": "c.gpkg", "speed_mbps": 0}, "greater than 0"),
        ([], "at least one file"),
        ([{"path": f"{n}.csv", "flags": {"x": ONE}} for n in "ab"], "two tables of places"),
    ],
)
def test_a_section_that_does_not_say_what_is_covered_is_refused(stated, problem) -> None:
    with pytest.raises(ValidationError, match=problem):
        CoverageLayer.model_validate(stated)


def test_rows_that_are_lost_count_behind_a_raster_too(tmp_path) -> None:
    write_raster(tmp_path / "a.tif", np.ones((80, 80), np.uint8))
    frame([SQUARE] * 10, technology=["6g"] * 9 + ["4g"]).to_parquet(tmp_path / "b.parquet")
    also = [{"path": tmp_path / "b.parquet", "operator": "Two"}]
    layer = CoverageLayer(path=tmp_path / "a.tif", values=[1], also=also, **ONE)
    measured = {each.check: each for each in measure_intake("coverage", layer, read(tmp_path, layer), tiny.area())}
    assert measured["lost_share"].share == 0.9


def test_a_list_of_files_is_one_layer(tmp_path) -> None:
    frame([SQUARE]).to_parquet(tmp_path / "a.parquet")
    frame([SQUARE]).to_parquet(tmp_path / "b.parquet")
    layer = CoverageLayer.model_validate([{"path": tmp_path / "a.parquet", **ONE}, {"path": tmp_path / "b.parquet"}])
    result = read(tmp_path, layer)
    assert [log.file for log in result.row_logs] == ["a.parquet", "b.parquet"]
    assert result.row_logs[1].reasons() == {"missing_value": 1}


def test_files_that_are_none_are_refused(tmp_path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(UnreadableFileError, match="table without geometry"):
        read(tmp_path, CoverageLayer(path=tmp_path / "t.parquet", format="vector", **ONE))
    (tmp_path / "c.gpkg").write_bytes(b"SQLite format 3\x00 and no more")
    with pytest.raises(UnreadableFileError):
        read(tmp_path, CoverageLayer(path=tmp_path / "c.gpkg", **ONE))
    frame([SQUARE]).to_file(tmp_path / "n.shp")
    (tmp_path / "n.prj").unlink()
    with pytest.raises(MissingCrsError):
        read(tmp_path, CoverageLayer(path=tmp_path / "n.shp", **ONE))
