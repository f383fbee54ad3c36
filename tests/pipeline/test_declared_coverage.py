"""Declared coverage summed by area: against shapely and rasterio by hand, on every engine, and after a change."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from commune_coverage.core.files import read_geo
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import dependencies, run_stages
from commune_coverage.pipeline.stages.declared.stage import declared_sums
from commune_coverage.pipeline.stages.declared.table import read_declared, tabulate_declared
from commune_coverage.pipeline.stages.declared.targets import newest_claims
from commune_coverage.runs.run import Run, start_run
from tests import tiny

CELL_M, SIDE = 200, 150
CORNER = np.array([tiny.WEST, tiny.SOUTH])
LAKE = shapely.box(*np.add(CORNER, (2_000, 2_000)), *np.add(CORNER, (5_400, 8_900)))
FAR_LAKE = shapely.box(*np.add(CORNER, 12_000), *np.add(CORNER, 13_000))
NORTH = CORNER[1] + 3 * tiny.SIDE_M
ROADS = [[(1_000, 1_000), (25_000, 4_000)], [(4_000, 28_000), (21_000, 3_000)], [(15_000, 15_000), (35_000, 15_000)]]
COUNTRY = """
[layers.people]
path = "people.tif"
[layers.roads]
path = "roads.geojson"
[layers.water]
path = "water.gpkg"
[[layers.coverage]]
path = "one.gpkg"
operator = "One"
[[layers.coverage]]
path = "two.tif"
operator = "Two"
technology = "4g"
min_value = 2
[[layers.coverage]]
path = "three.parquet"
operator = "Three"
technology = "5g"
speed_mbps = 25
date = "2026-01-31"
[[layers.coverage]]
path = "three.parquet"
operator = "Three"
technology = "5g"
speed_mbps = 25
date = "2025-01-31"
"""


def discs(seed: int, count: int) -> list[shapely.Polygon]:
    """Discs that overlap, with their edge off the middles of all cells."""
    at = np.add(np.random.default_rng(seed).uniform(0, 3 * tiny.SIDE_M, (count, 3)), (*CORNER, 0))
    return [shapely.Point(x, y).buffer(3_000 + size / 6) for x, y, size in at]


def write(folder: Path) -> Path:
    country = tiny.write_files(folder)
    head, *sections = country.read_text().split("[layers.")
    country.write_text("[layers.".join([head, sections[0]]) + COUNTRY)
    profile = {"driver": "GTiff", "height": SIDE, "width": SIDE, "count": 1, "crs": tiny.METRIC}
    at = from_origin(CORNER[0], NORTH, CELL_M, CELL_M)
    random = np.random.default_rng(1)
    people = np.round(random.uniform(0, 30, (SIDE, SIDE)) * (random.random((SIDE, SIDE)) < 0.4), 2)
    with rasterio.open(folder / "people.tif", "w", transform=at, dtype="float64", **profile) as sink:
        sink.write(people, 1)
    with rasterio.open(folder / "two.tif", "w", transform=at, dtype="uint8", **profile) as sink:
        sink.write(random.integers(0, 4, (SIDE, SIDE)).astype("uint8"), 1)
    lines = [shapely.LineString(CORNER + np.array(line)) for line in ROADS]
    ferry = shapely.LineString(CORNER + np.array([(1_000, 20_000), (9_000, 20_000)]))
    tiny.write_shapes(folder / "roads.geojson", [*lines, ferry], highway=["tertiary"] * 4, route=[""] * 3 + ["ferry"])
    gpd.GeoDataFrame(geometry=[LAKE, FAR_LAKE], crs=tiny.METRIC).to_file(folder / "water.gpkg")
    shapes = gpd.GeoDataFrame(geometry=discs(2, 9), crs=tiny.METRIC)
    shapes = shapes.assign(technology=["4g"] * 6 + ["3g"] * 3, speed_mbps=[None, 10, 10, 30, 5, None, 1, None, 10])
    shapes.to_crs("EPSG:4326").to_file(folder / "one.gpkg")
    gpd.GeoDataFrame(geometry=discs(3, 4), crs=tiny.METRIC).to_parquet(folder / "three.parquet")
    return country


def run_until_sums(country: Path, data: Path, engine: str = "serial", day: int = 1) -> Run:
    run = start_run(country, data, data / "maps", date(2026, 3, day), engine)
    needed, wanted = dependencies(STAGES), {"declared_sums"}
    while more := {name for one in wanted for name in needed[one]} - wanted:
        wanted |= more
    run_stages([stage for stage in STAGES if stage.name in wanted], run)
    return run


def table_of(run: Run) -> pd.DataFrame:
    communes = read_geo(run.stages_folder / "communes.parquet")
    return tabulate_declared(communes, read_declared(run.stages_folder, communes["area_km2"].to_numpy()), ["Four"])


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Path, Run, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("declared")
    run = run_until_sums(write(folder / "in"), folder / "data")
    return folder / "in", run, table_of(run)


def middles(step_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Middles of the cells of the tiny country, row by row from the north, and the commune of each."""
    along = np.arange(step_m / 2, 3 * tiny.SIDE_M, step_m)
    x, y = np.meshgrid(CORNER[0] + along, NORTH - along)
    commune = (y - CORNER[1]) // tiny.SIDE_M * 3 + (x - CORNER[0]) // tiny.SIDE_M
    return np.column_stack([x.ravel(), y.ravel()]), commune.ravel().astype(int)


def covered_by_hand(folder: Path, at: np.ndarray, operator: str, technology: str, speed: float) -> np.ndarray:
    """Shapes united, a raster's cell looked up: whether one of the files covers each position."""
    covered = np.zeros(len(at), dtype=bool)
    if operator in ("One", "any"):
        shapes = gpd.read_file(folder / "one.gpkg").to_crs(tiny.METRIC)
        is_it = (shapes["speed_mbps"].fillna(0) >= speed) & shapes["technology"].isin(
            [technology, *["3g", "4g"] * (technology == "any")]
        )
        covered |= shapely.intersects_xy(shapely.union_all(shapes.geometry[is_it].to_numpy()), *at.T)
    if operator in ("Two", "any") and technology in ("4g", "any") and speed == 0:
        with rasterio.open(folder / "two.tif") as source:
            row, column = ((NORTH - at[:, 1]) // CELL_M).astype(int), ((at[:, 0] - CORNER[0]) // CELL_M).astype(int)
            covered |= source.read(1)[row, column] >= 2
    if operator in ("Three", "any") and technology in ("5g", "any") and speed <= 25:
        shapes = gpd.read_parquet(folder / "three.parquet").geometry.to_numpy()
        covered |= shapely.intersects_xy(shapely.union_all(shapes), *at.T)
    return covered


def rows_of(table: pd.DataFrame, level: str, *key: object) -> pd.DataFrame:
    rows = table[table["level"] == level]
    for name, value in zip(("operator", "technology", "service_level"), key, strict=True):
        rows = rows[rows[name] == value]
    return rows.set_index("code")


KEYS = [
    *itertools.product(["One", "any"], ["3g", "4g", "any"], [0, 10]),
    ("One", "4g", 25), ("any", "any", 25),
    ("Two", "4g", 0), ("Three", "5g", 0), ("Three", "5g", 25), ("any", "5g", 10), ("any", "any", 30),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_people_and_land_equal_brute_force(done, key) -> None:
    folder, _, table = done
    operator, technology, speed = key
    rows = rows_of(table, "commune", operator, technology, f"{speed} Mbps" if speed else "signal")
    with rasterio.open(folder / "people.tif") as source:
        people = source.read(1).ravel()
    at, commune = middles(CELL_M)
    # Communes' borders are straight in degrees, not in this plane: cells on them are shared out.
    held = people * covered_by_hand(folder, at, operator, technology, speed)
    assert rows["covered_people"].to_numpy() == pytest.approx(np.bincount(commune, held, 9), rel=3e-3, abs=0.5)
    assert rows["people"].to_numpy() == pytest.approx(np.bincount(commune, people, 9), rel=1e-3)
    nation = rows_of(table, "nation", operator, technology, f"{speed} Mbps" if speed else "signal")
    assert nation["covered_people"].iloc[0] == pytest.approx(held.sum(), rel=1e-4)
    at, commune = middles(100)
    dry = ~shapely.intersects_xy(shapely.union_all([LAKE, FAR_LAKE]), *at.T)
    covered = covered_by_hand(folder, at, operator, technology, speed) & dry
    share = np.bincount(commune, covered, 9) / np.bincount(commune, dry, 9)
    assert rows["covered_land_share"].to_numpy() == pytest.approx(share, abs=2e-4)
    assert 0 < share.mean() < 1


def test_land_is_the_communes_without_water(done) -> None:
    rows = rows_of(done[2], "commune", "any", "any", "signal")
    by_hand = np.full(9, 100.0)
    by_hand[0] -= 3.4 * 6.9
    by_hand[4] -= 1.0
    # The plane of UTM 48N is 0.03 % off here.
    assert rows["land_km2"].to_numpy() == pytest.approx(by_hand, rel=1e-3)


def test_roads_are_measured_where_they_are_covered(done) -> None:
    folder, _, table = done
    rows = rows_of(table, "nation", "One", "4g", "signal")
    shapes = gpd.read_file(folder / "one.gpkg").to_crs(tiny.METRIC)
    land = shapely.box(*CORNER, *(CORNER + 3 * tiny.SIDE_M))
    lines = [shapely.intersection(shapely.LineString(CORNER + np.array(line)), land) for line in ROADS]
    union = shapely.union_all(shapes.geometry[shapes["technology"] == "4g"].to_numpy())
    by_hand = [sum(shapely.length(lines)) / 1000, sum(shapely.length(shapely.intersection(lines, union))) / 1000]
    assert rows["road_km"].iloc[0] == pytest.approx(by_hand[0], rel=1e-3)
    # Parts of 50 m at most, each off by half of it where an edge passes.
    assert rows["covered_road_km"].iloc[0] == pytest.approx(by_hand[1], abs=0.1)
    assert 0.1 < rows["covered_road_share"].iloc[0] < 0.9


def test_overlapping_polygons_never_count_twice(done) -> None:
    _, _, table = done
    for speed in ("signal", "10 Mbps"):
        any_one, parts = (
            rows_of(table, "nation", *key)["covered_people"].iloc[0]
            for key in (("One", "any", speed), ("One", "4g", speed))
        )
        third = rows_of(table, "nation", "One", "3g", speed)["covered_people"].iloc[0]
        assert max(parts, third) < any_one < parts + third


def test_areas_add_up_and_what_is_not_declared_is_unknown(done) -> None:
    _, _, table = done
    communes, nation = (rows_of(table, level, "any", "any", "signal") for level in ("commune", "nation"))
    province = rows_of(table, "province", "any", "any", "signal")
    for name in ("people", "covered_people", "land_km2", "covered_land_km2", "road_km", "covered_road_km"):
        assert nation[name].iloc[0] == pytest.approx(communes[name].sum(), rel=1e-12)
        assert province.loc["01", name] == nation[name].iloc[0]
    assert nation["declared_by"].iloc[0] == "One, Three, Two"
    absent = table[table["operator"] == "Four"]
    assert len(absent) > 0
    assert (absent["status"] == "not declared").all()
    assert absent["covered_people_share"].isna().all()
    assert (absent["people"] > 0).any()
    rows = rows_of(table, "commune", "One", "5g", "signal")
    assert rows["status"].tolist() == ["not declared"] * 9
    assert rows[["covered_people", "covered_people_share", "covered_land_km2"]].isna().all(axis=None)


def test_of_two_days_the_newest_counts(done) -> None:
    rows = rows_of(done[2], "nation", "Three", "5g", "25 Mbps")
    assert rows["date"].iloc[0] == "2026-01-31"


def test_of_several_days_of_one_kind_of_file_the_newest_counts() -> None:
    rows = [("vector", "One", "2026-01-01"), ("raster", "One", "2025-01-01"), ("places", "One", "2023-06-30"),
            ("vector", "One", ""), ("vector", "Two", "2024-01-01")]  # fmt: skip
    claims = pd.DataFrame(rows, columns=["kind", "operator", "date"])
    claims = claims.assign(technology="4g", speed_mbps=0.0, environment="outdoor")
    assert newest_claims(claims).index.tolist() == [0, 2, 3, 4]


def digests(run: Run) -> dict[str, str]:
    return dict(run.stage_report("declared_sums")["digests"])


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_every_engine_leaves_the_same_bytes(done, tmp_path, engine) -> None:
    assert digests(run_until_sums(done[0] / "country.toml", tmp_path, engine)) == digests(done[1])


def test_a_run_that_goes_on_from_another_leaves_the_bytes_of_a_cold_one(done, tmp_path) -> None:
    country = write(tmp_path / "in")
    run_until_sums(country, tmp_path / "a")
    gpd.GeoDataFrame(geometry=discs(4, 4), crs=tiny.METRIC).to_parquet(tmp_path / "in/three.parquet")
    again, cold = run_until_sums(country, tmp_path / "a", day=2), run_until_sums(country, tmp_path / "b", day=2)
    assert again.stage_report("people")["reused"]
    assert not again.stage_report("declared_sums")["reused"]
    assert digests(again) == digests(cold) != digests(done[1])


def test_without_declared_coverage_nothing_is_written(tmp_path) -> None:
    run = run_until_sums(tiny.write_files(tmp_path / "in"), tmp_path / "data")
    assert not list(run.stages_folder.glob("declared_sums.*np*"))
    assert declared_sums(run, lambda *_: None).facts == {}
