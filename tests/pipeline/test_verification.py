"""The stage of verification: sums against all positions looked up by hand, verdicts of planted tests, every engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import from_origin

import commune_coverage as cc
from commune_coverage.core.files import read_table
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import dependencies, run_stages
from commune_coverage.runs.run import Run, start_run
from commune_coverage.schema.verification import VERIFICATION_PLACES
from tests import tiny

CELL_M, SIDE = 200, 150
CORNER = np.array([tiny.WEST, tiny.SOUTH])
NORTH = CORNER[1] + 3 * tiny.SIDE_M
LAKE = shapely.box(*np.add(CORNER, (2_000, 2_000)), *np.add(CORNER, (5_400, 8_900)))
TRUTH = shapely.Point(*np.add(CORNER, (14_000, 16_000))).buffer(9_000)
DECLARED = {"Fair": TRUTH, "Boastful": TRUTH.buffer(1_500), "Modest": TRUTH.buffer(-2_500)}
TO_PLANE = Transformer.from_crs("EPSG:4326", tiny.METRIC, always_xy=True)
TO_DEGREES = Transformer.from_crs(tiny.METRIC, "EPSG:4326", always_xy=True)
COUNTRY = """
[verification]
min_hours_apart = 0
[layers.people]
path = "people.tif"
[layers.water]
path = "water.gpkg"
[[layers.coverage]]
path = "declared.gpkg"
technology = "4g"
[layers.speed_tests]
path = "tests.csv"
format = "drive"
kind = "drive"
environment = "outdoor"
"""


UNDATED = """
[verification]
count_undated = true
[layers.coverage]
path = "declared.gpkg"
technology = "4g"
[layers.speed_tests]
path = "tests.csv"
format = "drive"
kind = "drive"
environment = "outdoor"
"""


def drive(random: np.random.Generator, operator: str, tests: int) -> pd.DataFrame:
    """Tests all over the country: the truth answers 10 Mbps or not at all; one in twenty fails where it covers."""
    at = CORNER + random.uniform(100, 3 * tiny.SIDE_M - 100, (tests, 2))
    served = shapely.contains_xy(TRUTH, *at.T) & (random.random(tests) > 0.05)
    lon, lat = TO_DEGREES.transform(*at.T)
    hour = random.integers(7, 21, tests)
    return pd.DataFrame({
        "lon": lon, "lat": lat, "operator": operator.upper(), "technology": "LTE",
        "success": np.where(served, "yes", "no"), "download_mbps": np.where(served, "10", ""), "device": "phone",
        "time": [f"2026-02-{1 + row % 20:02d}T{one:02d}:15:00" for row, one in enumerate(hour)],
    })  # fmt: skip


def write(folder: Path) -> Path:
    country = tiny.write_files(folder)
    head, *sections = country.read_text().split("[layers.")
    country.write_text("[layers.".join([head, sections[0]]) + COUNTRY)
    random = np.random.default_rng(1)
    profile = {"driver": "GTiff", "height": SIDE, "width": SIDE, "count": 1, "crs": tiny.METRIC, "dtype": "float64"}
    people = np.round(random.uniform(0, 30, (SIDE, SIDE)) * (random.random((SIDE, SIDE)) < 0.4), 2)
    with rasterio.open(
        folder / "people.tif", "w", transform=from_origin(CORNER[0], NORTH, CELL_M, CELL_M), **profile
    ) as sink:
        sink.write(people, 1)
    gpd.GeoDataFrame(geometry=[LAKE], crs=tiny.METRIC).to_file(folder / "water.gpkg")
    shapes = gpd.GeoDataFrame({"operator": list(DECLARED)}, geometry=list(DECLARED.values()), crs=tiny.METRIC)
    shapes.to_file(folder / "declared.gpkg")
    made = [drive(random, operator, 6_000) for operator in DECLARED]
    aside = made[0].head(50).assign(success="no", download_mbps="")
    out_of_time = [aside.assign(time="2026-02-03T03:00:00"), aside.assign(time="2020-02-03T12:00:00")]
    pd.concat([*made, *out_of_time, aside.assign(time="")]).to_csv(folder / "tests.csv", index=False)
    return country


def run_until(country: Path, data: Path, engine: str = "serial") -> Run:
    run = start_run(country, data, data / "maps", date(2026, 3, 1), engine)
    needed, wanted = dependencies(STAGES), {"coverage_challenges"}
    while more := {name for one in wanted for name in needed[one]} - wanted:
        wanted |= more
    run_stages([stage for stage in STAGES if stage.name in wanted], run)
    return run


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Path, Run]:
    folder = tmp_path_factory.mktemp("verification")
    return folder / "in", run_until(write(folder / "in"), folder / "data")


def test_communes_are_judged_where_they_were_tested(done) -> None:
    table = read_table(done[1].stages_folder / "verification" / "areas.parquet")
    communes = table[table["level"] == "commune"]
    assert communes["commune"].dtype == np.int64
    assert set(communes["operator"]) == set(DECLARED)
    overstated = communes[communes["verdict"].str.startswith("over")]
    assert set(overstated["operator"]) == {"Boastful"}
    for measure in ("tests", "declared_people", "declared_km2"):
        of_nation = areas_of(done[1]).loc["Fair", measure]
        assert communes.loc[communes["operator"] == "Fair", measure].sum() == pytest.approx(of_nation)


def areas_of(run: Run) -> pd.DataFrame:
    table = read_table(run.stages_folder / "verification" / "areas.parquet")
    return table[table["level"] == "nation"].set_index("operator")


def test_who_overstates_is_found_and_by_how_much(done) -> None:
    table = areas_of(done[1])
    verdicts = {"Boastful": "overstated", "Fair": "agrees", "Modest": "understated", "any": "not decidable"}
    assert table["verdict"].to_dict() == verdicts
    beyond = shapely.difference(DECLARED["Boastful"], TRUTH)
    people, km2 = people_in(done[0], beyond), beyond.area / 1e6
    row = table.loc["Boastful"]
    assert row["overstated_people_low"] < people < row["overstated_people_high"]
    assert row["overstated_km2_low"] < km2 < row["overstated_km2_high"]
    assert row["overstated_km2"] == pytest.approx(km2, rel=0.1)
    assert table.loc["Fair", "overstated_cells"] <= 0.02 * table.loc["Fair", "decided_overstated_cells"]
    assert table.loc["Fair", "overstated_people"] < 0.03 * table.loc["Fair", "declared_people"]
    hidden = people_in(done[0], shapely.difference(TRUTH, DECLARED["Modest"]))
    row = table.loc["Modest"]
    assert row["understated_people_low"] < hidden < row["understated_people_high"]
    assert row["understated_people"] == pytest.approx(hidden, rel=0.1)


def people_in(folder: Path, shape: shapely.Geometry) -> float:
    along = np.arange(CELL_M / 2, 3 * tiny.SIDE_M, CELL_M)
    x, y = np.meshgrid(CORNER[0] + along, NORTH - along)
    with rasterio.open(folder / "people.tif") as source:
        return float(source.read(1)[shapely.contains_xy(shape, x, y)].sum())


def test_people_and_land_of_cells_equal_positions_looked_up(done) -> None:
    folder, run = done
    cells = read_table(run.stages_folder / "verification" / "cells.parquet")
    mine = cells[(cells["operator"] == "Fair") & cells["declared"]].set_index("h3")
    along = np.arange(50.0, 3 * tiny.SIDE_M, 100)
    x, y = (axis.ravel() for axis in np.meshgrid(CORNER[0] + along, CORNER[1] + along))
    covered = shapely.contains_xy(TRUTH, x, y) & ~shapely.intersects_xy(LAKE, x, y)
    lon, lat = TO_DEGREES.transform(x[covered], y[covered])
    names = pd.Series([h3.latlng_to_cell(b, a, 8) for a, b in zip(lon, lat, strict=True)])
    by_hand = names.value_counts().mul(0.01).reindex(mine.index, fill_value=0.0)
    assert mine["land_km2"].to_numpy() == pytest.approx(by_hand.to_numpy(), rel=2e-3, abs=0.011)
    assert areas_of(run).loc["Fair", "declared_people"] == pytest.approx(people_in(folder, TRUTH), rel=1e-3)
    edge = mine["is_edge"].to_numpy()
    reached = [shapely.Polygon(np.column_stack(into_plane(name))) for name in mine.index]
    crossed = shapely.intersects(shapely.boundary(TRUTH), np.array(reached))
    assert (edge == crossed).mean() > 0.97


def into_plane(name: str) -> tuple[np.ndarray, np.ndarray]:
    lat, lon = np.array(h3.cell_to_boundary(name)).T
    return Transformer.from_crs("EPSG:4326", tiny.METRIC, always_xy=True).transform(lon, lat)


def test_places_of_100_m_have_the_tests_that_lie_in_them(done) -> None:
    folder, run = done
    table = read_table(run.stages_folder / "verification" / "places.parquet")
    tests = pd.read_csv(folder / "tests.csv", dtype=str)
    hour = tests["time"].str[11:13].fillna("").replace("", "99").astype(int)
    tests = tests[hour.between(6, 21) & tests["time"].str.startswith("2026")]
    x, y = TO_PLANE.transform(tests["lon"].astype(float), tests["lat"].astype(float))
    tests = tests.assign(x=np.floor(x / 100), y=np.floor(y / 100), day=tests["time"].str[:10], at=range(len(tests)))
    for operator, shape in DECLARED.items():
        own = tests[tests["operator"] == operator.upper()].sort_values("time", kind="stable")
        own = own.drop_duplicates(["x", "y", "day"]).sort_values("at")
        declared = shapely.contains_xy(shape, x[own["at"]], y[own["at"]])
        by_hand = own.assign(declared=declared, passed=own["success"] == "yes").groupby(["x", "y", "declared"])[
            "passed"
        ]
        mine = table[table["operator"] == operator]
        assert len(mine) == by_hand.ngroups
        middle = np.floor(np.array(TO_PLANE.transform(mine["lon"], mine["lat"])) / 100)
        keys = pd.MultiIndex.from_arrays([*middle, mine["declared"]])
        assert mine["tests"].to_numpy() == pytest.approx(by_hand.size().reindex(keys).to_numpy())
        assert mine["passed_share"].to_numpy() == pytest.approx(by_hand.mean().reindex(keys).to_numpy())
        says_so = np.where(mine["declared"], mine["passed_share"], 1 - mine["passed_share"])
        assert mine["declared_agreement_share"].to_numpy() == pytest.approx(says_so)
        assert mine["h3"].tolist() == [h3.latlng_to_cell(*at, 8) for at in mine[["lat", "lon"]].to_numpy()]
    assert table["tests"].sum() == run.stage_report("verification")["facts"]["tests_counted"]
    assert table[["modelled_share", "modelled_agreement_share"]].isna().all(axis=None)


def test_people_of_places_are_those_of_the_raster_s_cells_in_them(done) -> None:
    folder, run = done
    table = read_table(run.stages_folder / "verification" / "places.parquet")
    with rasterio.open(folder / "people.tif") as source:
        people = source.read(1)
    x, y = TO_PLANE.transform(table["lon"], table["lat"])
    # A cell of 200 m has its middle in the corner of four squares, and belongs to the one north-east of it.
    column, row = (np.asarray(x) - CORNER[0]) / 100, (NORTH - np.asarray(y)) / 100
    is_it = (np.floor(column).astype(int) % 2 == 1) & (np.floor(row).astype(int) % 2 == 0)
    cells = people[np.floor(row / 2).astype(int), np.floor(column / 2).astype(int)]
    assert table["people"].to_numpy() == pytest.approx(np.where(is_it, cells, 0.0), abs=1e-5)


def test_the_model_of_a_place_is_that_of_who_lives_there(tmp_path: Path) -> None:
    """One village a commune, with a test in each: its square is covered as the commune is."""
    country = tiny.with_few_people(tiny.write_files(tmp_path))
    tiny.without_limits(country)
    middle = tiny.centres().round(7)
    tests = middle.assign(operator="One", technology="4G", success="yes", device="a")
    beyond = tests.head(1).assign(lon=tests["lon"].head(1) + 0.01)
    pd.concat([tests, beyond]).to_csv(tmp_path / "tests.csv", index=False)
    box = shapely.box(*tiny.communes().total_bounds)
    gpd.GeoDataFrame({"operator": ["One"]}, geometry=[box], crs=4326).to_file(tmp_path / "declared.gpkg")
    tiny.say(country, UNDATED)
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    results = cc.open_results(tmp_path / "data")
    shares = results.operator_coverage
    is_it = (shares["operator"] == "One") & (shares["technology"] == "4g") & (shares["where"] == "outdoor")
    of_commune = shares[is_it].set_index("commune_code")["covered_share"]
    table = results.verification_places
    assert table.columns.tolist() == VERIFICATION_PLACES.names
    lived_in = table[table["people"] > 0]
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lived_in["lon"], lived_in["lat"]), crs=4326)
    names = tiny.communes().sjoin(points)
    wanted = of_commune[names.sort_values("index_right")["commune_code"]].to_numpy()
    assert set(wanted) == {0.0, 1.0}
    assert lived_in["modelled_share"].to_numpy() == pytest.approx(wanted)
    assert lived_in["modelled_agreement_share"].to_numpy() == pytest.approx(wanted)
    assert (table["declared_agreement_share"] == 1).all()
    (nobody,) = table[table["people"] == 0].itertuples()
    assert np.isnan(nobody.modelled_share)
    assert np.isnan(nobody.modelled_agreement_share)


def test_only_tests_of_the_hours_and_the_year_count(done) -> None:
    _, run = done
    facts = run.stage_report("verification")["facts"]
    assert run.stage_report("evidence_age")["facts"]["tests_read"] == 3 * 6_000 + 150
    # A few are at the place, of the device and day of another.
    assert 3 * 5_900 < facts["tests_counted"] <= 3 * 6_000


def test_the_cells_to_test_next_are_those_of_many_people_in_doubt(done) -> None:
    table = read_table(done[1].stages_folder / "verification" / "drive_next.parquet")
    mine = table[table["operator"] == "Boastful"]
    assert mine["rank"].tolist() == list(range(1, 101))
    assert mine["value_people"].is_monotonic_decreasing
    assert (mine["value_people"] <= 0.25 * mine["people"]).all()


def test_every_engine_gives_the_same_bytes(done, tmp_path) -> None:
    folder, run = done
    other = run_until(folder / "country.toml", tmp_path / "data", "processes")
    for name in ("areas", "cells", "places", "drive_next"):
        one, two = (each.stages_folder / "verification" / f"{name}.parquet" for each in (run, other))
        assert one.read_bytes() == two.read_bytes()


def test_cells_that_fail_are_challenged_from_the_day_of_their_last_test(done) -> None:
    table = read_table(done[1].stages_folder / "coverage_challenges.parquet")
    cells = read_table(done[1].stages_folder / "verification" / "cells.parquet")
    failing = cells[cells["declared"] & (cells["verdict"] == "overstated")]
    assert set(table["h3"] + table["operator"]) == set(failing["h3"] + failing["operator"])
    assert set(table["status"]) == {"opened"}
    assert table["opened_on"].between("2026-02-01", "2026-02-20").all()
